/** One line on stderr, then the end. */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

/** A hook that blocks, or a pipe that was not opened. */
export const BLOCK = 2;
/** A pipe that was open and did not end well. */
const CUT = 1;
/** A hook that only tells something: it stops nothing, whatever happens. */
const TOLD = 0;
/** A hook's yes where the line that starts it takes nothing else for one (--proof). */
export const PROVEN = 113;

const ENDING_SIGNALS = 'HUP INT QUIT TRAP ABRT USR1 USR2 ALRM TERM STKFLT XCPU VTALRM IO PWR SYS BREAK'.split(
  ' ',
);

const speaker = { subject: 'this call was not run', exit: BLOCK, name: 'hook', stopHint: 'ask again' };

/** Ends the process: whoever started it is told why in one line. */
export function block(why, hint) {
  const line = `gatehouse: ${speaker.subject}: ${why}${hint === undefined ? '' : `; hint: ${hint}`}`;
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a path may hold them, a line must not
    writeSync(2, `${line.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 1000)}\n`);
  } catch {
    // Nobody to tell: the exit code still says it.
  }
  process.exit(speaker.exit);
}

/** From here on nothing that happens stops the agent. */
export function speakOfTelling() {
  speaker.exit = TOLD;
}

/** From here on this is about a pipe. */
export function speakOfPipe() {
  Object.assign(speaker, {
    subject: 'the MCP server was not connected',
    name: 'pipe',
    stopHint: undefined,
  });
}

/** From here on the pipe is open. */
export function speakOfOpenPipe() {
  Object.assign(speaker, { subject: 'the connection to the MCP server broke', exit: CUT });
}

/** Crashes and signals end with block(), too, and an end is one. */
export function guardProcess() {
  // At its exit Node may wait for ever for a thread that compiles (nodejs/node#54918). Nothing here is worth it.
  setFlagsFromString('--no-opt');
  if (Number(process.versions.node.split('.')[0]) >= 20) setFlagsFromString('--no-maglev');
  const crashed = (error) => block(`the ${speaker.name} program crashed: ${error?.message}`);
  process.on('uncaughtException', crashed);
  process.on('unhandledRejection', crashed);
  for (const name of ENDING_SIGNALS) {
    try {
      process.on(`SIG${name}`, () => block(`the ${speaker.name} was told to stop`, speaker.stopHint));
    } catch {
      // Not a signal of this system.
    }
  }
}
