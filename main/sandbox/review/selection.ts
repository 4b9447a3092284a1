/** Which changes are carried over when a person picks some, and in which order. */
import { type Change, encodeBytes, isUnder, stateWord } from './change.ts';

/**
 * The changes that stand for a person's choice: folders come with what is in them and go when nothing is left.
 *
 * @param picked  paths of the rows that were picked; null: everything
 * @returns in the order in which they are to be carried out
 */
export function selected(changes: readonly Change[], picked: ReadonlySet<string> | null): readonly Change[] {
  const able = changes.filter(({ after, before }) => after.kind !== 'special' && before.kind !== 'special');
  const known = new Map(able.map((change) => [change.path, change]));
  const chosen = new Set<string>();
  const chosenBelow = new Map<string, number>();
  const add = (path: string) => {
    if (chosen.has(path)) return;
    chosen.add(path);
    for (const above of foldersOf(path)) chosenBelow.set(above, (chosenBelow.get(above) ?? 0) + 1);
  };
  const deepest = able.toReversed();
  for (const { path } of able) if (picked === null || picked.has(path)) add(path);
  if (picked !== null) {
    const allBelow = new Map<string, number>();
    for (const { path } of able)
      for (const above of foldersOf(path)) allBelow.set(above, (allBelow.get(above) ?? 0) + 1);
    for (const { path, before, after } of able) {
      if (!chosen.has(path)) continue;
      // A file takes a folder's place when all that was in it is gone.
      if (before.kind === 'folder' && (after.kind === 'file' || after.kind === 'link'))
        for (const other of able) if (isUnder(other.path, path)) add(other.path);
      for (const above of foldersOf(path)) {
        const folder = known.get(above);
        if (folder !== undefined && folder.after.kind === 'folder' && folder.before.kind !== 'folder')
          add(above);
      }
    }
    for (const { path, before, after } of deepest) {
      const below = allBelow.get(path) ?? 0;
      if (
        before.kind === 'folder' &&
        after.kind === 'nothing' &&
        below > 0 &&
        chosenBelow.get(path) === below
      )
        add(path);
    }
  }
  return [
    ...deepest.filter(({ path, after }) => chosen.has(path) && after.kind === 'nothing'),
    ...able.filter(({ path, after }) => chosen.has(path) && after.kind !== 'nothing'),
  ];
}

/** The folders above a path, the nearest first, without the root. */
function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    folders.push(path.slice(0, slash));
  return folders;
}

/** One change as it is carried over. `source`: where the content of its new state lies; null where it has none. */
export interface Step extends Pick<Change, 'path' | 'before' | 'after'> {
  readonly source: string | null;
}

/** From the copy into the project. */
export function stepsForth(changes: readonly Change[]): readonly Step[] {
  return changes.map(({ path, before, after }) => ({
    path,
    before,
    after,
    source: after.kind === 'file' ? path : null,
  }));
}

/** The opposite: what was replaced lies in a backup, under the number of its change. */
export function stepsBack(changes: readonly Change[]): readonly Step[] {
  const back = changes.map(({ path, before, after }, index) => ({
    path,
    before: after,
    after: before,
    source: before.kind === 'file' ? String(index) : null,
  }));
  const goes = back.filter(({ after }) => after.kind === 'nothing');
  const comes = back.filter(({ after }) => after.kind !== 'nothing');
  return [
    ...goes.toSorted((a, b) => (a.path < b.path ? 1 : -1)),
    ...comes.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  ];
}

/** What `review change` reads. */
export function changeText(job: {
  readonly mode: 'apply' | 'restore';
  readonly root: { readonly path: string; readonly device: string; readonly inode: string };
  readonly source: string;
  readonly backup: string;
  readonly stage: string;
  readonly steps: readonly Step[];
}): string {
  const word = (text: string) => encodeBytes(Buffer.from(text, 'utf8').toString('latin1'));
  return [
    'gatehouse-change 1',
    `mode ${job.mode}`,
    `root ${word(job.root.path)} ${job.root.device} ${job.root.inode}`,
    `source ${word(job.source)}`,
    `backup ${word(job.backup)}`,
    `stage ${word(job.stage)}`,
    ...job.steps.map(
      ({ path, before, after, source }) =>
        `op ${encodeBytes(path)} ${stateWord(before)} ${stateWord(after)} ${source === null ? '-' : encodeBytes(source)}`,
    ),
    'end',
    '',
  ].join('\n');
}
