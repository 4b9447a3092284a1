/**
 * A lexical reading of shell text: simple commands with their words, what is substituted into them, redirection
 * targets and here-documents. It knows quoting and separators, not the whole grammar; where it cannot tell it
 * reads more as commands rather than less.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { decodeAnsi, UNKNOWN } from './ansi-quote.ts';
import { Choices } from './choice.ts';
import { append, fresh, type HereDocument, type Open, type ShellCommand } from './shell-command.ts';
import { type ShellContext, Variables } from './variables.ts';

export { UNKNOWN } from './ansi-quote.ts';
export type { ShellCommand, Word } from './shell-command.ts';
export type { ShellContext } from './variables.ts';

const DEEPEST = 24;
const MOST_WORDS = 20_000;
/** Each of them is read twice. */
const MOST_OPEN_ENDED = 16;

/**
 * All simple commands in the text, those of substitutions included.
 *
 * @throws GatehouseError `too_complex` for text nested too deeply or with too many words
 */
export function readShell(text: string, context: ShellContext): readonly ShellCommand[] {
  const lexer = new Lexer(text, context);
  lexer.read(null, 0);
  return lexer.commands;
}

class Lexer {
  readonly commands: ShellCommand[] = [];
  #text: string;
  readonly #choices = new Choices();
  readonly #variables: Variables;
  #pending: HereDocument[] = [];
  #openEnded = 0;
  #at = 0;
  #count = 0;

  constructor(text: string, context: ShellContext) {
    this.#text = Choices.clean(text);
    this.#variables = new Variables(context, this.#choices);
  }

