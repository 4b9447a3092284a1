/** The relay as it is installed where there is no compiler. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programBytes } from '../../main/points/agents/installed-program.ts';
import { type FakeSupervisor, goodAnswer, listenAt, YES } from './fake-supervisor.ts';
import { privateFolder, relay, runHook } from './hook-clients.ts';

let folder = '';
let door = '';
let remove: () => Promise<void>;
let supervisor: FakeSupervisor | null = null;

beforeEach(async () => {
  ({ folder, remove } = await privateFolder());
  door = join(folder, 'door');
});

afterEach(async () => {
  await supervisor?.close();
  supervisor = null;
  await remove();
});

describe('the relay as an installed script', () => {
  it('is one file, without an extension', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const script = join(folder, 'gatehouse');
    const source = { file: relay.args[0] ?? '', interpreter: process.execPath };
    await writeFile(script, await programBytes(source), { mode: 0o700 });
    expect(await runHook({ name: 'relay', command: script, args: [] }, door)).toEqual({
      exit: 0,
      signal: null,
      stdout: YES.stdout,
      stderr: '',
    });
  });

  it('answers nothing but hooks', () => {
    const run = () =>
      execFileSync(relay.command, [...relay.args, 'status'], { stdio: 'pipe', encoding: 'utf8' });
    expect(run).toThrow(/only answers hooks/);
  });
});
