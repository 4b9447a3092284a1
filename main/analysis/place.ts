/** Where a call is made, and where the paths it names lie. Lexical: no disk is asked. */
import type { Locus } from './result.ts';
import { ANY, HOLE, hasGlob, SET, STAR, TILDE } from './shell/text.ts';

export interface Place {
  /** Working directory of the call, absolute. */
  readonly cwd: string;
  /** Root of the project, absolute. */
  readonly workspace: string;
  /** The person's home folder, absolute. */
  readonly home: string;
  /** The agent may type into what the command starts, and tells nobody what: its input is not known. */
  readonly typed?: boolean;
  /**
   * What earlier calls made of a path: a text of their own, or one that they fetched. Null where nothing is known of
   * it; left out where nobody remembers.
   */
  readonly made?: (path: string) => 'own' | 'fetched' | 'built' | null;
  /** The page that a server's browser was last sent to is one of this machine; left out where nobody remembers. */
  readonly onOwnPage?: (module: string) => boolean;
}

/** Folders for what may go at any time. */
const TEMP = ['/tmp', '/var/tmp', '/private/tmp', '/private/var/tmp', '/dev/shm'];
const SYSTEM =
  /^\/(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|opt|var|root|sys|proc|srv|run|mnt|media|System|Library|Applications|private|Windows)(?:\/|$)/;
/** A disk of the person's own, in a folder of it; not one that holds a system. */
const MOUNTED =
  /^\/(?:mnt|media)(?!.*\/(?:etc|usr|bin|sbin|lib\d*|boot|var|root|home|proc|sys|dev|Windows|System32|Users|\.\w[^/]*)(?:\/|$))\/(?![a-z]\/)[\w.-]+\/./;
const HARMLESS_DEVICE =
  /^\/dev\/(?:null|zero|full|u?random|tty|tty(?:ACM|USB)\d+|cu\.usb[\w-]+|stdin|stdout|stderr|fd\/.*)$|^\/proc\/self\/fd\//;
const DRIVE = /^[A-Za-z]:[\\/]/;

/** A device that nothing is lost on. */
export function isHarmlessDevice(path: string): boolean {
  return HARMLESS_DEVICE.test(path);
}

/**
 * The absolute path that a text names, with `~`, `.` and `..` resolved. It starts with a hole when it cannot be
 * told; holes and patterns inside stay as marks.
 *
 * @param cwd absolute, or a hole
 */
export function absolutePath(text: string, cwd: string, place: Place): string {
  let path = text.startsWith('file://') ? text.slice('file://'.length) : text;
  if (path.startsWith(TILDE)) path = fromTilde(path.slice(1), cwd, place);
  else if (DRIVE.test(path)) path = `/${path.replaceAll('\\', '/')}`;
  if (path.startsWith(HOLE)) return path;
  if (!path.startsWith('/')) path = `${cwd}/${path}`;
  if (path.startsWith(HOLE)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.at(-1)?.includes(HOLE) === true) return HOLE;
      parts.pop();
    } else parts.push(part);
  }
  if (parts[0] === 'proc' && /^(?:self|\d+)$/.test(parts[1] ?? '') && parts[2] === 'root') parts.splice(0, 3);
  if (parts[0] === 'proc' && parts[1] === 'self' && parts[2] === 'cwd')
    return absolutePath(parts.slice(3).join('/'), cwd, place);
  return `/${parts.join('/')}`;
}

function fromTilde(rest: string, cwd: string, place: Place): string {
  const slash = rest.indexOf('/');
  const name = slash < 0 ? rest : rest.slice(0, slash);
  const tail = slash < 0 ? '' : rest.slice(slash);
  if (name === '') return `${place.home}${tail}`;
  if (name === '+') return `${cwd}${tail}`;
  if (name.includes(HOLE) || name === '-') return `${HOLE}${tail}`;
  if (name === 'root') return `/root${tail}`;
  if (name === place.home.split('/').at(-1)) return `${place.home}${tail}`;
  return `/home/${name}${tail}`;
}

/** Where an absolute path lies. */
export function locusOf(path: string, place: Place): Locus {
  if (path.startsWith(HOLE)) return 'unknown';
  if (isWithin(path, place.workspace)) return 'workspace';
  if (TEMP.some((folder) => isWithin(path, folder)) || /^\/(?:private\/)?var\/folders\//.test(path))
    return 'temp';
  if (path.startsWith('/dev/')) return 'device';
  if (isWithin(path, place.home)) return 'home';
  if (MOUNTED.test(path)) return 'elsewhere';
  if (SYSTEM.test(path) || path === '/' || /^\/[A-Za-z]:/.test(path)) return 'system';
  return 'elsewhere';
}

/** At or below. The root of everything holds nothing in particular. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === '/' || folder === '') return false;
  return path === folder || (path.startsWith(folder) && path.charCodeAt(folder.length) === 0x2f);
}

/** Whether a path is a temporary folder itself, or everything directly in it. */
export function isTempRoot(path: string): boolean {
  return TEMP.some(
    (folder) =>
      path === folder ||
      (path.startsWith(`${folder}/`) && /^[\ue001\ue000]+$/.test(path.slice(folder.length + 1))),
  );
}

/** Whether two names, each of which may be a pattern, can be the same. `*` in `known` is a pattern too. */
export function overlaps(asked: string, known: string): boolean {
  if (!hasGlob(asked) && !asked.includes(HOLE) && !known.includes('*')) return asked === known;
  return overlap(asked, 0, known, 0, { steps: 0 });
}

function overlap(a: string, i: number, b: string, j: number, budget: { steps: number }): boolean {
  budget.steps += 1;
  if (budget.steps > 4000) return true;
  if (i === a.length && j === b.length) return true;
  const [x, y] = [a[i], b[j]];
  if (x === STAR || x === HOLE)
    return overlap(a, i + 1, b, j, budget) || (j < b.length && overlap(a, i, b, j + 1, budget));
  if (y === '*') return overlap(a, i, b, j + 1, budget) || (i < a.length && overlap(a, i + 1, b, j, budget));
  if (x === undefined || y === undefined) return false;
  if (x === ANY) return overlap(a, i + 1, b, j + 1, budget);
  if (x === SET) {
    const close = a.indexOf(']', i + 1);
    return overlap(a, close < 0 ? i + 1 : close + 1, b, j + 1, budget);
  }
  return x.toLowerCase() === y.toLowerCase() && overlap(a, i + 1, b, j + 1, budget);
}
