/**
 * Where a door stands: a socket of mode 0600 in a folder of mode 0700, both ours.
 *
 * A socket that a dead supervisor left is removed, and only when nothing answers at it. What is no socket, or
 * another user's, is never touched.
 */
import { lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, isAbsolute } from 'node:path';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { alreadyRunning } from './door-lock.ts';

const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const ANSWER_MS = 1000;

/** Whether a door's path is a named pipe, which has no folder and no file. */
export function isPipe(path: string): boolean {
  return process.platform === 'win32' && path.startsWith('\\\\.\\pipe\\');
}

/**
 * Makes the folder where it is missing and makes sure that it is private.
 *
 * @throws GatehouseError `door_path` for a path no socket can have, `unsafe_folder` for a folder that others own
 *   or can enter
 */
export function prepareDoorFolder(path: string): void {
  if (!isAbsolute(path))
    throw new GatehouseError('door_path', `the door's path must be absolute, not ${path}`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new GatehouseError(
      'door_path',
      `the path ${path} is longer than the ${MAX_PATH_BYTES} bytes a socket may have`,
      {
        hint: 'set GATEHOUSE_HOME to a shorter path',
      },
    );
  }
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = statSync(folder);
  if (found.uid !== process.geteuid?.()) {
    throw new GatehouseError('unsafe_folder', `the door's folder ${folder} belongs to another user`, {
      hint: 'remove it, or set GATEHOUSE_HOME to a folder of your own',
    });
  }
  if ((found.mode & 0o077) !== 0) {
    throw new GatehouseError('unsafe_folder', `others can enter the door's folder ${folder}`, {
      hint: `make it private: chmod 700 ${folder}`,
    });
  }
}

/**
 * Removes a socket at which nothing answers. Call it with the lock held.
 *
 * @throws GatehouseError `already_running` when something answers, `door_path` when it is no socket of ours
 */
export async function removeStaleSocket(path: string): Promise<void> {
  let found: ReturnType<typeof lstatSync>;
  try {
    found = lstatSync(path);
  } catch {
    return;
  }
  if (!found.isSocket() || found.uid !== process.geteuid?.()) {
    throw new GatehouseError('door_path', `${path} is there already and is no door of ours`, {
      hint: 'move it away and start again',
    });
  }
  if (await somethingAnswers(path)) throw alreadyRunning(path);
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new GatehouseError('door_path', `the old door ${path} cannot be removed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether anyone listens. A listener too busy to say so within a second counts as one. */
function somethingAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const timer = setTimeout(() => end(true), ANSWER_MS);
    const end = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
