/** Runs one simple command: its words, its redirections, the program that they name. */
import { locusOf } from '../place.ts';
import type { Concern, SimpleCommand } from '../result.ts';
import { shapeOf } from '../shape.ts';
import { builtins } from './builtins.ts';
import type { Call, ScriptInput } from './call.ts';
import { CommandDeed } from './deed.ts';
import type { Expander } from './expander.ts';
import { after } from './flow.ts';
import type { Syntax } from './grammar.ts';
import type { Redirect } from './redirect.ts';
import { redirects, wordsBehind } from './redirect.ts';
import type { Session } from './session.ts';
import type { ShellFunction } from './state.ts';
import { evaluatesSubscript } from './subscripts.ts';
import { isRemoteOrDecoded } from './taint-words.ts';
import {
  HOLE,
  hasGlob,
  hasHole,
  hasMarks,
  NOTHING,
  plain,
  type Stream,
  shown,
  TAINT,
  UNKNOWN,
  type Word,
  word,
} from './text.ts';
import { assign, noteVariable, restore, valuesOf } from './variables.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The shell that a simple command runs in. */
export interface Around extends Expander {
  readonly session: Session;
  readonly frame: {
    readonly span: Span | null;
    readonly via: readonly string[];
    readonly depth: number;
    readonly remote: boolean;
  };
  words(nodes: readonly Syntax[]): readonly Word[];
}

export interface Nested {
  script(input: ScriptInput, span: Span, via: readonly string[]): Stream;
  body(
    body: Syntax,
    source: string,
    args: readonly Word[],
    span: Span,
    stdin: Stream,
    isApart: boolean,
  ): Stream;
}

/** Folders of the programs that a machine comes with. */
const BIN =
  /^(?:\/usr|\/usr\/local|\/opt\/homebrew|\/opt\/local|\/run\/current-system\/sw|\/snap)?\/s?bin\/([^/]+)$/;
/** What stands before a command and leaves it to the shell. */
const KEYWORDS = /^(?:time|coproc|noglob|nocorrect|-|parallel)$/;
const DEEPEST_WRAPPERS = 24;

export class SimpleRunner {
  readonly #shell: Around;
  readonly #nested: Nested;

  constructor(shell: Around, nested: Nested) {
    this.#shell = shell;
    this.#nested = nested;
  }

