/** Runs a shell text in the mind: every branch is taken, what a branch may change is not known afterwards. */

import type { ScriptInput } from './call.ts';
import {
  caseStatement,
  cFor,
  forStatement,
  ifStatement,
  list,
  loop,
  maybe,
  pipeline,
  type Runner,
} from './compound.ts';
import { fields, single, visit } from './expand.ts';
import type { Expander } from './expander.ts';
import { after, lastRedirected, onlyFile } from './flow.ts';
import type { Syntax } from './grammar.ts';
import { isSecretName } from './parameter.ts';
import { type Redirect, redirects, wordsBehind } from './redirect.ts';
import { DEEPEST, type Session } from './session.ts';
import { SimpleRunner } from './simple.ts';
import { POSITIONAL, type ShellState } from './state.ts';
import { testsSubscript } from './subscripts.ts';
import { HOLE, NOTHING, type Stream, UNKNOWN, type Word } from './text.ts';
import { worldsOf } from './worlds.ts';

/** Where a text stands. */
export interface Frame {
  /** Place of the carrier in the full text; null for the full text itself. */
  readonly span: { readonly start: number; readonly end: number } | null;
  readonly via: readonly string[];
  readonly depth: number;
  readonly remote: boolean;
}

const REDIRECT = /^(?:file_redirect|heredoc_redirect|herestring_redirect)$/;

export class Shell implements Expander, Runner {
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

  /** Runs a text in a state. @param isPart the shell goes on behind it */
  static run(
    session: Session,
    text: string,
    state: ShellState,
    frame: Frame,
    stdin: Stream,
    isPart = false,
  ): Stream {
    if (frame.depth > DEEPEST) {
      session.doubt('scripts are nested too deeply');
      return UNKNOWN;
    }
    const parsed = session.parse(text);
    if (parsed === null) return UNKNOWN;
    const shell = new Shell(session, parsed.source, state, frame);
    const from = session.commands.length;
    const out = shell.sequence(parsed.root.children, stdin);
    return isPart ? out : shell.#ended(from, out);
  }

  /** The same text in another state. */
  in(state: ShellState): Shell {
    return state === this.state ? this : new Shell(this.session, this.source, state, this.frame);
  }

  sequence(nodes: readonly Syntax[], stdin: Stream): Stream {
    let out: Stream = NOTHING;
    for (const [index, node] of nodes.entries()) {
      if (!node.named || node.type === 'comment') continue;
      // What runs beside the shell changes nothing of it.
      const isApart = nodes[index + 1]?.type === '&';
      out = after(out, (isApart ? this.in(this.state.fork()) : this).statement(node, stdin));
    }
    return out;
  }

