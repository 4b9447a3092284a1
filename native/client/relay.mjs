#!/usr/bin/env node
/**
 * `gatehouse hook` for machines without a C compiler: the native client's behaviour, in one file.
 *
 * Hands the call on stdin to the supervisor and prints exactly what it answers. Nothing reaches stdout before
 * the whole answer is there and verified; every other end is exit code 2 with one line on stderr. Needs no
 * package, reads no environment variable, runs on Node 18 or newer. On Windows the door is a named pipe.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BLOCK = 2;
const MAX_CHUNK_BYTES = 64 * 1024;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const FRAME_HEADER_BYTES = 5;
const ANSWER_HEADER_BYTES = 9;
const DIGEST_BYTES = 32;
const SILENCE_MS = 10_000;
const BUSY_TRIES = 100;
const DEFAULT_DEADLINE_SECONDS = 590;
const MAX_DEADLINE_SECONDS = 86_400;
const USAGE = 'gatehouse hook AGENT --door ABSOLUTE_PATH [--deadline SECONDS]';
const ENDING_SIGNALS = 'HUP INT QUIT TRAP ABRT USR1 USR2 ALRM TERM STKFLT XCPU VTALRM IO PWR SYS BREAK'.split(
  ' ',
);

const started = performance.now();
const onWindows = process.platform === 'win32';
/** What fits into a socket address, without its final zero. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** Ends the process: the call is blocked, and the agent is told why in one line. */
function block(why, hint) {
  const line = `gatehouse: this call was not run: ${why}${hint === undefined ? '' : `; hint: ${hint}`}`;
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a path may hold them, a line must not
    writeSync(2, `${line.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 1000)}\n`);
  } catch {
    // Nobody to tell: the exit code still says it.
  }
  process.exit(BLOCK);
}

process.on('uncaughtException', (error) => block(`the hook program crashed: ${error?.message}`));
process.on('unhandledRejection', (error) => block(`the hook program crashed: ${error?.message}`));
for (const name of ENDING_SIGNALS) {
  try {
    process.on(`SIG${name}`, () => block('the hook was told to stop', 'ask again'));
  } catch {
    // Not a signal of this system.
  }
}

/** Reads the command line after the word `hook`. */
function readArguments(words) {
  const args = { agent: null, door: null, deadlineMs: null };
  for (let at = 0; at < words.length; at++) {
    const [name, ...inline] = words[at].split('=');
    if (name === '--door' || name === '--deadline') {
      const value = words[at].includes('=') ? inline.join('=') : words[++at];
      if (value === undefined) block(`no value after ${name}`, USAGE);
      const key = name === '--door' ? 'door' : 'deadlineMs';
      if (args[key] !== null) block(`${name} was given twice`, USAGE);
      args[key] = name === '--door' ? readDoor(value) : readDeadline(value);
    } else if (words[at].startsWith('-')) {
      block(`unknown option ${words[at]}`, USAGE);
    } else if (args.agent !== null) {
      block(`one agent at a time, not also ${words[at]}`, USAGE);
    } else if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(words[at])) {
      block(`no agent has the name ${words[at]}`, USAGE);
    } else {
      args.agent = words[at];
    }
  }
  if (args.agent === null) block('no agent was named', USAGE);
  if (args.door === null) block('no door was named', 'give --door ABSOLUTE_PATH');
  args.deadlineMs ??= DEFAULT_DEADLINE_SECONDS * 1000;
  return args;
}

function readDoor(path) {
  const absolute = onWindows ? path.startsWith('\\\\.\\pipe\\') : path.startsWith('/');
  if (!absolute) block(`the door must be an absolute path, not ${path}`, USAGE);
  if (!onWindows && Buffer.byteLength(path) > MAX_PATH_BYTES)
    block(`the door's path is too long for a socket: ${path}`, 'move GATEHOUSE_HOME to a shorter path');
  return path;
}

function readDeadline(text) {
  const seconds = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_DEADLINE_SECONDS)
    block(`the deadline must be 1 to 86400 seconds, not ${text}`, USAGE);
  return seconds * 1000;
}

