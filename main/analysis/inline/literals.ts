/** Literals of Perl and Ruby that begin with no quote: `q(…)`, `%q(…)`, patterns between slashes. */
import type { Language } from './code-text.ts';

export interface Literal {
  /** How many characters it has with its marks, and where what it holds begins and ends among them. */
  readonly length: number;
  readonly from: number;
  readonly to: number;
  readonly isString: boolean;
}

/** Nothing in it is put in or run: no variable, no braces, no quotes. */
const PATTERN = String.raw`(?:\\[^\n]|[\w .^|*+?()[\]<>:=,;-])+?`;
const MATCH = new RegExp(`^(?:m|qr)?/(${PATTERN})/[gimsxoc]*(?!\\w)`);
const REPLACE = new RegExp(`^s/(${PATTERN}/(?:${PATTERN})?)/[gimsxocr]*(?!\\w)`);
/** What is behind one of these begins a pattern and divides by nothing. */
const BEGINS =
  /(?:^|[^$@%&.>:\w])(?:if|unless|and|or|not|while|until|grep)\s+$|[=!]~\s*$|(?:^|[^$@%&*])[(!,{;]\s*$|&&\s*$|\|\|\s*$|^\s*$/;
/** A text between marks of the writer's choice may hold what looks like the beginning of a pattern. */
const FREE_MARKS = /(?<![$@%&>\w])(?:q|qq|qw|qr|m|s|y|tr)(?:\s+\w|\s*[^\s\w/({[<,;=)-])/;
const PERL_STRING = /^q(?:\(([^()\\]*)\)|\{([^{}\\]*)\}|\[([^[\]\\]*)\])/;
const RUBY_STRING = /^%[qw](?:\(([^()\\]*)\)|\{([^{}\\]*)\}|\[([^[\]\\]*)\])/;
const SHOWS = /(?:^|[(,=;]|(?<![.\w$@])(?:puts|print|pp|warn)\s)\s*$/;
/** One of those names is a variable, and what is behind it may be a remainder. */
const NAMED = /\b(?:puts|print|pp|warn)\s*(?:=(?!=)|,|\|)/;

/** The literal that begins at a place; null when none surely does. @param before the code up to there */
export function literalAt(source: string, at: number, before: string, language: Language): Literal | null {
  if (language !== 'perl' && language !== 'ruby') return null;
  const unit = source[at];
  if (unit === '%' && language === 'ruby')
    return SHOWS.test(before) && !NAMED.test(source) ? found(RUBY_STRING.exec(source.slice(at)), true) : null;
  if (unit !== '/' && !(language === 'perl' && (unit === 'q' || unit === 's' || unit === 'm'))) return null;
  if (language === 'perl' && unit !== '/' && /[$@%&>:\w{-]$/.test(before)) return null;
  const rest = source.slice(at, at + 4096);
  const string = unit === 'q' ? PERL_STRING.exec(rest) : null;
  if (string !== null) return /^\s*=>/.test(rest.slice(string[0].length)) ? null : found(string, true);
  if (FREE_MARKS.test(source)) return null;
  if (unit === '/') return BEGINS.test(before) ? found(MATCH.exec(rest), false) : null;
  return found(unit === 's' ? REPLACE.exec(rest) : MATCH.exec(rest), false);
}

function found(match: RegExpExecArray | null, isString: boolean): Literal | null {
  const inner = match?.slice(1).find((one) => one !== undefined);
  if (match === null || inner === undefined) return null;
  const from = match[0].indexOf(inner, match[0].search(/[/({[]/) + 1);
  return { length: match[0].length, from, to: from + inner.length, isString };
}
