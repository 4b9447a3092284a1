/** Which paths the words of a shell command may stand for. */
import { GatehouseError } from '../../platform/errors.ts';
import { guessBraces } from './brace-list.ts';
import type { ShellReading } from './programs.ts';
import { UNKNOWN } from './shell-words.ts';

const LONGEST_PATH = 4096;
const MOST_FOLDERS = 512;
/** Up to here every end of a word is looked at, whether it could be a path or not. */
const MOST_PARTS = 16;

/**
 * Folders that relative paths may count from: the call's own, and those the command changes into. Any of the
 * changes may fail or stand in a subshell, so each is taken from all that went before.
 *
 * @throws GatehouseError `too_complex` for more than 512
 */
export function foldersOf({ runs }: ShellReading, cwd: string): readonly string[] {
  const folders = new Set([cwd]);
  const enter = (folder: string | undefined): void => {
    // `grep -C 3` is no folder.
    if (folder === undefined || folder === '' || folder.startsWith('-') || /^\d+$/.test(folder)) return;
    for (const from of /^[/~]/.test(folder) ? [''] : [...folders])
      folders.add(settled(from === '' ? folder : `${from}/${folder}`));
    if (folders.size > MOST_FOLDERS)
      throw new GatehouseError('too_complex', 'the command changes into too many folders to be read');
  };
  for (const { name, args } of runs) {
    const texts = args.map(({ text }) => text);
    if (name === 'cd' || name === 'pushd' || name === 'chdir')
      enter(texts.find((text) => !text.startsWith('-')) ?? '~');
    for (const [index, text] of texts.entries()) {
      if (text === '-C' || text === '--chdir' || text === '--directory') enter(texts[index + 1]);
      else enter(/^(?:-C|--(?:chdir|directory|cwd|prefix|work-tree)=)(.+)$/.exec(text)?.[1]);
    }
  }
  return [...folders];
}

/** The same folder without `.` and, where what it leaves is known, without `..`. */
function settled(folder: string): string {
  const kept: string[] = [];
  for (const [at, part] of folder.split('/').entries()) {
    const last = kept.at(-1) ?? '';
    if ((part === '' && at > 0) || part === '.') continue;
    if (part === '..' && kept.length > 1 && !/^(?:\.\.|~.*)$/.test(last)) kept.pop();
    else kept.push(part);
  }
  return kept.length === 1 && kept[0] === '' ? '/' : kept.join('/');
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
  for (const text of word.includes('{') ? guessBraces(word) : [word]) {
    if (text.length <= LONGEST_PATH) found.add(text);
    if (/[=:,@]/.test(text)) addParts(text, found);
    if (text.startsWith('-')) {
      const path = text.search(/[/~$]/);
      if (path > 0) found.add(text.slice(path));
    }
  }
  found.delete('');
  found.delete(UNKNOWN);
  return [...found];
}

/** What stands behind each separator, to the next one and to the end. */
function addParts(text: string, found: Set<string>): void {
  const parts = text.split(/([=:,@])/);
  const few = parts.length <= 2 * MOST_PARTS;
  const climbs = text.lastIndexOf('/..');
  let offset = 0;
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0 && part.length <= LONGEST_PATH) {
      found.add(part);
      const isPath = few || offset < climbs || /^[/~$.\ue000]/.test(part);
      if (isPath && text.length - offset <= LONGEST_PATH) found.add(text.slice(offset));
    }
    offset += part.length;
  }
}
