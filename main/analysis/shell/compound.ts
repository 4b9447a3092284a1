/** Compound commands in the mind: every branch is taken, and what it may change may be so or not afterwards. */

import { isWhole, neverLoops, surelyEnds, surelyHolds } from './certain.ts';
import { fillsWithoutEnd } from './endless.ts';
import { after, assignedIn, isElse, listItems } from './flow.ts';
import type { Syntax } from './grammar.ts';
import { MOST_OPTIONS, type Option, type ShellState } from './state.ts';
import { HOLE, NOTHING, type Stream, UNKNOWN, type Word, word } from './text.ts';

/** The shell that a compound command runs in. */
export interface Runner {
  readonly source: string;
  readonly state: ShellState;
  /** The same text in another state. */
  in(state: ShellState): Runner;
  sequence(nodes: readonly Syntax[], stdin: Stream): Stream;
  statement(node: Syntax, stdin: Stream): Stream;
  words(nodes: readonly Syntax[]): readonly Word[];
  visit(node: Syntax): void;
  /** Runs what could go otherwise as well: what speaks against it speaks against the commands since `from`. */
  besides(from: number, state: ShellState, run: (on: Runner) => Stream): Stream;
  /** How many commands there are. */
  count(): number;
  /** Notes that a statement never ends. */
  endless(node: Syntax): void;
}

/** `a && b || c`: behind `&&` everything before it has run. */
export function list(node: Syntax, on: Runner, stdin: Stream): Stream {
  let out: Stream = NOTHING;
  let current = on.state;
  // Where it stops before a `&&`, it is as it was there.
  const stopped: ShellState[] = [];
  let skipped: ShellState[] = [];
  let ends: boolean | null = null;
  for (const [index, item] of listItems(node).entries()) {
    if (ends === (item.operator === '||') && index > 0 && isWhole(item.node)) continue;
    ends = surelyEnds(item.node, on.source, current);
    if (index === 0) {
      out = on.statement(item.node, stdin);
      continue;
    }
    if (item.operator === '&&') {
      if (current !== on.state) {
        stopped.push(current);
        skipped.push(current);
      }
      current = current.fork();
      current.otherCwd = null;
      out = after(out, on.in(current).statement(item.node, stdin));
    } else {
      const other = current.fork();
      for (const one of [on.state, ...skipped]) if (current !== on.state) other.mayBe(one);
      skipped = [];
      out = after(out, on.in(other).statement(item.node, stdin));
      if (current !== on.state) stopped.push(current);
      current = current.fork();
      current.merge(other);
    }
  }
  if (current !== on.state) on.state.merge(current);
  for (const one of stopped) on.state.mayBe(one);
  return out;
}

/** Takes over what the branches may have done. @param isWhole one of them is taken in any case */
function join(state: ShellState, branches: readonly ShellState[], isWhole: boolean): void {
  const [first, ...rest] = branches;
  if (first === undefined) return;
  if (isWhole) state.become(first);
  else state.merge(first);
  for (const one of rest) state.merge(one);
}

export function ifStatement(node: Syntax, on: Runner, stdin: Stream): Stream {
  const before = node.children.findIndex(({ type }) => type === 'then');
  const holds = surelyHolds(node.children.slice(0, before), on.source, on.state);
  let out = on.sequence(node.children.slice(0, before), stdin);
  const branches: ShellState[] = [];
  const branch = (nodes: readonly Syntax[]) => {
    const fork = on.state.fork();
    out = after(out, on.in(fork).sequence(nodes, stdin));
    branches.push(fork);
  };
  const rest = node.children.slice(before + 1);
  const clauses = rest.filter(isElse);
  const first = rest.filter((one) => !isElse(one));
  if (holds !== false || !first.every(isWhole)) branch(first);
  for (const clause of clauses) if (holds !== true || !isWhole(clause)) branch(clause.children);
  join(on.state, branches, holds === true || clauses.some(({ type }) => type === 'else_clause'));
  return out;
}

export function caseStatement(node: Syntax, on: Runner, stdin: Stream): Stream {
  let out: Stream = NOTHING;
  const branches: ShellState[] = [];
  let through: ShellState | null = null;
  for (const child of node.children) {
    if (child.type !== 'case_item') {
      on.visit(child);
      continue;
    }
    const fork = on.state.fork();
    // `;&` and `;;&`: the next may run behind this one.
    if (through !== null) fork.merge(through);
    const inner = on.in(fork);
    for (const part of child.children) if (part.field === 'value') inner.visit(part);
    out = after(
      out,
      inner.sequence(
        child.children.filter(({ field }) => field !== 'value' && field !== 'termination'),
        stdin,
      ),
    );
    const ending = child.children.find(({ field }) => field === 'termination' || field === 'fallthrough');
    through = /&$/.test(on.source.slice(ending?.start ?? 0, ending?.end ?? 0)) ? fork : null;
    branches.push(fork);
  }
  join(on.state, branches, false);
  return out;
}

