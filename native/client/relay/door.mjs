/** Connecting to the agent door, and making sure that it is ours. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { block } from './say.mjs';

const SILENCE_MS = 10_000;
const BUSY_TRIES = 100;
const BUSY_PAUSE_MS = 50;

/**
 * Calls `connected` with a socket at which this user's supervisor listens.
 *
 * @param wayOut  what the line offers besides starting the supervisor, when there is none
 */
export function reachDoor(door, wayOut, connected, triesLeft = BUSY_TRIES) {
  checkOwner(door, wayOut);
  const socket = connect({ path: door, allowHalfOpen: true });
  const failed = (error) => {
    if (error.code === 'EAGAIN' && triesLeft > 0)
      setTimeout(() => reachDoor(door, wayOut, connected, triesLeft - 1), BUSY_PAUSE_MS);
    else noSupervisor(door, wayOut, error);
  };
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.removeListener('error', failed);
    checkServer(socket);
    connected(socket);
  });
}

function noSupervisor(door, wayOut, error) {
  block(
    `no supervisor answers at ${door} (${error.code ?? error.message})`,
    `start Gatehouse (\`gatehouse start\`, or \`npm start\` in its folder), or ${wayOut}`,
  );
}

/** The socket and its folder must be this user's own. */
function checkOwner(door, wayOut) {
  if (process.platform === 'win32') return;
  const self = process.geteuid();
  const folder = dirname(door);
  let socket;
  let around;
  try {
    socket = lstatSync(door);
    around = statSync(folder);
  } catch (error) {
    noSupervisor(door, wayOut, error);
  }
  if (!socket.isSocket()) block(`the door is not a socket: ${door}`, 'restart Gatehouse');
  if (socket.uid !== self)
    block(`the door belongs to another user: ${door}`, 'remove it and restart Gatehouse');
  if (around.uid !== self)
    block(`the door's folder belongs to another user: ${folder}`, 'remove it and restart Gatehouse');
  if ((around.mode & 0o022) !== 0)
    block(
      `others can write to the door's folder ${folder}`,
      'make it private (chmod 700) and restart Gatehouse',
    );
}

/** Asks the kernel who answers, where the addon was built; the owner of the socket has to do elsewhere. */
function checkServer(socket) {
  if (process.platform === 'win32') return;
  const here = dirname(fileURLToPath(import.meta.url));
  // The installed copy has no addon near it, and must load nothing that happens to lie there.
  if (!here.endsWith(join('native', 'client', 'relay'))) return;
  const library = join(here, '..', '..', 'build', `${process.platform}-${process.arch}`, 'peer.node');
  const fd = socket._handle?.fd;
  if (!existsSync(library) || typeof fd !== 'number' || fd < 0) return;
  const addon = { exports: {} };
  process.dlopen(addon, library);
  if (addon.exports.peerCredentials(fd).uid !== process.geteuid()) {
    block("another user's program answers at the door", 'restart Gatehouse, and find out who runs it');
  }
}

/**
 * Watches the clock, and the parent, whose end a pipe's writer is not told. `heard` of the result is the time of
 * the last sign of life, to be kept up to date.
 *
 * @param deadlineMs  from the start of the process; Infinity for none
 */
export function watchDoor(deadlineMs) {
  const parent = process.ppid;
  const watch = { heard: performance.now(), end: () => clearInterval(timer) };
  const timer = setInterval(() => {
    const now = performance.now();
    if (now >= deadlineMs) block('no answer came before the deadline', 'answer sooner, or ask again');
    if (now >= watch.heard + SILENCE_MS)
      block('the supervisor hangs: it was silent for 10 seconds', 'restart Gatehouse');
    if (process.ppid !== parent) block('the agent went away');
  }, 100);
  return watch;
}