  statement(node: Syntax, stdin: Stream): Stream {
    if (!this.session.goesOn()) return UNKNOWN;
    const worlds = worldsOf(node, this.source, this.state, isSecretName);
    if (worlds === null) this.session.doubt('what it does hangs on more branches than are gone through');
    const from = this.count();
    let out = this.#once(node, stdin);
    for (const world of worlds ?? []) {
      const other = this.besides(from, world, (on) => on.#once(node, stdin));
      out = { ...out, taint: out.taint | other.taint };
    }
    return out;
  }

  besides(from: number, state: ShellState, run: (on: Shell) => Stream): Stream {
    const out = this.session.besides(from, () => run(this.in(state)));
    this.state.mayBe(state);
    return out;
  }

  count(): number {
    return this.session.commands.length;
  }

  endless(node: Syntax): void {
    const runner = new SimpleRunner(this, this.#nested);
    const { note } = runner.input([], NOTHING);
    note.concern('system', 'starts programs or makes files without an end');
    runner.output(node, [], NOTHING, note, this.count());
  }

  #once(node: Syntax, stdin: Stream): Stream {
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
        return list(node, this, stdin);
      case 'pipeline':
        return pipeline(
          node.children.filter(({ named }) => named),
          this,
          stdin,
        );
      case 'negated_command':
      case 'do_group':
        return this.sequence(node.children, stdin);
      case 'compound_statement':
        return this.source[node.start] === '(' ? this.#looked(node) : this.sequence(node.children, stdin);
      case 'subshell':
        return this.#subshell(node, stdin);
      case 'if_statement':
        return ifStatement(node, this, stdin);
      case 'while_statement':
        return loop(node, this, stdin);
      case 'for_statement':
        return forStatement(node, this, stdin);
      case 'c_style_for_statement':
        return cFor(node, this, stdin);
      case 'case_statement':
        return caseStatement(node, this, stdin);
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

  #subshell(node: Syntax, stdin: Stream): Stream {
    const from = this.count();
    const inner = this.in(this.state.fork());
    return inner.#ended(from, inner.sequence(node.children, stdin));
  }

  /** What a shell does when it ends. */
  #ended(from: number, out: Stream): Stream {
    for (const { text, taint } of this.state.traps)
      this.besides(from, this.state.fork(), (on) => {
        const at = { start: 0, end: this.source.length };
        return on.#nested.script(
          { text, taint, by: 'trap', copied: true },
          this.frame.span ?? at,
          this.frame.via,
        );
      });
    return out;
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
      const isPart = input.sameShell === true;
      const state = isPart ? this.state : this.state.fork();
      if (!isPart && input.copied !== true) state.leaves(this.session.sets);
      if (input.positional !== undefined) state.positional = input.positional;
      const frame = {
        span,
        via,
        depth: this.frame.depth + 1,
        remote: this.frame.remote || input.remote === true,
      };
      return Shell.run(this.session, text, state, frame, input.stdin ?? UNKNOWN, isPart);
    },
    body: (
      body: Syntax,
      source: string,
      args: readonly Word[],
      span: { start: number; end: number },
      stdin: Stream,
      isApart: boolean,
    ) => {
      if (this.frame.depth > DEEPEST) {
        this.session.doubt('functions call one another too deeply');
        return UNKNOWN;
      }
      const state = isApart ? this.state.fork() : this.state;
      const [before, options] = [state.positional, state.options.get(POSITIONAL)];
      state.positional = args;
      const frame = {
        ...this.frame,
        depth: this.frame.depth + 1,
        span: source === this.source ? this.frame.span : (this.frame.span ?? span),
      };
      const out = new Shell(this.session, source, state, frame).statement(body, stdin);
      state.positional = before;
      if (options !== undefined) state.options.set(POSITIONAL, options);
      if (isApart) this.state.merge(state);
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
      const from = this.count();
      const applied = runner.input(all, stdin);
      out = runner.output(node, all, this.statement(body, applied.stdin), applied.note, from);
    }
    return heredoc === undefined ? out : this.#behindHeredoc(heredoc, out);
  }

  /** What stands on the line of a here-document behind its mark is a child of it. */
  #behindHeredoc(node: Syntax, out: Stream): Stream {
    let result = out;
    for (const child of node.children) {
      if (child.type === 'pipeline')
        result = pipeline(
          child.children.filter(({ named }) => named),
          this,
          result,
        );
      else if (child.field === 'right') result = after(result, maybe(child, this));
      else if (
        child.named &&
        !REDIRECT.test(child.type) &&
        child.field !== 'argument' &&
        !/^(?:heredoc_|file_descriptor|comment)/.test(child.type)
      )
        result = after(result, maybe(child, this));
    }
    return result;
  }

  #define(node: Syntax): Stream {
    const name = node.children.find(({ field }) => field === 'name');
    const body = node.children.find(({ field }) => field === 'body');
    if (name !== undefined && body !== undefined)
      this.state.functions.set(this.source.slice(name.start, name.end), [{ body, source: this.source }]);
    return NOTHING;
  }

  /** The words of some nodes that stand side by side. */
  words(nodes: readonly Syntax[]): readonly Word[] {
    return fields(nodes, this);
  }

  substitute(node: Syntax): Stream {
    const file = onlyFile(node);
    if (file !== null) return new SimpleRunner(this, this.#nested).content(file);
    const inner = this.in(this.state.fork());
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
