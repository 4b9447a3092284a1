/**
 * An MCP server that is a program: started by us with its registered words, in a process group of its own, so
 * that what it started ends with it.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { fileDigest } from '../../platform/file-digest.ts';
import { wordsElsewhere } from './fetching-program.ts';
import { LineWriter, readLines } from './message-stream.ts';
import type { ServerPlace } from './server-place.ts';
import { CHANGED_PROGRAM, type StdioServer } from './server-record.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';

/** What a server inherits of our environment; everything else it needs stands in its registration. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'SystemRoot',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'TEMP',
  'TMP',
  'PATHEXT',
] as const;
/** The spec's order: stdin closed, then a polite signal, then an end. */
const POLITE_MS = 1500;
const LAST_WORD_MS = 500;
const NOTE_BYTES = 8192;

/**
 * Starts it.
 *
 * @param place where it runs when its registration does not say or it fetches code, and what it finds there; nothing
 *   that a client chooses
 * @throws GatehouseError `server_changed` when the program is not the one that was registered,
 *   `server_missing`, `server_failed`
 */
export async function startStdioServer(
  server: StdioServer,
  place: ServerPlace,
  env: NodeJS.ProcessEnv,
  events: UpstreamEvents,
): Promise<Upstream> {
  await checkProgram(server);
  const elsewhere = wordsElsewhere(server);
  const folder = elsewhere === null ? (server.cwd ?? place.folder) : place.folder;
  const child = spawn(server.program, elsewhere ?? server.args, {
    cwd: folder,
    env: { ...inherited(env), ...place.env, ...server.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(
        new GatehouseError(
          'server_failed',
          `${server.program} cannot be started in ${folder}: ${messageOf(error)}`,
        ),
      ),
    );
  });
  let closing = false;
  let told = false;
  const gone = (why: string) => {
    if (told || closing) return;
    told = true;
    events.gone(why);
  };
  const exited = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      endGroup(child.pid, 'SIGKILL');
      gone(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`);
      resolve();
    });
  });
  child.stdin.on('error', () => undefined);
  readLines(child.stdout, {
    line: (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        // Some servers greet on stdout. It is no message, and must not end them.
        events.note(text.slice(0, NOTE_BYTES));
        return;
      }
      events.message(value);
    },
    end: (error) => {
      if (error !== null) gone(messageOf(error));
      // How it ended says more, and comes in a moment when it did.
      else setTimeout(() => gone('it closed its output'), LAST_WORD_MS);
      endGroup(child.pid, 'SIGTERM');
    },
  });
  readLines(
    child.stderr,
    { line: (text) => events.note(text.slice(0, NOTE_BYTES)), end: () => undefined },
    NOTE_BYTES * 128,
  );
  const writer = new LineWriter(child.stdin);
  return {
    send: (message) => {
      try {
        writer.write(message);
      } catch (error) {
        gone(messageOf(error));
        endGroup(child.pid, 'SIGKILL');
      }
    },
    agreed: () => undefined,
    close: async () => {
      closing = true;
      writer.end();
      const polite = setTimeout(() => endGroup(child.pid, 'SIGTERM'), POLITE_MS);
      const end = setTimeout(() => endGroup(child.pid, 'SIGKILL'), POLITE_MS * 2);
      await exited;
      clearTimeout(polite);
      clearTimeout(end);
    },
  };
}

async function checkProgram(server: StdioServer): Promise<void> {
  try {
    await access(server.program, constants.X_OK);
    if (!(await stat(server.program)).isFile()) throw new Error('it is not a file');
  } catch (error) {
    throw new GatehouseError('server_missing', `${server.program} cannot be run: ${messageOf(error)}`);
  }
  await checkDigest(server.program, server.digest);
  if (server.interpreter != null) await checkDigest(server.interpreter.path, server.interpreter.digest);
}

async function checkDigest(program: string, digest: string | null): Promise<void> {
  if (digest === null) return;
  let now: string | null;
  try {
    now = await fileDigest(program);
  } catch (error) {
    throw new GatehouseError('server_missing', `${program} cannot be read: ${messageOf(error)}`);
  }
  if (now !== digest) {
    throw new GatehouseError('server_changed', `${program} ${CHANGED_PROGRAM}`, {
      hint: 'look at what changed it, then accept it on the page MCP servers',
    });
  }
}

function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

function endGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') process.kill(pid, signal);
    else process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}
