/**
 * Paths that may not be touched, and whether a text names one of them: compared segment by segment after `~`,
 * `$HOME`, `.`, `..`, doubled slashes and `/proc/self/root` are resolved. Purely lexical: a symbolic link made
 * earlier is not seen here.
 */
import { UNKNOWN } from './shell-words.ts';

/** A path longer than this cannot be opened. */
const LONGEST_PATH = 4096;
const GLOB = /[*?[\]\ue000]/;

const SLASH = 0x2f;
/** No pattern, variable, dot segment or control character; doubled slashes do no harm. */
const SETTLED = /^(?:\/[\w@+,=%-][\w@+,=.%-]*|\/)+$/;

interface Node {
  readonly children: Map<string, Node>;
  /** The protected path that ends here. */
  path: string | null;
}

export interface PathRules {
  readonly paths: readonly string[];
  readonly pids: readonly number[];
  readonly home: string;
  /** The file system does not tell upper from lower case. */
  readonly caseInsensitive?: boolean;
}

export class ProtectedPaths {
  readonly #root: Node = { children: new Map(), path: null };
  readonly #targets: { readonly path: string; readonly segments: readonly string[] }[] = [];
  readonly #pids: ReadonlySet<string>;
  readonly #home: string;
  /** Paths of Windows: `\` is a separator as well. */
  readonly #backslashes: boolean;
  readonly #fold: boolean;

  constructor(rules: PathRules) {
    this.#fold = rules.caseInsensitive ?? false;
    this.#backslashes = rules.home.includes('\\') || /^[A-Za-z]:/.test(rules.home);
    this.#home = this.#slashed(rules.home);
    this.#pids = new Set(rules.pids.map(String));
    for (const path of rules.paths) {
      const segments = this.segments(path, '/');
      if (segments === null || segments.length === 0) continue;
      this.#targets.push({ path, segments });
      let node = this.#root;
      for (const segment of segments) {
        const child = node.children.get(segment) ?? { children: new Map<string, Node>(), path: null };
        node.children.set(segment, child);
        node = child;
      }
      node.path = path;
    }
  }

  /** Last segments of the protected paths, as they are compared. */
  get lastSegments(): readonly string[] {
    return this.#targets.map(({ segments }) => segments.at(-1) ?? '');
  }

  /** The protected path at or above what the text names; null when it names none. */
  hit(text: string, cwd: string): string | null {
    if (
      !this.#fold &&
      text.charCodeAt(0) === SLASH &&
      text.length <= LONGEST_PATH &&
      SETTLED.test(text) &&
      !text.startsWith('/proc')
    )
      return this.#walk(text);
    const segments = this.segments(text, cwd);
    if (segments === null) return null;
    if (segments[0] === 'proc' && segments[1] !== undefined && this.#pids.has(segments[1]))
      return `/proc/${segments[1]}`;
    if (segments.some((segment) => GLOB.test(segment))) {
      return this.#targets.find((target) => globInto(segments, target.segments))?.path ?? null;
    }
    let node: Node | undefined = this.#root;
    for (const segment of segments) {
      node = node.children.get(segment);
      if (node === undefined) return null;
      if (node.path !== null) return node.path;
    }
    return null;
  }

  /** For an absolute path in which nothing is left to resolve. */
  #walk(path: string): string | null {
    let node: Node | undefined = this.#root;
    for (let start = 1; start <= path.length; ) {
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      if (end > start) node = node.children.get(path.slice(start, end));
      if (node === undefined) return null;
      if (node.path !== null) return node.path;
      start = end + 1;
    }
    return null;
  }

