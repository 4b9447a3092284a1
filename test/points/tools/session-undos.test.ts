/**
 * Governed tools where sessions write to the project itself: what one changed can be taken back, each session by its own
 * review, and one that only read leaves none.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessionView } from '../../../main/app/tool-handlers.ts';
import { GatehouseError } from '../../../main/platform/errors.ts';
import { SessionUndos } from '../../../main/points/tools/session-undos.ts';
import { tree } from '../../support/copy-house.ts';
import { launcherMissing } from '../../support/launcher.ts';
import { soon } from '../../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy } from '../../support/tools-house.ts';

const missing = launcherMissing();
const PIN = 'granite-7';
let house: ToolsHouse;
let project = '';
let made = 0;

async function begin(sandbox: string): Promise<void> {
  house = await ToolsHouse.start(
    toolsPolicy('default_policy: auto', `security:\n  sandbox: { level: standard, ${sandbox} }\n`),
  );
  await house.real.page('first').value('setPin', { pin: PIN, current: null });
}
/** A project of the test's own. */
function prepare(): void {
  made += 1;
  project = join(house.real.home, `proj-${made}`);
  mkdirSync(at('src'), { recursive: true });
  writeFileSync(at('gatehouse.yaml'), '{}\n');
  writeFileSync(at('src/a.ts'), 'one\ntwo\n');
  writeFileSync(at('src/b.ts'), 'b\n');
}
const at = (name: string) => join(project, name);
const agent = (name = 'home-made') => house.client({ name, cwd: project });
async function does(client: Awaited<ReturnType<typeof agent>>, name: string, params: object): Promise<void> {
  const told = await call(client, name, { ...params });
  expect(told.failed, told.text).toBe(false);
}
interface Row {
  readonly id: string;
  readonly app: string;
  readonly kind: string;
  readonly state: string;
  readonly files: number;
  readonly client: string;
}
const review = (...words: string[]) =>
  house.real.command(['review', ...words], ['list', 'show'].includes(words[0] ?? '') ? [] : [PIN]);
const rows = async () =>
  (JSON.parse((await review('list', '--json')).stdout) as readonly Row[]).filter(
    ({ app }) => app === project,
  );
/** The sessions are over, and what they changed is known. */
async function over(): Promise<readonly Row[]> {
  await house.closeClients();
  return soon(async () => {
    const connected = (await house.real.page('first').value('governedTools')).sessions.length;
    const all = await rows();
    return connected === 0 && all.every(({ state }) => state !== 'running') ? all : null;
  });
}