  /** A command, an assignment or a bare redirection. */
  node(node: Syntax, stdin: Stream, more: readonly Redirect[], extra: readonly Syntax[]): Stream {
    const { session } = this.#shell;
    if (!session.step()) return UNKNOWN;
    const isBare = node.type === 'redirected_statement';
    const span = this.#shell.frame.span ?? { start: node.start, end: node.end };
    const children = isBare ? [] : node.children;
    const parts =
      node.type === 'variable_assignment' ? { assignments: [node], words: [] } : wordsOf(children, node.type);
    const all = [
      ...redirects(
        children.filter(({ type }) => type.endsWith('_redirect')),
        this.#shell,
      ),
      ...more,
    ];
    const words: Word[] = [];
    if (node.type === 'declaration_command' || node.type === 'unset_command')
      words.push(word(this.#shell.source.slice(children[0]?.start ?? 0, children[0]?.end ?? 0)));
    for (const group of parts.words) words.push(...this.#shell.words(group));
    for (const group of grouped(extra)) words.push(...this.#shell.words(group));
    const deed = this.#deed();
    const passing = words.length > 0 && node.type === 'command';
    const values = valuesOf(parts.assignments, this.#shell);
    const before = passing ? this.#shell.state.fork() : null;
    for (const one of values) {
      session.sets.add(one.name);
      assign(one, this.#shell.state);
      if (passing) this.#shell.state.exported.add(one.name);
      const input = noteVariable(one, deed, session.place);
      if (input !== null) this.#nested.script(input, span, [...this.#shell.frame.via, one.name]);
      if (node.type === 'declaration_command') words.push(word(one.name));
    }
    const input = this.#input(all, stdin, deed);
    const from = session.commands.length;
    let out: Stream = NOTHING;
    if (words.length > 0) out = this.#invoke(words, input, deed, span, this.#shell.frame.via, 0);
    if (before !== null) for (const { name } of values) restore(name, before, this.#shell.state);
    const rest = this.#output(all, out, deed, words, from, node);
    if (words.length > 0 || deed.effects.length > 0 || deed.concerns.length > 0)
      this.#note(from, words, span, this.#shell.frame.via, deed);
    return rest;
  }

  /** Input of a compound command. */
  input(all: readonly Redirect[], stdin: Stream): { stdin: Stream; note: CommandDeed } {
    const deed = this.#deed();
    return { stdin: this.#input(all, stdin, deed), note: deed };
  }

  /** Output of a compound command. */
  output(node: Syntax, all: readonly Redirect[], out: Stream, deed: CommandDeed, from: number): Stream {
    const rest = this.#output(all, out, deed, [word('{')], from, node);
    if (deed.effects.length > 0 || deed.concerns.length > 0) {
      const span = this.#shell.frame.span ?? { start: node.start, end: node.end };
      this.#note(this.#shell.session.commands.length, [], span, this.#shell.frame.via, deed);
    }
    return rest;
  }

  /** What `$(<file)` gives. */
  content(node: Syntax): Stream {
    const all = redirects([node], this.#shell);
    const { stdin, note } = this.input(all, UNKNOWN);
    return this.output(node, all, stdin, note, this.#shell.session.commands.length);
  }

  #deed(): CommandDeed {
    const { session, state, frame } = this.#shell;
    return new CommandDeed(session.place, state, session.files, frame.remote, session.commands);
  }

  #input(all: readonly Redirect[], stdin: Stream, deed: CommandDeed): Stream {
    let input = stdin;
    for (const one of all) {
      if (one.kind === 'text') input = one.content;
      else if (one.kind === 'in' || one.kind === 'open')
        input = one.target.stream ?? deed.reads(one.target.text);
    }
    return input;
  }

  #output(
    all: readonly Redirect[],
    out: Stream,
    deed: CommandDeed,
    words: readonly Word[],
    from: number,
    node: Syntax,
  ): Stream {
    let rest = out;
    for (const one of all) {
      if (one.kind === 'open') deed.writes(one.target.text);
      if (one.kind !== 'out' || one.target.stream !== null) continue;
      const isEmpty = !one.adds && !one.errors && (words.length === 0 || out.text === '');
      if (!one.adds && deed.isRead(one.target.text, from, one.written, this.#sourceOf(node)))
        deed.loses(one.target.text);
      deed.writes(one.target.text, { content: one.errors ? UNKNOWN : out, adds: one.adds, empties: isEmpty });
      if (!one.errors) rest = { text: '', taint: TAINT.none };
    }
    return rest;
  }

  /** A command without its redirections, as it is written. */
  #sourceOf(node: Syntax): string {
    const last = node.children.findLast(({ type }) => !type.endsWith('_redirect'));
    return this.#shell.source.slice(node.start, last?.end ?? node.end);
  }

  /** Runs what some words name. */
  #invoke(
    words: readonly Word[],
    stdin: Stream,
    deed: CommandDeed,
    span: Span,
    via: readonly string[],
    depth: number,
  ): Stream {
    const { session, state } = this.#shell;
    const first = words[0];
    if (first === undefined) return NOTHING;
    if (depth > DEEPEST_WRAPPERS) {
      session.doubt('programs start one another too deeply');
      return UNKNOWN;
    }
    const args = words.slice(1);
    const call = this.#call(plain(first.text), args, stdin, deed, span, via, depth);
    if (hasHole(first.text) || hasGlob(first.text) || first.text === '')
      return this.#unknownProgram(first, call);
    const bodies = this.#bodies(first.text, via, depth);
    if (bodies.length > 0) {
      for (const one of args) deed.taint |= one.taint;
      let out: Stream = NOTHING;
      for (const made of bodies)
        if (made !== null)
          out = after(out, this.#nested.body(made.body, made.source, args, span, stdin, bodies.length > 1));
      if (!bodies.includes(null)) return out;
    }
    for (const alias of first.quoted ? [] : (state.aliases.get(first.text) ?? [])) {
      const text = [alias, ...args.map((one) => quoted(one.text))].join(' ');
      const fork = new Map(state.aliases);
      state.aliases.delete(first.text);
      this.#nested.script({ text, taint: TAINT.none, by: first.text, stdin, sameShell: true }, span, [
        ...via,
        first.text,
      ]);
      for (const [name, value] of fork) state.aliases.set(name, value);
    }
    const builtin = builtins.get(first.text);
    if (builtin !== undefined) {
      if (evaluatesSubscript(first.text, args))
        deed.opaque(`${first.text} is given a name in which a command stands`);
      return builtin(call) ?? printed(call);
    }
    return this.#program(first.text, call, span, via);
  }

  /** The functions that a name may mean; null among them where it may mean something else. */
  #bodies(name: string, via: readonly string[], depth: number): readonly (ShellFunction | null)[] {
    const { session, state } = this.#shell;
    const made = state.functions.get(name) ?? [];
    if (depth === 0 || KEYWORDS.test(via.at(-1) ?? '')) return made;
    // Programs start programs; a function only where it is handed on and nothing else has its name.
    return builtins.has(name) || session.find(name) !== null ? [] : made;
  }

  #program(text: string, call: Call, span: Span, via: readonly string[]): Stream {
    const { session } = this.#shell;
    const inBin = BIN.exec(text)?.[1];
    const base = (inBin ?? text.split('/').at(-1) ?? text).replace(/\.exe$/i, '');
    const named = { ...call, name: base };
    if (inBin === undefined && text.includes('/')) {
      const path = call.deed.path(text);
      const written = session.files.get(path);
      call.deed.runsFile(text, base);
      if (
        written !== undefined &&
        written.text !== null &&
        !hasMarks(written.text) &&
        looksLikeShell(written.text, text)
      )
        return this.#nested.script(
          { text: written.text, taint: written.taint, by: base, stdin: call.stdin, positional: call.args },
          span,
          [...via, base],
        );
    }
    const exact = session.find(base);
    const folded = exact === null ? session.find(base.toLowerCase()) : null;
    const program = exact ?? folded ?? session.stranger;
    return program(folded === null ? named : { ...named, name: base.toLowerCase() }) ?? printed(call);
  }

  #unknownProgram(first: Word, call: Call): Stream {
    const isRemote = isRemoteOrDecoded(first.taint);
    if (isRemote !== null) call.deed.concern('remote_code', `runs a command that ${isRemote}`);
    call.deed.opaque('which program runs is not known');
    return printed(call);
  }

  #call(
    name: string,
    args: readonly Word[],
    stdin: Stream,
    deed: CommandDeed,
    span: Span,
    via: readonly string[],
    depth: number,
  ): Call {
    const { session, state, frame } = this.#shell;
    return {
      name,
      args,
      stdin,
      deed,
      place: session.place,
      state,
      files: session.files,
      knows: (other) => builtins.has(other) || session.find(other) !== null || state.functions.has(other),
      script: (input) => {
        const from = isRemoteOrDecoded(input.taint);
        if (from !== null) deed.concern('remote_code', `runs text that ${from}`);
        if (input.text === null || input.text.trim() === HOLE) {
          deed.opaque(`the script that ${input.by} runs is not known`);
          return { text: null, taint: input.taint };
        }
        if (input.text.includes(HOLE) && (input.taint & (TAINT.local | TAINT.remote | TAINT.decoded)) !== 0)
          deed.opaque(`part of the script that ${input.by} runs is not known`);
        return this.#nested.script({ ...input, text: plain(input.text) }, span, [...via, input.by]);
      },
      run: (words, by, input = stdin) => {
        if (!session.step()) return UNKNOWN;
        const inner = this.#deed();
        const from = session.commands.length;
        const way = [...via, by];
        const out = this.#invoke(words, input, inner, span, way, depth + 1);
        this.#note(from, words, span, way, inner);
        deed.taint |= inner.taint;
        return frame.depth > 20 ? UNKNOWN : out;
      },
    };
  }

  #note(at: number, words: readonly Word[], span: Span, via: readonly string[], deed: CommandDeed): void {
    const command: SimpleCommand = {
      start: span.start,
      end: span.end,
      words: words.map((one) => shown(one.text)),
      via,
      shape: shapeOf(words, deed.effects),
      effects: deed.effects,
      concerns: deed.concerns as readonly Concern[],
      at: locusOf(this.#shell.state.cwd, this.#shell.session.place),
    };
    this.#shell.session.commands.splice(at, 0, command);
  }
}

/** What most programs print: not known, but made of what they were given and read. */
function printed(call: Call): Stream {
  const given = call.args.reduce((sum, one) => sum | one.taint, TAINT.none);
  // What a program is told to use it seldom shows.
  const taint = (given & ~TAINT.token) | call.stdin.taint | call.deed.taint;
  return { text: null, taint: taint & ~TAINT.local };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function looksLikeShell(text: string, name: string): boolean {
  const line = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
  if (line === null) return !/\.(?:py|js|mjs|ts|rb|pl|php)$/.test(name);
  return /(?:^|\/)(?:ba|da|z|k)?sh$/.test(
    line[1]?.endsWith('/env') === true ? (line[2] ?? '') : (line[1] ?? ''),
  );
}

interface Parts {
  readonly assignments: readonly Syntax[];
  readonly words: readonly (readonly Syntax[])[];
}

/** Nodes that touch one another are one word, whatever the tree says. */
function grouped(nodes: readonly Syntax[]): readonly (readonly Syntax[])[] {
  const groups: Syntax[][] = [];
  for (const one of nodes) {
    const last = groups.at(-1);
    if (last?.at(-1)?.end === one.start) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** Sorts the children of a command. Nodes that touch one another are one word, whatever the tree says. */
function wordsOf(children: readonly Syntax[], type: string): Parts {
  const assignments: Syntax[] = [];
  const words: Syntax[][] = [];
  let end = -1;
  for (const [index, child] of children.entries()) {
    if (child.type.endsWith('_redirect')) {
      for (const one of wordsBehind(child)) {
        const last = words.at(-1);
        if (last !== undefined && one.start === end) last.push(one);
        else words.push([one]);
        end = one.end;
      }
      continue;
    }
    if (child.type === 'variable_assignment') {
      assignments.push(child);
      continue;
    }
    if (index === 0 && (type === 'declaration_command' || type === 'unset_command')) continue;
    if (!child.named && child.type !== '$' && !/^[^\s;|&()<>]+$/.test(child.type)) continue;
    if (child.type === 'comment') continue;
    const last = words.at(-1);
    if (last !== undefined && child.start === end) last.push(child);
    else words.push([child]);
    end = child.end;
  }
  return { assignments, words };
}
