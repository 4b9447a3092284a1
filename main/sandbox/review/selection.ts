/** Which changes are carried over when a person picks some, and in which order. */
import { Pace } from '../../platform/pace.ts';
import { type Change, encodeBytes, isUnder, stateWord } from './change.ts';

/**
 * The changes that stand for a person's choice: folders come with what is in them and go when nothing is left.
 *
 * @param changes  ordered by path
 * @param picked  paths of the rows that were picked; null: everything
 * @returns in the order in which they are to be carried out
 */
export async function selected(
  changes: readonly Change[],
  picked: ReadonlySet<string> | null,
  pace = new Pace(),
): Promise<readonly Change[]> {
  // What is never carried over stays where it is, and with it the folders around it.
  const stays = new Set<string>();
  for (const change of changes) {
    if (!isCarried(change)) for (const above of foldersOf(change.path)) stays.add(above);
    if (pace.isDue) await pace.rest();
  }
  const able: Change[] = [];
  for (const change of changes) {
    const { path, before, after } = change;
    const emptied = before.kind === 'folder' && after.kind !== 'folder';
    if (isCarried(change) && !(emptied && stays.has(path))) able.push(change);
    if (pace.isDue) await pace.rest();
  }
  const chosen = picked === null ? null : await withFolders(able, picked, pace);
  const goes: Change[] = [];
  const comes: Change[] = [];
  for (const change of able) {
    if (chosen === null || chosen.has(change.path))
      (change.after.kind === 'nothing' ? goes : comes).push(change);
    if (pace.isDue) await pace.rest();
  }
  return [...goes.reverse(), ...comes];
}

/** Whether a change can be carried over at all. */
export function isCarried({ before, after }: Change): boolean {
  return [before, after].every(({ kind }) => kind !== 'special' && kind !== 'unkept');
}

/** Paths that go with those that were picked. */
async function withFolders(
  able: readonly Change[],
  picked: ReadonlySet<string>,
  pace: Pace,
): Promise<ReadonlySet<string>> {
  const chosen = new Set<string>();
  const chosenBelow = new Map<string, number>();
  const allBelow = new Map<string, number>();
  const known = new Map<string, Change>();
  const count = (counts: Map<string, number>, path: string) => {
    for (const above of foldersOf(path)) counts.set(above, (counts.get(above) ?? 0) + 1);
  };
  const add = (path: string) => {
    if (chosen.has(path)) return;
    chosen.add(path);
    count(chosenBelow, path);
  };
  for (const change of able) {
    known.set(change.path, change);
    count(allBelow, change.path);
    if (picked.has(change.path)) add(change.path);
    if (pace.isDue) await pace.rest();
  }
  for (const { path, before, after } of able) {
    if (!chosen.has(path)) continue;
    // A file takes a folder's place when all that was in it is gone.
    if (before.kind === 'folder' && (after.kind === 'file' || after.kind === 'link')) {
      for (let at = firstFrom(able, `${path}/`); at < able.length; at += 1) {
        const below = able[at]?.path ?? '';
        if (!isUnder(below, path)) break;
        add(below);
      }
    }
    for (const above of foldersOf(path)) {
      const folder = known.get(above);
      if (folder !== undefined && folder.after.kind === 'folder' && folder.before.kind !== 'folder')
        add(above);
    }
    if (pace.isDue) await pace.rest();
  }
  for (let at = able.length - 1; at >= 0; at -= 1) {
    const { path, before, after } = able[at] as Change;
    const below = allBelow.get(path) ?? 0;
    const empties = before.kind === 'folder' && after.kind === 'nothing' && below > 0;
    if (empties && chosenBelow.get(path) === below) add(path);
    if (pace.isDue) await pace.rest();
  }
  return chosen;
}

/** Where in an ordered list the first path is that is not before `path`. */
function firstFrom(changes: readonly Change[], path: string): number {
  let from = 0;
  let to = changes.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((changes[middle]?.path ?? '') < path) from = middle + 1;
    else to = middle;
  }
  return from;
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
export async function changeText(
  job: {
    readonly mode: 'apply' | 'restore';
    readonly root: { readonly path: string; readonly device: string; readonly inode: string };
    readonly source: string;
    readonly backup: string;
    readonly stage: string;
    readonly steps: readonly Step[];
  },
  pace = new Pace(),
): Promise<string> {
  const word = (text: string) => encodeBytes(Buffer.from(text, 'utf8').toString('latin1'));
  const lines = [
    'gatehouse-change 1',
    `mode ${job.mode}`,
    `root ${word(job.root.path)} ${job.root.device} ${job.root.inode}`,
    `source ${word(job.source)}`,
    `backup ${word(job.backup)}`,
    `stage ${word(job.stage)}`,
  ];
  for (const { path, before, after, source } of job.steps) {
    const from = source === null ? '-' : encodeBytes(source);
    lines.push(`op ${encodeBytes(path)} ${stateWord(before)} ${stateWord(after)} ${from}`);
    if (pace.isDue) await pace.rest();
  }
  return [...lines, 'end', ''].join('\n');
}