  /** Reads until the closing character of a substitution, or to the end. */
  read(closing: ')' | '`' | null, depth: number): void {
    if (depth > DEEPEST) throw tooComplex();
    let open = fresh();
    let parentheses = 0;
    const outer = this.#pending;
    this.#pending = [];
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      const following = this.#text[this.#at + 1] ?? '';
      if (character === closing && parentheses === 0) {
        this.#at += 1;
        break;
      }
      switch (character) {
        case ' ':
        case '\t':
          this.#endWord(open);
          this.#at += 1;
          break;
        case '\n':
          open = this.#endCommand(open, depth);
          this.#at += 1;
          // Shells do not agree whose body begins here.
          if (outer.length > 0) throw tooComplex();
          this.#readBodies(depth);
          break;
        case '#':
          if (open.started) this.#take(open, character);
          else this.#skipComment();
          break;
        case '&':
          if (following === '>') {
            this.#endWord(open);
            this.#at += 1;
            break;
          }
          open = this.#endCommand(open, depth);
          this.#at += 1;
          break;
        case ';':
        case '|':
          open = this.#endCommand(open, depth);
          this.#at += 1;
          break;
        case '(':
        case ')':
          parentheses = Math.max(0, parentheses + (character === '(' ? 1 : -1));
          open = this.#endCommand(open, depth);
          this.#at += 1;
          break;
        case '<':
        case '>':
          this.#redirect(open, depth, parentheses > 1);
          break;
        default:
          this.#inWord(open, character, following, depth);
      }
    }
    this.#endCommand(open, depth);
    if (closing === null) this.#readBodies(depth);
    this.#pending = outer;
  }

  #inWord(open: Open, character: string, following: string, depth: number): void {
    switch (character) {
      case '\\':
        this.#at += 2;
        if (following !== '\n') append(open, following, true);
        break;
      case "'":
        this.#singleQuoted(open);
        break;
      case '"':
        this.#doubleQuoted(open, depth);
        break;
      case '`':
        this.#at += 1;
        this.read('`', depth + 1);
        append(open, UNKNOWN, false);
        break;
      case '$':
        if (following === "'") this.#ansiQuoted(open);
        else if (following === '"') this.#at += 1;
        else append(open, this.#dollar(depth), false);
        break;
      default:
        this.#take(open, character);
    }
  }

  #take(open: Open, character: string): void {
    append(open, character, false);
    this.#at += 1;
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #singleQuoted(open: Open): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    const stop = end < 0 ? this.#text.length : end;
    append(open, this.#text.slice(this.#at + 1, stop), true);
    this.#at = stop + 1;
  }

  #doubleQuoted(open: Open, depth: number): void {
    this.#at += 1;
    append(open, '', true);
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') break;
      if (character === '\\') {
        const following = this.#text[this.#at + 1] ?? '';
        append(
          open,
          following === '\n' ? '' : '$`"\\'.includes(following) ? following : `\\${following}`,
          true,
        );
        this.#at += 2;
      } else if (character === '$') {
        append(open, this.#dollar(depth), true);
      } else if (character === '`') {
        this.#at += 1;
        this.read('`', depth + 1);
        append(open, UNKNOWN, true);
      } else {
        append(open, character, true);
        this.#at += 1;
      }
    }
    this.#at += 1;
  }

  #ansiQuoted(open: Open): void {
    const pattern = /(?:[^'\\]|\\[\s\S])*/y;
    pattern.lastIndex = this.#at + 2;
    const body = pattern.exec(this.#text)?.[0] ?? '';
    append(open, decodeAnsi(body), true);
    this.#at += 2 + body.length + 1;
  }

  /** At a `$`: reads what it introduces and answers the text it stands for. */
  #dollar(depth: number): string {
    const rest = this.#text.slice(this.#at + 1, this.#at + 130);
    if (rest.startsWith('(')) {
      this.#at += 2;
      this.read(')', depth + 1);
      return UNKNOWN;
    }
    if (rest.startsWith('{')) {
      // With a plain value, or a default for one that is set: what else is done to it is only known when it runs.
      const [, name = '', , operator = ''] = /^\{([A-Za-z_]\w*|\d+|[@*#?!-])((:?[-=?])|\})/.exec(rest) ?? [];
      this.#at += 2;
      const start = this.#at + name.length + operator.length;
      this.#skipBraces(depth);
      const known = this.#variables.get(name);
      if (known !== undefined) return this.#choices.mark(known);
      const isDefault = operator !== '' && !operator.endsWith('?');
      return isDefault ? this.#default(this.#text.slice(start, this.#at - 1), depth) : UNKNOWN;
    }
    const name = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest)?.[0];
    if (name === undefined) {
      this.#at += 1;
      return '$';
    }
    this.#at += 1 + name.length;
    return this.#choices.mark(this.#variables.get(name) ?? []);
  }

  /** The default of a name that is not known to be set; its substitutions are read already. */
  #default(source: string, depth: number): string {
    // It is text that was gone through before.
    this.#count += 16;
    if (depth >= DEEPEST || this.#count > MOST_WORDS) throw tooComplex();
    const [text, at] = [this.#text, this.#at];
    const open = fresh();
    this.#text = source;
    this.#at = 0;
    while (this.#at < source.length) {
      const character = source[this.#at] ?? '';
      if (/[$`'"\\]/.test(character)) this.#inWord(open, character, source[this.#at + 1] ?? '', depth + 1);
      else this.#take(open, character);
    }
    this.#text = text;
    this.#at = at;
    return this.#choices.mark([...new Set([...this.#choices.texts(open.text), UNKNOWN])]);
  }

  /** Inside `${`: moves behind the matching brace; substitutions in it are read. */
  #skipBraces(depth: number): void {
    let braces = 1;
    while (this.#at < this.#text.length && braces > 0) {
      const character = this.#text[this.#at] ?? '';
      if (character === '$' && this.#text[this.#at + 1] === '(') {
        this.#at += 2;
        this.read(')', depth + 1);
        continue;
      }
      if (character === '`') {
        this.#at += 1;
        this.read('`', depth + 1);
        continue;
      }
      if (character === '\\') this.#at += 1;
      else if (character === '{') braces += 1;
      else if (character === '}') braces -= 1;
      this.#at += 1;
    }
  }

  #redirect(open: Open, depth: number, arithmetic: boolean): void {
    const subscript = open.text.includes('[') || open.words.some(({ text }) => text.includes('['));
    if (/^\d*$/.test(open.text) && !open.quoted) {
      open.text = '';
      open.started = false;
    }
    this.#endWord(open);
    const operator =
      /^(?:<<<|<<-?|<>|>>|>\||[<>]&?|[<>])/.exec(this.#text.slice(this.#at, this.#at + 3))?.[0] ?? '<';
    this.#at += operator.length;
    if (operator.length === 1 && this.#text[this.#at] === '(') {
      this.#at += 1;
      this.read(')', depth + 1);
      append(open, UNKNOWN, false);
      return;
    }
    open.doubtful = arithmetic || subscript;
    open.from = this.#at;
    open.next =
      operator === '<<<'
        ? 'herestring'
        : operator === '<<-'
          ? 'heredoc-tabs'
          : operator === '<<'
            ? 'heredoc'
            : operator === '<'
              ? 'input'
              : 'target';
  }

  #endWord(open: Open): void {
    if (!open.started) return;
    const { text, quoted, braces, next } = open;
    open.text = '';
    open.started = false;
    open.quoted = false;
    open.braces = false;
    open.next = 'word';
    this.#count += 1;
    if (this.#count > MOST_WORDS) throw tooComplex();
    if (next === 'target' || next === 'input') {
      open.targets.push(text);
      if (next === 'target') open.written.push(text);
    } else if (next === 'herestring') open.bodies.push(...this.#choices.texts(text));
    else if (next === 'word') open.words.push({ text, quoted, braces });
    else
      this.#pending.push({
        delimiter: text,
        tabs: next === 'heredoc-tabs',
        expands: !quoted,
        doubtful: open.doubtful || /[$`]/.test(this.#text.slice(open.from, this.#at)),
        bodies: open.bodies,
      });
  }

  #endCommand(open: Open, depth: number): Open {
    this.#endWord(open);
    const { words, targets, written, bodies } = open;
    if (
      words.length + targets.length + bodies.length > 0 ||
      this.#pending.some((pending) => pending.bodies === bodies)
    ) {
      this.#variables.remember(words);
      for (const way of this.#choices.ways([...words.map(({ text }) => text), ...targets]))
        this.commands.push({
          words: words.map((word) => ({ ...word, text: way(word.text) })),
          targets: targets.map(way),
          written: written.map(way),
          bodies,
          substituted: depth > 0,
        });
    }
    return fresh();
  }

  /** After a line break: the bodies of the here-documents that the line began. */
  #readBodies(depth: number): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const [index, { delimiter, tabs, expands, doubtful, bodies }] of pending.entries()) {
      const lines: string[] = [];
      const start = this.#at;
      let closed = false;
      while (this.#at < this.#text.length && !closed) {
        const end = this.#text.indexOf('\n', this.#at);
        const stop = end < 0 ? this.#text.length : end;
        const line = this.#text.slice(this.#at, stop);
        this.#at = stop + 1;
        closed = (tabs ? line.replace(/^\t+/, '') : line) === delimiter;
        if (!closed) lines.push(line);
      }
      const body = lines.join('\n');
      bodies.push(body);
      const open = doubtful || !closed;
      if (open ? pending.slice(index).some((next) => next.expands) : expands)
        this.#readSubstitutions(body, depth);
      if (!open) continue;
      // Where it ends is not known: what follows may be commands.
      this.#at = Math.min(start, this.#text.length);
      this.#openEnded += 1;
      if (this.#openEnded > MOST_OPEN_ENDED) throw tooComplex();
      return;
    }
  }

  /** Substitutions in a here-document whose delimiter is not quoted are run. */
  #readSubstitutions(body: string, depth: number): void {
    const [text, at] = [this.#text, this.#at];
    this.#text = body;
    this.#at = 0;
    while (this.#at < body.length) {
      const character = body[this.#at];
      if (character === '\\') this.#at += 2;
      else if (character === '$') this.#dollar(depth);
      else {
        this.#at += 1;
        if (character === '`') this.read('`', depth + 1);
      }
    }
    this.#text = text;
    this.#at = at;
  }
}

function tooComplex(): GatehouseError {
  return new GatehouseError('too_complex', 'the command is nested too deeply or too long to be read');
}
