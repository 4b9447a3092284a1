/**
 * Subscripts that a shell expands once more. Whatever calculates or takes a variable's name reads `a[…]` in a text
 * that was quoted, and runs a command that stands there: `[[ 'a[$(rm x)]' -eq 1 ]]` deletes x.
 */
import { plain, unescapeC } from './text.ts';

/** Commands of the shell that take names of variables, or calculate. `printf` does with `-v` alone. */
const EVALUATING: ReadonlySet<string> = new Set([
  'test',
  '[',
  '[[',
  'let',
  'unset',
  'declare',
  'typeset',
  'local',
  'readonly',
  'export',
  'read',
  'mapfile',
  'readarray',
  'getopts',
  'wait',
]);
const COMMAND_IN_SUBSCRIPT = /[A-Za-z_]\w*\[[\s\S]*(?:\$\(|`|\$\{[\s|]|@P\})/;
/** Plain arithmetic inside one runs nothing. */
const ARITHMETIC = /\$\(\([\w\s+*/%$-]*\)\)/g;

/** Whether a text runs a command when a shell takes it for a variable's name, or calculates with it. */
function runsInSubscript(text: string): boolean {
  return COMMAND_IN_SUBSCRIPT.test(plain(text).replace(ARITHMETIC, '0'));
}

/** Whether a command of the shell does so with one of its words. */
export function evaluatesSubscript(name: string, args: readonly { readonly text: string }[]): boolean {
  const named = name === 'printf' ? printfTarget(args) : null;
  if (named !== null) return runsInSubscript(named);
  return EVALUATING.has(name) && args.some(({ text }) => runsInSubscript(text));
}

/** The variable that `printf` writes into; null when it prints. */
export function printfTarget(args: readonly { readonly text: string }[]): string | null {
  const first = args[0]?.text ?? '';
  if (first === '-v') return args[1]?.text ?? '';
  return first.startsWith('-v') ? first.slice(2) : null;
}

/** The same for the source text of a test. What is not quoted in it is expanded, and looked at, anyway. */
export function testsSubscript(source: string): boolean {
  return /['"\\]/.test(source) && runsInSubscript(unescapeC(source).replaceAll(/['"\\]/g, ''));
}
