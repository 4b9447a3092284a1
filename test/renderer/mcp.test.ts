import { describe, expect } from 'vitest';
import { timelineRow } from '../support/contract-rows.ts';
import { governedSession, mcpClient, mcpServer, mcpTool } from '../support/mcp-views.ts';
import { eventually, it, type Stage } from './harness.ts';
import { governedTools, mcpServers } from './mcp-scenes.ts';

describe('MCP servers', () => {
  it('says what to do while there is none, and registers what is pasted', async ({ open }) => {
    const stage = await open({ at: 'mcp' });
    await stage.page.getByRole('heading', { name: 'No MCP server is registered yet' }).waitFor();
    const register = stage.button('Register the server');
    expect(await register.isDisabled()).toBe(true);
    await stage.page.getByLabel('Entry (JSON)').fill('{"command":"npx"}');
    await stage.page.getByLabel('Name, if not').fill(' notes ');
    await register.click();
    await stage.page.getByRole('region', { name: 'MCP server notes' }).waitFor();
    expect(stage.double.called('addMcpServer')).toEqual([[{ text: '{"command":"npx"}', name: 'notes' }]]);
    await stage.page.getByLabel('Entry for a client').getByText('"mcp",').waitFor();
  });

  it('shows why an entry is not taken and keeps what was pasted', async ({ open }) => {
    const stage = await open({ at: 'mcp' });
    stage.double.fail('addMcpServer', 'refused', 'the entry cannot be used: it has no name');
    await stage.page.getByLabel('Entry (JSON)').fill('{}');
    await stage.button('Register the server').click();
    await stage.page.getByText('it has no name').waitFor();
    expect(await stage.page.getByLabel('Entry (JSON)').inputValue()).toBe('{}');
  });

  it('shows each tool as clients see it, and what to look at until a person agrees', async ({ open }) => {
    const stage = await open({ at: 'mcp', mcp: mcpServers() });
    const tools = stage.page.getByRole('listitem').filter({ has: stage.page.locator('code') });
    const text = async (name: string) => tools.filter({ hasText: name }).first().textContent();
    expect(await text('read_file')).toContain('allowed');
    expect(await text('move_file')).toContain('denied, not shown');
    expect(await text('edit_file')).toContain('hidden');
    expect(await text('write_file')).toContain('Look closely: the tool has changed');
    await stage.button('Agree to it as it is').click();
    await stage.page.getByText('Look closely').waitFor({ state: 'detached' });
    expect(stage.double.called('acceptMcpTool')).toEqual([['files', 'write_file']]);
  });

  it('says what is wrong with one that does not run, and removes one only after a second word', async ({
    open,
  }) => {
    const stage = await open({ at: 'mcp', mcp: mcpServers() });
    await stage.page.getByRole('button', { name: /^tickets/ }).click();
    await stage.page.getByText('is not the program that was registered').waitFor();
    await stage.button('Start the program as it is now').click();
    await eventually(() => stage.double.called('acceptMcpProgram')).toEqual([['tickets']]);
    await stage.button('Remove…').click();
    expect(stage.double.called('removeMcpServer')).toEqual([]);
    await stage.button('Remove tickets, clients lose it now').click();
    await stage.page.getByRole('button', { name: /^tickets/ }).waitFor({ state: 'detached' });
    expect(stage.double.called('removeMcpServer')).toEqual([['tickets']]);
  });

  it('says what to know about how a server starts, and shows its last calls as they come', async ({
    open,
  }) => {
    const stage = await open({ at: 'mcp', mcp: mcpServers() });
    await stage.page.getByText('npx may fetch code at each start').waitFor();
    await stage.page.getByText('None yet.').waitFor();
    stage.double.write(timelineRow(7, Date.now(), { action: 'mcp_files.read_file', summary: 'notes/a.md' }));
    await stage.page.getByText('notes/a.md').waitFor();
  });

  it('follows what changes elsewhere', async ({ open }) => {
    const stage = await open({ at: 'mcp', mcp: [mcpServer('files')] });
    await stage.page.getByText('not in use').waitFor();
    stage.double.push('mcp', [
      mcpServer('files', { state: 'running', clients: ['codex'], tools: [mcpTool('read')] }),
    ]);
    await stage.page.getByText('running').waitFor();
    await stage.page.getByText('1 tool · codex').waitFor();
  });
});

