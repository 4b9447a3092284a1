/** The standard streams: whether they are there, and writing to a reader that is slow. */
import { constants, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { block } from './say.mjs';

/** Node opens /dev/null in place of a closed descriptor, for reading and writing as no shell does. */
export function checkStandardStreams(noInput, noOutput) {
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
  if (isStandIn(0)) block(`stdin is closed: ${noInput}`);
  if (isStandIn(1)) block(`stdout is closed: ${noOutput}`);
}

/** Writes all of it, waiting for a slow reader until the deadline at most. */
export function writeAll(fd, data, deadline) {
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
