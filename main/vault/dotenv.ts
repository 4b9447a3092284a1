/**
 * Reads `.env` files as people have them: `export`, quotes, values over several lines, comments, CRLF, a byte
 * order mark. Of a name that stands twice the last value counts, as in the programs that read such files.
 */
import { GatehouseError } from '../platform/errors.ts';

const NAME = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/**
 * Names and values in their order.
 *
 * @throws GatehouseError `bad_env_file` with the line; never with what stands in it
 */
export function readDotenv(text: string): ReadonlyMap<string, string> {
  const source = (text.startsWith('\ufeff') ? text.slice(1) : text).replaceAll('\r\n', '\n');
  const found = new Map<string, string>();
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const end = source.indexOf('\n', at);
    const stop = end < 0 ? source.length : end;
    const row = source.slice(at, stop);
    const match = NAME.exec(row);
    if (match === null) {
      if (!/^\s*(?:#|$)/.test(row)) throw bad(line, 'it is not NAME=value');
      at = stop + 1;
      line += 1;
      continue;
    }
    const [head, name = ''] = match;
    const from = at + head.length;
    const value = valueAt(source, from, line);
    found.set(name, value.text);
    line += source.slice(from, value.end).split('\n').length;
    at = value.end + 1;
  }
  return found;
}

function valueAt(
  source: string,
  from: number,
  line: number,
): { readonly text: string; readonly end: number } {
  let at = from;
  while (source[at] === ' ' || source[at] === '\t') at += 1;
  const quote = source[at];
  if (quote !== '"' && quote !== "'" && quote !== '`') {
    const end = source.indexOf('\n', at);
    const stop = end < 0 ? source.length : end;
    return {
      text: source
        .slice(at, stop)
        .replace(/(^|\s)#.*$/, '')
        .trim(),
      end: stop,
    };
  }
  let text = '';
  for (at += 1; at < source.length && source[at] !== quote; at += 1) {
    const next = source[at + 1];
    if (quote === '"' && source[at] === '\\' && next !== undefined) {
      text += ESCAPES[next] ?? `\\${next}`;
      at += 1;
    } else text += source[at];
  }
  if (at >= source.length) throw bad(line, 'its quote is not closed');
  const end = source.indexOf('\n', at);
  const stop = end < 0 ? source.length : end;
  if (!/^\s*(?:#.*)?$/.test(source.slice(at + 1, stop))) throw bad(line, 'something stands after its quote');
  return { text, end: stop };
}

function bad(line: number, why: string): GatehouseError {
  return new GatehouseError('bad_env_file', `the file cannot be read: line ${line}: ${why}`);
}
