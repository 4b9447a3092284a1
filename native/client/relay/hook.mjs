/** `gatehouse hook`: hands the call on stdin to the supervisor and prints exactly what it answers. */
import { randomBytes } from 'node:crypto';
import { reachDoor, watchDoor } from './door.mjs';
import { FrameReader } from './frames.mjs';
import { BLOCK, block, PROVEN } from './say.mjs';
import { checkStandardStreams, writeAll } from './streams.mjs';
import { readHookWords } from './words.mjs';

const MAX_CHUNK_BYTES = 64 * 1024;

/** @param words  the command line after the word `hook` */
export function runHook(words) {
  checkStandardStreams('no call was given', 'nobody can read the answer');
  const { agent, door, deadlineMs, tells, proof } = readHookWords(words);
  const watch = watchDoor(deadlineMs);
  const nonce = randomBytes(16);
  const reader = new FrameReader(nonce, false);
  const wayOut = `disconnect the agent with \`gatehouse agents uninstall ${agent}\``;
  reachDoor(door, wayOut, (socket) => {
    const finish = () => {
      if (reader.answer === null)
        block('the supervisor ended the connection without an answer', 'see `gatehouse status`');
      printAnswer(reader.answer, deadlineMs);
      process.exit(exitCode(reader.answer, tells, proof));
    };
    watch.heard = performance.now();
    socket.write(`GATEHOUSE1 hook ${agent} ${nonce.toString('hex')}\n`);
    const stopSending = sendStdin(socket);
    socket.on('data', (data) => {
      if (reader.take(data)) watch.heard = performance.now();
      if (reader.answer !== null) stopSending();
    });
    socket.on('end', finish);
    socket.on('error', (error) => {
      // A supervisor that answers a call it did not read to the end resets the connection after its answer.
      if (reader.answer !== null) finish();
      else block(`the supervisor went away: ${error.message}`, 'see `gatehouse status`');
    });
  });
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
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

function printAnswer(answer, deadline) {
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
}

function exitCode({ exit }, tells, proof) {
  if (tells) return 0;
  if (proof) return exit === 0 ? PROVEN : BLOCK;
  return exit;
}
