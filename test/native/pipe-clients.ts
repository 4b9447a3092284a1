/** The programs that answer `gatehouse mcp NAME`, run as an MCP client runs them, and supervisors for them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'vitest';
import { encodePipe, type PipeHeader, RequestDecoder } from '../../main/platform/framing.ts';
import { type FakeSupervisor, listenRaw } from './fake-supervisor.ts';
import type { HookClient } from './hook-clients.ts';

export interface PipeResult {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface PipeRun {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  /** Nothing is read of it until the test does. */
  readonly stdout: Readable;
  readonly ended: Promise<PipeResult>;
}

export interface PipeOptions {
  /** Words that run the client, as `['env', 'A=b']`. */
  readonly wrapper?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Named pipes in this folder instead of the socket pairs that Node gives. */
  readonly fifos?: string;
}

/** Starts a client with any command line. */
export function startClient(
  client: HookClient,
  words: readonly string[],
  { wrapper = [], env = {}, fifos }: PipeOptions = {},
): PipeRun {
  const redirected = fifos === undefined ? [] : ['sh', '-c', `exec "$@" <${fifos}/in >${fifos}/out`, 'sh'];
  if (fifos !== undefined) execFileSync('mkfifo', [join(fifos, 'in'), join(fifos, 'out')]);
  const [command = '', ...args] = [...wrapper, ...redirected, client.command, ...client.args, ...words];
  const child = spawn(command, args, {
    stdio: [fifos === undefined ? 'pipe' : 'ignore', fifos === undefined ? 'pipe' : 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const stdin = child.stdin ?? createWriteStream(join(fifos ?? '', 'in'));
  const stdout = child.stdout ?? createReadStream(join(fifos ?? '', 'out'), { highWaterMark: 8192 });
  stdin.on('error', () => undefined);
  const err: Buffer[] = [];
  child.stderr?.on('data', (bytes: Buffer) => err.push(bytes));
  const ended = new Promise<PipeResult>((resolve, reject) => {
    child.on('error', reject);
    let code: [number | null, NodeJS.Signals | null] | null = null;
    let told = false;
    const settle = () => {
      if (code === null || !told) return;
      resolve({ exit: code[0], signal: code[1], stderr: Buffer.concat(err).toString('utf8') });
    };
    // Not 'close', which waits until a test has read stdout.
    child.on('exit', (exit, signal) => {
      code = [exit, signal];
      settle();
    });
    child.stderr?.on('end', () => {
      told = true;
      settle();
    });
  });
  return { child, stdin, stdout, ended };
}

/** Starts a client for the server `github`. */
export function startPipe(client: HookClient, door: string, options: PipeOptions = {}): PipeRun {
  return startClient(client, ['mcp', 'github', '--door', door], options);
}

/** Gives it that input, ended, and waits for its end. */
export async function finish(
  run: PipeRun,
  input: Buffer | string = '',
): Promise<PipeResult & { readonly stdout: string }> {
  run.stdin.end(input);
  const out = await readAll(run.stdout);
  return { ...(await run.ended), stdout: out.toString('latin1') };
}

/** All of a stream to its end. Not by walking over it, which would destroy a socket that still has to send. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  await once(stream, 'end');
  return Buffer.concat(parts);
}

/** One line on stderr about a pipe that was not opened (exit code 2), or that broke (1). */
export function expectOneLine(result: PipeResult, exit: 1 | 2, why: RegExp): void {
  expect(result).toMatchObject({ exit, signal: null });
  const what = exit === 2 ? 'the MCP server was not connected' : 'the connection to the MCP server broke';
  expect(result.stderr).toMatch(new RegExp(`^gatehouse: ${what}: [^\\n]+\\n$`));
  expect(result.stderr.slice(0, -1)).not.toMatch(/\p{Cc}/u);
  expect(result.stderr).toMatch(why);
}

export interface PipeVisit {
  readonly socket: Socket;
  readonly header: PipeHeader;
  /** Bytes that came with the header. */
  readonly early: Buffer;
}

/** `serve` gets each connection with its header, and must listen for data at once or pause the socket. */
export function listenPipe(path: string, serve: (visit: PipeVisit) => void): Promise<FakeSupervisor> {
  return listenRaw(path, (socket) => {
    const decoder = new RequestDecoder({ maxBodyBytes: 0 });
    const take = (bytes: Buffer) => {
      const [first, second] = decoder.take(bytes);
      if (first?.type !== 'header' || first.header.kind !== 'mcp') return;
      socket.removeListener('data', take);
      serve({ socket, header: first.header, early: second?.type === 'raw' ? second.bytes : Buffer.alloc(0) });
    };
    socket.on('data', take);
  });
}

/** Opens the pipe at once; `serve` speaks through it. */
export function listenOpen(path: string, serve: (socket: Socket) => void): Promise<FakeSupervisor> {
  return listenPipe(path, ({ socket, header }) => {
    socket.write(encodePipe(header.nonce));
    serve(socket);
  });
}

/** CPU time that a process has used, seconds, and the most memory it ever held, bytes. */
export function usageOf(child: ChildProcess): { readonly cpu: number; readonly memory: number } {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'));
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / 100,
    memory: Number(peak?.[1] ?? Number.NaN) * 1024,
  };
}
