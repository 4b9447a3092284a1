/** Which paths the words of a shell command may stand for. */
import { expandBraces, type ShellReading } from './programs.ts';
import { UNKNOWN } from './shell-words.ts';

const LONGEST_PATH = 4096;
const MOST_FOLDERS = 16;
const MOST_CANDIDATES = 64;
const MOST_PARTS = 16;

/** Folders that relative paths may count from: the call's own, and those the command changes into. */
export function foldersOf({ runs }: ShellReading, cwd: string): readonly string[] {
  const folders = new Set([cwd]);
  const enter = (folder: string | undefined): void => {
    if (folder === undefined || folder === '' || folder.startsWith('-')) return;
    const known = [...folders];
    for (const from of /^[/~]/.test(folder) ? [''] : known) {
      if (folders.size < MOST_FOLDERS) folders.add(from === '' ? folder : `${from}/${folder}`);
    }
  };
  for (const { name, args } of runs) {
    const texts = args.map(({ text }) => text);
    if (name === 'cd' || name === 'pushd' || name === 'chdir')
      enter(texts.find((text) => !text.startsWith('-')) ?? '~');
    for (const [index, text] of texts.entries()) {
      if (text === '-C' || text === '--chdir' || text === '--directory') enter(texts[index + 1]);
      else enter(/^(?:-C|--(?:chdir|directory|cwd|prefix)=)(.+)$/.exec(text)?.[1]);
    }
  }
  return [...folders];
}

/** Words that are said rather than used: a bare word for echo, a message. */
export function isProse(word: string, before: string | undefined, program: string): boolean {
  if (/[/~$\ue000*?]/.test(word) || word === '.' || word === '..') return false;
  return (
    program === 'echo' ||
    program === 'printf' ||
    /^(?:-[a-z]*m|--message)$/.test(before ?? '') ||
    word.startsWith('--message=')
  );
}

/** Every part of a word that could be a path: `of=/x`, `-I/x`, `a:/x`, `@/x`, `UNIX-CONNECT:/x`, brace lists. */
export function candidatesOf(word: string): readonly string[] {
  const found = new Set<string>();
  for (const text of word.includes('{') ? expandBraces(word) : [word]) {
    if (text.length > LONGEST_PATH) continue;
    found.add(text);
    if (/[=:,@]/.test(text)) addParts(text, found);
    if (text.startsWith('-')) {
      const path = text.search(/[/~$]/);
      if (path > 0) found.add(text.slice(path));
    }
    if (found.size > MOST_CANDIDATES) break;
  }
  found.delete('');
  found.delete(UNKNOWN);
  return [...found];
}

/** What stands behind each separator, to the next one and to the end. */
function addParts(text: string, found: Set<string>): void {
  const parts = text.split(/([=:,@])/);
  let offset = 0;
  for (const [index, part] of parts.slice(0, 2 * MOST_PARTS).entries()) {
    if (index % 2 === 0) found.add(part).add(text.slice(offset));
    offset += part.length;
  }
}
