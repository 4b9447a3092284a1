/** Branches that surely never run: behind a bare `true` or `false`. */
import type { Syntax } from './grammar.ts';
import type { ShellState } from './state.ts';

const ENDS: Readonly<Record<string, boolean>> = { true: true, ':': true, false: false };

/**
 * How a command surely ends: true for success, null when that is not known. Only the bare word counts, without
 * anything around it, where nothing may have given it another meaning.
 */
export function surelyEnds(node: Syntax | undefined, source: string, state: ShellState): boolean | null {
  if (node?.type !== 'command' || node.children.length !== 1) return null;
  const text = source.slice(node.start, node.end);
  if (!Object.hasOwn(ENDS, text)) return null;
  if (state.functions.has(text) || state.aliases.has(text) || state.sourced.code) return null;
  // Shells read a file of theirs first where it is named.
  if (state.vars.has('BASH_ENV') || state.vars.has('ENV')) return null;
  return ENDS[text] ?? null;
}

/** How the condition of `if`, `while` or `until` surely ends: it must be one command. @param nodes up to `then` or `do` */
export function surelyHolds(nodes: readonly Syntax[], source: string, state: ShellState): boolean | null {
  const named = nodes.filter(({ named }) => named);
  const marks = nodes.filter(({ named }) => !named).map(({ start, end }) => source.slice(start, end));
  // `if false & then`: what is started beside it has not failed.
  if (named.length !== 1 || !marks.every((mark) => /^(?:if|elif|while|until|;|\s*)$/.test(mark))) return null;
  return surelyEnds(named[0], source, state);
}

/** `while false; do …; done`, `until true; do …; done`. */
export function neverLoops(node: Syntax, source: string, state: ShellState): boolean {
  const before = node.children.findIndex(({ type }) => type === 'do_group');
  const holds = surelyHolds(node.children.slice(0, Math.max(0, before)), source, state);
  const wants = source.startsWith('while', node.start);
  return holds === !wants && node.children.every(isWhole);
}

/** Whether a node can be left out: what stands behind the mark of a here-document is not its own. */
export function isWhole(node: Syntax): boolean {
  return node.type !== 'heredoc_redirect' && node.type !== 'ERROR' && node.children.every(isWhole);
}
