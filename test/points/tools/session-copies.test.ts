/**
 * Governed tools where sessions write to copies of the project: what a session did is nowhere but in its copy, its
 * workers find it one after the other, no other session does, and a person looks through it at the end.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../main/platform/errors.ts';
import type { Copies, Copy } from '../../../main/points/run/copies.ts';
import { SessionCopies } from '../../../main/points/tools/session-copies.ts';
import { LAUNCHER, launcherMissing } from '../../support/launcher.ts';
import { soon } from '../../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy, workersOf } from '../../support/tools-house.ts';

const missing = launcherMissing();
const MAXIMUM = 'level: maximum, require: maximum, pool_size: 1, pool_max: 2, idle_timeout: 60';
const PIN = 'granite-7';
const policy = (sandbox: string) =>
  toolsPolicy(
    `default_policy: approve
grant:
  - { module: filesystem, actions: [read, write, edit, delete, list, glob, grep], when: { sandboxed: strict } }
  - { module: shell, actions: [bash], when: { sandboxed: maximum } }`,
    `security:
  sandbox: { ${sandbox} }
`,
  );
let house: ToolsHouse;
let project = '';
let made = 0;

async function begin(sandbox: string): Promise<void> {
  house = await ToolsHouse.start(policy(sandbox));
  await house.real.page('first').value('setPin', { pin: PIN, current: null });
}
/** What the kernel closed to its owner in a copy only the launcher takes away. */
async function end(): Promise<void> {
  if (house === undefined) return;
  await house.closeClients();
  await house.real.stop();
  execFileSync(LAUNCHER, ['review', 'remove', house.real.paths.data, 'reviews']);
  await house.remove();
}
/** A project of the test's own. */
function prepare(): void {
  made += 1;
  project = join(house.real.home, `proj-${made}`);
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'gatehouse.yaml'), '{}\n');
  writeFileSync(at('src/a.ts'), 'one\ntwo\n');
  writeFileSync(at('src/b.ts'), 'b\n');
}
const at = (name: string) => join(project, name);
const agent = (name = 'home-made') => house.client({ name, cwd: project });
interface Row {
  readonly id: string;
  readonly app: string;
  readonly state: string;
  readonly files: number;
  readonly digest: string;
  readonly client: string;
}
const review = (...words: string[]) =>
  house.real.command(['review', ...words], words[0] === 'list' ? [] : [PIN]);
const rows = async () =>
  (JSON.parse((await review('list', '--json')).stdout) as readonly Row[]).filter(
    ({ app }) => app === project,
  );
const waiting = (count: number) =>
  soon(async () => {
    const all = await rows();
    return all.length === count && all.every(({ state }) => state === 'waits') ? all : null;
  });