  /** The protected path inside the folder that the text names; null when there is none in it. */
  inside(text: string, cwd: string): string | null {
    const segments = this.segments(text, cwd);
    if (segments === null) return null;
    const found = this.#targets.find(
      (target) =>
        segments.length < target.segments.length &&
        segments.every((segment, index) => matches(segment, target.segments[index] ?? '')),
    );
    return found?.path ?? null;
  }

  /** True when the text is a path at or below `folder`. Both may be relative to `cwd`. */
  within(text: string, folder: string, cwd: string): boolean {
    const segments = this.segments(text, cwd);
    const base = this.segments(folder, cwd);
    return segments !== null && base?.every((segment, index) => segments[index] === segment) === true;
  }

  /** The absolute path that a text names, `~` and `$HOME` resolved. */
  absolute(text: string, cwd: string): string {
    return this.#absolute(text, cwd);
  }

  /** The segments of the absolute path that a text names; null when it cannot be one. */
  segments(text: string, cwd: string): readonly string[] | null {
    if (text === '' || text.length > LONGEST_PATH || text.includes('\0')) return null;
    let path = this.#absolute(text, cwd);
    // Upper case first: it is what makes one letter of two that only such a file system takes for the same.
    if (this.#fold) path = path.normalize('NFC').toUpperCase().toLowerCase();
    const segments: string[] = [];
    for (const segment of path.split('/')) {
      if (segment === '' || segment === '.') continue;
      if (segment === '..') segments.pop();
      else segments.push(segment);
      if (
        segments.length === 3 &&
        segments[0] === 'proc' &&
        /^(?:self|thread-self|\d+)$/.test(segments[1] ?? '')
      ) {
        if (segments[2] === 'root') segments.length = 0;
        else if (segments[2] === 'cwd')
          segments.splice(0, 3, ...cwd.split('/').filter((part) => part !== ''));
      }
    }
    return segments;
  }

  #absolute(text: string, cwd: string): string {
    let path = this.#slashed(/^file:/i.test(text) ? fromFileUrl(text) : text);
    path = path.replace(/\$(?:HOME\b|\{HOME\})/g, () => this.#home);
    if (path === '~' || path.startsWith('~/')) path = `${this.#home}${path.slice(1)}`;
    else if (path.startsWith('~')) path = this.#namedHome(path);
    if (path.startsWith('/') || /^[A-Za-z]:\//.test(path)) return path;
    return `${cwd.startsWith('~') ? this.#absolute(cwd, '/') : this.#slashed(cwd)}/${path}`;
  }

  #slashed(path: string): string {
    return this.#backslashes ? path.replaceAll('\\', '/') : path;
  }

  /** `~name` is this home when it is its owner's name. */
  #namedHome(path: string): string {
    const slash = path.indexOf('/');
    const name = slash < 0 ? path.slice(1) : path.slice(1, slash);
    const last = this.#home.split('/').at(-1);
    return name === last ? `${this.#home}${slash < 0 ? '' : path.slice(slash)}` : path;
  }
}

function fromFileUrl(url: string): string {
  const rest = url
    .slice('file:'.length)
    .replace(/^\/\/[^/]*/, '')
    .replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

/** Whether a pattern of segments can name the target or something below it. */
function globInto(pattern: readonly string[], target: readonly string[]): boolean {
  const width = target.length + 1;
  /** reached[j]: the pattern so far can stand for the first j segments of the target. */
  let reached: boolean[] = Array.from({ length: width }, (_, index) => index === 0);
  for (const segment of pattern) {
    const after: boolean[] = Array.from({ length: width }, () => false);
    for (let index = 0; index < width; index += 1) {
      if (reached[index] !== true) continue;
      if (segment === '**') {
        // It may stand for any number of folders, but not reach the target by itself: `~/**/*.ts` is no reach for it.
        for (let further = index; further < target.length; further += 1) after[further] = true;
      } else if (index < target.length && matches(segment, target[index] ?? '')) {
        after[index + 1] = true;
      }
    }
    if (after[target.length] === true) return true;
    reached = after;
  }
  return false;
}

/** Whether a segment, which may be a pattern, can stand for a name. A bracket expression counts as any character. */
export function matches(segment: string, name: string): boolean {
  if (!GLOB.test(segment)) return segment === name;
  const pattern = segment.replace(/\[[^\]]*\]/g, '?').replaceAll(UNKNOWN, '*');
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < name.length) {
    const unit = pattern[at];
    if (unit === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (unit !== undefined && (unit === '?' || unit === name[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
