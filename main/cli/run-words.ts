/**
 * What the words after `gatehouse` do, but for `hook`, which is native.
 *
 * Whatever happens, the terminal gets words and never a stack, and the exit code tells: 0 done, 1 failed,
 * 2 not understood. A command of the supervisor keeps the code it answered with.
 */

import { GatehouseError } from '../platform/errors.ts';
import { faultWords } from '../platform/full-disk.ts';
import { nearest, readCommandLine } from './arguments.ts';
import { commandHelp, OWN_COMMANDS, overallHelp } from './help.ts';
import { complain, ignoreClosedPipes, print } from './terminal.ts';

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const line = readCommandLine(argv);
  if (line.kind === 'hook') {
    throw new GatehouseError('no_client', 'hook: the call was blocked: this program does not answer hooks', {
      hint: 'run gatehouse agents install again',
    });
  }
  const { VERSION, programName } = await import('../app/resources.ts');
  if (line.kind === 'version') {
    print(VERSION);
    return 0;
  }
  if (line.kind === 'start') {
    const { start } = await import('./start.ts');
    return start(line.start, env);
  }
  if (line.kind === 'tutorial') {
    const { tutorial } = await import('./tutorial.ts');
    return tutorial(line.tutorial);
  }
  if (line.kind === 'command' && isAuditStream(line.argv)) {
    const { auditStream } = await import('./audit-stream.ts');
    return auditStream(line.argv, env);
  }
  // The native client answers it where there is one; nobody takes a command that was not confined for one that was.
  if (line.kind === 'command' && line.name === 'run') {
    throw new GatehouseError('no_launcher', 'the command was not run: this program starts no sandboxes', {
      hint: 'gatehouse doctor says what this computer can enforce',
    });
  }
  const { COMMANDS } = await import('../app/commands/run.ts');
  if (line.kind === 'help') {
    const text =
      line.command === null
        ? overallHelp(programName, COMMANDS)
        : commandHelp(line.command, programName, COMMANDS);
    if (text === null) throw unknownCommand(line.command ?? '', Object.keys(COMMANDS), programName);
    print(text);
    return 0;
  }
  if (line.kind === 'completion') {
    const { completionScript, completionTable } = await import('./completion.ts');
    print(completionScript(line.shell, completionTable({ ...OWN_COMMANDS, ...COMMANDS })));
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, line.name) ? COMMANDS[line.name] : undefined;
  if (command === undefined) throw unknownCommand(line.name, Object.keys(COMMANDS), programName);
  const { runCommandLine } = await import('./remote.ts');
  const answer = await runCommandLine(command, line.argv, env);
  print(answer.stdout);
  complain(answer.stderr);
  return answer.exit;
}

/** These two print for as long as there is something to print. */
function isAuditStream(argv: readonly string[]): boolean {
  return argv[0] === 'audit' && (argv[1] === 'export' || argv[1] === 'tail');
}

function unknownCommand(name: string, known: readonly string[], program: string): GatehouseError {
  const near = nearest(name, [...Object.keys(OWN_COMMANDS), ...known]);
  const hint = near === null ? `${program} --help` : `did you mean ${program} ${near}?`;
  return new GatehouseError('usage', `there is no command ${JSON.stringify(name.slice(0, 40))}`, { hint });
}

/** A hook's caller takes every exit code but 2 for a yes; that of `run` keeps a code of its own for our failures. */
function exitCodeFor(error: unknown, argv: readonly string[]): number {
  if (argv[0] === 'run') return 125;
  return argv[0] === 'hook' || (error instanceof GatehouseError && error.code === 'usage') ? 2 : 1;
}

/** Runs the words after the program's name, and ends the process. */
export async function runWords(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  ignoreClosedPipes();
  let exit: number;
  try {
    exit = await main(argv, env);
  } catch (error) {
    const text =
      error instanceof GatehouseError
        ? error.message
        : `${argv[0] ?? 'gatehouse'}: ${faultWords(error, 'gatehouse doctor')}`;
    complain(`gatehouse: ${text}`);
    exit = exitCodeFor(error, argv);
  }
  // What is left open (a door that is closing, a timer) must not hold the terminal.
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(exit);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
