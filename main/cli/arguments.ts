/** What a command line asks for. Options of `start` are read here; those of other commands by the command itself. */
import { parseArgs } from 'node:util';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { SHELLS, type ShellName } from './completion.ts';

export interface StartArguments {
  readonly headless: boolean;
  /** Null: the usual one, or the next that is free. */
  readonly port: number | null;
  readonly openBrowser: boolean;
}

export interface TutorialArguments {
  /** As typed; null when none was. */
  readonly number: string | null;
  /** Nobody is asked: the tutorial answers by itself. */
  readonly auto: boolean;
  /** Leaves its folder in place. */
  readonly keep: boolean;
}

export type CommandLine =
  | { readonly kind: 'version' }
  /** `command` null: help for everything. */
  | { readonly kind: 'help'; readonly command: string | null }
  | { readonly kind: 'start'; readonly start: StartArguments }
  | { readonly kind: 'tutorial'; readonly tutorial: TutorialArguments }
  | { readonly kind: 'completion'; readonly shell: ShellName }
  | { readonly kind: 'hook' }
  | { readonly kind: 'command'; readonly name: string; readonly argv: readonly string[] };

/**
 * Reads the arguments after the program's name.
 *
 * @throws GatehouseError `usage`
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0))
    return { kind: 'help', command: null };
  if (first === 'help') return { kind: 'help', command: rest[0] ?? null };
  if (first === '--version' || first === '-v') return { kind: 'version' };
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) return { kind: 'help', command: first };
  if (first === 'hook') return { kind: 'hook' };
  if (first === 'start') return { kind: 'start', start: readStart(rest) };
  if (first === 'tutorial') return { kind: 'tutorial', tutorial: readTutorial(rest) };
  if (first === 'completion') return { kind: 'completion', shell: readShell(rest) };
  if (first.startsWith('-')) throw usage(`there is no option ${JSON.stringify(first.slice(0, 40))}`, null);
  return { kind: 'command', name: first, argv };
}

function readStart(args: readonly string[]): StartArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: { headless: { type: 'boolean' }, port: { type: 'string' }, 'no-open': { type: 'boolean' } },
    });
    return {
      headless: values.headless ?? false,
      port: values.port === undefined ? null : readPort(values.port),
      openBrowser: !(values['no-open'] ?? false),
    };
  } catch (error) {
    throw notUnderstood(error, 'start');
  }
}

function readTutorial(args: readonly string[]): TutorialArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: { auto: { type: 'boolean' }, keep: { type: 'boolean' } },
    });
    if (positionals.length > 1) throw usage('tutorial: one at a time', 'tutorial');
    return { number: positionals[0] ?? null, auto: values.auto ?? false, keep: values.keep ?? false };
  } catch (error) {
    throw notUnderstood(error, 'tutorial');
  }
}

function readShell(args: readonly string[]): ShellName {
  const shell = SHELLS.find((name) => name === args[0]);
  if (shell === undefined || args.length > 1)
    throw usage(`completion: for one of ${SHELLS.join(', ')}`, 'completion');
  return shell;
}

function notUnderstood(error: unknown, command: string): GatehouseError {
  if (error instanceof GatehouseError) return error;
  const why = (messageOf(error).split('\n', 1)[0] ?? '').replace(/\. To specify.*$/, '');
  return usage(`${command}: ${why}`, command);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= 65_535))
    throw usage(
      `start: ${JSON.stringify(text.slice(0, 40))} is no port: it is a number from 1 to 65535`,
      'start',
    );
  return port;
}

function usage(what: string, command: string | null): GatehouseError {
  return new GatehouseError('usage', what, {
    hint: command === null ? 'see --help' : `see ${command} --help`,
  });
}

/** The known name that is nearest to a mistyped one, or null when none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = 3;
  for (const candidate of known) {
    const distance = editDistance(name.slice(0, 40), candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** How many letters are added, left out, changed or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
