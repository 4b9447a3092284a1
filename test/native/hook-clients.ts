/** The two programs that answer `gatehouse hook`, run as an agent runs them. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readNativeStatus } from '../../main/platform/native-status.ts';

export interface HookClient {
  readonly name: 'native client' | 'relay';
  readonly command: string;
  readonly args: readonly string[];
}

const status = readNativeStatus();

export const relay: HookClient = { name: 'relay', command: process.execPath, args: [status.relayPath] };

/** Null on a machine where no compiler was found at install. */
export const nativeClient: HookClient | null =
  status.clientPath === null ? null : { name: 'native client', command: status.clientPath, args: [] };

/** Both are put to the same tests; a machine with a C compiler must have built the native one. */
export const hookClients: readonly HookClient[] = nativeClient === null ? [relay] : [nativeClient, relay];

export function hasCompiler(): boolean {
  return (process.env['PATH'] ?? '')
    .split(':')
    .some((folder) => folder !== '' && existsSync(join(folder, 'cc')));
}

export interface HookResult {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HookRun {
  readonly pid: number;
  readonly ended: Promise<HookResult>;
  readonly stdin: NodeJS.WritableStream;
  kill(signal: NodeJS.Signals): void;
}

/** Exit code 2, one line on stderr, nothing on stdout. */
export function expectBlocked(result: HookResult, why: RegExp = /./): void {
  expect(result).toMatchObject({ exit: 2, signal: null, stdout: '' });
  expect(result.stderr).toMatch(/^gatehouse: this call was not run: [^\n]+\n$/);
  expect(result.stderr).toMatch(why);
}

/** Starts a client; `input` null leaves stdin open. */
export function startHook(
  client: HookClient,
  words: readonly string[],
  input: Buffer | string | null,
  wrapper: readonly string[] = [],
): HookRun {
  const [command, ...args] = [...wrapper, client.command, ...client.args, ...words];
  const child = spawn(command ?? '', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => err.push(data));
  child.stdin.on('error', () => undefined);
  if (input !== null) child.stdin.end(input);
  const ended = new Promise<HookResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => {
      resolve({
        exit,
        signal,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
  });
  return {
    pid: child.pid ?? -1,
    ended,
    stdin: child.stdin,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** Runs a client against a door to its end. */
export function runHook(
  client: HookClient,
  door: string,
  input: Buffer | string | null = '{}',
  extra: readonly string[] = [],
): Promise<HookResult> {
  return startHook(client, ['hook', 'claude-code', '--door', door, ...extra], input).ended;
}

/** A private folder with room for a socket's path, removed by the returned function. */
export async function privateFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gh-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
