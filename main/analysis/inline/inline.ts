/**
 * Program text that is handed to an interpreter in the call itself. It is searched for calls that delete, run,
 * send or read what is worth a question; what builds its own code is opaque.
 */
import { isWithin, locusOf } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { HOLE, plain, TAINT, type Taint, word } from '../shell/text.ts';
import { DECODES, inlineSigns } from '../written/code-signs.ts';
import { CALLS, type CallKind } from './calls.ts';
import { argumentsAt, type CodeText, type Language, readCode } from './code-text.ts';
import { isNoPath, required, settled } from './names.ts';
import { isOwn } from './own-scratch.ts';
import { wholeProgram } from './whole.ts';

const LONGEST = 64 * 1024;
const MOST_HITS = 60;

const SECRET_NAME = /token|secret|passw|api_?key|access_?key|private_?key|credential/i;
/** A variable whose name says that it holds a secret. */
const SECRET_VARIABLE =
  /\b(?:process\.env\.|ENV\.)\w*(?:TOKEN|SECRET|PASSW|API_?KEY|ACCESS_?KEY|CREDENTIAL)/i;
const VARIABLES = /\benviron\b|\bgetenv\b|process\.env\b|\$?ENV\b/;

/** @param source may have holes; @param by for example `python -c` */
export function inlineCode(
  source: string | null,
  taint: Taint,
  language: Language,
  by: string,
  call: Call,
): void {
  const { deed } = call;
  if ((taint & TAINT.remote) !== 0) deed.concern('remote_code', `${by} runs text that came over the network`);
  if ((taint & TAINT.decoded) !== 0)
    deed.concern('remote_code', `${by} runs text that came out of an encoding`);
  if (source === null || source.trim() === HOLE) {
    deed.opaque(`the program that ${by} runs is not known`);
    return;
  }
  if (source.length > LONGEST) {
    deed.opaque(`the program that ${by} runs is too long to look through`);
    return;
  }
  if (source.includes(HOLE) && (taint & TAINT.local) !== 0)
    deed.opaque(`part of the program that ${by} runs is not known`);
  deed.effect({ kind: 'run', what: 'inline_code', file: null });
  new InlineScan(plain(source), language, by, call).run();
  for (const { code, says } of inlineSigns(plain(source))) deed.concern(code, `has ${by} ${says}`);
}

class InlineScan {
  readonly #text: CodeText;
  readonly #language: Language;
  readonly #by: string;
  readonly #call: Call;
  #hits = 0;
  #sends = false;
  #secret = false;

  constructor(source: string, language: Language, by: string, call: Call) {
    const read = readCode(source, language);
    this.#text =
      language === 'python'
        ? readCode(settled(source, read.code), language)
        : language === 'javascript'
          ? readCode(required(source), language)
          : read;
    this.#language = language;
    this.#by = by;
    this.#call = call;
  }