function noSupervisor(door, agent, error) {
  block(
    `no supervisor answers at ${door} (${error.code ?? error.message})`,
    `start Gatehouse (\`gatehouse start\`, or \`npm start\` in its folder), or disconnect the agent with \`gatehouse agents uninstall ${agent}\``,
  );
}

/** The socket and its folder must be this user's own. */
function checkOwner(door, agent) {
  if (onWindows) return;
  const self = process.geteuid();
  const folder = dirname(door);
  let socket;
  let around;
  try {
    socket = lstatSync(door);
    around = statSync(folder);
  } catch (error) {
    noSupervisor(door, agent, error);
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
  if (onWindows) return;
  const here = dirname(fileURLToPath(import.meta.url));
  const library = join(here, '..', 'build', `${process.platform}-${process.arch}`, 'peer.node');
  const fd = socket._handle?.fd;
  if (!existsSync(library) || typeof fd !== 'number' || fd < 0) return;
  const addon = { exports: {} };
  process.dlopen(addon, library);
  if (addon.exports.peerCredentials(fd).uid !== process.geteuid()) {
    block("another user's program answers at the door", 'restart Gatehouse, and find out who runs it');
  }
}

/** Node opens /dev/null in place of a closed descriptor, for reading and writing as no shell does. */
function checkStandardStreams() {
  const isStandIn = (fd) => {
    try {
      if (fstatSync(fd).rdev !== statSync('/dev/null').rdev) return false;
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
      return flags !== null && (Number.parseInt(flags[1], 8) & 3) === constants.O_RDWR;
    } catch {
      // No /proc: a closed stream shows when it is used.
      return false;
    }
  };
  if (isStandIn(0)) block('stdin is closed: no call was given');
  if (isStandIn(1)) block('stdout is closed: nobody can read the answer');
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads frames; calls block() at the first thing that cannot be believed. */
class FrameReader {
  answer = null;
  #nonce;
  #header = Buffer.alloc(0);
  #payload = null;
  #used = 0;

  constructor(nonce) {
    this.#nonce = nonce;
  }

  /** @returns {boolean} whether a frame was completed */
  take(data) {
    let completed = false;
    let rest = data;
    while (rest.length > 0) {
      if (this.answer !== null) distrust('it sent more than an answer');
      if (this.#payload === null) {
        const part = rest.subarray(0, FRAME_HEADER_BYTES - this.#header.length);
        this.#header = Buffer.concat([this.#header, part]);
        rest = rest.subarray(part.length);
        if (this.#header.length === FRAME_HEADER_BYTES) completed = this.#open() || completed;
        continue;
      }
      const part = rest.subarray(0, this.#payload.length - this.#used);
      part.copy(this.#payload, this.#used);
      this.#used += part.length;
      rest = rest.subarray(part.length);
      if (this.#used === this.#payload.length) {
        this.answer = this.#close(this.#payload);
        completed = true;
      }
    }
    return completed;
  }

  #open() {
    const type = this.#header.toString('latin1', 0, 1);
    const size = this.#header.readUInt32BE(1);
    if (type === 'B') {
      if (size !== 0) distrust('it sent a heartbeat that is not empty');
      this.#header = Buffer.alloc(0);
      return true;
    }
    if (type === 'Q') distrust('it asked a question, which no hook can answer');
    if (type !== 'A') distrust("it does not speak the door's language");
    if (size < ANSWER_HEADER_BYTES + DIGEST_BYTES) distrust('its answer is too short to be one');
    if (size > ANSWER_HEADER_BYTES + MAX_ANSWER_BYTES + DIGEST_BYTES) distrust('its answer is too long');
    this.#payload = Buffer.alloc(size);
    return false;
  }

  #close(payload) {
    const told = payload.subarray(0, payload.length - DIGEST_BYTES);
    const digest = createHash('sha256').update(this.#nonce).update(told).digest();
    if (!digest.equals(payload.subarray(told.length)))
      distrust('its answer is damaged or belongs to another call');
    const outEnd = ANSWER_HEADER_BYTES + told.readUInt32BE(1);
    if (outEnd + told.readUInt32BE(5) !== told.length) distrust('the lengths in its answer do not add up');
    return {
      exit: told.readUInt8(0),
      out: told.subarray(ANSWER_HEADER_BYTES, outEnd),
      err: told.subarray(outEnd),
    };
  }
}

function distrust(why) {
  block(`the supervisor's answer cannot be trusted: ${why}`, 'restart Gatehouse');
}

/** Sends stdin as chunks until its end, or until `stop` is called. */
function sendStdin(socket) {
  let stopped = false;
  const input = process.stdin;
  input.on('error', (error) => {
    if (!stopped) block(`the call could not be read from stdin: ${error.message}`);
  });
  input.on('data', (data) => {
    for (let at = 0; at < data.length && !stopped; at += MAX_CHUNK_BYTES) {
      const part = data.subarray(at, at + MAX_CHUNK_BYTES);
      if (!socket.write(Buffer.concat([u32(part.length), part]))) input.pause();
    }
  });
  input.on('end', () => {
    if (!stopped) socket.write(u32(0));
  });
  socket.on('drain', () => {
    if (!stopped) input.resume();
  });
  return () => {
    stopped = true;
    input.pause();
  };
}

/** Watches the clock, and the parent, whose end a pipe's writer is not told. */
function watch(deadlineMs) {
  const parent = process.ppid;
  const state = { heard: performance.now() };
  setInterval(() => {
    const now = performance.now();
    if (now >= started + deadlineMs)
      block('no answer came before the deadline', 'answer sooner, or ask again');
    if (now >= state.heard + SILENCE_MS)
      block('the supervisor hangs: it was silent for 10 seconds', 'restart Gatehouse');
    if (process.ppid !== parent) block('the agent went away');
  }, 100);
  return state;
}

/** Writes all of it, waiting for a slow reader until the deadline at most. */
function writeAll(fd, data, deadline) {
  let target = fd;
  if (data.length > 32_768 && fstatSync(fd).isFIFO()) {
    try {
      // A description of our own may be non-blocking, so that the deadline holds.
      target = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      target = fd;
    }
  }
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(target, data, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      if (performance.now() > deadline) block('nobody took the answer in time', 'ask again');
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

function print(answer, deadline) {
  try {
    writeAll(2, answer.err, deadline);
  } catch {
    // The exit code and stdout still say it.
  }
  try {
    writeAll(1, answer.out, deadline);
  } catch (error) {
    block(`the answer could not be written to stdout: ${error.message}`);
  }
  process.exit(answer.exit);
}

function run({ agent, door, deadlineMs }, triesLeft) {
  checkOwner(door, agent);
  const nonce = randomBytes(16);
  const reader = new FrameReader(nonce);
  const socket = connect({ path: door, allowHalfOpen: true });
  let connected = false;
  let stopSending = () => {};
  const state = clock;
  const finish = () => {
    if (reader.answer === null)
      block('the supervisor ended the connection without an answer', 'see `gatehouse status`');
    print(reader.answer, started + deadlineMs);
  };
  socket.on('connect', () => {
    connected = true;
    checkServer(socket);
    state.heard = performance.now();
    socket.write(`GATEHOUSE1 hook ${agent} ${nonce.toString('hex')}\n`);
    stopSending = sendStdin(socket);
  });
  socket.on('data', (data) => {
    if (reader.take(data)) state.heard = performance.now();
    if (reader.answer !== null) stopSending();
  });
  socket.on('end', finish);
  socket.on('error', (error) => {
    if (!connected && error.code === 'EAGAIN' && triesLeft > 0) {
      setTimeout(() => run({ agent, door, deadlineMs }, triesLeft - 1), 50);
    } else if (!connected) {
      noSupervisor(door, agent, error);
    } else if (reader.answer !== null) {
      // A supervisor that answers a call it did not read to the end resets the connection after its answer.
      finish();
    } else {
      block(`the supervisor went away: ${error.message}`, 'see `gatehouse status`');
    }
  });
}

if (process.argv[2] !== 'hook') block('the relay only answers hooks', USAGE);
checkStandardStreams();
const args = readArguments(process.argv.slice(3));
const clock = watch(args.deadlineMs);
run(args, BUSY_TRIES);
