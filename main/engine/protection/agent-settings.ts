/**
 * Settings in which an agent's hooks are switched on and off: every call may read them, none may change them.
 *
 * They are the files that hold our hooks, wherever they stand, and those of an agent's folder in any project: an
 * agent reads those of the project it works in, and one line there (`disableAllHooks`, `hooks = false`,
 * `"enabled": false`) takes the person's own hooks out of every later session. Plugins of opencode run inside it,
 * beside ours.
 */
import { matches, type PathRules, ProtectedPaths } from './paths.ts';

const FILES = ['settings.json', 'settings.local.json'];
const PLUGINS = ['plugin', 'plugins'];

interface SettingsFolder {
  readonly parts: readonly string[];
  /** What is protected in it. */
  readonly names: readonly string[];
  /** The names are folders, and everything below them counts. */
  readonly deep: boolean;
}

/** Folders of such files, wherever they stand. */
const FOLDERS: readonly SettingsFolder[] = [
  { parts: ['.claude'], names: FILES, deep: false },
  { parts: ['.codex'], names: ['config.toml', 'hooks.json'], deep: false },
  { parts: ['.gemini'], names: ['settings.json'], deep: false },
  { parts: ['.github', 'copilot'], names: FILES, deep: false },
  { parts: ['.opencode'], names: PLUGINS, deep: true },
  { parts: ['.config', 'opencode'], names: PLUGINS, deep: true },
];
/** Names of files that count in one of these. */
const FILES_BY_NAME = FOLDERS.flatMap(({ names, deep }) => (deep ? [] : names));
/** Folders, as a path, in which a project's own settings of this kind stand. */
export const SETTINGS_FOLDERS: readonly string[] = FOLDERS.filter(({ deep }) => !deep).map(({ parts }) =>
  parts.join('/'),
);
/** As parts of a regular expression: one stands in every plain text that names such a file or folder. */
export const SETTINGS_WORDS: readonly string[] = [
  ...['settings', 'config\\.toml', 'hooks\\.json', 'plugin', 'opencode', 'copilot'],
  ...['\\.claude', '\\.codex', '\\.gemini'],
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
    return [...new Set([...FILES_BY_NAME, ...this.#own.lastSegments])];
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
    return isHome || endsInFolder(segments) ? shown(segments) : null;
  }

  /** What is lost with a folder that is taken as a whole, as far as it is known. */
  below(text: string, cwd: string): string | null {
    return this.#own.inside(text, cwd) ?? this.folder(text, cwd);
  }

  /** Whether relative names reach such files from this folder without naming their own. */
  around(cwd: string): boolean {
    const segments = this.#own.segments('.', cwd) ?? [];
    return (
      FOLDERS.some(({ parts }) => segments.some((_segment, at) => standsAt(segments, at, parts))) ||
      this.#homes.some((home) => home.every((part, at) => segments[at] === part))
    );
  }
}

function isSettings(segments: readonly string[]): boolean {
  return FOLDERS.some(({ parts, names, deep }) =>
    segments.some((_segment, at) => {
      if (!standsAt(segments, at, parts)) return false;
      const below = segments.slice(at + parts.length);
      const named = below.filter((part) => part !== '**');
      if (named.length === 0) return below.length > 0;
      return (deep || named.length === 1) && names.some((name) => matches(named[0] ?? '', name));
    }),
  );
}

/** The path ends in a folder of such files. */
function endsInFolder(segments: readonly string[]): boolean {
  return FOLDERS.some(({ parts }) => standsAt(segments, segments.length - parts.length, parts));
}

function standsAt(segments: readonly string[], at: number, parts: readonly string[]): boolean {
  return at >= 0 && parts.every((part, index) => isNamed(segments[at + index], part));
}

function isNamed(segment: string | undefined, name: string): boolean {
  if (segment === undefined) return false;
  if (!PATTERN.test(segment)) return segment === name;
  // A pattern without a letter of the name could mean any folder, and `*` finds no name that begins with a dot.
  return segment.replace(/\[[^\]]*\]|[*?\ue000]/g, '') !== '' && matches(segment, name);
}

function shown(segments: readonly string[]): string {
  return `/${segments.join('/').replaceAll('\ue000', '…')}`;
}
