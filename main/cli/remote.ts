/** Commands that the supervisor computes: sent over its door, or, without one and without need of one, run here. */
import { homedir } from 'node:os';
import type { Command, CommandAnswer } from '../app/commands/command.ts';
import { runPrivately } from '../app/private.ts';
import { programName } from '../app/resources.ts';
import { callDoor } from '../platform/door-client.ts';
import { GatehouseError } from '../platform/errors.ts';
import { resolvePaths } from '../platform/paths.ts';
import { askWithoutEcho } from './terminal.ts';

/** Longest standard input that is read for a command: a file of a few hundred thousand calls. */
const MAX_INPUT_BYTES = 256 * 1024 * 1024;
/** A file in the vault has at most 10 MB. */
const MAX_SECRET_BYTES = 10 * 1024 * 1024;

const OF_THE_SUPERVISOR: ReadonlySet<string> = new Set(['trust', 'distrust', 'replay']);

/**
 * Runs a command and answers what to print.
 *
 * @throws GatehouseError what the door says, `no_supervisor` when the command needs one
 */
export async function runCommandLine(
  command: Command,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CommandAnswer> {
  if (argv[0] === 'policy' && !isOfTheSupervisor(argv))
    return runPrivately(await withInput(argv), env, askWithoutEcho);
  const answer = await askSupervisor(
    argv,
    env,
    takesInput(argv) ? await readInput(MAX_SECRET_BYTES) : undefined,
  );
  if (answer !== null) return answer;
  if (command.needsSupervisor) {
    throw new GatehouseError('no_supervisor', `${argv[0] ?? ''}: Gatehouse is not running`, {
      hint: `start it with ${programName} start`,
    });
  }
  return runPrivately([...argv], env, askWithoutEcho);
}

/**
 * A policy file is judged where it lies: nothing of the running supervisor goes into the answer. Whom to trust, what
 * was decided before, and what is in force is the supervisor's own.
 */
function isOfTheSupervisor([, verb = '', ...words]: readonly string[]): boolean {
  if (verb === 'explain') return !words.some((word) => /^--(?:policy(?:=|$)|help$)/.test(word));
  return OF_THE_SUPERVISOR.has(verb);
}

/** Asks the running supervisor; null when none runs. */
export async function askSupervisor(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: Buffer,
): Promise<CommandAnswer | null> {
  const paths = resolvePaths(env, process.platform, homedir());
  try {
    return await callDoor({
      path: paths.supervisorDoor,
      argv: [...argv],
      cwd: process.cwd(),
      ...(input === undefined ? {} : { input }),
      onQuestion: askWithoutEcho,
    });
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'no_supervisor') return null;
    throw error;
  }
}

/** `policy eval` takes its calls from standard input, one a line, when it is given none. */
async function withInput(argv: readonly string[]): Promise<string[]> {
  if (
    argv[1] !== 'eval' ||
    process.stdin.isTTY ||
    argv.some((argument, i) => i > 1 && argument.trimStart().startsWith('{'))
  )
    return [...argv];
  const lines = (await readInput(MAX_INPUT_BYTES))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.length === 0 ? [...argv] : [...argv, '--', ...lines];
}

/** Secrets come from here or from a prompt, never from the command line. */
function takesInput(argv: readonly string[]): boolean {
  return argv[0] === 'vault' && argv.includes('--stdin');
}

async function readInput(maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new GatehouseError('too_large', `more than ${maxBytes} bytes on standard input`, {
        hint: 'give less',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