describe('at maximum', () => {
  beforeAll(async () => {
    if (missing === null) await begin(MAXIMUM);
  });
  afterAll(end);
  beforeEach((context) => {
    if (missing !== null) return context.skip(missing);
    prepare();
  });
  afterEach(() => house?.closeClients());

  it('all tools work on the copy, and one review shows what the session did', async () => {
    const client = await agent();
    const does = async (name: string, params: Record<string, unknown>) => {
      const told = await call(client, name, params);
      expect(told.failed, told.text).toBe(false);
      return told.text;
    };
    await does('filesystem_write', { file_path: 'new/c.ts', content: 'c' });
    await does('filesystem_edit', { file_path: 'src/a.ts', old_string: 'two', new_string: '2' });
    expect(await does('shell_bash', { command: 'cat src/a.ts new/c.ts && rm src/b.ts' })).toBe('one\n2\nc');
    expect(await does('filesystem_glob', { pattern: '**/*.ts' })).toBe('new/c.ts\nsrc/a.ts');
    expect(readFileSync(at('src/a.ts'), 'utf8')).toBe('one\ntwo\n');
    expect(readdirSync(project).sort()).toEqual(['gatehouse.yaml', 'src']);
    expect(await rows()).toMatchObject([{ state: 'running', client: 'home-made' }]);
    await house.closeClients();
    const [row] = await waiting(1);
    expect(row).toMatchObject({ files: 3, client: 'home-made' });
    const applied = await review('apply', row?.id ?? '');
    expect(applied.exit, applied.stderr).toBe(0);
    expect(readFileSync(at('src/a.ts'), 'utf8')).toBe('one\n2\n');
    expect(readFileSync(at('new/c.ts'), 'utf8')).toBe('c');
    expect(existsSync(at('src/b.ts'))).toBe(false);
  });

  it('a next worker of the session finds what the one before wrote', async () => {
    const client = await agent();
    // A call may come before the supervisor has heard that the worker is dead; it fails, and did nothing.
    const does = (name: string, params: Record<string, unknown>) =>
      soon(async () => {
        const told = await call(client, name, params);
        return told.text.includes('its worker ended') ? null : told;
      });
    for (let turn = 1; turn <= 3; turn++) {
      const told = await does('shell_bash', {
        command: `echo ${turn} >> log; cat log; rm -f src/b.ts`,
      });
      expect(told.failed, told.text).toBe(false);
      expect(told.text.trim().split('\n')).toHaveLength(turn);
      const [worker] = workersOf(house.real);
      process.kill(worker?.pid ?? 0, 'SIGKILL');
      await soon(() => (workersOf(house.real).some(({ pid }) => pid === worker?.pid) ? null : true));
    }
    expect((await does('filesystem_list', { path: 'src' })).text).toBe('a.ts  8');
    expect(await rows()).toHaveLength(1);
    await house.closeClients();
    expect(await waiting(1)).toMatchObject([{ files: 2 }]);
  });

  it('two sessions never see each other’s copy, also while they take turns for the room', async () => {
    const clients = await Promise.all(['a', 'b', 'c'].map((name) => agent(name)));
    for (let turn = 0; turn < 2; turn++)
      await Promise.all(
        clients.map(async (client, index) => {
          const told = await call(client, 'shell_bash', { command: `echo ${index} >> mine; cat mine` });
          expect(told.text, told.text).toBe(`${index}\n`.repeat(turn + 1));
        }),
      );
    expect(existsSync(at('mine'))).toBe(false);
    await house.closeClients();
    const all = await waiting(3);
    expect(all.map(({ client }) => client).sort()).toEqual(['a', 'b', 'c']);
    // The same path in the same project: the second one is told, and changes nothing.
    expect((await review('apply', all[0]?.id ?? '')).exit).toBe(0);
    const second = await review('apply', all[1]?.id ?? '');
    expect(second.exit).not.toBe(0);
    expect((await review('discard', all[2]?.id ?? '')).exit).toBe(0);
  });

  it('calls of one session at once are done one after the other, and none is lost', async () => {
    const client = await agent();
    const told = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        call(client, 'filesystem_write', { file_path: `f${index}`, content: 'x' }),
      ),
    );
    expect(told.filter(({ failed }) => failed)).toEqual([]);
    expect(workersOf(house.real)).toHaveLength(1);
    const list = await call(client, 'filesystem_glob', { pattern: 'f*' });
    expect(list.text.split('\n')).toHaveLength(8);
  });

  it('ends calls of a session that has a copy when the policy has none any more', async () => {
    const client = await agent();
    await call(client, 'filesystem_write', { file_path: 'kept', content: 'x' });
    house.real.writePolicy(policy('level: strict'));
    await house.real.page('first').value('reloadPolicy');
    const told = await call(client, 'filesystem_write', { file_path: 'later', content: 'x' });
    expect(told.text).toContain('this session writes to a copy of the project, and the policy has none');
    expect(existsSync(at('later'))).toBe(false);
    const other = await agent();
    expect((await call(other, 'filesystem_write', { file_path: 'own', content: 'x' })).failed).toBe(false);
    expect(existsSync(at('own'))).toBe(true);
    house.real.writePolicy(policy(MAXIMUM));
    await house.real.page('first').value('reloadPolicy');
  });

  it('a session that changed nothing leaves no review, and a supervisor that stops leaves all of them', async () => {
    const idle = await agent();
    await call(idle, 'filesystem_read', { file_path: 'src/a.ts' });
    await house.closeClients();
    await soon(async () => ((await rows()).length === 0 ? true : null));
    const client = await agent();
    await call(client, 'filesystem_write', { file_path: 'kept', content: 'x' });
    await house.real.restart();
    expect(await waiting(1)).toMatchObject([{ files: 1 }]);
    expect(existsSync(at('kept'))).toBe(false);
  });
});

