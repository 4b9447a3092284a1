/**
 * The hook programs as they are installed, in surroundings that somebody prepared: variables, links, libraries,
 * folders that are gone. The settings of an agent can set variables for its hooks.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installProgram, programBytes } from '../../main/points/agents/installed-program.ts';
import { type FakeSupervisor, goodAnswer, listenAt, YES } from './fake-supervisor.ts';
import {
  expectBlocked,
  type HookClient,
  hookClients,
  nativeClient,
  privateFolder,
  relay,
  runHook,
  startHook,
} from './hook-clients.ts';

const NO_COMPILER = 'no C compiler; to add it: apt-get install gcc libc6-dev, then npm rebuild';

let folder = '';
let door = '';
let remove: () => Promise<void>;
const supervisors: FakeSupervisor[] = [];

beforeEach(async () => {
  ({ folder, remove } = await privateFolder());
  door = join(folder, 'door');
});

afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.close();
  await remove();
});

async function supervisorAt(path: string): Promise<FakeSupervisor> {
  const supervisor = await listenAt(path, (visit) => visit.socket.end(goodAnswer(visit)));
  supervisors.push(supervisor);
  return supervisor;
}

/** The client at its stable place, by the real installer. */
async function installed(client: HookClient, interpreter = process.execPath): Promise<HookClient> {
  const source =
    client === relay
      ? { file: relay.args[0] ?? '', interpreter }
      : { file: client.command, interpreter: null };
  const command = join(folder, 'data', 'gatehouse');
  await installProgram(command, await programBytes(source));
  return { name: client.name, command, args: [] };
}

const words = () => ['hook', 'claude-code', '--door', door];
const env = (variables: Record<string, string>) => [
  'env',
  ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
];

describe.each(hookClients)('$name, installed', (client) => {
  it('answers from its own place', async () => {
    await supervisorAt(door);
    expect(await runHook(await installed(client), door)).toEqual({
      exit: 0,
      signal: null,
      stdout: YES.stdout,
      stderr: '',
    });
  });

  it('goes to no door but the one it was given, whatever the environment names', async () => {
    const other = join(folder, 'other');
    for (const below of ['run', '.local/share/gatehouse/run', 'gatehouse/run'])
      mkdirSync(join(other, below), { recursive: true, mode: 0o700 });
    const liars = [
      await supervisorAt(join(other, 'run', 'agent.sock')),
      await supervisorAt(join(other, '.local/share/gatehouse/run/agent.sock')),
      await supervisorAt(join(other, 'gatehouse/run/agent.sock')),
    ];
    const moved = env({
      GATEHOUSE_HOME: other,
      GATEHOUSE_DOOR: join(other, 'run', 'agent.sock'),
      HOME: other,
      XDG_RUNTIME_DIR: other,
      XDG_DATA_HOME: other,
      XDG_CONFIG_HOME: other,
      TMPDIR: other,
      PWD: other,
    });
    expectBlocked(
      await startHook(await installed(client), words(), '{}', moved).ended,
      /no supervisor answers/,
    );
    expect(liars.flatMap(({ visits }) => visits)).toEqual([]);
  });

  it('is not moved by variables that load code or change what is printed', async () => {
    const lie = join(folder, 'lie.cjs');
    writeFileSync(lie, `process.stdout.write(${JSON.stringify(YES.stdout)}); process.exit(0);\n`);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of ['node', 'sh', 'env'])
      writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s' '${YES.stdout.trim()}'\n`, { mode: 0o755 });
    const hostile = env({
      NODE_OPTIONS: `--require ${lie}`,
      NODE_PATH: folder,
      NODE_DEBUG: 'net,fs,stream',
      NODE_REPL_EXTERNAL_MODULE: lie,
      OPENSSL_CONF: join(folder, 'no-such.cnf'),
      ENV: lie,
      BASH_ENV: lie,
      IFS: '/',
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    });
    expectBlocked(
      await startHook(await installed(client), words(), '{}', hostile).ended,
      /no supervisor answers/,
    );
  });

  it('blocks at a link to a door, also a good one', async () => {
    const real = join(folder, 'real');
    const supervisor = await supervisorAt(real);
    symlinkSync(real, door);
    expectBlocked(await runHook(client, door), /not a socket/);
    expect(supervisor.visits).toEqual([]);
  });

  it('judges the folder that a link leads to', async () => {
    const real = join(folder, 'run');
    mkdirSync(real, { mode: 0o700 });
    const supervisor = await supervisorAt(join(real, 'door'));
    const link = join(folder, 'link');
    symlinkSync(real, link);
    expect((await runHook(client, join(link, 'door'))).exit).toBe(0);
    chmodSync(real, 0o777);
    expectBlocked(await runHook(client, join(link, 'door')), /others can write/);
    expect(supervisor.visits).toHaveLength(1);
  });

  it('blocks at a door whose folder is gone or is a file', async () => {
    expectBlocked(await runHook(client, join(folder, 'none', 'door')), /no supervisor answers/);
    writeFileSync(join(folder, 'file'), '');
    expectBlocked(await runHook(client, join(folder, 'file', 'door')), /no supervisor answers/);
  });

  it('works in a folder that was removed', async () => {
    await supervisorAt(door);
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const there = ['sh', '-c', `cd '${gone}' && rmdir '${gone}' && exec "$@"`, 'sh'];
    const hook = startHook(await installed(client), words(), '{}', there);
    expect(await hook.ended).toMatchObject({ exit: 0, stdout: YES.stdout });
  });

  it('blocks when it cannot open a socket or its door', async () => {
    await supervisorAt(door);
    chmodSync(door, 0o000);
    const asked = await runHook(client, door);
    // Root may connect all the same; then the answer is the supervisor's.
    if (process.getuid?.() === 0) expect(asked.exit).toBe(0);
    else expectBlocked(asked, /no supervisor answers/);
  });
});

