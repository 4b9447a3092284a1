/**
 * A client's file as text with places in it: JSON, JSON with comments, or TOML.
 *
 * All three are read into the same nodes, whose ranges point into the text, so that an entry can be replaced
 * and put back without touching a byte beside it.
 */
import { type JsonNode, JsonSyntaxError, parseJson, type Range } from '../../../platform/json-syntax.ts';
import { DocumentError } from './document-error.ts';
import { readToml, readTomlPart } from './toml.ts';

export type Syntax = 'json' | 'jsonc' | 'toml';

/** Claude Code keeps much more than its servers in the same file. */
const LIMITS = { maxDepth: 200, maxValues: 2_000_000 };

/** The whole file. @throws DocumentError */
export function readDocument(syntax: Syntax, text: string): JsonNode {
  return reading(() => (syntax === 'toml' ? readToml(text) : jsonOf(syntax, text).root));
}

/** One entry's text by itself: its node, and the comments in it. @throws DocumentError */
export function readPart(
  syntax: Syntax,
  text: string,
): { readonly root: JsonNode; readonly comments: readonly Range[] } {
  return reading(() => {
    if (syntax === 'toml') return readTomlPart(text);
    const { root, extras } = jsonOf(syntax, text);
    return { root, comments: extras.filter(({ start }) => text[start] === '/') };
  });
}

/** The same value without comments, as strict JSON. */
export function withoutComments(syntax: Syntax, text: string): string {
  let now = '';
  let at = 0;
  for (const { start, end } of jsonOf(syntax, text).extras) {
    now += text.slice(at, start);
    at = end;
  }
  return now + text.slice(at);
}

function jsonOf(syntax: Syntax, text: string) {
  return parseJson(text, { ...LIMITS, comments: syntax === 'jsonc' });
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new DocumentError(error.line, error.column, error.problem);
    throw error;
  }
}
