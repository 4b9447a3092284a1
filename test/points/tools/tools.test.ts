/** `gatehouse mcp --tools` end to end: a real supervisor, the official client, workers in the kernel's sandbox. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launcherMissing } from '../../support/launcher.ts';
import { answerTo, readCard, soon } from '../../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy, workersOf } from '../../support/tools-house.ts';

const missing = launcherMissing();
let house: ToolsHouse;
let client: Client;

const POLICY = toolsPolicy(
  `default_policy: auto
approve: [{ module: filesystem, actions: [delete], reason: "Deleting asks." }]
deny: [{ module: filesystem, actions: [list], reason: "No lists." }]
hidden_actions: [filesystem.glob]`,
  `security:
  sandbox: { level: strict, pool_size: 1, pool_max: 4, allow_paths: ["~/data", "~/store:rw"] }
  behavior:
    rule_definitions:
      - { id: no_secret, trigger: [read], action: block, condition: { path_matches: "secret/**" }, message: "Not the secrets." }
      - { id: no_lock, trigger: [write], action: block, condition: { path_matches: "lock/**" }, message: "Leave lock/ alone." }
`,
);

beforeAll(async () => {
  if (missing !== null) return;
  house = await ToolsHouse.start(POLICY);
  for (const name of ['data', 'store']) mkdirSync(join(house.real.home, name));
  writeFileSync(join(house.real.home, 'data', 'set'), 'a set');
  writeFileSync(join(house.real.home, 'private'), 'mine');
  client = await house.client();
});
afterAll(async () => {
  await house?.remove();
});
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

describe('the tools', () => {
  it('are listed as they may be called, with schemas and annotations', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      ['read', 'write', 'edit', 'delete', 'grep']
        .map((name) => `filesystem_${name}`)
        .concat('shell_bash', 'http_get', 'http_post'),
    );
    expect(tools[0]).toMatchObject({
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
      inputSchema: { required: ['file_path'], additionalProperties: false },
    });
    expect(client.getServerVersion()?.name).toBe('gatehouse-tools');
  });

  it('write, read, edit and search', async () => {
    const whole = house.at('a/b.txt');
    const does = async (name: string, params: Record<string, unknown>) =>
      (await call(client, `filesystem_${name}`, params)).text;
    expect(await does('write', { file_path: 'a/b.txt', content: 'one\ntwo é\n' })).toBe(
      `${whole} is made: 11 bytes.`,
    );
    expect(readFileSync(whole, 'utf8')).toBe('one\ntwo é\n');
    expect(statSync(whole).uid).toBe(process.getuid?.());
    expect(await does('read', { file_path: whole })).toBe('one\ntwo é\n');
    expect(await does('read', { file_path: 'a/../a/b.txt', limit: 1 })).toBe(
      'one\n(There is more: go on with offset 2.)',
    );
    expect(await does('edit', { file_path: 'a/b.txt', old_string: 'two', new_string: '2' })).toBe(
      `${whole} is changed: 1 places.`,
    );
    expect(await does('grep', { pattern: '^2 .$', path: 'a' })).toBe('b.txt:2:2 é');
    expect(await does('grep', { pattern: 'ONE', ignore_case: true, path: 'a/b.txt' })).toBe('1:one');
  });

  it('are one row each with what was done, in a sandbox of the level that is named', async () => {
    await call(client, 'filesystem_write', { file_path: 'row.txt', content: 'x' });
    const row = await soon(async () =>
      (await house.rows('row.txt')).find((line) => line.includes('"success":true')),
    );
    expect(JSON.parse(row)).toMatchObject({ action: 'filesystem.write', client: 'home-made', app: 'proj' });
    expect((await house.rows('in a sandbox: strict')).length).toBeGreaterThan(0);
  });

  it('say in words what is wrong with a call, and do nothing', async () => {
    const wrong: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
      ['filesystem_read', {}, /file_path is needed/],
      ['filesystem_read', { file_path: 3 }, /file_path must be a text/],
      ['filesystem_read', { file_path: 'a\0b' }, /file_path must hold no zero byte/],
      ['filesystem_read', { file_path: 'a', limit: 0 }, /limit must be a whole number from 1 to 2000/],
      ['filesystem_read', { file_path: 'a', more: 1 }, /has no parameter more/],
      ['filesystem_move', { file_path: 'a' }, /Unknown tool/],
    ];
    for (const [name, params, why] of wrong) await expect(call(client, name, params)).rejects.toThrow(why);
  });
});

describe('what is decided', () => {
  it('a policy that denies, a rule that blocks, and what is hidden', async () => {
    house.write('secret/key', 'hunter2');
    expect(await call(client, 'filesystem_read', { file_path: 'secret/key' })).toMatchObject({
      failed: true,
      text: expect.stringContaining('Not the secrets.'),
    });
    expect(await call(client, 'filesystem_write', { file_path: 'lock/x', content: 'x' })).toMatchObject({
      failed: true,
      text: expect.stringMatching(/^\[BEHAVIOR BLOCKED\] Leave lock\/ alone\./),
    });
    for (const [name, params] of [
      ['glob', { pattern: '*' }],
      ['list', {}],
    ] as const)
      await expect(call(client, `filesystem_${name}`, params)).rejects.toThrow(/Unknown tool/);
    expect(await house.rows('No lists.')).toHaveLength(1);
    expect(existsSync(house.at('lock'))).toBe(false);
  });

  it('a search shows no line of a file that may not be read', async () => {
    house.write('secret/key', 'hunter2');
    house.write('open/key', 'hunter2');
    const { text } = await call(client, 'filesystem_grep', { pattern: 'hunter' });
    expect(text).toContain('open/key:1:hunter2');
    expect(text).not.toContain('secret/key:');
    expect(text).toContain('Lines of a file are left out');
  });

  it('a search says when it does not look as deep as there are folders', async () => {
    house.write(`well/${'d/'.repeat(70)}found.txt`, 'needle');
    const deep = await call(client, 'filesystem_grep', { pattern: 'needle', path: 'well' });
    expect(deep.text).toContain('Not everything was looked at');
    house.write('pond/found.txt', 'needle');
    const flat = await call(client, 'filesystem_grep', { pattern: 'needle', path: 'pond' });
    expect(flat.text).toBe('found.txt:1:needle');
  });

  it('a person: no, then yes, and giving up', async () => {
    house.write('gone', 'x');
    const page = house.real.page('person');
    const refused = call(client, 'filesystem_delete', { file_path: 'gone' });
    await page.value('answer', answerTo(await readCard(page), { kind: 'deny', reason: 'keep it' }));
    expect(await refused).toMatchObject({ failed: true, text: expect.stringContaining('keep it') });
    expect(existsSync(house.at('gone'))).toBe(true);

    const given = new AbortController();
    const waiting = call(client, 'filesystem_delete', { file_path: 'gone' }, given.signal);
    await readCard(page);
    given.abort();
    await expect(waiting).rejects.toThrow();
    await soon(async () => ((await page.value('inbox')).pending.length === 0 ? true : null));
    expect(existsSync(house.at('gone'))).toBe(true);

    const allowed = call(client, 'filesystem_delete', { file_path: 'gone' });
    await page.value('answer', answerTo(await readCard(page)));
    expect(await allowed).toEqual({ failed: false, text: `${house.at('gone')} is deleted.` });
    expect(existsSync(house.at('gone'))).toBe(false);
  });
});

describe('what a worker sees', () => {
  it('is the project and what the policy allows, and nothing of the rest', async () => {
    const { home } = house.real;
    const read = (file_path: string) => call(client, 'filesystem_read', { file_path });
    expect((await read(join(home, 'data/set'))).text).toBe('a set');
    expect(await read(join(home, 'private'))).toMatchObject({ failed: true });
    expect((await read('/etc/hostname')).text).toContain('outside of what these tools may touch');
    const write = (file_path: string) => call(client, 'filesystem_write', { file_path, content: 'x' });
    expect(await write(join(home, 'data/new'))).toMatchObject({ failed: true });
    expect((await write(join(home, 'store/new'))).failed).toBe(false);
    symlinkSync(home, house.at('out'));
    expect((await read('out/private')).text).toMatch(/out is a link to/);
    expect((await write('.git/hooks/pre-commit')).text).toContain('is protected');
    expect(readdirSync(join(home, 'data'))).toEqual(['set']);
  });
});

describe('a worker', () => {
  /** Keeps a worker busy for a while. */
  const slow = (signal?: AbortSignal) => {
    house.write('slow.txt', `${'ab'.repeat(2000)}\n`.repeat(3000));
    return call(client, 'filesystem_grep', { pattern: `(a|b|ab|ba){1,300}c`, path: 'slow.txt' }, signal);
  };
  const again = () => call(client, 'filesystem_read', { file_path: 'alive' });

  it('that is killed fails its call, and another one takes its place', async () => {
    house.write('alive', 'yes');
    const running = slow();
    const busy = await soon(() => workersOf(house.real).find(({ cpu }) => cpu > 5));
    process.kill(busy.pid, 'SIGKILL');
    expect(await running).toMatchObject({ failed: true, text: expect.stringMatching(/^The call failed: /) });
    expect(await again()).toEqual({ failed: false, text: 'yes' });
  });

  it('ends when its call is given up', async () => {
    const given = new AbortController();
    const running = slow(given.signal);
    const busy = await soon(() => workersOf(house.real).find(({ cpu }) => cpu > 5));
    given.abort();
    await expect(running).rejects.toThrow();
    await soon(() => (workersOf(house.real).some(({ pid }) => pid === busy.pid) ? null : true));
    expect(await again()).toEqual({ failed: false, text: 'yes' });
  });

  it('belongs to one connection, and ends with it', async () => {
    const other = await house.client({ name: 'second' });
    await call(other, 'filesystem_read', { file_path: 'alive' });
    const mine = await house.rows('"client":"second"');
    expect(mine.some((line) => line.includes('sandbox.started'))).toBe(true);
    await house.closeClients();
    await soon(() => (workersOf(house.real).length === 0 ? true : null));
    client = await house.client();
    expect(await again()).toEqual({ failed: false, text: 'yes' });
  });

  it('is another one once the policy is another', async () => {
    await again();
    const before = workersOf(house.real).map(({ pid }) => pid);
    const page = house.real.page('person');
    house.real.writePolicy(POLICY.replace('level: strict', 'level: standard'));
    await page.value('reloadPolicy');
    expect(await again()).toEqual({ failed: false, text: 'yes' });
    await soon(async () => ((await house.rows('in a sandbox: standard')).length > 0 ? true : null));
    await soon(() => (workersOf(house.real).some(({ pid }) => before.includes(pid)) ? null : true));
    house.real.writePolicy(POLICY.replace('level: strict', 'level: off'));
    await page.value('reloadPolicy');
    expect((await again()).text).toContain('governed tools run in a sandbox only');
  });
});
