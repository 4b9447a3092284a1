/**
 * Folders of a project that a build has just filled, whose names alone do not say so: `site` is what `mkdocs build`
 * makes, and may be anybody's sources where it has not run.
 */
import { locusOf } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { hasMarks, plain, TAINT } from '../shell/text.ts';

interface Builds {
  /** What a build is called there. */
  readonly when: RegExp;
  /** With one of these it is put elsewhere, or nothing is built. */
  readonly unless: RegExp;
  readonly into: string;
}

const NOT_BUILT = /^-{1,2}(?:help|h|version|V|dry-?run)$/;
/** By the program's name; `when` is matched with its words, joined by blanks. */
const BUILDS: Readonly<Record<string, Builds>> = {
  mkdocs: {
    when: /^(?:-\S+ )*build\b/,
    unless: /^(?:-d.*|--site-dir(?:=.*)?|-f.*|--config-file(?:=.*)?)$/,
    into: 'site',
  },
  hugo: {
    when: /^(?:build\b|-|$)/,
    unless:
      /^(?:-[A-Za-z]*[dscw].*|server?|new|config|list|mod|version|env|gen|convert|deploy|import|completion|--(?:destination|source|config|configDir|publishDir|watch|renderToMemory)(?:=.*)?)$/,
    into: 'public',
  },
  gatsby: { when: /^build\b/, unless: /^--prefix-paths=.*$/, into: 'public' },
  mix: { when: /^(?:test\b.* --cover\b|coveralls\.html\b)/, unless: /^--export-coverage$/, into: 'cover' },
};

/** No path that a file can have. */
function keyOf(path: string): string {
  return `built:${path}`;
}

/** Notes the folder that a program fills. */
export function notesBuilt(call: Call): void {
  const builds = Object.hasOwn(BUILDS, call.name) ? BUILDS[call.name] : undefined;
  if (builds === undefined) return;
  const words = call.args.map(({ text }) => plain(text));
  if (
    !builds.when.test(words.join(' ')) ||
    words.some((word) => builds.unless.test(word) || NOT_BUILT.test(word))
  )
    return;
  const path = call.deed.path(builds.into);
  if (hasMarks(path) || locusOf(path, call.place) !== 'workspace') return;
  call.files.put(keyOf(path), { text: null, taint: TAINT.none }, false);
  call.deed.effect({ kind: 'write', path: `${path}/…`, at: 'workspace', built: true });
}

/** Whether a folder, or one above a path, was filled by a build: in this call, or in one that went before it. */
export function isBuilt(path: string, { files, place }: Pick<Call, 'files' | 'place'>): boolean {
  // Something else was put there since.
  if (files.hasBelow(path) || files.get(path) !== undefined) return false;
  return files.get(keyOf(path)) !== undefined || place.made?.(`${path}/…`) === 'built';
}
