/** Program text of other languages: strings and comments told from the rest. */
import { HOLE } from '../shell/text.ts';
import { literalsOf } from './literals.ts';

export interface CodeText {
  /** The text with the content of strings and comments blanked out; quotes stay. */
  readonly code: string;
  /** What stands in the strings, with the place of the opening quote. */
  readonly strings: readonly {
    readonly at: number;
    readonly end: number;
    readonly text: string;
    readonly raw: string;
  }[];
}

export interface Lexis {
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  readonly quotes: readonly string[];
  /** Substitutions in strings of these quotes are code: `${…}`, `#{…}`. */
  readonly templates: Readonly<Record<string, readonly [string, string]>>;
}

export const LEXES = {
  python: { line: ['#'], block: [], quotes: ['"""', "'''", '"', "'"], templates: {} },
  javascript: {
    line: ['//'],
    block: [['/*', '*/']],
    quotes: ['"', "'", '`'],
    templates: { '`': ['${', '}'] },
  },
  ruby: { line: ['#'], block: [], quotes: ['"', "'"], templates: { '"': ['#{', '}'] } },
  perl: { line: ['#'], block: [], quotes: ['"', "'"], templates: {} },
  php: { line: ['//', '#'], block: [['/*', '*/']], quotes: ['"', "'"], templates: {} },
  // C and its kin, Rust, Go, Java: an apostrophe is a letter, a lifetime or a digit's mark, and begins no string.
  compiled: { line: ['//'], block: [['/*', '*/']], quotes: ['"""', '"', '`'], templates: {} },
} as const satisfies Record<string, Lexis>;

export type Language = keyof typeof LEXES;

/** Splits a text. A string without its end ends with the text. */
export function readCode(source: string, language: Language): CodeText {
  const lexis: Lexis = LEXES[language];
  const strings: { at: number; end: number; text: string; raw: string }[] = [];
  let code = '';
  let index = 0;
  const literalAt = literalsOf(source, language);
  const blank = (count: number) => ' '.repeat(count);
  while (index < source.length) {
    const comment = lexis.line.find((mark) => source.startsWith(mark, index));
    if (comment !== undefined && !(language === 'perl' && source[index - 1] === '$')) {
      const end = source.indexOf('\n', index);
      const stop = end < 0 ? source.length : end;
      code += blank(stop - index);
      index = stop;
      continue;
    }
    const block = lexis.block.find(([open]) => source.startsWith(open, index));
    if (block !== undefined) {
      const end = source.indexOf(block[1], index + block[0].length);
      const stop = end < 0 ? source.length : end + block[1].length;
      code += blank(stop - index);
      index = stop;
      continue;
    }
    const literal = literalAt(index, code);
    if (literal !== null) {
      const [from, to] = [index + literal.from, index + literal.to];
      const raw = source.slice(from, to);
      const end = index + literal.length;
      if (literal.isString) strings.push({ at: index, end, text: raw, raw });
      code += source.slice(index, from) + blank(to - from) + source.slice(to, end);
      index = end;
      continue;
    }
    const quote = lexis.quotes.find((mark) => source.startsWith(mark, index));
    if (quote === undefined) {
      code += source[index];
      index += 1;
      continue;
    }
    const template = Object.hasOwn(lexis.templates, quote) ? lexis.templates[quote] : undefined;
    const start = index;
    let inner = '';
    index += quote.length;
    const from = index;
    while (index < source.length && !source.startsWith(quote, index)) {
      if (source[index] === '\\') {
        inner += '  ';
        index += 2;
      } else if (template !== undefined && source.startsWith(template[0], index)) {
        const end = source.indexOf(template[1], index);
        const stop = end < 0 ? source.length : end + 1;
        inner += source.slice(index, stop);
        index = stop;
      } else {
        inner += ' ';
        index += 1;
      }
    }
    index = Math.min(index, source.length);
    const raw = source.slice(from, index);
    index = Math.min(source.length, index + quote.length);
    const isFormatted =
      language === 'python' && /[fF][rR]?$|[rR][fF]$/.test(source.slice(Math.max(0, start - 2), start));
    strings.push({ at: start, end: index, text: settledString(raw, language, quote, isFormatted), raw });
    code += quote + inner.slice(0, Math.max(0, index - from - quote.length)) + quote;
    code = code.slice(0, index).padEnd(index, ' ');
  }
  return { code, strings };
}

/** A string without its escapes; what is put into it when it runs is a hole. */
function settledString(raw: string, language: Language, quote: string, isFormatted: boolean): string {
  let text = raw;
  if (isFormatted) text = text.replace(/\{\{|\}\}/g, '').replace(/\{[^{}]*\}/g, HOLE);
  else if (quote === '`' && language === 'javascript') text = text.replace(/\$\{[^}]*\}/g, HOLE);
  else if (language === 'ruby' && quote === '"') text = text.replace(/#\{[^}]*\}/g, HOLE);
  else if ((language === 'perl' || language === 'php') && quote === '"')
    text = text
      .replace(/\\\$/g, '\ue00e')
      .replace(/[$@]\{?\w+\}?(?:->\w+|\[[^\]]*\])?/g, HOLE)
      .replaceAll('\ue00e', '$');
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex, unicode, octal, other) => {
      if (typeof hex === 'string' || typeof unicode === 'string')
        return String.fromCharCode(Number.parseInt(String(hex ?? unicode), 16));
      if (typeof octal === 'string') return String.fromCharCode(Number.parseInt(octal, 8));
      if (other === 'n') return '\n';
      if (other === 't') return '\t';
      if (other === 'r') return '\r';
      if (other === '\n') return '';
      return /["'`\\$]/.test(String(other)) ? String(other) : String(whole);
    },
  );
}

const CLOSINGS = new WeakMap<CodeText, Int32Array>();

/** Where each bracket is closed, found once for a text: of nothing but brackets each would go through all of it. */
function closings(text: CodeText): Int32Array {
  const known = CLOSINGS.get(text);
  if (known !== undefined) return known;
  const { code } = text;
  const found = new Int32Array(code.length).fill(code.length);
  const open: number[] = [];
  for (let index = 0; index < code.length; index += 1) {
    const unit = code[index];
    if (unit === '(' || unit === '[' || unit === '{') open.push(index);
    else if (unit === ')' || unit === ']' || unit === '}') {
      const at = open.pop();
      if (at !== undefined) found[at] = index;
    }
  }
  CLOSINGS.set(text, found);
  return found;
}

/** The strings between a bracket and the one that closes it. */
export function argumentsAt(
  text: CodeText,
  open: number,
): { readonly end: number; readonly strings: readonly string[]; readonly isLiteral: boolean } {
  const end = closings(text)[open] ?? text.code.length;
  const strings = text.strings.filter(({ at }) => at > open && at < end);
  const parts: string[] = [];
  let from = open + 1;
  for (const one of strings) {
    parts.push(text.code.slice(from, one.at), ' '.repeat(one.end - one.at));
    from = one.end;
  }
  const rest = parts.join('') + text.code.slice(from, end);
  const first = firstArgument(rest);
  return { end, strings: strings.map(({ text: inside }) => inside), isLiteral: /^[\s,[\]()]*$/.test(first) };
}

/** Up to a keyword argument or an options object. */
function firstArgument(rest: string): string {
  const stop = rest.search(/\b\w+\s*=[^=]|\{|,\s*(?:function|\(?\w*\)?\s*=>|True|False|None)/);
  return stop < 0 ? rest : rest.slice(0, stop);
}
