/** Original entries found again in a file that may have changed since they were routed. */
import { jsonValue } from '../../../platform/json-syntax.ts';
import type { ClientEntry } from './client-entries.ts';
import { readPart, type Syntax } from './document.ts';
import type { TextEdit } from './entry-text.ts';
import type { RouteJournal } from './route-journal.ts';
import type { ReadEntry } from './route-parts.ts';

export type Original = RouteJournal['entries'][number];

/** An entry that still is our pipe, and what stood there before. */
export interface Restorable {
  readonly entry: ClientEntry;
  readonly original: Original;
}

/** Pairs each entry that goes through Gatehouse with its original: by its place, else by its server. */
export function restorable(entries: readonly ReadEntry[], originals: readonly Original[]): Restorable[] {
  const pipes = entries.flatMap(({ entry, reading }) =>
    reading.kind === 'pipe' ? [{ entry, server: reading.server }] : [],
  );
  const left = new Set(originals);
  const take = (found: Original | undefined): Original | undefined => {
    if (found !== undefined) left.delete(found);
    return found;
  };
  const byPlace = new Map(
    pipes.map(({ entry, server }) => [
      entry,
      take(originals.find((one) => one.server === server && samePath(one.path, entry.path))),
    ]),
  );
  return pipes.flatMap(({ entry, server }) => {
    // An entry that was renamed or moved in the file still reaches the same server.
    const original = byPlace.get(entry) ?? take([...left].find((one) => one.server === server));
    return original === undefined ? [] : [{ entry, original }];
  });
}

/** The edits that put the originals back. */
export function restoreEdits(found: readonly Restorable[]): TextEdit[] {
  return found.map(({ entry, original }) => ({
    start: entry.node.start,
    end: entry.node.end,
    text: original.original,
  }));
}

/** Members of the client's own (timeout, trust, …) that are not what they were when the entry was routed. */
export function changedSince({ entry, original }: Restorable, syntax: Syntax): string[] {
  const now = membersOf(entry.node);
  const before = membersOf(readPart(syntax, original.original).root);
  return [...now].flatMap(([key, value]) => (ROUTED.has(key) || before.get(key) === value ? [] : [key]));
}

const ROUTED: ReadonlySet<string> = new Set(['command', 'args', 'type']);

function membersOf(node: ClientEntry['node']): Map<string, string> {
  if (node.kind !== 'object') return new Map();
  return new Map(node.members.map(({ key, value }) => [key, JSON.stringify(jsonValue(value))]));
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}
