/**
 * What a session changed in the project, for the person: first what runs or leads elsewhere, then the rest.
 *
 * New or changed since the session began, by the time that the kernel keeps for each file; deleted by the names that
 * were there at its start.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { isBelow } from '../../sandbox/linux-view.ts';
import type { ChangedFile, RunEnd } from './run-control.ts';

export interface ProjectChanges {
  readonly files: number;
  /** Those to look at first, each with why. */
  readonly notable: readonly string[];
  /** Null when that is not known. */
  readonly deleted: { readonly files: number; readonly first: readonly string[] } | null;
  readonly lines: readonly string[];
}

const MOST_NOTABLE = 12;
const MOST_OTHERS = 6;
/** Files that tools and services run code from, by name, or by the folder they lie in. */
const RUN_BY_TOOLS =
  /^(?:package\.json|.*\.(?:toml|gradle|gradle\.kts|csproj|props|targets)|Makefile|GNUmakefile|makefile|.*\.mk|CMakeLists\.txt|justfile|Justfile|Taskfile\.ya?ml|Rakefile|Gemfile|setup\.(?:py|cfg)|conftest\.py|tox\.ini|noxfile\.py|build\.rs|build\.zig|pom\.xml|Dockerfile|Containerfile|(?:docker-)?compose\.ya?ml|Jenkinsfile|Vagrantfile|Procfile|\.gitlab-ci\.yml|\.npmrc|\.yarnrc(?:\.yml)?|\.pre-commit-config\.yaml|lefthook\.yml|.*\.config\.[cm]?[jt]s|.*\.code-workspace|\.?mise\.toml|\.bazelrc|\.pnpmfile\.cjs|\.babelrc(?:\.[cm]?js)?|\.eslintrc(?:\..*)?)$/;
const RUN_BY_AGENTS =
  /^(?:(?:CLAUDE(?:\.local)?|AGENTS(?:\.override)?|AGENT|GEMINI|QWEN)\.md|copilot-instructions\.md|.*\.instructions\.md)$/;
const RUN_BY_SERVICES = /(?:^|\/)\.(?:github|circleci|buildkite|husky|devcontainer|cargo|mvn|yarn)\//;

/** @param deleted  files that were there and are not, from the project's root; null when that is not known */
export function projectChanges(
  workspace: string,
  { changed, changes }: RunEnd,
  deleted: readonly string[] | null,
): ProjectChanges {
  const notable: string[] = [];
  const others: string[] = [];
  for (const file of changed) {
    if (!isBelow(file.path, workspace)) continue;
    const name = relative(workspace, file.path);
    const why = reasonOf(file, name, workspace);
    if (why === null) others.push(name);
    else notable.push(`${name} (${why})`);
  }
  return {
    files: changes,
    notable: notable.slice(0, MOST_NOTABLE),
    deleted: deleted === null ? null : { files: deleted.length, first: deleted.slice(0, MOST_NOTABLE) },
    lines: [...linesOf(changes, notable, others), ...deletedLines(deleted ?? [])],
  };
}

/** Whether tools or services run code from a file of this name; from the project's root. */
export function isRunByTools(name: string): boolean {
  return RUN_BY_TOOLS.test(basename(name)) || RUN_BY_SERVICES.test(name);
}

/** Whether agents do what a file of this name says. */
export function isRunByAgents(name: string): boolean {
  return RUN_BY_AGENTS.test(basename(name));
}

function deletedLines(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const shown = shortened(names, MOST_OTHERS, names.length);
  return [
    `${names.length === 1 ? '1 file' : `${names.length} files`} of the project ${names.length === 1 ? 'is' : 'are'} deleted: ${shown}`,
  ];
}

function linesOf(files: number, notable: readonly string[], others: readonly string[]): readonly string[] {
  if (files === 0) return [];
  const lines = [
    `${files === 1 ? '1 file' : `${files} files`} of the project ${files === 1 ? 'is' : 'are'} new or changed.`,
  ];
  if (notable.length > 0) lines.push(`look first at: ${shortened(notable, MOST_NOTABLE, notable.length)}`);
  if (others.length > 0) lines.push(`changed: ${shortened(others, MOST_OTHERS, files - notable.length)}`);
  return lines;
}

/** A first part of some names, and how many more there are. */
export function shortened(names: readonly string[], most: number, all: number): string {
  const shown = names.slice(0, most);
  return shown.length < all ? `${shown.join(', ')} and ${all - shown.length} more` : shown.join(', ');
}

function reasonOf({ path, kind }: ChangedFile, name: string, workspace: string): string | null {
  if (kind === 'link') return leadsOut(path, workspace);
  if (kind === 'special') return 'a pipe or socket';
  if (isRunByAgents(name)) return 'agents do what it says';
  if (isRunByTools(name)) return 'tools run what it says';
  return kind === 'program' ? 'a program' : null;
}

/** A link that leads out of the project, in words; null for one that stays in it. */
function leadsOut(path: string, workspace: string): string | null {
  try {
    if (!lstatSync(path).isSymbolicLink()) return null;
    const target = resolve(dirname(path), readlinkSync(path));
    return target === workspace || isBelow(target, workspace) ? null : `a link to ${target}`;
  } catch {
    return null;
  }
}
