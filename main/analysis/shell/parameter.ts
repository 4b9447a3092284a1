/** `$x`, `${x}`, `${x:-word}` and their like. */
import type { Expander, Piece } from './expander.ts';
import type { Syntax } from './grammar.ts';
import { HOLE, TAINT, type Taint, type Word } from './text.ts';

const NAME = /^\$\{?([A-Za-z_]\w*|[0-9]+|[@*#?$!-])\}?$/;
const INDEXED = /^\$\{([A-Za-z_]\w*)\[([^\]]+)\]\}$/;
const BRACED = /^\$\{(!?)([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(\[[^\]]*\])?([\s\S]*)\}$/;

/** What a parameter expansion becomes. What is not known is a hole. */
export function parameter(node: Syntax, on: Expander, inQuotes: boolean): Piece {
  const raw = on.source.slice(node.start, node.end);
  const simple = NAME.exec(raw)?.[1];
  if (simple !== undefined) return plainValue(simple, on, inQuotes);
  const indexed = INDEXED.exec(raw);
  if (indexed !== null) return element(indexed[1] ?? '', indexed[2] ?? '', on, inQuotes);
  const parts = BRACED.exec(raw);
  if (parts === null || raw.startsWith('${#')) {
    on.visit(node);
    return piece(HOLE, TAINT.none, inQuotes);
  }
  const [, bang = '', name = '', index, rest = ''] = parts;
  if (index !== undefined) {
    on.visit(node);
    return piece(HOLE, TAINT.none, inQuotes);
  }
  const own = lookup(name, on);
  const target = bang === '' ? own : own === null || own.text.includes(HOLE) ? null : lookup(own.text, on);
  const value = target === null ? null : target;
  if (rest === '')
    return value === null ? piece(HOLE, TAINT.none, inQuotes) : piece(value.text, value.taint, inQuotes);
  const operator = /^:?[-=+?]/.exec(rest)?.[0];
  const isToken = value !== null && (value.taint & TAINT.token) !== 0 && value.text === HOLE;
  if (operator !== undefined)
    return withDefault(node, operator, name, isToken ? null : value, on, inQuotes, isToken);
  on.visit(node);
  // A part of it tells which one it is, and lets nobody in.
  if (isToken && /^:\s*-?\d+\s*(?::\s*\d)?$/.test(rest)) return piece(HOLE, TAINT.none, inQuotes);
  if (value === null) return piece(HOLE, TAINT.none, inQuotes);
  return piece(changed(value.text, rest) ?? HOLE, value.taint, inQuotes);
}

function plainValue(name: string, on: Expander, inQuotes: boolean): Piece {
  if (name === '@' || name === '*') {
    const words = on.state.positional;
    if (words === null) return piece(HOLE, TAINT.none, inQuotes);
    if (inQuotes && name === '@')
      return { text: '', splits: false, quoted: words.length > 0, taint: TAINT.none, words };
    return joinedWords(words, inQuotes);
  }
  const value = lookup(name, on);
  return piece(value?.text ?? HOLE, value?.taint ?? TAINT.none, inQuotes);
}

function element(name: string, index: string, on: Expander, inQuotes: boolean): Piece {
  const words = on.state.arrays.get(name);
  if (words === undefined) {
    const value = on.state.vars.get(name);
    return index === '@' || index === '*' || index === '0'
      ? piece(value?.text ?? HOLE, value?.taint ?? TAINT.none, inQuotes)
      : piece(HOLE, TAINT.none, inQuotes);
  }
  if (index === '@' || index === '*')
    return inQuotes && index === '@'
      ? { text: '', splits: false, quoted: words.length > 0, taint: TAINT.none, words }
      : joinedWords(words, inQuotes);
  const one = /^\d+$/.test(index) ? words[Number(index)] : undefined;
  return piece(one?.text ?? HOLE, one?.taint ?? TAINT.none, inQuotes);
}

function joinedWords(words: readonly Word[], inQuotes: boolean): Piece {
  const taint = words.reduce((sum: Taint, one) => sum | one.taint, TAINT.none);
  return piece(words.map((one) => one.text).join(' '), taint, inQuotes);
}

/** The value of a name; null when nothing is known of it. */
function lookup(name: string, on: Expander): { text: string; taint: Taint } | null {
  if (/^[1-9]\d*$/.test(name)) {
    const words = on.state.positional;
    if (words === null) return null;
    const one = words[Number(name) - 1];
    return { text: one?.text ?? '', taint: one?.taint ?? TAINT.none };
  }
  if (name === 'PWD') return { text: on.state.cwd, taint: TAINT.none };
  const first = on.state.arrays.get(name)?.[0];
  const known = first ?? on.state.vars.get(name) ?? null;
  if (known === null && SDK_HOME.test(name)) return { text: `/opt/${name}`, taint: TAINT.none };
  if (known !== null || !(SECRET_NAME.test(name) || (on.state.sourced.variables && !USUAL.test(name))))
    return known;
  on.state.tokens.add(name);
  return { text: HOLE, taint: TAINT.token };
}

/** Where an installation lies, outside of the project: what runs from there is the machine's own. */
const SDK_HOME =
  /^(?:ANDROID_(?:HOME|SDK_ROOT|NDK_HOME)|JAVA_HOME|FLUTTER_(?:ROOT|HOME)|DOTNET_ROOT|GOROOT|M2_HOME|GRADLE_HOME|IDF_PATH|ZEPHYR_BASE|HOMEBREW_PREFIX|EMSDK|VULKAN_SDK|CUDA_HOME)$/;

/** Every shell has them. */
const USUAL = /^(?:PATH|HOME|PWD|OLDPWD|USER|SHELL|TERM|LANG|TMPDIR|RANDOM|SECONDS|LINENO|[?!#$@*_\-\d])$/;

/** Variables of the environment that hold what lets somebody in. */
const SECRET_NAME =
  /^(?:[A-Z\d_]*_)?(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|AUTH_?KEY|CREDENTIALS?|PAT)$/;

/** Whether what a name has when nothing sets it is known to be something that lets somebody in. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function withDefault(
  node: Syntax,
  operator: string,
  name: string,
  value: { text: string; taint: Taint } | null,
  on: Expander,
  inQuotes: boolean,
  isToken: boolean,
): Piece {
  const at = on.source.indexOf(operator, node.start) + operator.length;
  const words = node.children.filter((child) => child.start >= at && child.end < node.end);
  const other =
    words.length > 0 ? on.single(words) : { text: on.source.slice(at, node.end - 1), taint: TAINT.none };
  const kind = operator.at(-1);
  if (isToken && kind !== '+') return piece(other.text, other.taint | TAINT.token, inQuotes);
  if (kind === '?') return piece(value?.text ?? HOLE, value?.taint ?? TAINT.none, inQuotes);
  if (kind === '+')
    return value === null
      ? // Whether it is set is not known: it is the other text or none.
        piece(other.text === '' ? '' : HOLE + other.text, other.taint, inQuotes)
      : piece(value.text === '' && operator.length === 2 ? '' : other.text, other.taint, inQuotes);
  if (value !== null && !value.text.includes(HOLE))
    return piece(
      value.text === '' && operator.length === 2 ? other.text : value.text,
      value.taint | other.taint,
      inQuotes,
    );
  // A name that nothing in the call sets most likely is not set; both are looked at by whoever runs it.
  if (kind === '=') on.state.set(name, { text: other.text, taint: other.taint });
  return piece(other.text, other.taint, inQuotes);
}

/** `${x:0:1}`, `${x^^}`, `${x%.*}` with plain arguments; null when the result is not known. */
function changed(text: string, rest: string): string | null {
  if (text.includes(HOLE) || /[$`]/.test(rest)) return null;
  const cut = /^:\s*(-?\d+)(?::\s*(-?\d+))?$/.exec(rest);
  if (cut !== null) {
    const from = Number(cut[1]);
    const start = from < 0 ? Math.max(0, text.length + from) : from;
    if (cut[2] === undefined) return text.slice(start);
    const length = Number(cut[2]);
    return length < 0 ? text.slice(start, text.length + length) : text.slice(start, start + length);
  }
  if (rest === '^^') return text.toUpperCase();
  if (rest === ',,') return text.toLowerCase();
  if (rest === '^') return text.slice(0, 1).toUpperCase() + text.slice(1);
  if (rest === ',') return text.slice(0, 1).toLowerCase() + text.slice(1);
  const replace = /^(\/\/?)([^/*?[\]#%]+)(?:\/([^*?[\]]*))?$/.exec(rest);
  if (replace !== null) {
    const [, mode, what = '', by = ''] = replace;
    return mode === '//' ? text.replaceAll(what, () => by) : text.replace(what, () => by);
  }
  const strip = /^(##?|%%?)([^*?[\]\\'"]+)$/.exec(rest);
  if (strip !== null) {
    const what = strip[2] ?? '';
    if (rest.startsWith('#')) return text.startsWith(what) ? text.slice(what.length) : text;
    return text.endsWith(what) ? text.slice(0, text.length - what.length) : text;
  }
  const star = /^(##?|%%?)(\*?)([^*?[\]\\'"])(\*?)$/.exec(rest);
  if (star === null) return null;
  const mark = star[3] ?? '';
  const head = (at: number) => (at < 0 ? text : text.slice(0, at));
  const tail = (at: number) => (at < 0 ? text : text.slice(at + 1));
  if (star[2] === '*' && star[4] === '' && rest.startsWith('#'))
    return tail(rest.startsWith('##') ? text.lastIndexOf(mark) : text.indexOf(mark));
  if (star[2] === '' && star[4] === '*' && rest.startsWith('%'))
    return head(rest.startsWith('%%') ? text.indexOf(mark) : text.lastIndexOf(mark));
  return null;
}

function piece(text: string, taint: Taint, quoted: boolean): Piece {
  return { text, splits: !quoted, quoted, taint };
}
