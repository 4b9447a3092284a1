/**
 * What a session changed in its copy of a project, path by path, as the launcher tells it (native/linux/review.h).
 *
 * A name may hold bytes that are no UTF-8, so paths are byte strings: one character for each byte.
 */
import { assertNever } from '../../platform/errors.ts';
import { Pace, sortInSlices } from '../../platform/pace.ts';
import { decodeBytes } from '../launch-plan.ts';

/** What lies at a path. `special`: a pipe, a socket, a device, which is never carried over. */
export type FileState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'folder'; readonly mode: number }
  /** `hash`: SHA-256, hex. */
  | { readonly kind: 'file'; readonly mode: number; readonly size: number; readonly hash: string }
  /** `target` as a byte string. */
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'special' }
  /** Its content was not kept, or cannot be read: it is never carried over either. */
  | { readonly kind: 'unkept' };

export interface Change {
  /** From the project's root, as a byte string. */
  readonly path: string;
  readonly before: FileState;
  readonly after: FileState;
  /** It had setuid or setgid, which is not carried over. */
  readonly setid: boolean;
  /** It was changed in the project itself since the session began. */
  readonly moved: boolean;
}

/** A path that was not looked at, and why. */
export interface LeftOut {
  /** Byte string. */
  readonly path: string;
  readonly why: string;
}

export interface ChangeList {
  readonly changes: readonly Change[];
  /** Paths of which nothing is told, a first part of them. */
  readonly left: readonly LeftOut[];
  /** False when something in the copy could not be looked at. */
  readonly whole: boolean;
}

/** What needs no encoding, and is the same as text. */
const PLAIN = /^[!-$&-~]*$/;
const STATE = /^(?:-|[su]:|d:([0-7]+)|f:([0-7]+):(\d+):([0-9a-f]{64})|l:(.+))$/;

/** What `review scan` printed, ordered by path. @throws Error when it is not that, or not to its end */
export async function parseChanges(text: string, pace = new Pace()): Promise<ChangeList> {
  const changes: Change[] = [];
  const left: LeftOut[] = [];
  let end: string | null = null;
  for (let at = 0, stop = 0; at < text.length; at = stop + 1) {
    stop = text.indexOf('\n', at);
    if (stop < 0) stop = text.length;
    const [word, path, before, after, notes] = text.slice(at, stop).split(' ');
    if (word === 'end') end = path ?? null;
    if (word === 'left')
      left.push({ path: bytes(path ?? ''), why: decodeBytes(before ?? '').toString('utf8') });
    if (word !== 'entry') continue;
    if (path === undefined || before === undefined || after === undefined || notes === undefined)
      throw new Error('the list of changes is not understood');
    const told = notes.split(',');
    changes.push({
      path: bytes(path),
      before: parseState(before),
      after: parseState(after),
      setid: told.includes('setid'),
      moved: told.includes('moved'),
    });
    if (pace.isDue) await pace.rest();
  }
  if (end === null) throw new Error('the list of changes has no end');
  const ordered = await sortInSlices(changes, (a, b) => a.path < b.path, pace);
  return { changes: ordered, left, whole: end === '1' };
}

function parseState(word: string): FileState {
  const found = STATE.exec(word);
  if (found === null) throw new Error('the list of changes is not understood');
  const [, folderMode, fileMode, size, hash, target] = found;
  if (word === '-') return { kind: 'nothing' };
  if (word === 's:') return { kind: 'special' };
  if (word === 'u:') return { kind: 'unkept' };
  if (folderMode !== undefined) return { kind: 'folder', mode: Number.parseInt(folderMode, 8) };
  if (target !== undefined) return { kind: 'link', target: bytes(target) };
  return { kind: 'file', mode: Number.parseInt(fileMode ?? '', 8), size: Number(size), hash: hash ?? '' };
}

/** The same word as the launcher's. */
export function stateWord(state: FileState): string {
  switch (state.kind) {
    case 'nothing':
      return '-';
    case 'special':
      return 's:';
    case 'unkept':
      return 'u:';
    case 'folder':
      return `d:${state.mode.toString(8)}`;
    case 'file':
      return `f:${state.mode.toString(8)}:${state.size}:${state.hash}`;
    case 'link':
      return `l:${encodeBytes(state.target)}`;
    default:
      return assertNever(state, 'what lies at a path');
  }
}

/** A byte string, percent-encoded as in a launch plan. */
export function encodeBytes(text: string): string {
  if (PLAIN.test(text)) return text;
  let encoded = '';
  for (const character of text) {
    const byte = character.charCodeAt(0);
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    encoded += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** A byte string as text for a person. */
export function shownPath(path: string): string {
  if (PLAIN.test(path)) return path;
  return Buffer.from(path, 'latin1').toString('utf8').toWellFormed();
}

function bytes(word: string): string {
  if (!word.includes('%')) return word;
  return decodeBytes(word).toString('latin1');
}

/** The opposite change. */
export function reversed({ path, before, after, setid, moved }: Change): Change {
  return { path, before: after, after: before, setid, moved };
}

/** Whether `path` lies below `folder`; byte strings from the project's root. */
export function isUnder(path: string, folder: string): boolean {
  return path.length > folder.length && path[folder.length] === '/' && path.startsWith(folder);
}

/** The changes that say something of their own: a folder that comes or goes with what is in it does not. */
export async function ownRows(changes: readonly Change[], pace = new Pace()): Promise<readonly Change[]> {
  // What is in a folder need not come next: `a-b` is before `a/b`.
  const holding = new Set<string>();
  for (const { path } of changes) {
    const slash = path.lastIndexOf('/');
    if (slash > 0) holding.add(path.slice(0, slash));
    if (pace.isDue) await pace.rest();
  }
  const own: Change[] = [];
  for (const change of changes) {
    const { path, before, after } = change;
    // Where a link, a file or anything else takes a folder's place, or gives way to one, no row below says so.
    const kinds = [before.kind, after.kind];
    const implied = kinds.includes('folder') && kinds.includes('nothing');
    if (!implied || !holding.has(path)) own.push(change);
    if (pace.isDue) await pace.rest();
  }
  return own;
}
