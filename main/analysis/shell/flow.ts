/** Helpers of running a text in the mind. */
import type { Syntax } from './grammar.ts';
import { NOTHING, type Stream } from './text.ts';

/** One output behind another. */
export function after(first: Stream, second: Stream): Stream {
  if (first === NOTHING) return second;
  return {
    text: first.text === null || second.text === null ? null : first.text + second.text,
    taint: first.taint | second.taint,
  };
}

/** The parts of `a && b || c` in their order, each with what stands before it. */
export function listItems(list: Syntax): readonly { readonly node: Syntax; readonly operator: string }[] {
  const items: { readonly node: Syntax; readonly operator: string }[] = [];
  const flatten = (one: Syntax, operator: string) => {
    if (one.type !== 'list') {
      items.push({ node: one, operator });
      return;
    }
    let next = operator;
    for (const child of one.children) {
      if (child.named) flatten(child, next);
      else next = child.type;
    }
  };
  flatten(list, '');
  return items;
}

/** `elif …`, `else …`. */
export function isElse({ type }: Syntax): boolean {
  return type === 'elif_clause' || type === 'else_clause';
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

/** A redirection belongs to the last command before it; the tree gives it to all of them. */
export function lastRedirected(body: Syntax, whole: Syntax, redirections: readonly Syntax[]): Syntax {
  const at = body.children.findLastIndex(({ named, type }) => named && type !== 'comment');
  const last = body.children[at];
  if (last === undefined) return body;
  const redirected: Syntax = {
    type: 'redirected_statement',
    named: true,
    field: null,
    start: last.start,
    end: whole.end,
    children: [{ ...last, field: 'body' }, ...redirections],
  };
  return { ...body, end: whole.end, children: [...body.children.slice(0, at), redirected] };
}

/** The redirection of `$(<file)`, which is all that stands in it; null where more does. */
export function onlyFile(node: Syntax): Syntax | null {
  const inside = node.children.filter(({ named }) => named);
  const [only] = inside;
  const isRead = only?.type === 'file_redirect' && only.children[0]?.type === '<';
  return inside.length === 1 && isRead ? only : null;
}
