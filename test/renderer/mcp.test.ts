import { describe, expect } from 'vitest';
import { mcpServer, mcpTool } from '../support/mcp-views.ts';
import { it } from './harness.ts';
import { mcpServers } from './scenes.ts';

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
    const text = async (name: string) => tools.filter({ hasText: name }).first().innerText();
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
    expect(stage.double.called('acceptMcpProgram')).toEqual([['tickets']]);
    await stage.button('Remove…').click();
    expect(stage.double.called('removeMcpServer')).toEqual([]);
    await stage.button('Remove tickets, clients lose it now').click();
    await stage.page.getByRole('button', { name: /^tickets/ }).waitFor({ state: 'detached' });
    expect(stage.double.called('removeMcpServer')).toEqual([['tickets']]);
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