describe('at strict with workspace_snapshot', () => {
  it('is the same, and does not count as maximum', async (context) => {
    if (missing !== null) return context.skip(missing);
    await begin('level: strict, workspace_snapshot: true');
    prepare();
    try {
      const client = await agent();
      const sub = at('sub');
      mkdirSync(sub);
      writeFileSync(join(sub, 'x'), 'x');
      expect((await call(client, 'filesystem_delete', { file_path: 'sub/x' })).failed).toBe(false);
      expect(existsSync(join(sub, 'x'))).toBe(true);
      const aborts = new AbortController();
      const asks = call(client, 'shell_bash', { command: 'true' }, aborts.signal);
      asks.catch(() => undefined);
      await soon(async () =>
        (await house.real.page('first').value('inbox')).pending.length === 1 ? true : null,
      );
      aborts.abort();
      await expect(asks).rejects.toThrow();
    } finally {
      await end();
    }
  });
});

describe('a copy', () => {
  const session = { id: 's', client: 'home-made' };
  class Kept implements Pick<Copies, 'begin'> {
    readonly told: string[] = [];
    problem: string | null = null;
    stuck: string | null = null;
    async begin(): Promise<Copy> {
      if (this.problem !== null) throw new GatehouseError('no_place', this.problem);
      this.told.push('begin');
      return {
        layers: '/layers',
        again: async () => {
          if (this.stuck !== null) throw new GatehouseError('not_removed', this.stuck);
          this.told.push('again');
        },
        stands: (_session, first) => this.told.push(`stands ${first}`),
        drop: async () => void this.told.push('drop'),
        ended: async () => {
          this.told.push('ended');
          return { files: 1, notable: [], deleted: null, lines: [] };
        },
      };
    }
  }

  it('that the system does not make is dropped, and the session goes on without', async () => {
    const kept = new Kept();
    const copies = new SessionCopies(kept);
    expect(await copies.layers(session, '/p')).toBe('/layers');
    await copies.stands('s', 'e', false, 7);
    expect(copies.has('s')).toBe(false);
    await copies.over('s');
    expect(kept.told).toEqual(['begin', 'drop']);
  });

  it('that was written to is never gone on without', async () => {
    const kept = new Kept();
    const copies = new SessionCopies(kept);
    await copies.layers(session, '/p');
    await copies.stands('s', 'e', true, 7);
    await copies.layers(session, '/p');
    await expect(copies.stands('s', 'e', false, 8)).rejects.toThrow('is not there');
    await copies.over('s');
    expect(kept.told).toEqual(['begin', 'stands 7', 'again', 'ended']);
  });

  it('that cannot be made ready for the next worker stays for the review, and nothing is written past it', async () => {
    const kept = new Kept();
    const copies = new SessionCopies(kept);
    await copies.layers(session, '/p');
    await copies.stands('s', 'e', true, 7);
    kept.stuck = 'work was not removed';
    await expect(copies.layers(session, '/p')).rejects.toThrow('work was not removed');
    expect(copies.has('s')).toBe(true);
    await copies.over('s');
    expect(kept.told).toEqual(['begin', 'stands 7', 'ended']);
  });

  it('for which there is no place is a worker that does not begin, and the next one tries again', async () => {
    const kept = new Kept();
    kept.problem = 'the disk is full';
    const copies = new SessionCopies(kept);
    await expect(copies.layers(session, '/p')).rejects.toThrow('the disk is full');
    await copies.over('s');
    kept.problem = null;
    expect(await copies.layers(session, '/p')).toBe('/layers');
  });
});
