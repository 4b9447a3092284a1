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

/** As much of what stands before a place as tells what begins there, and of what follows as one literal has. */
const LOOKS_BACK = 64;
const LOOKS_ON = 4096;
const NONE = () => null;

/**
 * Finds the literal that begins at a place; null when none surely does.
 *
 * @returns to be asked for each place, with the code up to there
 */
export function literalsOf(source: string, language: Language): (at: number, code: string) => Literal | null {
  if (language !== 'perl' && language !== 'ruby') return NONE;
  const isFree = FREE_MARKS.test(source);
  const isNamed = NAMED.test(source);
  return (at, code) => {
    const unit = source[at];
    const begins = language === 'ruby' ? '%/' : '/qsm';
    if (unit === undefined || !begins.includes(unit)) return null;
    // Where it is cut, what it begins with may be the end of anything, as behind a dollar sign.
    const before = code.length > LOOKS_BACK ? `$${code.slice(-LOOKS_BACK)}` : code;
    const rest = source.slice(at, at + LOOKS_ON);
    if (unit === '%') return SHOWS.test(before) && !isNamed ? found(RUBY_STRING.exec(rest), true) : null;
    if (unit !== '/' && /[$@%&>:\w{-]$/.test(before)) return null;
    const string = unit === 'q' ? PERL_STRING.exec(rest) : null;
    if (string !== null) return /^\s*=>/.test(rest.slice(string[0].length)) ? null : found(string, true);
    if (isFree) return null;
    if (unit === '/') return BEGINS.test(before) ? found(MATCH.exec(rest), false) : null;
    return found(unit === 's' ? REPLACE.exec(rest) : MATCH.exec(rest), false);
  };
}

function found(match: RegExpExecArray | null, isString: boolean): Literal | null {
  const inner = match?.slice(1).find((one) => one !== undefined);
  if (match === null || inner === undefined) return null;
  const from = match[0].indexOf(inner, match[0].search(/[/({[]/) + 1);
  return { length: match[0].length, from, to: from + inner.length, isString };
}
