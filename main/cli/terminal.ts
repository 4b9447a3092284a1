/** The person's terminal: what is printed there, and questions that are answered without echo. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { HIDDEN_CHARACTERS } from '../../preload/contract/hidden-characters.ts';

/** The longest token that people paste; more comes on standard input. */
const MAX_ANSWER = 8192;

/** Writes to stdout. A reader that went away is no reason to fail. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Writes to stderr. */
export function complain(text: string): void {
  process.stderr.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** A closed pipe behind stdout or stderr ends neither a command nor the supervisor. */
export function ignoreClosedPipes(): void {
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

/**
 * Asks on the controlling terminal itself, whatever stdin and stdout are, without showing what is typed.
 *
 * @returns the line, or null when there is no terminal or the person pressed Ctrl-C or Ctrl-D
 */
export async function askWithoutEcho(prompt: string): Promise<string | null> {
  const terminal = openTerminal();
  if (terminal === null) return null;
  try {
    writeSync(terminal.output, printable(prompt));
    return await readHidden(terminal.input);
  } catch {
    return null;
  } finally {
    try {
      writeSync(terminal.output, '\n');
    } catch {
      // The terminal is gone; so is the question.
    }
    terminal.close();
  }
}

/** One change of an answer that is being typed. */
export type Typed =
  | { readonly kind: 'more'; readonly text: string }
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'given_up' };

/** What an answer is after these characters were typed to it. */
export function typed(before: string, characters: string): Typed {
  let text = before;
  for (const character of characters) {
    if (character === '\r' || character === '\n') return { kind: 'done', text };
    if (character === '\u0003' || character === '\u0004') return { kind: 'given_up' };
    if (character === '\u0015') text = '';
    else if (character === '\u007f' || character === '\b') text = [...text].slice(0, -1).join('');
    else if (character >= ' ' && text.length < MAX_ANSWER) text += character;
  }
  return { kind: 'more', text };
}

function readHidden(input: ReadStream): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (answer: string | null) => {
      input.setRawMode(false);
      input.pause();
      resolve(answer);
    };
    input.setEncoding('utf8');
    input.setRawMode(true);
    input.on('error', () => resolve(null));
    input.on('end', () => resolve(null));
    input.on('data', (characters) => {
      const next = typed(text, String(characters));
      if (next.kind === 'more') text = next.text;
      else settle(next.kind === 'done' ? next.text : null);
    });
  });
}

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, 'gu');

/** A prompt comes over the door: of its control and invisible characters only line breaks reach the terminal. */
export function printable(prompt: string): string {
  return prompt.replace(HIDDEN, (character) => (character === '\n' ? '\n' : ''));
}

function openTerminal(): { readonly input: ReadStream; readonly output: number; close(): void } | null {
  const [inputName, outputName] =
    process.platform === 'win32' ? ['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] : ['/dev/tty', '/dev/tty'];
  const opened: number[] = [];
  try {
    const inputFd = openSync(inputName, 'r+');
    opened.push(inputFd);
    const output = openSync(outputName, 'r+');
    opened.push(output);
    const input = new ReadStream(inputFd);
    return {
      input,
      output,
      close: () => {
        input.destroy();
        closeSync(output);
      },
    };
  } catch {
    for (const fd of opened) closeSync(fd);
    return null;
  }
}
