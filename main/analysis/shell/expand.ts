/** From a node of the syntax tree to the words that the shell would make of it. */
import type { Expander, Piece } from './expander.ts';
import type { Syntax } from './grammar.ts';
import { parameter } from './parameter.ts';
import {
  ANY,
  braces,
  CLOSE,
  COMMA,
  HOLE,
  OPEN,
  plain,
  SET,
  STAR,
  type Stream,
  TAINT,
  type Taint,
  TILDE,
  unescapeC,
  type Word,
} from './text.ts';

/** The words that one or several adjoining nodes become. */
export function fields(nodes: readonly Syntax[], on: Expander): readonly Word[] {
  return split(
    nodes.flatMap((node) => pieces(node, on, nodes[0] === node)),
    on,
  );
}

/** What the nodes become where the shell does not split: an assignment, a here-string. */
export function single(nodes: readonly Syntax[], on: Expander): Word {
  const all = nodes.flatMap((node) => pieces(node, on, nodes[0] === node));
  let text = '';
  let taint: Taint = TAINT.none;
  let stream: Stream | null = null;
  for (const piece of all) {
    text += piece.words === undefined ? piece.text : piece.words.map((one) => one.text).join(' ');
    taint |= piece.taint;
    stream = piece.stream ?? stream;
  }
  return { text: braces(text).join(' '), taint, quoted: all.some(({ quoted }) => quoted), stream };
}

const USUAL_BLANKS = /[ \t\n]+/;

/** What the shell splits at: the value of IFS. */
function blanksOf(on: Expander): RegExp {
  const ifs = on.state.vars.get('IFS')?.text ?? ' \t\n';
  if (ifs === ' \t\n') return USUAL_BLANKS;
  if (ifs.includes(HOLE)) {
    on.doubt('where words end is not known');
    return USUAL_BLANKS;
  }
  return ifs === '' ? /(?!)/ : new RegExp(`[${ifs.replace(/[\]\\^-]/g, '\\$&')}]+`);
}

function split(all: readonly Piece[], on: Expander): readonly Word[] {
  const words: Word[] = [];
  let open: { text: string; taint: Taint; quoted: boolean; stream: Stream | null } | null = null;
  const close = () => {
    if (open !== null) {
      if (open.text !== '' || open.quoted)
        for (const text of braces(open.text)) words.push({ ...open, text });
    }
    open = null;
  };
  const add = (text: string, piece: Piece) => {
    open = {
      text: (open?.text ?? '') + text,
      taint: (open?.taint ?? TAINT.none) | piece.taint,
      quoted: (open?.quoted ?? false) || piece.quoted,
      stream: piece.stream ?? open?.stream ?? null,
    };
  };
  for (const piece of all) {
    if (piece.words !== undefined) {
      piece.words.forEach((one, index) => {
        if (index > 0) close();
        add(one.text, { ...piece, taint: piece.taint | one.taint });
      });
      continue;
    }
    if (!piece.splits) {
      add(piece.text, piece);
      continue;
    }
    const parts = piece.text.split(blanksOf(on));
    parts.forEach((part, index) => {
      if (index > 0) close();
      if (part !== '') add(globbed(part), piece);
    });
  }
  close();
  return words;
}

/** Results of unquoted expansions are patterns too. */
function globbed(text: string): string {
  return text.replaceAll('*', STAR).replaceAll('?', ANY).replaceAll('[', SET);
}

