/** Runs a shell text in the mind: every branch is taken, what a branch may change is not known afterwards. */

import type { ScriptInput } from './call.ts';
import { fillsWithoutEnd } from './endless.ts';
import { fields, single, visit } from './expand.ts';
import type { Expander } from './expander.ts';
import { after, assignedIn, lastRedirected, onlyFile, widest } from './flow.ts';
import type { Syntax } from './grammar.ts';
import { type Redirect, redirects, wordsBehind } from './redirect.ts';
import { DEEPEST, type Session } from './session.ts';
import { SimpleRunner } from './simple.ts';
import type { ShellState } from './state.ts';
import { testsSubscript } from './subscripts.ts';
import { HOLE, NOTHING, type Stream, UNKNOWN, type Word, word } from './text.ts';

/** Where a text stands. */
export interface Frame {
  /** Place of the carrier in the full text; null for the full text itself. */
  readonly span: { readonly start: number; readonly end: number } | null;
  readonly via: readonly string[];
  readonly depth: number;
  readonly remote: boolean;
}

const REDIRECT = /^(?:file_redirect|heredoc_redirect|herestring_redirect)$/;

export class Shell implements Expander {
  readonly session: Session;
  readonly source: string;
  readonly state: ShellState;
  readonly frame: Frame;

  constructor(session: Session, source: string, state: ShellState, frame: Frame) {
    this.session = session;
    this.source = source;
    this.state = state;
    this.frame = frame;
  }

  /** Runs a text in a state. */
  static run(session: Session, text: string, state: ShellState, frame: Frame, stdin: Stream): Stream {
    if (frame.depth > DEEPEST) {
      session.doubt('scripts are nested too deeply');
      return UNKNOWN;
    }
    const parsed = session.parse(text);
    if (parsed === null) return UNKNOWN;
    return new Shell(session, parsed.source, state, frame).sequence(parsed.root.children, stdin);
  }

