/** Names of files that a search prints: where they lie is known although they are not. */
import { isWithin } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { hasHole, hasMarks, plain, type Stream, type Word } from '../shell/text.ts';

/**
 * The folders below which a search finds, as words for the programs that get its lines. Only folders inside of the
 * project count, and none that is hidden: what lies in those steers tools.
 *
 * @returns undefined when one of them lies elsewhere or is the whole project
 */
export function foundBelow(call: Call, starts: readonly Word[]): readonly string[] | undefined {
  const { workspace } = call.place;
  const folders: string[] = [];
  for (const { text } of starts) {
    // A pattern over names of files lies in the folder before it.
    const plain = hasMarks(text) ? text.replace(/\/[^/]*$/, '') : text;
    if (hasMarks(plain) || hasHole(text)) return undefined;
    const path = call.deed.path(plain);
    if (!isWithin(path, workspace) || path === workspace) return undefined;
    if (path.slice(workspace.length).includes('/.')) return undefined;
    folders.push(path);
  }
  return folders.length === 0 ? undefined : folders;
}

/** With what is known of the lines, where it is known. */
export function withFound(
  stream: Stream,
  found: { readonly [Name in 'below' | 'headsBelow']?: readonly string[] | undefined },
): Stream {
  return {
    ...stream,
    ...(found.below === undefined ? {} : { below: found.below }),
    ...(found.headsBelow === undefined ? {} : { headsBelow: found.headsBelow }),
  };
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
