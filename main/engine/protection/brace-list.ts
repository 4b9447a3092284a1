/** Brace lists of a shell: `{a,b}` is two words. */
import { GatehouseError } from '../../platform/errors.ts';
import { UNKNOWN } from './ansi-quote.ts';

const MOST_EXPANSIONS = 128;

/** The words that a word with brace lists stands for; null for more than 128. A range of letters is an unknown part. */
function written(word: string): readonly string[] | null {
  const text = word.includes('..') ? word.replace(/\{[A-Za-z]\.\.[A-Za-z](?:\.\.-?\d+)?\}/g, UNKNOWN) : word;
  const done: string[] = [];
  let todo = [text];
  while (todo.length > 0) {
    const next: string[] = [];
    for (const item of todo) {
      const list = /\{([^{}]*,[^{}]*)\}/.exec(item);
      if (list === null) {
        done.push(item);
        continue;
      }
      const parts = (list[1] ?? '').split(',');
      if (done.length + next.length + parts.length > MOST_EXPANSIONS) return null;
      for (const part of parts)
        next.push(item.slice(0, list.index) + part + item.slice(list.index + list[0].length));
    }
    todo = next;
  }
  return done;
}

/**
 * The words that a word with brace lists stands for.
 *
 * @throws GatehouseError `too_complex` for more than 128
 */
export function expandBraces(text: string): readonly string[] {
  const words = written(text);
  if (words === null) throw new GatehouseError('too_complex', 'a brace list has too many parts to be read');
  return words;
}

/** The same for text that may be quoted, and so no brace list: beyond 128 the list is an unknown part. */
export function guessBraces(text: string): readonly string[] {
  return written(text) ?? [text.replace(/\{[^{}]*\}/g, UNKNOWN)];
}
