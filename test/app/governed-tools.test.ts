/** The governed tools as a person turns them on in the page and sees them used: a real supervisor, the real client. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launcherMissing } from '../support/launcher.ts';
import { soon } from '../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy } from '../support/tools-house.ts';

const missing = launcherMissing();
const PIN = 'granite-7';
const policy = (more: string) =>
  toolsPolicy(
    'default_policy: auto',
    `security:\n  sandbox: { level: strict, pool_size: 1, pool_max: 2${more} }\n`,
  );
let house: ToolsHouse;
beforeAll(async () => {
  if (missing !== null) return;
  house = await ToolsHouse.start(policy(''));
});
afterAll(() => house?.remove());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

it('a page turns them on for a client, no call can touch that file then, and it is undone to the byte', async () => {
  const page = house.real.page('first');
  await page.value('setPin', { pin: PIN, current: null });
  const file = join(house.real.home, '.claude.json');
  const before = '{\n  "numStartups": 1\n}\n';
  writeFileSync(file, before, { mode: 0o600 });
  const plan = await page.value('planGovernedTools', 'claude-code', 'connect');
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(await page.code('applyGovernedTools', 'claude-code', 'another')).toBe('changed');
  const view = await page.value('applyGovernedTools', 'claude-code', plan.planId);
  expect(view).toMatchObject({ on: true, file: '~/.claude.json' });
  const { gatehouse } = JSON.parse(readFileSync(file, 'utf8')).mcpServers;
  expect(gatehouse.args).toEqual(['mcp', '--tools', '--door', house.real.paths.agentDoor]);
  expect(existsSync(gatehouse.command)).toBe(true);

  const client = await house.client();
  for (const [name, params] of [
    ['filesystem_write', { file_path: file, content: '{}' }],
    ['shell_bash', { command: `rm -f ${file}` }],
  ] as const) {
    const told = await call(client, name, params);
    expect(told.failed, name).toBe(true);
    expect(told.text, name).toMatch(/Gatehouse/);
  }
  const off = await page.value('planGovernedTools', 'claude-code', 'disconnect');
  await page.value('applyGovernedTools', 'claude-code', off.planId);
  expect(readFileSync(file, 'utf8')).toBe(before);
  const { rows } = await page.value('timeline', { action: ['mcp.changed'] }, null, 50);
  expect(rows.map(({ summary }) => summary)).toEqual([
    'The MCP server gatehouse with the governed tools was taken out of a client',
    'The MCP server gatehouse with the governed tools was put into a client',
  ]);
});

it('page and terminal show who has them: folder, calls, and the level that is enforced', async () => {
  const page = house.real.page('first');
  const client = await house.client({ name: 'agent of mine' });
  for (const [name, params] of [
    ['filesystem_list', {}],
    ['shell_bash', { command: 'true' }],
  ] as const) {
    const told = await call(client, name, params);
    expect(told.failed, told.text).toBe(false);
  }
  const { sessions, problem } = await page.value('governedTools');
  expect(problem).toBeNull();
  expect(sessions.find((one) => one.calls === 2)).toMatchObject({
    folder: '~/proj',
    enforced: 'Sandbox strict',
    copy: false,
    lacking: [],
  });
  const { stdout } = await house.real.command(['mcp', 'list']);
  expect(stdout).toContain('in ~/proj: 2 calls, Sandbox strict');
  const held = async () =>
    (await page.value('overview')).sessions.find((one) => /^agent.of.mine$/.test(one.client.name));
  expect(await held()).toMatchObject({
    strength: 1,
    enforcement: 'Tools: sandbox strict',
    caveat: expect.stringMatching(
      /^The calls of Gatehouse's tools run in a sandbox of level strict\. What else /,
    ),
  });
  expect((await page.value('overview')).enforcement.sentence).toMatch(/run in a sandbox\.$/);
  expect((await page.value('overview')).enforcement.sentence).not.toContain('hooks');
  await house.closeClients();
  await soon(async () => ((await page.value('governedTools')).sessions.length === 0 ? true : null));
  expect((await held())?.enforcement).toBe('MCP calls only');
});

it('a call says why no worker can begin for it', async () => {
  const page = house.real.page('first');
  const client = await house.client();
  house.real.writePolicy(policy(', allow_paths: ["~/nowhere:rw"]'));
  await page.value('reloadPolicy');
  const told = await call(client, 'filesystem_list', {});
  expect(told).toMatchObject({
    failed: true,
    text: expect.stringContaining('allow_paths names ~/nowhere, which is not there'),
  });
});