/** While there is no PIN, what opens something wants one. */
async function choosesPin(stage: Stage): Promise<void> {
  await stage.page.getByLabel('PIN', { exact: true }).fill('granite-7');
  await stage.page.getByLabel('Again', { exact: true }).fill('granite-7');
}

describe('the clients’ own entries', () => {
  const route = {
    planId: 'plan-7',
    file: '~/.cursor/mcp.json',
    diff: [
      { kind: 'same' as const, text: 'mcpServers' },
      { kind: 'remove' as const, text: '  "files": { "command": "npx", "env": { "KEY": "•••" } }' },
      { kind: 'add' as const, text: '  "files": { "command": "/bin/gatehouse", "args": ["mcp", "files"] }' },
    ],
    notes: ['"old" stays as it is: it uses the old SSE transport.'],
    done: false,
  };

  it('are routed by one button once the change was shown, and put back by another', async ({ open }) => {
    const stage = await open({ at: 'mcp', clients: [mcpClient('cursor', { name: 'Cursor' })] });
    stage.double.plan = route;
    const row = stage.page.getByRole('region', { name: 'In your clients' }).getByRole('listitem');
    await row.getByText('files goes past Gatehouse').waitFor();
    await row.getByRole('button', { name: 'Route through Gatehouse' }).click();
    const dialog = stage.page.getByRole('dialog', { name: 'Route Cursor’s MCP servers through Gatehouse' });
    await dialog.getByText('"mcp", "files"').waitFor();
    await dialog.getByText('stays as it is').waitFor();
    await choosesPin(stage);
    expect(await stage.sent('applyMcpRoute')).toEqual([]);
    await dialog.getByRole('button', { name: 'Route them: change ~/.cursor/mcp.json' }).click();
    await dialog.getByText('reaches these servers through Gatehouse').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await row.getByText('files goes through Gatehouse').waitFor();
    expect(await row.getByRole('button', { name: 'Route through Gatehouse' }).count()).toBe(0);
    stage.double.plan = { ...route, planId: 'plan-8' };
    await row.getByRole('button', { name: 'Put back' }).click();
    await stage.button('Put them back in ~/.cursor/mcp.json').click();
    await stage.button('Close').click();
    await row.getByText('files goes past Gatehouse').waitFor();
    expect(stage.double.called('planMcpRoute')).toEqual([
      ['cursor', 'connect'],
      ['cursor', 'disconnect'],
    ]);
    expect(stage.double.called('applyMcpRoute')).toEqual([
      ['cursor', 'plan-7'],
      ['cursor', 'plan-8'],
    ]);
  });

  it('show what stays and what cannot be read; a change in between is shown anew and not made', async ({
    open,
  }) => {
    const stage = await open({
      at: 'mcp',
      clients: [
        mcpClient('opencode', { direct: [], left: [{ name: 'old', why: 'it is switched off' }] }),
        mcpClient('gemini-cli', {
          direct: [],
          problem: '~/.gemini/settings.json:2:3: the file holds comments',
        }),
        mcpClient('cursor', { direct: ['a', 'b'], routed: ['c'], canPutBack: true }),
      ],
    });
    const section = stage.page.getByRole('region', { name: 'In your clients' });
    await section.getByText('old stays as it is: it is switched off.').waitFor();
    await section.getByText('the file holds comments').waitFor();
    await section.getByText('a, b go past Gatehouse · c goes through it').waitFor();
    expect(await section.getByRole('button').allInnerTexts()).toEqual([
      'Route through Gatehouse',
      'Put back',
    ]);
    stage.double.plan = route;
    await stage.button('Route through Gatehouse').click();
    await stage.page.getByText('"mcp", "files"').waitFor();
    await choosesPin(stage);
    stage.double.plan = { ...route, planId: 'plan-9', diff: [{ kind: 'add', text: 'something else' }] };
    await stage.button(/^Route them/).click();
    await stage.page.getByText('The file changed meanwhile').waitFor();
    await stage.page.getByText('something else').waitFor();
    await stage.button('Leave it as it is').click();
    await section.getByText('a, b go past Gatehouse').waitFor();
  });

  it('say nothing where there are none', async ({ open }) => {
    const stage = await open({ at: 'mcp' });
    await stage.page.getByRole('heading', { name: 'No MCP server is registered yet' }).waitFor();
    expect(await stage.page.getByRole('heading', { name: 'In your clients' }).count()).toBe(0);
  });
});

