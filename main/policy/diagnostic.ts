import { HIDDEN_CHARACTERS } from '../../preload/contract/hidden-characters.ts';

/**
 * What is wrong, or worth knowing, about a policy file, with the place it stands at.
 *
 * A compiler run collects all of them; one `error` is enough to refuse the file.
 */
export interface Diagnostic {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Dotted, with list positions in brackets: `tools.capabilities.grant[0].actions[1]`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, the allowed values and the nearest one. */
  readonly message: string;
  /** A warning is a note that a person should act on; both leave the file in force. */
  readonly severity: 'error' | 'warning' | 'info';
}

/** `file:line:col path: what; allowed: …; did you mean …` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, path, message } = diagnostic;
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

/** Names listed in one message at most. */
const LISTED = 24;

/** Joins what is wrong with what would be right. */
export function explain(what: string, allowed: readonly string[] = [], meant: string | null = null): string {
  const more = allowed.length > LISTED ? ', …' : '';
  const list = allowed.length === 0 ? '' : `; allowed: ${allowed.slice(0, LISTED).join(', ')}${more}`;
  return `${what}${list}${meant === null ? '' : `; did you mean ${meant}`}`;
}

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, 'gu');

/** A name as it may stand in a message: quoted, characters that do not show escaped, cut. */
export function quoted(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text;
  return JSON.stringify(cut).replace(HIDDEN, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
