/**
 * The client's side of a door: hands a command line over and gives back what it answers, or opens a pipe.
 *
 * The answer counts only when all of it came, verified, from a supervisor of this user. Where nobody answers the
 * error's code is `no_supervisor`; everything else that goes wrong has `door_failed`.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { GatehouseError, messageOf } from './errors.ts';
import {
  AnswerDecoder,
  type DoorAnswer,
  encodeBody,
  encodeChunk,
  encodeHeader,
  NONCE_BYTES,
} from './framing.ts';
import { peerUser } from './peer-identity.ts';

export interface DoorCall {
  /** The supervisor door: absolute path of a socket, or a named pipe. */
  readonly path: string;
  /** Without the program's name: `['status', '--json']`. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What stood on the standard input of a command that takes it. */
  readonly input?: Buffer;
  /** Asks on the person's terminal without echo; null when there is none or nothing was given. */
  readonly onQuestion: (prompt: string) => Promise<string | null>;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
  /** Longest silence of the supervisor, milliseconds. Default 10 000; it sends a sign of life every second. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 10_000;

/**
 * Calls the supervisor.
 *
 * @throws GatehouseError `no_supervisor` when none answers at the door, `door_failed` when what answers is not
 *   to be trusted, is silent or goes away
 */
export async function callDoor(call: DoorCall): Promise<DoorAnswer> {
  const socket = await reach(call.path);
  try {
    return await converse(socket, call);
  } finally {
    socket.destroy();
  }
}

/**
 * Opens a pipe to an MCP server through the agent door. Either side of the stream may end alone; its errors are
 * those of a supervisor that vanished.
 *
 * @param path  of the agent door
 * @param options.silenceMs  as for a call
 * @throws GatehouseError as `callDoor`, and `refused` with the supervisor's line when it lets nobody in
 */
export async function openPipe(
  path: string,
  server: string,
  options: { readonly silenceMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Duplex> {
  const socket = await reach(path);
  try {
    await admission(socket, server, options);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function admission(
  socket: Socket,
  server: string,
  { silenceMs = SILENCE_MS, signal }: { readonly silenceMs?: number; readonly signal?: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const nonce = randomBytes(NONCE_BYTES);
    const decoder = new AnswerDecoder(nonce, 'pipe');
    let answer: DoorAnswer | null = null;
    const settle = (error: GatehouseError | null) => {
      clearTimeout(silence);
      socket.removeListener('readable', look);
      for (const name of ['end', 'close'] as const) socket.removeListener(name, ended);
      signal?.removeEventListener('abort', abort);
      if (error === null) resolve();
      else reject(error);
    };
    const ended = () =>
      settle(answer === null ? failed('it ended the connection without an answer') : refused(answer));
    const abort = () => settle(failed('it was given up'));
    const silence = setTimeout(() => settle(silent(silenceMs)), silenceMs);
    // A listener of this kind leaves no mark on the stream that its next owner would have to lift.
    const look = () => {
      try {
        for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) {
          for (const event of decoder.take(bytes as Buffer)) {
            silence.refresh();
            if (event.type === 'answer') answer = event.answer;
            if (event.type !== 'pipe') continue;
            if (event.rest.length > 0) socket.unshift(event.rest);
            settle(null);
            return;
          }
        }
      } catch (error) {
        settle(error instanceof GatehouseError ? error : failed(messageOf(error)));
      }
    };
    socket.on('readable', look);
    socket.on('end', ended);
    socket.on('close', ended);
    signal?.addEventListener('abort', abort, { once: true });
    socket.write(encodeHeader({ kind: 'mcp', server, nonce }));
  });
}

function checkPlace(path: string): void {
  if (process.platform === 'win32') return;
  const self = process.geteuid?.();
  const folder = dirname(path);
  let socket: ReturnType<typeof lstatSync>;
  let around: ReturnType<typeof statSync>;
  try {
    socket = lstatSync(path);
    around = statSync(folder);
  } catch (error) {
    throw noSupervisor(path, error);
  }
  if (!socket.isSocket() || socket.uid !== self) throw failed(`${path} is no socket of this user`);
  if (around.uid !== self || (around.mode & 0o022) !== 0)
    throw failed(`others can write to its folder ${folder}`);
}

/** Connects to a door of this user, and makes sure that it is one. */
function reach(path: string): Promise<Socket> {
  checkPlace(path);
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('connect', () => {
      socket.on('error', () => undefined);
      const user = peerUser(socket);
      if (user === null || user === process.geteuid?.()) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(failed("another user's program answers"));
      }
    });
    socket.once('error', (error) => reject(noSupervisor(path, error)));
  });
}

function converse(socket: Socket, call: DoorCall): Promise<DoorAnswer> {
  return new Promise((resolve, reject) => {
    const nonce = randomBytes(NONCE_BYTES);
    const decoder = new AnswerDecoder(nonce);
    const silenceMs = call.silenceMs ?? SILENCE_MS;
    let answer: DoorAnswer | null = null;
    let silence = setTimeout(() => reject(silent(silenceMs)), silenceMs);
    const settle = (error: GatehouseError) => {
      clearTimeout(silence);
      // A supervisor that did not read to the end resets the connection after its answer.
      if (answer !== null && error.code !== 'protocol' && call.signal?.aborted !== true) resolve(answer);
      else reject(error);
    };
    const ask = async (prompt: string) => {
      const text = await call.onQuestion(prompt).catch(() => null);
      if (!socket.destroyed) socket.write(encodeChunk(Buffer.from(text ?? '', 'utf8')));
    };
    socket.on('data', (bytes) => {
      try {
        for (const event of decoder.take(bytes)) {
          clearTimeout(silence);
          silence = setTimeout(() => reject(silent(silenceMs)), silenceMs);
          if (event.type === 'answer') answer = event.answer;
          else if (event.type === 'question') void ask(event.prompt);
        }
      } catch (error) {
        settle(error instanceof GatehouseError ? error : failed(messageOf(error)));
      }
    });
    socket.on('end', () => settle(failed('it ended the connection without an answer')));
    socket.on('error', (error) => settle(failed(`it went away: ${error.message}`)));
    socket.on('close', () => settle(failed('the connection was closed')));
    call.signal?.addEventListener('abort', () => settle(failed('it was given up')), { once: true });
    socket.write(encodeHeader({ kind: 'command', agent: null, nonce }));
    socket.write(encodeBody(Buffer.from(JSON.stringify(bodyOf(call)), 'utf8')));
  });
}

function bodyOf({ argv, cwd, input }: DoorCall): object {
  return input === undefined ? { argv, cwd } : { argv, cwd, input: input.toString('base64') };
}

function refused(answer: DoorAnswer): GatehouseError {
  return new GatehouseError('refused', answer.stderr.trim() || `it refused with exit code ${answer.exit}`);
}

function noSupervisor(path: string, cause: unknown): GatehouseError {
  return new GatehouseError('no_supervisor', `no supervisor answers at ${path}: ${messageOf(cause)}`, {
    hint: 'start it with `gatehouse start`',
    cause,
  });
}

function silent(milliseconds: number): GatehouseError {
  return failed(`it was silent for ${Math.round(milliseconds / 1000)} seconds`);
}

function failed(why: string): GatehouseError {
  return new GatehouseError('door_failed', `the supervisor's answer cannot be used: ${why}`, {
    hint: 'restart Gatehouse',
  });
}
