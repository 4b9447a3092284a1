/** Names of files that a search prints: where they lie is known although they are not. */
import { isWithin } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { HOLE, hasHole, hasMarks, plain, type Stream, type Word, word } from '../shell/text.ts';

/**
 * The folders below which a search finds, as words for the programs that get its lines. Only folders inside of the
 * project count, and none that is hidden: what lies in those steers tools.
 *
 * @param isAnywhere the whole project counts as well: what is found has an ending that is known
 * @returns undefined when one of them lies elsewhere or is the whole project
 */
export function foundBelow(
  call: Call,
  starts: readonly Word[],
  isAnywhere = false,
): readonly string[] | undefined {
  const { workspace } = call.place;
  const folders: string[] = [];
  for (const { text } of starts) {
    // A pattern over names of files lies in the folder before it.
    const plain = hasMarks(text) ? text.replace(/\/[^/]*$/, '') : text;
    if (hasMarks(plain) || hasHole(text)) return undefined;
    const path = call.deed.path(plain);
    if (!isWithin(path, workspace) || (path === workspace && !isAnywhere)) return undefined;
    if (path.slice(workspace.length).includes('/.')) return undefined;
    folders.push(path);
  }
  return folders.length === 0 ? undefined : folders;
}

/** Folders by endings: each pair is a name that whatever gets the lines is tried with. */
const MOST_NAMES = 100;

/** With what is known of the lines, where it is known and no more than can be tried. */
export function withFound(
  stream: Stream,
  found: { readonly [Name in 'below' | 'headsBelow' | 'endings']?: readonly string[] | undefined },
): Stream {
  const count = (found.below ?? found.headsBelow ?? []).length * (found.endings?.length ?? 1);
  if (count > MOST_NAMES) return stream;
  return {
    ...stream,
    ...(found.below === undefined ? {} : { below: found.below }),
    ...(found.headsBelow === undefined ? {} : { headsBelow: found.headsBelow }),
    ...(found.endings === undefined ? {} : { endings: found.endings }),
  };
}

/** What each line of a search may be, with holes; undefined when it is not known where it lies. */
export function namesOf({ below, endings = [''] }: Stream): readonly string[] | undefined {
  return below?.flatMap((folder) => endings.map((ending) => `${folder}/${HOLE}${ending}`));
}

/** So end files that steer agents and tools, wherever they lie. */
const STEERS = /\.(?:md|mdc|ya?ml|json|jsonc|toml|sh|bash|zsh|cfg|ini|conf|lock|gradle|mk|rc)$/i;

/**
 * The endings that patterns over names leave: of `*.ts` it is `.ts`. Undefined when one of them leaves more, or none
 * is there.
 */
export function endingsOf(patterns: readonly string[]): readonly string[] | undefined {
  const endings = patterns.flatMap((one) => {
    const [, ending = '', many = ''] =
      /^(?:[\w./-]*\/)?(?:\*\*\/)?\*(?:(\.\w+(?:\.\w+)*)|\.\{([\w,]+)\})$/.exec(one) ?? [];
    return many === '' ? [ending] : many.split(',').map((name) => `.${name}`);
  });
  const isTold = endings.length > 0 && !endings.some((one) => one.length < 2 || STEERS.test(one));
  return isTold ? endings : undefined;
}

/** Folders and patterns behind a search in git: `src`, `*.ts`. */
export function trackedBelow(call: Call, specs: readonly Word[]) {
  const texts = specs.map(({ text }) => plain(text)).filter((text) => !/^:(?:!|\(exclude\))/.test(text));
  const endings = endingsOf(texts);
  if (endings === undefined) return { below: foundBelow(call, specs) };
  const isInside = texts.every((text) => !/(?:^|\/)\.|^\/|^:/.test(text));
  const here = foundBelow(call, [word('.')], true);
  return isInside && here !== undefined ? { below: here, endings } : {};
}

const HAS_MARKS =
  /(?:^|\s)(?:-(?:exec|execdir|ok|okdir|[iIxX]|-exec|-exec-batch|-replace)(?![a-z])|parallel\s)/;

/**
 * Whether a script among the words of a command runs something on what it finds itself: the marks in it may be its
 * own, and stay.
 */
export function hasOwnMarks(words: readonly Word[], mark: string): boolean {
  return words.some(({ text }) => {
    const script = plain(text);
    return script !== mark && script.includes(mark) && HAS_MARKS.test(script);
  });
}