  /** The same text in another state. */
  #in(state: ShellState): Shell {
    return state === this.state ? this : new Shell(this.session, this.source, state, this.frame);
  }

  sequence(nodes: readonly Syntax[], stdin: Stream): Stream {
    let out: Stream = NOTHING;
    for (const node of nodes) {
      if (!node.named || node.type === 'comment') continue;
      out = after(out, this.statement(node, stdin));
    }
    return out;
  }

  statement(node: Syntax, stdin: Stream): Stream {
    switch (node.type) {
      case 'command':
      case 'variable_assignment':
      case 'variable_assignments':
      case 'declaration_command':
      case 'unset_command':
        return this.#simple(node, stdin, [], []);
      case 'redirected_statement':
        return this.#redirected(node, stdin);
      case 'list':
        return this.#list(node, stdin);
      case 'pipeline':
        return this.#pipeline(
          node.children.filter(({ named }) => named),
          stdin,
        );
      case 'negated_command':
      case 'do_group':
        return this.sequence(node.children, stdin);
      case 'compound_statement':
        return this.source[node.start] === '(' ? this.#looked(node) : this.sequence(node.children, stdin);
      case 'subshell':
        return this.#in(this.state.fork()).sequence(node.children, stdin);
      case 'if_statement':
        return this.#if(node, stdin);
      case 'while_statement':
        return this.#loop(node, stdin);
      case 'for_statement':
        return this.#for(node, stdin);
      case 'c_style_for_statement':
        return this.#cFor(node, stdin);
      case 'case_statement':
        return this.#case(node, stdin);
      case 'function_definition':
        return this.#define(node);
      case 'test_command':
        if (testsSubscript(this.source.slice(node.start, node.end)))
          this.session.doubt('a test calculates with a text in which a command stands');
        return this.#looked(node);
      case 'ERROR':
        this.session.doubt('it does not read as shell text');
        return this.sequence(node.children, stdin);
      default:
        // A stray piece of a broken tree, or a kind of statement that is not known here.
        this.session.doubt(`a ${node.type} where a command was expected`);
        this.visit(node);
        return UNKNOWN;
    }
  }

  #looked(node: Syntax): Stream {
    this.visit(node);
    return NOTHING;
  }

  #simple(node: Syntax, stdin: Stream, more: readonly Redirect[], extra: readonly Syntax[]): Stream {
    return new SimpleRunner(this, this.#nested).node(node, stdin, more, extra);
  }

  /** How scripts and functions that a command names are run. */
  readonly #nested = {
    script: (input: ScriptInput, span: { start: number; end: number }, via: readonly string[]) => {
      const text = input.text ?? HOLE;
      const state = input.sameShell === true ? this.state : this.state.fork();
      if (input.positional !== undefined) state.positional = input.positional;
      const frame = {
        span,
        via,
        depth: this.frame.depth + 1,
        remote: this.frame.remote || input.remote === true,
      };
      return Shell.run(this.session, text, state, frame, input.stdin ?? UNKNOWN);
    },
    body: (
      body: Syntax,
      source: string,
      args: readonly Word[],
      span: { start: number; end: number },
      stdin: Stream,
    ) => {
      if (this.frame.depth > DEEPEST) {
        this.session.doubt('functions call one another too deeply');
        return UNKNOWN;
      }
      const before = this.state.positional;
      this.state.positional = args;
      const frame = {
        ...this.frame,
        depth: this.frame.depth + 1,
        span: source === this.source ? this.frame.span : (this.frame.span ?? span),
      };
      const out = new Shell(this.session, source, this.state, frame).statement(body, stdin);
      this.state.positional = before;
      return out;
    },
  };

  #redirected(node: Syntax, stdin: Stream): Stream {
    const body = node.children.find((child) => child.field === 'body' || !REDIRECT.test(child.type));
    const nodes = node.children.filter((child) => REDIRECT.test(child.type));
    if (body !== undefined && /^(?:list|pipeline|negated_command)$/.test(body.type))
      return this.statement(lastRedirected(body, node, nodes), stdin);
    const all = redirects(nodes, this);
    const extra = nodes.flatMap(wordsBehind);
    const heredoc = nodes.find(({ type }) => type === 'heredoc_redirect');
    let out: Stream;
    if (body === undefined || body.type === 'command') out = this.#simple(body ?? node, stdin, all, extra);
    else {
      const runner = new SimpleRunner(this, this.#nested);
      const applied = runner.input(all, stdin);
      out = runner.output(node, all, this.statement(body, applied.stdin), applied.note);
    }
    return heredoc === undefined ? out : this.#behindHeredoc(heredoc, out);
  }

  /** What stands on the line of a here-document behind its mark is a child of it. */
  #behindHeredoc(node: Syntax, out: Stream): Stream {
    let result = out;
    for (const child of node.children) {
      if (child.type === 'pipeline')
        result = this.#pipeline(
          child.children.filter(({ named }) => named),
          result,
        );
      else if (child.field === 'right') result = after(result, this.#maybe(child, UNKNOWN));
      else if (
        child.named &&
        !REDIRECT.test(child.type) &&
        child.field !== 'argument' &&
        !/^(?:heredoc_|file_descriptor|comment)/.test(child.type)
      )
        result = after(result, this.#maybe(child, UNKNOWN));
    }
    return result;
  }

  /** Runs what may not run. */
  #maybe(node: Syntax, stdin: Stream): Stream {
    const fork = this.state.fork();
    const out = this.#in(fork).statement(node, stdin);
    this.state.merge(fork);
    return out;
  }

  /** `a && b || c`: behind `&&` everything before it has run. */
  #list(node: Syntax, stdin: Stream): Stream {
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
    flatten(node, '');
    let out: Stream = NOTHING;
    let current = this.state;
    for (const [index, item] of items.entries()) {
      if (index === 0) {
        out = this.statement(item.node, stdin);
        continue;
      }
      if (item.operator === '&&') {
        if (current === this.state) current = this.state.fork();
        current.otherCwd = null;
        out = after(out, this.#in(current).statement(item.node, stdin));
      } else {
        const other = current.fork();
        out = after(out, this.#in(other).statement(item.node, stdin));
        if (current === this.state) current = this.state.fork();
        current.merge(other);
      }
    }
    if (current !== this.state) this.state.merge(current);
    return out;
  }

  #pipeline(stages: readonly Syntax[], stdin: Stream): Stream {
    let flow = stdin;
    for (const [index, stage] of stages.entries()) {
      const fork = this.state.fork();
      const next = stages[index + 1];
      fork.reader = next === undefined ? null : this.source.slice(next.start, next.end);
      flow = this.#in(fork).statement(stage, flow);
    }
    return flow;
  }

  #if(node: Syntax, stdin: Stream): Stream {
    const before = node.children.findIndex(({ type }) => type === 'then');
    let out = this.sequence(node.children.slice(0, before), stdin);
    const branches: ShellState[] = [];
    const branch = (nodes: readonly Syntax[]) => {
      const fork = this.state.fork();
      out = after(out, this.#in(fork).sequence(nodes, stdin));
      branches.push(fork);
    };
    const rest = node.children.slice(before + 1);
    branch(rest.filter(({ type }) => type !== 'elif_clause' && type !== 'else_clause'));
    for (const clause of rest.filter(({ type }) => type === 'elif_clause' || type === 'else_clause'))
      branch(clause.children);
    for (const one of branches) this.state.merge(one);
    return out;
  }

  #loop(node: Syntax, stdin: Stream): Stream {
    if (fillsWithoutEnd(this.source.slice(node.start, node.end))) {
      const runner = new SimpleRunner(this, this.#nested);
      const { note } = runner.input([], NOTHING);
      note.concern('system', 'starts programs or makes files without an end');
      runner.output(node, [], NOTHING, note);
    }
    this.#forgetAssigned(node);
    const fork = this.state.fork();
    const inner = this.#in(fork);
    let out: Stream = NOTHING;
    for (const child of node.children) if (child.named) out = after(out, inner.statement(child, stdin));
    this.state.merge(fork);
    return { text: null, taint: out.taint };
  }

  #for(node: Syntax, stdin: Stream): Stream {
    const name = node.children.find(({ field }) => field === 'variable');
    const values = node.children.filter(({ field }) => field === 'value');
    const body = node.children.find(({ field }) => field === 'body');
    const variable = name === undefined ? '' : this.source.slice(name.start, name.end);
    const items =
      values.length > 0
        ? values.flatMap((value) => this.words([value]))
        : (this.state.positional ?? [word(HOLE)]);
    if (body === undefined) return NOTHING;
    const isSettled = items.length <= 8 && items.every(({ text }) => !text.includes(HOLE));
    if (!isSettled) this.#forgetAssigned(body);
    const fork = this.state.fork();
    const inner = this.#in(fork);
    let out: Stream = NOTHING;
    for (const item of isSettled ? items : [widest(items)]) {
      fork.set(variable, { text: item.text, taint: item.taint });
      out = after(out, inner.statement(body, stdin));
    }
    this.state.merge(fork);
    return isSettled ? out : { text: null, taint: out.taint };
  }

  #cFor(node: Syntax, stdin: Stream): Stream {
    this.#forgetAssigned(node);
    const fork = this.state.fork();
    const inner = this.#in(fork);
    let out: Stream = NOTHING;
    for (const child of node.children) {
      if (child.field === 'body') out = inner.statement(child, stdin);
      else inner.visit(child);
    }
    this.state.merge(fork);
    return { text: null, taint: out.taint };
  }

  #case(node: Syntax, stdin: Stream): Stream {
    let out: Stream = NOTHING;
    const branches: ShellState[] = [];
    for (const child of node.children) {
      if (child.type !== 'case_item') {
        this.visit(child);
        continue;
      }
      const fork = this.state.fork();
      const inner = this.#in(fork);
      for (const part of child.children) {
        if (part.field === 'value') inner.visit(part);
        else if (part.named && part.field !== 'termination') out = after(out, inner.statement(part, stdin));
      }
      branches.push(fork);
    }
    for (const one of branches) this.state.merge(one);
    return out;
  }

  #define(node: Syntax): Stream {
    const name = node.children.find(({ field }) => field === 'name');
    const body = node.children.find(({ field }) => field === 'body');
    if (name !== undefined && body !== undefined)
      this.state.functions.set(this.source.slice(name.start, name.end), { body, source: this.source });
    return NOTHING;
  }

  /** What a loop assigns is not known when it comes round again. */
  #forgetAssigned(node: Syntax): void {
    for (const name of assignedIn(node, this.source)) this.state.forget(name);
  }

  /** The words of some nodes that stand side by side. */
  words(nodes: readonly Syntax[]): readonly Word[] {
    return fields(nodes, this);
  }

  substitute(node: Syntax): Stream {
    const file = onlyFile(node);
    if (file !== null) return new SimpleRunner(this, this.#nested).content(file);
    const inner = this.#in(this.state.fork());
    return inner.sequence(node.children, UNKNOWN);
  }

  process(node: Syntax): Stream {
    return this.substitute(node);
  }

  backticks(text: string): Stream {
    const span = this.frame.span ?? { start: 0, end: this.source.length };
    return Shell.run(
      this.session,
      text,
      this.state.fork(),
      { ...this.frame, span, depth: this.frame.depth + 1 },
      UNKNOWN,
    );
  }

  single(nodes: readonly Syntax[]): Word {
    return single(nodes, this);
  }

  visit(node: Syntax): void {
    visit(node, this);
  }

  doubt(why: string): void {
    this.session.doubt(why);
  }
}
