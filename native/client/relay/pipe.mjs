/**
 * `gatehouse mcp NAME`: passes bytes between an MCP client and the supervisor, who speaks MCP.
 *
 * Nothing reaches stdout but what the supervisor sends through the pipe it has opened, and nothing is read from
 * stdin before.
 */
import { randomBytes } from 'node:crypto';
import { reachDoor, watchDoor } from './door.mjs';
import { FrameReader } from './frames.mjs';
import { block, speakOfOpenPipe, speakOfPipe } from './say.mjs';
import { checkStandardStreams, writeAll } from './streams.mjs';
import { GOVERNED_TOOLS, readMcpWords } from './words.mjs';

/** @param words  the command line after the word `mcp` */
export function runPipe(words) {
  speakOfPipe();
  checkStandardStreams('nobody can ask the server', 'nobody can read what the server says');
  const { server, door } = readMcpWords(words);
  const watch = watchDoor(Number.POSITIVE_INFINITY);
  const nonce = randomBytes(16);
  const reader = new FrameReader(nonce, true);
  const wayOut =
    server === GOVERNED_TOOLS
      ? 'take the governed tools out of the client'
      : `disconnect the server with \`gatehouse mcp remove ${server}\``;
  reachDoor(door, wayOut, (socket) => {
    const refused = () => refuse(reader.answer);
    const failed = (error) => {
      // A supervisor that refuses without having read everything resets the connection after its answer.
      if (reader.answer !== null) refused();
      else block(`the supervisor went away: ${error.message}`, 'see `gatehouse status`');
    };
    const hear = (data) => {
      if (reader.take(data)) watch.heard = performance.now();
      if (reader.rest === null) return;
      watch.end();
      socket.removeListener('data', hear);
      socket.removeListener('end', refused);
      socket.removeListener('error', failed);
      passBytes(socket, reader.rest);
    };
    watch.heard = performance.now();
    socket.on('data', hear);
    socket.on('end', refused);
    socket.on('error', failed);
    socket.write(`GATEHOUSE1 mcp ${server} ${nonce.toString('hex')}\n`);
  });
}

function refuse(answer) {
  if (answer === null)
    block('the supervisor ended the connection without an answer', 'see `gatehouse status`');
  try {
    writeAll(2, answer.err, Number.POSITIVE_INFINITY);
  } catch {
    // The exit code still says it.
  }
  process.exit(answer.exit);
}

/** @param rest  what came with the frame that opened the pipe */
function passBytes(socket, rest) {
  speakOfOpenPipe();
  const input = process.stdin;
  const output = process.stdout;
  output.on('error', (error) =>
    block(
      error.code === 'EPIPE'
        ? 'stdout is closed: nobody reads what the server says'
        : `what the server says could not be written to stdout: ${error.message}`,
    ),
  );
  input.on('error', (error) => block(`stdin could not be read: ${error.message}`));
  const finish = (broke) => {
    input.unpipe(socket);
    input.pause();
    const endedWell = !broke && socket.writableEnded && socket.writableLength === 0;
    // After all that is still to be written.
    output.write('', () => {
      if (endedWell) process.exit(0);
      block('the supervisor ended it', 'see `gatehouse status`, and connect again');
    });
  };
  socket.on('end', () => finish(false));
  socket.on('error', () => finish(true));
  if (rest.length > 0) output.write(rest);
  socket.pipe(output, { end: false });
  input.pipe(socket);
}
