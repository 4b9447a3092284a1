/** What the system says when there is no room to write, or no right to, in words. */
import { messageOf } from './errors.ts';

export interface NotWritten {
  readonly why: string;
  readonly hint: string;
}

const KNOWN: readonly (readonly [RegExp, NotWritten])[] = [
  [
    /^(?:ENOSPC|EDQUOT|SQLITE_FULL)/,
    { why: 'the disk is full', hint: "make room on the disk of Gatehouse's folder, then try again" },
  ],
  [
    // A database that was moved or removed is told as one that may only be read.
    /^(?:EROFS|SQLITE_READONLY(?!_DBMOVED))/,
    {
      why: 'the disk may only be read',
      hint: "see how the disk of Gatehouse's folder is mounted, then try again",
    },
  ],
];

/** Null for what says nothing of the kind. What an error was caused by counts too. */
export function notWritten(error: unknown): NotWritten | null {
  let at = error;
  for (let depth = 0; depth < 4 && at instanceof Error; depth += 1) {
    const { code: given, syscall } = at as { readonly code?: unknown; readonly syscall?: unknown };
    // Nothing more can be watched: the system says that there is no space for it.
    const code = syscall === 'watch' ? '' : String(given ?? '');
    // What comes from the writer's thread has lost its code.
    const told = at.message.endsWith('database or disk is full') ? 'SQLITE_FULL' : code;
    const known = KNOWN.find(([pattern]) => pattern.test(told));
    if (known !== undefined) return known[1];
    at = at.cause;
  }
  return null;
}

/** The same as `why; hint: what to do`. */
export function notWrittenWords(error: unknown): string | null {
  const known = notWritten(error);
  return known === null ? null : `${known.why}; hint: ${known.hint}`;
}

/** What was thrown and nobody expected, as one line: `why; hint: what to do` where that is known. */
export function faultWords(error: unknown, hint: string): string {
  const known = notWrittenWords(error);
  if (known !== null) return known;
  const text = (messageOf(error).split('\n', 1)[0] ?? '').trim();
  return `an internal fault: ${text}; hint: ${hint}`;
}