  run(): void {
    for (const { text } of this.#text.strings) this.#string(text);
    for (const [pattern, kind] of CALLS[this.#language]) {
      for (const found of this.#text.code.matchAll(pattern)) {
        this.#hits += 1;
        if (this.#hits > MOST_HITS) {
          this.#call.deed.opaque(`the program that ${this.#by} runs does more than is taken apart`);
          return;
        }
        this.#hit(kind, found.index, found[0]);
      }
    }
    wholeProgram(this.#text, this.#by, this.#call);
    if (SECRET_VARIABLE.test(this.#text.code) || this.#namesSecretVariable()) this.#secret = true;
    if (this.#secret && this.#sends)
      this.#call.deed.concern('sends', 'reads secrets and talks to the network');
  }

  #namesSecretVariable(): boolean {
    return (
      VARIABLES.test(this.#text.code) &&
      this.#text.strings.some(({ text }) => /^\w+$/.test(text) && SECRET_NAME.test(text))
    );
  }

  /** Every string that names a secret or an address counts, wherever it stands. */
  #string(text: string): void {
    const { deed } = this.#call;
    if (/^wss?:\/\/(?!localhost|127\.)/.test(text)) {
      deed.network(text, 'connect');
      deed.concern('sends', `${this.#by} opens a connection of its own`);
    }
    if (isNoPath(text)) return;
    if (/^(?:~|\/|\.{0,2}[\w-]*\/|\.[a-z])/.test(text) || /^[\w.-]+\.(?:pem|key|env|json|kdbx)$/.test(text)) {
      const before = deed.taint;
      const path = text.startsWith('~') ? `\ue007${text.slice(1)}` : text;
      if (isSecretLooking(text)) {
        deed.reads(path);
        if ((deed.taint & TAINT.secret) !== 0 && (before & TAINT.secret) === 0) this.#secret = true;
      }
    }
  }

  #hit(kind: CallKind, at: number, matched: string): void {
    const { deed } = this.#call;
    const open = at + matched.length - 1;
    const given =
      this.#text.code[open] === '(' ? argumentsAt(this.#text, open) : this.#bare(at + matched.length);
    const first = given.strings[0];
    switch (kind) {
      case 'shell':
        this.#shell(given, at, matched);
        return;
      case 'argv':
        this.#argv(given, open);
        return;
      case 'replaces':
        this.#argv({ ...given, strings: [...given.strings.slice(0, 1), ...given.strings.slice(2)] }, open);
        return;
      case 'starts':
        this.#starts(this.#bare(at).strings);
        return;
      case 'deletes':
        if (first !== undefined && given.isLiteral && !this.#isVague(first)) this.#deletes(first, matched);
        else if (!isOwn(this.#text, matched, at, given.end))
          deed.concern('destroys', `${this.#by} deletes files`);
        return;
      case 'empties':
        deed.concern('destroys', `${this.#by} empties files`);
        return;
      case 'reads':
        if (first !== undefined && given.isLiteral) deed.reads(asWord(first));
        return;
      case 'moves':
        this.#moves(given.strings, given.isLiteral);
        return;
      case 'extracts':
        if (first !== undefined && given.isLiteral) deed.writes(asWord(first));
        return;
      case 'pathWrites': {
        const path = this.#text.strings.find((one) => one.at >= at && one.at < at + matched.length)?.text;
        if (path !== undefined) deed.writes(asWord(path));
        return;
      }
      case 'loads':
        if (first !== undefined) this.#loads(first);
        return;
      case 'private':
        deed.concern('secret', `${this.#by} looks at what belongs to the person`);
        this.#secret = true;
        return;
      case 'ends':
        deed.concern('system', `${this.#by} ends every process it can reach`);
        return;
      case 'writes':
        this.#opens(given.strings, given.isLiteral);
        return;
      case 'fetches':
      case 'sends':
      case 'connects':
      case 'listens':
        this.#network(kind, given.strings, open);
        return;
      case 'dynamic':
        if (!this.#isOrdinary(matched, given.strings)) deed.opaque(`${this.#by} makes code out of text`);
        return;
      case 'variables':
        deed.concern('secret', `${this.#by} reads all variables`);
        this.#secret = true;
        return;
      case 'native':
        deed.opaque(`${this.#by} calls native code`);
        return;
      case 'rights':
        if (first !== undefined && !/^(?:\/|~)/.test(first)) return;
        deed.concern('system', `${this.#by} changes rights`);
        return;
      case 'duplicates':
        deed.concern('remote_shell', `${this.#by} hands its input and output on`);
        return;
    }
  }

  #bare(from: number) {
    const rest = this.#text.code.slice(from);
    const end = from + (rest.search(/[;\n]/) < 0 ? rest.length : rest.search(/[;\n]/));
    const strings = this.#text.strings.filter(({ at }) => at >= from - 1 && at < end);
    const between = strings[0] === undefined ? rest : this.#text.code.slice(from, strings[0].at);
    return {
      end,
      strings: strings.map(({ text }) => text),
      isLiteral: strings.length > 0 && /^[\s(]*$/.test(between),
    };
  }

  #shell(given: { strings: readonly string[]; isLiteral: boolean }, at: number, matched: string): void {
    const { deed } = this.#call;
    if (matched === '`') {
      if (this.#text.code.slice(0, at).split('`').length % 2 === 0) return;
      const rest = this.#text.code.slice(at + 1);
      const inner = rest.slice(0, rest.indexOf('`') < 0 ? rest.length : rest.indexOf('`'));
      this.#call.script({ text: inner, taint: TAINT.none, by: this.#by });
      return;
    }
    if (
      this.#language === 'javascript' &&
      /^exec\s*\(/.test(matched) &&
      this.#text.code[at - 1] === '.' &&
      !/child_process|\bcp\s*$|process\b/.test(this.#whole())
    )
      return;
    const text = given.strings[0];
    if (
      text === undefined ||
      !given.isLiteral ||
      /^\s*[+%]|\.format|\bf["']/.test(this.#text.code.slice(at, at + matched.length + 1))
    ) {
      if (text === undefined) {
        deed.opaque(`${this.#by} runs a command that is not known`);
        return;
      }
      this.#call.script({ text: `${text} ${HOLE}`, taint: TAINT.none, by: this.#by });
      deed.opaque(`${this.#by} runs a command that is put together`);
      return;
    }
    const argv =
      given.strings.length > 1 && this.#language !== 'javascript' && this.#language !== 'php'
        ? given.strings
        : null;
    if (argv !== null && this.#language !== 'python')
      this.#call.run(
        argv.map((one) => word(one)),
        this.#by,
      );
    else this.#call.script({ text, taint: TAINT.none, by: this.#by });
  }

  #argv(given: { strings: readonly string[]; isLiteral: boolean; end: number }, open: number): void {
    const inside = this.#text.code.slice(open, given.end);
    const isShell = /shell\s*[=:]\s*(?:True|true|1)/.test(inside);
    const [program, ...rest] = given.strings;
    if (DECODES.test(inside)) this.#call.deed.opaque(`${this.#by} runs what it decodes`);
    if (program === undefined) {
      if (!/sys\s*\.\s*executable|process\s*\.\s*execPath/.test(inside))
        this.#call.deed.opaque(`${this.#by} runs a program that is not known`);
      return;
    }
    if (/\bpty\b/.test(this.#text.code.slice(Math.max(0, open - 12), open)))
      this.#call.deed.concern('remote_shell', `${this.#by} gives a terminal to a shell`);
    const isList = /^\(\s*(?:\[|["'`]\s*["'`]?\s*,)/.test(inside) || rest.length > 0;
    if (isShell || (!isList && /\s/.test(program))) {
      this.#call.script({
        text: given.isLiteral ? program : `${program} ${HOLE}`,
        taint: TAINT.none,
        by: this.#by,
      });
      if (!given.isLiteral) this.#call.deed.opaque(`${this.#by} runs a command that is put together`);
      return;
    }
    const words = [program, ...rest].map((one) => word(one));
    this.#call.run(given.isLiteral ? words : [...words, word(HOLE)], this.#by);
  }

  /** `Command::new("sh").arg("-c").arg("…")`: a shell that gets no text here gets it from elsewhere. */
  #starts(strings: readonly string[]): void {
    const [program, ...rest] = strings;
    if (
      program === undefined ||
      (rest.length === 0 && /(?:^|\/)(?:ba|da|z|k|c)?sh$|^(?:cmd|powershell|pwsh)/.test(program))
    )
      this.#call.deed.opaque(`${this.#by} runs a program that is not known`);
    else
      this.#call.run(
        strings.map((one) => word(one)),
        this.#by,
      );
  }

  #deletes(path: string, matched: string): void {
    const recursive =
      /rmtree|rm_r|rmSync|\brm\b|remove_(?:dir|tree)|rimraf|emptyDir|removeSync|RemoveAll/.test(matched);
    this.#call.deed.deletes(asWord(path), { recursive });
  }

  /** What lies outside of the project is gone from where it was. */
  #moves(strings: readonly string[], isLiteral: boolean): void {
    const [from, to] = strings;
    if (from === undefined || !isLiteral) return;
    const { deed, place } = this.#call;
    deed.reads(asWord(from));
    if (!isWithin(deed.path(asWord(from)), place.workspace)) deed.deletes(asWord(from), { recursive: true });
    if (to !== undefined) deed.writes(asWord(to));
  }

  /** A module by its path or address. */
  #loads(text: string): void {
    const { deed } = this.#call;
    if (/^(?:https?|data):/.test(text)) deed.concern('remote_code', `${this.#by} loads code from an address`);
    else if (
      /^[/~]/.test(text) &&
      !text.endsWith('.json') &&
      this.#call.files.get(deed.path(asWord(text))) === undefined
    ) {
      const at = locusOf(deed.path(asWord(text)), this.#call.place);
      if (at === 'temp' || at === 'home' || at === 'device')
        deed.concern('outside_code', `${this.#by} loads code from ${text}`);
    }
  }

  #isVague(path: string): boolean {
    return path.length < 1 || /[{%]/.test(path) || path === 'r' || path === 'w';
  }

  #opens(strings: readonly string[], isLiteral: boolean): void {
    const [file, mode] = strings;
    // Perl's first argument is the handle.
    if (file === undefined || (!isLiteral && this.#language !== 'perl')) return;
    const perl = /^\s*(\+?[<>|]{1,2}|\|-|-\|)\s*(.*)$/s.exec(file);
    if (this.#language === 'perl' && perl !== null) {
      if (perl[1]?.includes('|') === true)
        this.#call.script({ text: perl[2] || strings[1] || HOLE, taint: TAINT.none, by: this.#by });
      else if (perl[1]?.includes('>') === true) this.#call.deed.writes(asWord(perl[2] || strings[1] || HOLE));
      else this.#call.deed.reads(asWord(perl[2] || strings[1] || HOLE));
      return;
    }
    const writes =
      this.#language === 'python' || this.#language === 'ruby' || this.#language === 'php'
        ? mode !== undefined && /^[rbt]*[wax+]/.test(mode)
        : true;
    const isWrite = writes || (this.#language !== 'python' && mode === undefined);
    if (isWrite) this.#call.deed.writes(asWord(file));
    else this.#call.deed.reads(asWord(file));
  }

  #network(
    kind: 'fetches' | 'sends' | 'connects' | 'listens',
    strings: readonly string[],
    open: number,
  ): void {
    const { deed } = this.#call;
    const near = this.#text.code.slice(open, open + 400);
    const address =
      strings.find((text) =>
        /^(?:https?|wss?|ftp):|^\d+\.\d+\.\d+\.\d+$|^[\w-]+(?:\.[\w-]+)+$|^localhost$/.test(text),
      ) ?? this.#anyAddress();
    const target = address ?? HOLE;
    const isSending =
      kind === 'sends' || (kind === 'fetches' && /\b(?:method|data|body|json|files)\s*[=:]/.test(near));
    if (kind === 'listens') {
      deed.network('localhost', 'listen');
      return;
    }
    deed.network(target, isSending ? 'send' : kind === 'connects' ? 'connect' : 'fetch', {
      taint: this.#secret ? TAINT.secret : TAINT.none,
    });
    this.#sends = true;
    if (kind === 'connects' && !/^(?:localhost|127\.|https?:\/\/(?:localhost|127\.))/.test(target))
      deed.concern('sends', `${this.#by} opens a connection of its own`);
  }

  #anyAddress(): string | undefined {
    return this.#text.strings.find(({ text }) =>
      /^(?:https?|wss?):\/\/|^\d+\.\d+\.\d+\.\d+$|^localhost$/.test(text),
    )?.text;
  }

  /** `eval` of a literal is looked through like any other text; a few calls only look like one. */
  #isOrdinary(matched: string, strings: readonly string[]): boolean {
    if (/^__import__/.test(matched) && strings.length > 0)
      return !/^(?:os|subprocess|shutil|pty|socket|ctypes)$/.test(strings[0] ?? '');
    if (/^compile/.test(matched)) return !/\bexec\s*\(|\beval\s*\(/.test(this.#text.code);
    if (/^(?:send|public_send|load|unpack)/.test(matched))
      return /^send/.test(matched) === false && matched !== 'unpack';
    return false;
  }

  #whole(): string {
    return `${this.#text.code} ${this.#text.strings.map(({ text }) => text).join(' ')}`;
  }
}

function asWord(path: string): string {
  return path.startsWith('~') ? `\ue007${path.slice(1)}` : path;
}

function isSecretLooking(text: string): boolean {
  return text.length > 2;
}