describe('a session that writes to the project itself', () => {
  beforeAll(async () => {
    if (missing === null) await begin('pool_max: 8');
  });
  afterAll(() => house?.remove());
  beforeEach((context) => {
    if (missing !== null) return context.skip(missing);
    prepare();
  });
  afterEach(() => house?.closeClients());

  it('can be taken back, whichever tools it used', async () => {
    const before = tree(project);
    const client = await agent();
    await does(client, 'filesystem_edit', { file_path: 'src/a.ts', old_string: 'two', new_string: '2' });
    await does(client, 'filesystem_write', { file_path: 'new/c.ts', content: 'c' });
    await does(client, 'shell_bash', { command: 'rm src/b.ts; echo d > d' });
    expect(await rows()).toMatchObject([{ kind: 'undo', state: 'running', client: 'home-made' }]);
    const [row] = await over();
    expect(row).toMatchObject({ kind: 'undo', state: 'waits', files: 4 });
    expect(await review('undo', row?.id ?? '')).toMatchObject({ exit: 0 });
    expect(tree(project)).toEqual(before);
  });

  it('leaves no review when it only read, whatever others changed meanwhile', async () => {
    const client = await agent();
    await does(client, 'filesystem_read', { file_path: 'src/a.ts' });
    writeFileSync(at('src/b.ts'), 'by hand\n');
    await does(client, 'filesystem_grep', { pattern: 'by hand' });
    expect(await rows()).toEqual([]);
    expect(await over()).toEqual([]);
  });

  it('leaves none either when its commands changed nothing', async () => {
    await does(await agent(), 'shell_bash', { command: 'cat src/a.ts; echo x > x; rm x' });
    expect(await over()).toEqual([]);
  });

  it('is taken back alone, beside another one of the same project', async () => {
    const [first, second] = await Promise.all([agent('first'), agent('second')]);
    // Both have begun before either goes on.
    await does(first, 'shell_bash', { command: 'true' });
    await does(second, 'shell_bash', { command: 'true' });
    await does(first, 'filesystem_write', { file_path: 'src/a.ts', content: 'of the first\n' });
    await does(second, 'filesystem_write', { file_path: 'src/b.ts', content: 'of the second\n' });
    const all = await over();
    expect(all.map(({ client, files }) => [client, files]).sort()).toEqual([
      ['first', 2],
      ['second', 2],
    ]);
    const id = (name: string) => all.find(({ client }) => client === name)?.id ?? '';
    expect(await review('undo', id('first'), 'src/a.ts')).toMatchObject({ exit: 0 });
    expect(readFileSync(at('src/a.ts'), 'utf8')).toBe('one\ntwo\n');
    expect(readFileSync(at('src/b.ts'), 'utf8')).toBe('of the second\n');
    // What is no more as the other one's list has it refuses all of that.
    expect((await review('undo', id('second'))).stderr).toContain('src/a.ts: it changed meanwhile');
    expect(await review('undo', id('second'), 'src/b.ts')).toMatchObject({ exit: 0 });
    expect(readFileSync(at('src/b.ts'), 'utf8')).toBe('b\n');
  });

  it('can be taken back when Gatehouse ends before it does', async () => {
    const client = await agent();
    await does(client, 'shell_bash', { command: 'rm -rf src' });
    await house.real.restart();
    const [row] = await over();
    expect(await review('undo', row?.id ?? '')).toMatchObject({ exit: 0 });
    expect(readFileSync(at('src/b.ts'), 'utf8')).toBe('b\n');
  });
});

describe('a policy that wants no snapshot', () => {
  afterEach(() => house?.remove());
  it('has none', async (context) => {
    if (missing !== null) return context.skip(missing);
    await begin('workspace_snapshot: false');
    prepare();
    await does(await agent(), 'shell_bash', { command: 'rm src/b.ts' });
    expect([existsSync(at('src/b.ts')), await over()]).toEqual([false, []]);
  });
});

describe('a project of which nothing can be kept', () => {
  const session = { id: 'mcp_1', client: 'home-made', engineSession: 'session_1' };

  it('is asked about once, and the reason is told for as long as the session lives', async () => {
    let asked = 0;
    const undos = new SessionUndos({
      keep: async () => {
        asked += 1;
        throw new GatehouseError('not_kept', 'it is too large');
      },
    });
    const keep = () => undos.keep(session, '/p', false, 1);
    expect(await Promise.all([keep(), keep()])).toEqual(['it is too large', 'it is too large']);
    expect([await keep(), asked, undos.lacking('mcp_1')]).toEqual(['it is too large', 1, 'it is too large']);
    await undos.over('mcp_1');
    expect(undos.lacking('mcp_1')).toBeNull();
  });

  it('is told to the person', () => {
    const used = { ...session, workspace: '/h/p', startedMs: 1, calls: 1, told: null, copy: false };
    expect(sessionView({ ...used, noUndo: 'it is too large' }, '/h').lacking).toEqual([
      'what it changes cannot be taken back: it is too large',
    ]);
    expect(sessionView({ ...used, noUndo: null }, '/h').lacking).toEqual([]);
  });

  it('is let go of when its record cannot be written', async () => {
    const done: string[] = [];
    const undos = new SessionUndos({
      keep: async () => ({
        stands: () => {
          throw new Error('no space left');
        },
        drop: async () => void done.push('drop'),
        ended: async () => {
          throw new Error('it was never kept');
        },
      }),
    });
    expect(await undos.keep(session, '/p', false, 1)).toBe('no space left');
    await undos.over('mcp_1');
    expect(done).toEqual(['drop']);
  });
});
