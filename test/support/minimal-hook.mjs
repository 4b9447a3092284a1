/**
 * The least that a hook written in Node must do: read stdin, ask at the door, print the answer. For benchmarks.
 *
 * `node minimal-hook.mjs DOOR`. It checks nothing and trusts everything, which no hook that is used may.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const chunk = (bytes) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const socket = connect({ path: process.argv[2], allowHalfOpen: true });
const input = [];
process.stdin.on('data', (data) => input.push(data));
process.stdin.on('end', () => {
  socket.write(`GATEHOUSE1 hook claude-code ${randomBytes(16).toString('hex')}\n`);
  socket.write(Buffer.concat([chunk(Buffer.concat(input)), chunk(Buffer.alloc(0))]));
});
const output = [];
socket.on('data', (data) => output.push(data));
socket.on('end', () => {
  const told = Buffer.concat(output);
  let at = 0;
  while (told[at] === 0x42) at += 5;
  const length = told.readUInt32BE(at + 6);
  process.stdout.write(told.subarray(at + 14, at + 14 + length));
  process.exitCode = told[at + 5];
  socket.end();
});