export function pieces(node: Syntax, on: Expander, first: boolean): readonly Piece[] {
  const raw = on.source.slice(node.start, node.end);
  switch (node.type) {
    case 'word':
    case 'extglob_pattern':
    case 'regex':
    case 'test_operator':
      return [bare(raw, on, first)];
    case 'number':
    case 'variable_name':
    case 'special_variable_name':
    case 'file_descriptor':
      return node.children.length > 0
        ? node.children.flatMap((child, index) => pieces(child, on, first && index === 0))
        : [still(raw, false)];
    case 'raw_string':
      return [still(raw.slice(1, -1), true)];
    case 'ansi_c_string':
      return [still(unescapeC(raw.slice(2, -1)), true)];
    case 'string':
    case 'translated_string':
      return quotedPieces(node, on);
    case 'concatenation':
    case 'command_name':
      return joined(node, on, first);
    case 'brace_expression':
      return [still(`${OPEN}${raw.slice(1, -1)}${CLOSE}`, false)];
    case 'simple_expansion':
      return [parameter(node, on, false)];
    case 'expansion':
      return [parameter(node, on, false)];
    case 'command_substitution': {
      const out = on.substitute(node);
      const [only] = out.below?.length === 1 && (out.endings?.length ?? 1) === 1 ? out.below : [];
      const text = only === undefined ? printed(out) : `${only}/${HOLE}${out.endings?.[0] ?? ''}`;
      return [{ text, splits: true, quoted: false, taint: out.taint | TAINT.local }];
    }
    case 'process_substitution': {
      const stream = on.process(node);
      return [{ text: `/dev/fd/${HOLE}`, splits: false, quoted: false, taint: stream.taint, stream }];
    }
    case 'arithmetic_expansion':
      visit(node, on);
      // Two words without an operator are no sum: some shells would run them.
      if (/[\w)\]][ \t\n]+[\w$"'~/]/.test(raw)) on.doubt('arithmetic that is none');
      return [still(/^\$\(\(\s*(\d+)\s*\)\)$/.exec(raw)?.[1] ?? HOLE, false)];
    case '$':
      return [];
    default:
      if (node.children.length === 0) return [bare(raw, on, first)];
      on.doubt(`${node.type} in a word`);
      visit(node, on);
      return [still(HOLE, false)];
  }
}

function printed(out: Stream): string {
  // Names of files of which it is known where they lie.
  if (out.text === null && out.below !== undefined && !out.below.some((folder) => /\s/.test(folder)))
    return out.below
      .flatMap((folder) => (out.endings ?? ['']).map((ending) => `${folder}/${HOLE}${ending}`))
      .join(' ');
  return out.text === null ? HOLE : out.text.replace(/\n+$/, '');
}

function still(text: string, quoted: boolean): Piece {
  return { text, splits: false, quoted, taint: TAINT.none };
}

/** Children one after the other, with what stands between them. */
function joined(node: Syntax, on: Expander, first: boolean): readonly Piece[] {
  const out: Piece[] = [];
  let at = node.start;
  for (const child of node.children) {
    if (child.start > at) out.push(bare(on.source.slice(at, child.start), on, false));
    const isDollar = child.type === '$' && on.source[child.end] === '"';
    if (!isDollar) out.push(...pieces(child, on, first && out.length === 0));
    at = child.end;
  }
  if (at < node.end) out.push(bare(on.source.slice(at, node.end), on, false));
  return out;
}

