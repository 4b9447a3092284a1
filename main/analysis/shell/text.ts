/**
 * Text as the shell would hand it to a program, with marks for what is not known or not settled.
 *
 * The marks are characters of the private use area. A call whose own text has one of them is opaque.
 */

/** Any text, also none. */
export const HOLE = '\ue000';
/** An unquoted `*`, `?`, `[`: a pattern that the shell matches against file names. */
export const STAR = '\ue001';
export const ANY = '\ue002';
export const SET = '\ue003';
/** Unquoted braces and the comma between them. */
export const OPEN = '\ue004';
export const CLOSE = '\ue005';
export const COMMA = '\ue006';
/** An unquoted tilde at the start of a word. */
export const TILDE = '\ue007';

const MARKS = /[\ue000-\ue00f]/;

export function hasMarks(text: string): boolean {
  return MARKS.test(text);
}

/** Whether some of it is not known. */
export function hasHole(text: string): boolean {
  return text.includes(HOLE);
}

/** Whether it is a pattern over file names. */
export function hasGlob(text: string): boolean {
  return /[\ue001-\ue003]/.test(text);
}

/** For people: `…` for what is not known, patterns as they were written. */
export function shown(text: string): string {
  if (!MARKS.test(text)) return text;
  return plain(text).replaceAll(HOLE, '…');
}

/** Patterns and braces as plain characters; holes stay. */
export function plain(text: string): string {
  if (!MARKS.test(text)) return text;
  return text
    .replaceAll(STAR, '*')
    .replaceAll(ANY, '?')
    .replaceAll(SET, '[')
    .replaceAll(OPEN, '{')
    .replaceAll(CLOSE, '}')
    .replaceAll(COMMA, ',')
    .replaceAll(TILDE, '~');
}

export type Taint = number;

type Origin =
  | 'none'
  | 'remote'
  | 'secret'
  | 'decoded'
  | 'local'
  | 'mixed'
  | 'processes'
  | 'endless'
  | 'token';

/** What is known of where a text came from, as bits. */
export const TAINT: Readonly<Record<Origin, Taint>> = {
  none: 0,
  /** It came over the network. */
  remote: 1,
  /** It holds credentials. */
  secret: 2,
  /** It was decoded, and the result is not known. */
  decoded: 4,
  /** A program of this machine printed it. */
  local: 8,
  /** It was written more than once, and which text it holds is not known. */
  mixed: 16,
  /** It names every process, or all of a person. */
  processes: 32,
  /** It goes on for as long as somebody reads. */
  endless: 64,
  /** It is the value of a variable whose name says that it is a secret. */
  token: 128,
};

/** What a program reads or prints. `text` is null when it is not known. */
export interface Stream {
  readonly text: string | null;
  readonly taint: Taint;
  /** Folders of the project below which each line names a file, where that is known. */
  readonly below?: readonly string[];
  /** How the names below end, where that is known as well: `.ts`. */
  readonly endings?: readonly string[];
  /** The same for what stands before the first colon of each line. */
  readonly headsBelow?: readonly string[];
}

export const NOTHING: Stream = Object.freeze({ text: '', taint: TAINT.none });
/** What `/dev/null` gives: surely nothing, where another command that seems to print nothing may yet print something. */
export const DEVOID: Stream = Object.freeze({ text: '', taint: TAINT.none });
export const UNKNOWN: Stream = Object.freeze({ text: null, taint: TAINT.none });

/** One word of a command. */
export interface Word {
  readonly text: string;
  readonly taint: Taint;
  /** Some of it was quoted. */
  readonly quoted: boolean;
  /** What can be read from it when it is a process substitution. */
  readonly stream: Stream | null;
}

export function word(text: string, taint: Taint = TAINT.none): Word {
  return { text, taint, quoted: false, stream: null };
}

const BRACED = /\ue004([^\ue004\ue005]*)\ue005/;
const MOST_BRACES = 64;

/** Brace expansion: `a{b,c}` becomes two words. A brace without a comma stays as it is. */
export function braces(text: string): readonly string[] {
  if (!text.includes(OPEN)) return text.includes(CLOSE) || text.includes(COMMA) ? [unbraced(text)] : [text];
  let open = [text];
  const done: string[] = [];
  for (let round = 0; open.length > 0; round += 1) {
    const next: string[] = [];
    for (const one of open) {
      const found = BRACED.exec(one);
      const inner = found?.[1];
      if (found === null || inner === undefined) done.push(unbraced(one));
      else {
        const [before, after] = [one.slice(0, found.index), one.slice(found.index + found[0].length)];
        const parts = inner.split(COMMA);
        const range = /^(-?\d+)\.\.(-?\d+)$/.exec(inner);
        if (parts.length > 1) for (const part of parts) next.push(`${before}${part}${after}`);
        else if (range !== null) for (const step of steps(range)) next.push(`${before}${step}${after}`);
        else next.push(`${before}{${inner}}${after}`);
      }
    }
    if (next.length + done.length > MOST_BRACES || round > MOST_BRACES) return [HOLE];
    open = next;
  }
  return done;
}

function steps(range: RegExpExecArray): readonly string[] {
  const [from, to] = [Number(range[1]), Number(range[2])];
  const count = Math.abs(to - from) + 1;
  if (count > MOST_BRACES) return [HOLE];
  return Array.from({ length: count }, (_, index) => String(from + (to > from ? index : -index)));
}

function unbraced(text: string): string {
  return text.replaceAll(OPEN, '{').replaceAll(CLOSE, '}').replaceAll(COMMA, ',');
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  v: '\v',
};

/** Backslash escapes of `$'…'`, `printf` and `echo -e`. */
export function unescapeC(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|c([\s\S])|([\s\S]))/g,
    (
      _,
      hex: string | undefined,
      short: string | undefined,
      long: string | undefined,
      octal: string | undefined,
      control: string | undefined,
      other: string | undefined,
    ) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      const code = hex ?? short ?? long;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : '';
      }
      if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
      return other === undefined ? '' : (ESCAPES[other] ?? other);
    },
  );
}
