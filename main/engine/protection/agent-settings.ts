/**
 * Settings in which an agent's hooks are switched on and off: every call may read them, none may change them.
 *
 * They are the files that hold our hooks, wherever they stand, and those of an agent's folder in any project: an
 * agent reads those of the project it works in, and one line there (`disableAllHooks`, `hooks = false`,
 * `"enabled": false`) takes the person's own hooks out of every later session.
 */
import { matches, type PathRules, ProtectedPaths } from './paths.ts';

/** The files by the folder they stand in. */
const FILES_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['.claude', ['settings.json', 'settings.local.json']],
  ['.codex', ['config.toml', 'hooks.json']],
  ['.gemini', ['settings.json']],
]);
/** Names of the folders in which a project's own settings of this kind stand. */
export const SETTINGS_FOLDERS: readonly string[] = [...FILES_OF.keys()];
/** As parts of a regular expression: one stands in every plain text that names such a file. */
export const SETTINGS_WORDS: readonly string[] = [
  'settings',
  'config\\.toml',
  'hooks\\.json',
  ...SETTINGS_FOLDERS.map((folder) => folder.replace('.', '\\.')),
];
/** Nothing in a text without any of these can name such a file from a folder that is none of these itself. */
const WORTH_A_LOOK = new RegExp(`${SETTINGS_WORDS.join('|')}|[*?[%\\ue000]`, 'iu');
const PATTERN = /[*?[\]\ue000]/;
export class AgentSettings {
  readonly #own: ProtectedPaths;
  /** Segments of the folders in which our own hooks stand. */
  readonly #homes: readonly (readonly string[])[];
  readonly #names: readonly string[];

  constructor(rules: PathRules & { readonly settings?: readonly string[] }) {
    const own = rules.settings ?? [];
    this.#own = new ProtectedPaths({ ...rules, paths: own, pids: [] });
    this.#homes = own.flatMap((path) => {
      const segments = this.#own.segments(path, '/');
      return segments === null || segments.length < 2 ? [] : [segments.slice(0, -1)];
    });
    this.#names = [...new Set([...this.#own.lastSegments, ...this.#homes.map((home) => home.at(-1) ?? '')])];
  }

  /** One of these or of `SETTINGS_WORDS` stands in every plain text that reaches for settings from outside. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Names of such files. */
  get files(): readonly string[] {
    return [...new Set([...[...FILES_OF.values()].flat(), ...this.#own.lastSegments])];
  }

  /** The settings file that the text names; null when it names none. */
  hit(text: string, cwd: string): string | null {
    if (this.#homes.length > 0) {
      const own = this.#own.hit(text, cwd);
      if (own !== null) return own;
    }
    if (!WORTH_A_LOOK.test(text)) return null;
    const segments = this.#own.segments(text, cwd);
    return segments !== null && isSettings(segments) ? shown(segments) : null;
  }

  /** The folder of such files that the text names; null when it names none. */
  folder(text: string, cwd: string): string | null {
    const segments = this.#own.segments(text, cwd);
    if (segments === null) return null;
    const isHome = this.#homes.some(
      (home) =>
        home.length === segments.length && home.every((part, at) => matches(segments[at] ?? '', part)),
    );
    return isHome || isFolder(segments.at(-1)) ? shown(segments) : null;
  }

  /** What is lost with a folder that is taken as a whole, as far as it is known. */
  below(text: string, cwd: string): string | null {
    return this.#own.inside(text, cwd) ?? this.folder(text, cwd);
  }

  /** Whether relative names reach such files from this folder without naming their own. */
  around(cwd: string): boolean {
    const segments = this.#own.segments('.', cwd) ?? [];
    return (
      segments.some(isFolder) || this.#homes.some((home) => home.every((part, at) => segments[at] === part))
    );
  }
}

function isSettings(segments: readonly string[]): boolean {
  return segments.some((segment, at) => {
    const files = filesOf(segment);
    if (files.length === 0) return false;
    const below = segments.slice(at + 1);
    const named = below.filter((part) => part !== '**');
    if (named.length === 0) return below.length > 0;
    return named.length === 1 && files.some((file) => matches(named[0] ?? '', file));
  });
}

function isFolder(segment: string | undefined): boolean {
  return segment !== undefined && filesOf(segment).length > 0;
}

/** The files that count in a folder of this name, which may be a pattern. */
function filesOf(segment: string): readonly string[] {
  if (!PATTERN.test(segment)) return FILES_OF.get(segment) ?? [];
  // A pattern without a letter of the name could mean any folder, and `*` finds no name that begins with a dot.
  if (segment.replace(/\[[^\]]*\]|[*?\ue000]/g, '') === '') return [];
  return [...FILES_OF].flatMap(([folder, files]) => (matches(segment, folder) ? files : []));
}

function shown(segments: readonly string[]): string {
  return `/${segments.join('/').replaceAll('\ue000', '…')}`;
}