describe('what only one of the two can meet', () => {
  it('the relay says that its Node is gone', async () => {
    const copy = join(folder, "a node's copy");
    writeFileSync(copy, '#!/bin/sh\n', { mode: 0o755 });
    const client = await installed(relay, copy);
    rmSync(copy);
    expectBlocked(await runHook(client, door), /the Node that answers hooks is gone/);
  });

  it('the native client loads no library that is named to it', async (context) => {
    if (nativeClient === null) return context.skip(NO_COMPILER);
    const source = join(folder, 'lie.c');
    const library = join(folder, 'lie.so');
    writeFileSync(
      source,
      `#include <unistd.h>\n__attribute__((constructor)) static void lie(void) { if (write(1, "allow", 5) == 5) _exit(0); }\n`,
    );
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
    const preload = env({ LD_PRELOAD: library, LD_AUDIT: library, LD_LIBRARY_PATH: folder });
    // The library does lie to a program that can be preloaded.
    const victim = await startHook({ name: 'relay', command: 'sh', args: ['-c', 'exit 9'] }, [], '', preload)
      .ended;
    expect(victim).toMatchObject({ exit: 0, stdout: 'allow' });
    expectBlocked(
      await startHook(await installed(nativeClient), words(), '{}', preload).ended,
      /no supervisor answers/,
    );
  });

  it('the native client blocks without descriptors and without memory', async (context) => {
    if (nativeClient === null) return context.skip(NO_COMPILER);
    await supervisorAt(door);
    const under = (limit: string) => ['sh', '-c', `ulimit ${limit} && exec "$@"`, 'sh'];
    expectBlocked(await startHook(nativeClient, words(), '{}', under('-n 3')).ended, /no socket/);
    const large = await listenAt(join(folder, 'large'), (visit) =>
      visit.socket.end(goodAnswer(visit, { exit: 0, stdout: 'x'.repeat(16_000_000), stderr: '' })),
    );
    supervisors.push(large);
    const tight = ['hook', 'claude-code', '--door', large.path];
    expectBlocked(await startHook(nativeClient, tight, '{}', under('-v 8000')).ended, /no memory/);
  });
});