/** A body that may run again sees what it did the time before. */
function again(
  on: Runner,
  fork: ShellState,
  from: number,
  names: readonly string[],
  run: (on: Runner) => Stream,
): void {
  const known = () => names.reduce((sum, name) => sum + on.state.optionsOf(name).length, 0);
  const before = known();
  const isMoved = fork.cwd !== on.state.cwd || fork.functions.size !== on.state.functions.size;
  on.state.merge(fork);
  if (isMoved || known() > before) on.besides(from, on.state.fork(), run);
}

export function loop(node: Syntax, on: Runner, stdin: Stream): Stream {
  if (neverLoops(node, on.source, on.state)) return NOTHING;
  if (fillsWithoutEnd(on.source.slice(node.start, node.end))) on.endless(node);
  const names = openAssigned(node, on);
  const from = on.count();
  const fork = on.state.fork();
  const run = (inner: Runner) => inner.sequence(node.children, stdin);
  const out = run(on.in(fork));
  again(on, fork, from, names, run);
  return { text: null, taint: out.taint };
}

export function forStatement(node: Syntax, on: Runner, stdin: Stream): Stream {
  const name = node.children.find(({ field }) => field === 'variable');
  const values = node.children.filter(({ field }) => field === 'value');
  const body = node.children.find(({ field }) => field === 'body');
  const variable = name === undefined ? '' : on.source.slice(name.start, name.end);
  const items =
    values.length > 0 ? values.flatMap((value) => on.words([value])) : (on.state.positional ?? [word(HOLE)]);
  if (body === undefined) return NOTHING;
  const isSettled = items.length <= 8 && items.every(({ text }) => !text.includes(HOLE));
  if (isSettled) {
    const fork = on.state.fork();
    let out: Stream = NOTHING;
    for (const item of items) {
      fork.set(variable, { text: item.text, taint: item.taint });
      out = after(out, on.in(fork).statement(body, stdin));
    }
    on.state.merge(fork);
    return out;
  }
  const names = openAssigned(body, on);
  const from = on.count();
  const run = (inner: Runner) => {
    inner.state.set(variable, { text: HOLE, taint: items.reduce((sum, one) => sum | one.taint, 0) });
    inner.state.options.set(variable, optionsOf(items));
    return inner.statement(body, stdin);
  };
  const fork = on.state.fork();
  const out = run(on.in(fork));
  again(on, fork, from, names, run);
  return { text: null, taint: out.taint };
}

/** What each round of a loop gives to its variable, as far as it is known. */
function optionsOf(items: readonly Word[]): readonly Option[] {
  const known = new Map<string, Option>();
  for (const { text, taint } of items) if (text !== HOLE) known.set(text, { text, taint, words: null });
  return [...known.values()].slice(0, MOST_OPTIONS + 1);
}

export function cFor(node: Syntax, on: Runner, stdin: Stream): Stream {
  const names = openAssigned(node, on);
  const from = on.count();
  const run = (inner: Runner) => {
    let out: Stream = NOTHING;
    for (const child of node.children) {
      if (child.field === 'body') out = inner.statement(child, stdin);
      else inner.visit(child);
    }
    return out;
  };
  const fork = on.state.fork();
  const out = run(on.in(fork));
  again(on, fork, from, names, run);
  return { text: null, taint: out.taint };
}

/** What a loop assigns is not known when it comes round again; it may be what it was. */
function openAssigned(node: Syntax, on: Runner): readonly string[] {
  const names = assignedIn(node, on.source);
  for (const name of names) on.state.open(name);
  return names;
}

/** A pipe: each stage in a shell of its own; some shells keep what the last one sets. */
export function pipeline(stages: readonly Syntax[], on: Runner, stdin: Stream): Stream {
  let flow = stdin;
  const from = on.count();
  for (const [index, stage] of stages.entries()) {
    const fork = on.state.fork();
    const next = stages[index + 1];
    if (index > 0)
      fork.piped = { from, to: on.count(), text: on.source.slice(stages[0]?.start, stage.start) };
    fork.reader = next === undefined ? null : on.source.slice(next.start, next.end);
    flow = on.in(fork).statement(stage, flow);
    if (next === undefined) on.state.mayBe(fork);
  }
  return flow;
}

/** Runs what may not run. */
export function maybe(node: Syntax, on: Runner): Stream {
  const fork = on.state.fork();
  const out = on.in(fork).statement(node, UNKNOWN);
  on.state.merge(fork);
  return out;
}
