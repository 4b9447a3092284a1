/** Readings of shell text in a short form, for tables. */
import type { Run, ShellReading } from '../../../main/engine/protection/programs.ts';
import { readPrograms } from '../../../main/engine/protection/programs.ts';
import { readShell } from '../../../main/engine/protection/shell-words.ts';

const CONTEXT = { home: '/home/u', cwd: '/home/u/web' };
const shown = (text: string) => text.replaceAll('\ue000', '…');

/** Each simple command: its words in brackets, `>` what it writes, `<` what it only reads, `=` bodies, `$` substituted. */
export function commandsIn(text: string): readonly string[] {
  return readShell(text, CONTEXT).map(({ words, targets, written, bodies, substituted }) =>
    shown(
      [
        ...words.map((word) => `[${word.text}]`),
        ...targets.map((target) => `${written.includes(target) ? '>' : '<'}${target}`),
        ...bodies.map((body) => `=${body}`),
        substituted ? '$' : '',
      ].join(''),
    ),
  );
}

export function readingOf(text: string): ShellReading {
  return readPrograms(text, CONTEXT);
}

/** Each program with its arguments. */
export function runsIn(text: string): readonly string[] {
  return readingOf(text).runs.map(({ name, args }) =>
    shown([name, ...args.map((word) => word.text)].join(' ')),
  );
}

/** The code of other languages; `!` where it can start programs. */
export function codeIn(text: string): readonly string[] {
  return readingOf(text).code.map((code) => shown(`${code.runs ? '!' : ''}${code.text}`));
}

/** The last program of a command. */
export function runOf(text: string): Run {
  const run = readingOf(text).runs.at(-1);
  if (run === undefined) throw new Error('no program');
  return run;
}
