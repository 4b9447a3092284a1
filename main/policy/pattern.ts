/**
 * Patterns that people write into policies: regular expressions of the RE2 syntax, and globs for paths.
 *
 * They run on a linear-time engine, so that no pattern can hold up a decision, whatever text an agent sends.
 * Lookaround and back references, which such an engine cannot have, are refused when the policy is compiled.
 */
import { RE2JS } from 're2js';

export interface Pattern {
  /** As written. */
  readonly source: string;
  readonly test: (text: string) => boolean;
}

export type PatternResult =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly problem: string };

const LONGEST = 2000;
/** Instructions of a compiled pattern; a repeat of a repeat can ask for millions. */
const MOST_INSTRUCTIONS = 20_000;

/** Compiles a regular expression; it is searched for anywhere in a text, and case does not matter. */
export function compilePattern(source: string): PatternResult {
  return compile(source, source, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL);
}

/**
 * Compiles a glob that must cover a whole path: `*` and `?` stay within one name, `**` crosses folders,
 * `{a,b}` and `[a-z]` are alternatives. `/x/**` is the folder and all that is in it: who forbids what is in a
 * folder forbids to delete or move it as well. `/x/*` is what stands in it only.
 *
 * @param source absolute, with forward slashes
 * @param ignoreCase as the file system does
 */
export function compileGlob(source: string, ignoreCase: boolean): PatternResult {
  const body = globBody(source);
  if (body === null) return { ok: false, problem: 'a bracket or brace is not closed' };
  return compile(source, `^${body}$`, RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0));
}

function compile(source: string, text: string, flags: number): PatternResult {
  if (source === '') return { ok: false, problem: 'is empty, and would match everything' };
  if (source.length > LONGEST) return { ok: false, problem: `is longer than ${LONGEST} characters` };
  try {
    const compiled = RE2JS.compile(text, flags);
    if (compiled.programSize() > MOST_INSTRUCTIONS)
      return { ok: false, problem: 'is too large when its repeats are written out' };
    return {
      ok: true,
      pattern: Object.freeze({ source, test: (subject: string) => compiled.test(subject) }),
    };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // The library writes the flags before the pattern it shows.
  const what = text.replace('error parsing regexp: ', '').replace(/`\(\?s\)(?:\(\?i\))?/, '`');
  return /\(\?[=!<]|\\[1-9]/.test(what) ? `${what}: lookaround and back references are not supported` : what;
}

/** A glob as a regular expression; null when something in it is left open. */
function globBody(glob: string): string | null {
  let out = '';
  let braces = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at] ?? '';
    switch (character) {
      case '*':
        // As a whole name it is not an empty one: `/` does not stand in itself.
        if (glob[at + 1] !== '*') out += isWholeName(glob, at) ? '[^/]+' : '[^/]*';
        else if (glob[at + 2] === '/' && (at === 0 || glob[at - 1] === '/')) {
          out += '(?:[^/]+/)*';
          at += 2;
        } else {
          out += '.*';
          at += 1;
        }
        break;
      case '?':
        out += '[^/]';
        break;
      case '{':
        braces += 1;
        out += '(?:';
        break;
      case '}':
        if (braces === 0) out += '\\}';
        else {
          braces -= 1;
          out += ')';
        }
        break;
      case ',':
        out += braces > 0 ? '|' : ',';
        break;
      case '[': {
        const end = glob.indexOf(']', at + 2);
        if (end < 0) return null;
        const inner = glob.slice(at + 1, end).replace(/^[!^]/, '');
        const negated = /^[!^]/.test(glob.slice(at + 1, end));
        out += `[${negated ? '^/' : ''}${inner.replace(/[\\[\]^]/g, '\\$&')}]`;
        at = end;
        break;
      }
      case '\\':
        at += 1;
        if (at >= glob.length) return null;
        out += RE2JS.quote(glob[at] ?? '');
        break;
      case '/':
        if (endsInAll(glob, at, braces > 0)) {
          out += '(?:/.*)?';
          at += 2;
        } else out += '/';
        break;
      default:
        out += RE2JS.quote(character);
    }
  }
  return braces === 0 ? out : null;
}

/** Whether `/**` stands there, and the glob, or one of the alternatives in a brace, ends with it. */
function endsInAll(glob: string, at: number, inBrace: boolean): boolean {
  if (!glob.startsWith('/**', at)) return false;
  const next = glob[at + 3];
  return next === undefined || (inBrace && (next === ',' || next === '}'));
}

function isWholeName(glob: string, at: number): boolean {
  return (at === 0 || glob[at - 1] === '/') && (at + 1 === glob.length || glob[at + 1] === '/');
}