/** Text without quotes: escapes removed, patterns, braces and the tilde marked. */
function bare(raw: string, on: Expander, first: boolean): Piece {
  if (/^[\w./:=@%+,-]*$/.test(raw) && !raw.includes(',')) return still(raw, false);
  let text = '';
  let quoted = false;
  for (let index = 0; index < raw.length; index += 1) {
    const unit = raw[index] as string;
    if (unit === '\\') {
      const next = raw[index + 1];
      index += 1;
      if (next === undefined) text += '\\';
      else if (next !== '\n') {
        text += next;
        quoted = true;
      }
    } else if (unit === '*') text += STAR;
    else if (unit === '?') text += ANY;
    else if (unit === '[') text += SET;
    else if (unit === '{') text += OPEN;
    else if (unit === '}') text += CLOSE;
    else if (unit === ',') text += COMMA;
    else if (unit === '~' && ((first && index === 0) || /[=:]/.test(raw[index - 1] ?? ''))) text += TILDE;
    else {
      if (';|&<>`"\'\n'.includes(unit)) on.doubt(`${JSON.stringify(unit)} inside a word`);
      if (unit === '$' && /[\w({!@*#?$'"-]/.test(raw[index + 1] ?? ''))
        on.doubt('an expansion that was not read');
      text += unit;
    }
  }
  return { text, splits: false, quoted, taint: TAINT.none };
}

/** What stands in double quotes. What lies between the expansions is text, whatever the tree calls it. */
export function quotedPieces(node: Syntax, on: Expander): readonly Piece[] {
  const start = on.source[node.start] === '"' ? node.start + 1 : node.start + 2;
  const end = on.source[node.end - 1] === '"' ? node.end - 1 : node.end;
  const all = between(node.children, start, end, on, true);
  // `"$@"` of nothing is no word, not an empty one.
  return all.length === 2 && all[1]?.words?.length === 0 ? [] : all;
}

/** The body of a here-document whose delimiter is not quoted. */
export function bodyText(node: Syntax, on: Expander): Stream {
  const parts = between(node.children, node.start, node.end, on, false);
  return {
    text: parts.map((piece) => piece.text).join(''),
    taint: parts.reduce((sum, piece) => sum | piece.taint, TAINT.none),
  };
}

function between(
  children: readonly Syntax[],
  start: number,
  end: number,
  on: Expander,
  quotes: boolean,
): readonly Piece[] {
  const out: Piece[] = [{ text: '', splits: false, quoted: true, taint: TAINT.none }];
  let at = start;
  const text = (to: number) => {
    if (to > at) out.push(inQuotes(on.source.slice(at, to), on, quotes));
  };
  for (const child of children) {
    if (!/^(?:simple_expansion|expansion|command_substitution|arithmetic_expansion)$/.test(child.type))
      continue;
    text(child.start);
    for (const piece of child.type === 'command_substitution' || child.type === 'arithmetic_expansion'
      ? pieces(child, on, false)
      : [parameter(child, on, true)])
      out.push({ ...piece, splits: false, quoted: true });
    at = child.end;
  }
  text(end);
  return out;
}

function inQuotes(raw: string, on: Expander, quotes: boolean): Piece {
  if (!/[\\`$]/.test(raw)) return still(raw, true);
  let text = '';
  let taint: Taint = TAINT.none;
  for (let index = 0; index < raw.length; index += 1) {
    const unit = raw[index] as string;
    const next = raw[index + 1] ?? '';
    if (unit === '\\' && next !== '' && '$`\\\n"'.includes(next) && (quotes || next !== '"')) {
      if (next !== '\n') text += next;
      index += 1;
    } else if (unit === '`') {
      const close = closing(raw, index + 1);
      if (close < 0) on.doubt('a backtick without its end');
      const out = on.backticks(
        raw.slice(index + 1, close < 0 ? raw.length : close).replace(/\\([`\\$])/g, '$1'),
      );
      text += printed(out);
      taint |= out.taint;
      index = close < 0 ? raw.length : close;
    } else {
      if (unit === '$' && /[({A-Za-z_@*#!?$0-9-]/.test(next)) on.doubt('an expansion that was not read');
      text += unit;
    }
  }
  return { text, splits: false, quoted: true, taint };
}

function closing(raw: string, from: number): number {
  for (let index = from; index < raw.length; index += 1) {
    if (raw[index] === '\\') index += 1;
    else if (raw[index] === '`') return index;
  }
  return -1;
}

/** Runs every substitution at or below a node whose own value does not matter. */
export function visit(node: Syntax, on: Expander): void {
  if (node.type === 'command_substitution') {
    on.substitute(node);
    return;
  }
  if (node.type === 'process_substitution') {
    on.process(node);
    return;
  }
  for (const child of node.children) visit(child, on);
}

/** For texts that must be plain: patterns as they were written. */
export function literal(word: Word): string {
  return plain(word.text);
}
