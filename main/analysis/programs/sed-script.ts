/** A script of `sed`, command by command. */

export interface SedCommand {
  /** One letter. */
  readonly name: string;
  /** Of `s`: what it puts in place of what it finds. */
  readonly replacement: string;
  /** Of `s`: its letters and numbers. */
  readonly flags: string;
  /** File, text or command behind the letter, or behind the flag `w`; empty where there is none. */
  readonly rest: string;
}

const PLAIN = /[=dDgGhHnNpPxzF{}]/;
const TAKES_LINE = /[eaicrRwW]/;

/** @returns null when it is no script that is understood in full */
export function sedCommands(script: string): readonly SedCommand[] | null {
  const out: SedCommand[] = [];
  let at = 0;
  const skip = (pattern: RegExp): string => {
    const found = new RegExp(pattern.source, 'y');
    found.lastIndex = at;
    const text = found.exec(script)?.[0] ?? '';
    at += text.length;
    return text;
  };
  /** Up to the next of a mark that stands by itself; null when there is none. */
  const upTo = (mark: string): string | null => {
    const start = at;
    for (; at < script.length; at += 1) {
      if (script[at] === '\\') at += 1;
      else if (script[at] === mark) {
        at += 1;
        return script.slice(start, at - 1);
      }
    }
    return null;
  };
  const address = (): boolean => {
    if (skip(/\d+(?:~\d+)?|\$|[+~]\d+/) !== '') return true;
    const mark = script[at] === '\\' ? script[at + 1] : script[at] === '/' ? '/' : undefined;
    if (mark === undefined) return true;
    at += script[at] === '\\' ? 2 : 1;
    if (upTo(mark) === null) return false;
    skip(/[IM]+/);
    return true;
  };
  const line = (): string => skip(/(?:\\[\s\S]|[^\n\\])*/).trim();
  for (;;) {
    skip(/[\s;]+/);
    if (at >= script.length) return out;
    if (!address()) return null;
    skip(/\s+/);
    if (script[at] === ',') {
      at += 1;
      skip(/\s+/);
      if (!address()) return null;
    }
    skip(/[\s!]+/);
    const name = script[at] ?? '';
    at += 1;
    const plain = { name, replacement: '', flags: '', rest: '' };
    if (name === 's' || name === 'y') {
      const mark = script[at] ?? '\n';
      at += 1;
      if (/[\s\\\w]/.test(mark) || upTo(mark) === null) return null;
      const replacement = upTo(mark);
      if (replacement === null) return null;
      const flags = name === 's' ? skip(/[gpiImMe\d]*/) : '';
      const file = name === 's' && skip(/[wW](?=\s*\S)/) !== '' ? line() : '';
      out.push({ name, replacement, flags, rest: file });
    } else if (PLAIN.test(name)) {
      out.push(plain);
      continue;
    } else if (TAKES_LINE.test(name)) out.push({ ...plain, rest: line() });
    else if (/[btT:]/.test(name)) skip(/[^;\n}]*/);
    else if (/[lLqQ]/.test(name)) {
      skip(/[ \t]*\d*/);
      out.push(plain);
    } else if (name === '#') line();
    else return null;
    if (!/^[ \t]*(?:[;\n}#]|$)/.test(script.slice(at))) return null;
  }
}
