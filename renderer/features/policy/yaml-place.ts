/** Where in a policy file a cursor stands: the path of keys above it, and whether a key or a value is being written. */

export interface YamlPlace {
  /** Keys from the root; `[]` is an item of a list. */
  readonly path: readonly string[];
  readonly writes: 'key' | 'value';
  /** What stands before the cursor of the word that is being written. */
  readonly prefix: string;
}

interface Level {
  readonly indent: number;
  readonly key: string;
}

const KEY = /^("[^"]*"|'[^']*'|[^\s#:{}[\],"'][^:{}[\],]*):(?=\s|$)/;

/**
 * Reads the text up to the cursor only: block style by its indentation, flow style by its brackets. What is not
 * written yet cannot be wrong, so a half-written line is taken as it is.
 */
export function placeAt(text: string, position: number): YamlPlace {
  const before = text.slice(0, position);
  let levels: Level[] = [];
  const lines = before.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const last = index === lines.length - 1;
    let line = lines[index] ?? '';
    if (!last && (line.trim() === '' || line.trimStart().startsWith('#'))) continue;
    let indent = line.length - line.trimStart().length;
    // The items of a list may stand at the same indent as its key.
    const dash = /^\s*-(?:\s|$)/.test(line);
    levels = levels.filter((level) => level.indent < indent || (dash && level.indent === indent));
    let rest = line.slice(indent);
    while (/^-(?:\s|$)/.test(rest)) {
      levels = [...levels, { indent: indent + 0.5, key: '[]' }];
      const gap = /^-\s*/.exec(rest)?.[0].length ?? 1;
      indent += gap;
      rest = rest.slice(gap);
    }
    const key = KEY.exec(rest)?.[1];
    if (key !== undefined) {
      levels = [...levels, { indent, key: unquoted(key) }];
      rest = rest.slice(KEY.exec(rest)?.[0].length ?? 0).trimStart();
    }
    let flow = flowState(rest);
    while (flow.open && index < lines.length - 1) {
      index += 1;
      line = lines[index] ?? '';
      rest = `${rest}\n${line}`;
      flow = flowState(rest);
    }
    if (index === lines.length - 1) {
      const path = levels.map((level) => level.key);
      if (flow.open) return { path: [...path, ...flow.path], writes: flow.writes, prefix: flow.prefix };
      return { path, writes: key === undefined ? 'key' : 'value', prefix: rest };
    }
  }
  return { path: [], writes: 'key', prefix: '' };
}

interface Frame {
  readonly kind: '{' | '[';
  key: string | null;
}

/** Brackets that are open at the end of a value, and what is being written in the innermost one. */
function flowState(text: string): YamlPlace & { readonly open: boolean } {
  const frames: Frame[] = [];
  let word = '';
  let quote = '';
  for (const character of text) {
    const top = frames.at(-1);
    if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word = '';
    } else if (character === '{' || character === '[') {
      frames.push({ kind: character, key: null });
      word = '';
    } else if (character === '}' || character === ']') {
      frames.pop();
      word = '';
    } else if (character === ',') {
      if (top?.kind === '{') top.key = null;
      word = '';
    } else if (character === ':' && top?.kind === '{' && top.key === null) {
      top.key = word.trim();
      word = '';
    } else if (character === '#' && frames.length === 0) break;
    else word += character;
  }
  const top = frames.at(-1);
  return {
    open: frames.length > 0,
    path: frames.flatMap(({ kind, key }) => (kind === '[' ? ['[]'] : key === null ? [] : [key])),
    writes: top?.kind === '{' && top.key === null ? 'key' : 'value',
    prefix: word.trimStart(),
  };
}

function unquoted(key: string): string {
  return /^["']/.test(key) ? key.slice(1, -1) : key.trim();
}
