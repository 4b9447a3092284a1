/**
 * What reviews are about, row by row. A list may have a hundred thousand paths: it is taken apart in slices, once, and
 * kept for as long as somebody looks at it.
 */
import { Pace } from '../../platform/pace.ts';
import { type Change, type ChangeList, ownRows } from '../../sandbox/review/change.ts';
import { isCarried } from '../../sandbox/review/selection.ts';
import { isGitsOwn, lookFirst } from './look-first.ts';
import type { ReviewBook } from './review-book.ts';
import type { Found, ReviewRecord } from './review-record.ts';

/** One row. */
export interface ReviewLine {
  readonly change: Change;
  /** Why to look at it first; null for a path like any other. */
  readonly first: string | null;
}

export interface ReviewContent {
  readonly record: ReviewRecord;
  readonly found: Found;
  readonly list: ChangeList;
  /** What to look at first, then the rest, git's own last. */
  readonly rows: readonly ReviewLine[];
  /** How many of them are never carried over. */
  readonly leftOut: number;
  /** By path, byte strings. */
  readonly byPath: ReadonlyMap<string, ReviewLine>;
}
export type ContentParts = Omit<ReviewContent, 'record' | 'found'>;

/** A list that nobody asks for any more is let go. */
const KEPT_MS = 60_000;

export class ReviewContents {
  readonly #book: ReviewBook;
  #kept: { readonly digest: string; readonly parts: Promise<ContentParts> } | null = null;
  #end: NodeJS.Timeout | null = null;

  constructor(book: ReviewBook) {
    this.#book = book;
  }

  /** @throws GatehouseError `not_the_list` when the list on disk is another one */
  async of(record: ReviewRecord, found: Found): Promise<ReviewContent> {
    return { record, found, ...(await this.#parts(record, found)) };
  }

  #parts(record: ReviewRecord, found: Found): Promise<ContentParts> {
    if (this.#end !== null) clearTimeout(this.#end);
    this.#end = setTimeout(() => this.forget(), KEPT_MS);
    this.#end.unref();
    if (this.#kept?.digest === found.digest) return this.#kept.parts;
    const parts = this.#book.changes(record, found).then(contentOf);
    this.#kept = { digest: found.digest, parts };
    // What could not be read is read again.
    parts.catch(() => this.forget());
    return parts;
  }

  forget(): void {
    if (this.#end !== null) clearTimeout(this.#end);
    this.#end = null;
    this.#kept = null;
  }
}

/** The rows of a list, in the order in which a person is to see them. */
export async function contentOf(list: ChangeList): Promise<ContentParts> {
  const pace = new Pace();
  const [first, rest, gits]: [ReviewLine[], ReviewLine[], ReviewLine[]] = [[], [], []];
  const byPath = new Map<string, ReviewLine>();
  let leftOut = 0;
  for (const change of await ownRows(list.changes, pace)) {
    const line = { change, first: lookFirst(change) };
    (line.first !== null ? first : isGitsOwn(change.path) ? gits : rest).push(line);
    byPath.set(change.path, line);
    if (!isCarried(change)) leftOut += 1;
    if (pace.isDue) await pace.rest();
  }
  return { list, rows: [...first, ...rest, ...gits], leftOut, byPath };
}