describe('the governed tools', () => {
  const plan = {
    planId: 'plan-t',
    agent: 'codex',
    change: 'connect' as const,
    file: '~/.codex/config.toml',
    diff: [
      { kind: 'same' as const, text: 'mcp_servers' },
      { kind: 'add' as const, text: '[mcp_servers.gatehouse]' },
      { kind: 'add' as const, text: 'args = ["mcp", "--tools"]' },
    ],
    notes: ['Codex keeps its own tools beside these.'],
    done: false,
  };

  it('are turned on for a client once the change was shown, and off again, by keyboard alone', async ({
    open,
  }) => {
    const stage = await open({ at: 'mcp', governed: governedTools() });
    stage.double.plan = plan;
    const section = stage.page.getByRole('region', { name: 'Governed tools' });
    const rows = section.getByRole('list', { name: 'Clients that can have them' }).getByRole('listitem');
    await rows.filter({ hasText: 'Codex' }).getByText('Off').waitFor();
    // One that is not on this computer is not offered.
    expect(await rows.filter({ hasText: 'Cursor' }).count()).toBe(0);
    await section.getByRole('button', { name: 'Turn on for Codex' }).focus();
    await stage.page.keyboard.press('Enter');
    const dialog = stage.page.getByRole('dialog', { name: 'Turn on the governed tools for Codex' });
    await dialog.getByText('"mcp", "--tools"').waitFor();
    await dialog.getByText('keeps its own tools').waitFor();
    await choosesPin(stage);
    expect(await stage.sent('applyGovernedTools')).toEqual([]);
    await dialog.getByRole('button', { name: 'Turn them on: change ~/.codex/config.toml' }).focus();
    await stage.page.keyboard.press('Enter');
    await dialog.getByText('finds them from its next session on').waitFor();
    await stage.page.keyboard.press('Escape');
    await rows.filter({ hasText: 'Codex' }).getByText('On', { exact: true }).waitFor();
    stage.double.plan = { ...plan, planId: 'plan-u' };
    await section.getByRole('button', { name: 'Turn off for Codex' }).click();
    await stage.button('Turn them off: change ~/.codex/config.toml').click();
    await stage.button('Close').click();
    await rows.filter({ hasText: 'Codex' }).getByText('Off').waitFor();
    expect(stage.double.called('applyGovernedTools')).toEqual([
      ['codex', 'plan-t'],
      ['codex', 'plan-u'],
    ]);
  });

  it('show who has them: folder, calls, what is really enforced, and what follows', async ({ open }) => {
    const stage = await open({ at: 'mcp', governed: governedTools() });
    const rows = stage.page.getByRole('list', { name: 'Connected now' }).getByRole('listitem');
    await rows
      .getByText('1 call · Sandbox maximum · works on a copy, which you review when it ends')
      .waitFor();
    await rows.getByText('Not enforced here: cpu: no controller enforces it here').waitFor();
    await rows.getByText('0 calls · no call has needed its sandbox yet').waitFor();
    stage.double.governed = {
      ...governedTools(),
      sessions: [governedSession('mcp_9', { calls: 5 })],
    };
    await rows.getByText('5 calls · Sandbox strict').waitFor();
    expect(await rows.count()).toBe(1);
  });

  it('say so where nothing of theirs can run, and where no client was found', async ({ open }) => {
    const stage = await open({
      at: 'mcp',
      governed: { clients: [], sessions: [], problem: 'There is no sandbox for them on this computer.' },
    });
    const section = stage.page.getByRole('region', { name: 'Governed tools' });
    await section.getByText('There is no sandbox for them').waitFor();
    await section.getByText('No known client is on this computer').waitFor();
  });
});
