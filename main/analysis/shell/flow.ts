/** Helpers of running a text in the mind. */
import type { Syntax } from './grammar.ts';
import { HOLE, NOTHING, type Stream, TAINT, type Word, word } from './text.ts';

/** One output behind another. */
export function after(first: Stream, second: Stream): Stream {
  if (first === NOTHING) return second;
  return {
    text: first.text === null || second.text === null ? null : first.text + second.text,
    taint: first.taint | second.taint,
  };
}

/** One word for many: what they have in common is not known. */
export function widest(items: readonly Word[]): Word {
  const only = items.length === 1 ? items[0] : undefined;
  return (
    only ??
    word(
      HOLE,
      items.reduce((sum, one) => sum | one.taint, TAINT.none),
    )
  );
}

/** Names that are assigned at or below a node. */
export function assignedIn(node: Syntax, source: string): readonly string[] {
  const names: string[] = [];
  const look = (one: Syntax) => {
    if (one.type === 'variable_assignment') {
      const name = one.children[0];
      if (name !== undefined) names.push(source.slice(name.start, name.end).replace(/[[+].*$/s, ''));
    }
    for (const child of one.children) look(child);
  };
  look(node);
  return names;
}
