/**
 * Names in a project that some program outside the sandbox obeys: git's hooks and settings, those of agents and
 * editors, and what a shell loads by itself. What is there is read-only inside; what is new is looked at when the
 * session ends.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import type { LaunchStep } from './launch-plan.ts';
import { isBelow } from './linux-view.ts';

/** From the project's root. A folder is meant with all that is in it. */
export const AT_ROOT: readonly string[] = [
  '.git/hooks',
  '.git/config',
  '.git/config.worktree',
  '.git/commondir',
  // Agents: what they may do, what they start, whom they hand work to.
  '.claude',
  '.claude-plugin',
  '.mcp.json',
  '.codex',
  '.gemini',
  '.cursor',
  '.cursorrules',
  '.copilot',
  '.github/agents',
  '.github/chatmodes',
  '.github/copilot',
  '.github/hooks',
  '.opencode',
  'opencode.json',
  'opencode.jsonc',
  '.agents',
  '.aider.conf.yml',
  '.amazonq',
  '.augment',
  '.clinerules',
  '.cline',
  '.continue',
  '.crush',
  '.crush.json',
  'crush.json',
  '.factory',
  '.goose',
  '.goosehints',
  '.junie',
  '.kilocode',
  '.kiro',
  '.openhands',
  '.qwen',
  '.roo',
  '.roomodes',
  '.trae',
  '.windsurf',
  '.windsurfrules',
  // Editors and debuggers, which run what these say when the folder is opened.
  '.vscode',
  '.idea',
  '.zed',
  '.devcontainer',
  '.devcontainer.json',
  '.dir-locals.el',
  '.exrc',
  '.fleet',
  '.gdbinit',
  '.helix',
  '.lldbinit',
  '.nvim.lua',
  '.nvimrc',
  '.run',
  // Shells and what git's hooks run.
  '.envrc',
  '.githooks',
  '.husky',
  '.lefthook.yml',
  '.pre-commit-config.yaml',
  'lefthook.yml',
  '.gatehouse',
  'gatehouse.yaml',
  'gatehouse.yml',
];

/** In git's folder of a repository inside the project. */
const IN_GIT: readonly string[] = ['hooks', 'config', 'config.worktree', 'commondir'];

/** At any depth: `*` is any one part, a slash at the end means all below. */
export const WATCHED: readonly string[] = [
  '.git',
  '.git/hooks',
  '.git/hooks/',
  '.git/config',
  '.git/config.worktree',
  '.git/commondir',
  '.git/modules/*/hooks/',
  '.git/modules/*/config',
  '.git/worktrees/*/config.worktree',
  '.git/worktrees/*/commondir',
  'git-rebase-todo',
  'hooks/*',
  'config',
  ...AT_ROOT.filter((name) => !name.startsWith('.git/')).flatMap((name) => [name, `${name}/`]),
];

/** Whether a path below a project has such a name, or lies in a folder with one. The launcher knows the same of new files. */
export function isWatched(path: string): boolean {
  return fits(path, () => true);
}

/** The same without names that mean something only where git takes their folder for a repository. */
export function isProtectedName(path: string): boolean {
  return fits(path, ({ name }) => name !== 'config' && name !== 'hooks/*');
}

interface Pattern {
  readonly name: string;
  readonly wanted: readonly string[];
  readonly below: boolean;
}

/** By their first part, which is never `*`: a copy has a hundred thousand paths, and most begin no pattern at all. */
const BY_FIRST = Map.groupBy(
  WATCHED.map((name): Pattern => {
    const below = name.endsWith('/');
    return { name, wanted: (below ? name.slice(0, -1) : name).toLowerCase().split('/'), below };
  }),
  ({ wanted }) => wanted[0] ?? '',
);

function fits(path: string, counts: (pattern: Pattern) => boolean): boolean {
  // Folders can be made for which case is the same.
  const parts = path.toLowerCase().split('/');
  return parts.some((part, at) =>
    BY_FIRST.get(part)?.some((pattern) => {
      const rest = parts.length - at - pattern.wanted.length;
      return (
        (rest === 0 || (pattern.below && rest > 0)) &&
        pattern.wanted.every((one, index) => one === '*' || one === parts[at + index]) &&
        counts(pattern)
      );
    }),
  );
}

export interface Guards {
  readonly steps: readonly LaunchStep[];
  /** What has such a name and cannot be guarded, because it is a link: it is looked at when the session ends. */
  readonly links: readonly string[];
}

/**
 * What guards the names that stand in `workspace`. The folders above each are pinned, so that none is moved away.
 *
 * Those above a repository inside are not: files are moved between them, which no mount allows. One that is moved away
 * takes its guarded hooks with it, and what comes in its place is new.
 *
 * @param repositories  git's folders of repositories inside
 * @param hookFolders  where git's settings say that hooks are, from the project's root
 */
export function guardsOf(
  workspace: string,
  disk: Disk,
  repositories: readonly string[] = [],
  hookFolders: readonly string[] = [],
): Guards {
  const steps = new Map<string, LaunchStep>();
  const links: string[] = [];
  for (const name of [...AT_ROOT, ...hookFolders]) {
    const parts = name.split('/');
    let reachable = true;
    for (let depth = 1; depth < parts.length && reachable; depth++)
      reachable = disk.facts(join(workspace, ...parts.slice(0, depth)))?.kind === 'folder';
    const path = join(workspace, name);
    const facts = reachable ? disk.facts(path) : null;
    if (facts === null) continue;
    if (facts.kind === 'link') {
      links.push(path);
      continue;
    }
    for (let depth = 1; depth < parts.length; depth++) {
      const above = join(workspace, ...parts.slice(0, depth));
      if (!steps.has(above)) steps.set(above, ['guard', 'pin', above]);
    }
    steps.set(path, ['guard', 'ro', path]);
  }
  for (const name of repositories.flatMap((folder) => IN_GIT.map((one) => join(folder, one)))) {
    const kind = isBelow(name, workspace) ? disk.facts(name)?.kind : undefined;
    if (kind === 'link') links.push(name);
    else if (kind !== undefined) steps.set(name, ['guard', 'ro', name]);
  }
  // A worktree's .git is a file that says where the rest lies.
  const git = join(workspace, '.git');
  if (disk.facts(git)?.kind === 'file') steps.set(git, ['guard', 'ro', git]);
  else if (disk.facts(git)?.kind === 'folder' && !steps.has(git)) steps.set(git, ['guard', 'pin', git]);
  return { steps: [...steps.values()].sort(byDepth), links };
}

function byDepth(a: LaunchStep, b: LaunchStep): number {
  const depth = (step: LaunchStep) => String(step[2]).split('/').length;
  return depth(a) - depth(b) || (String(a[2]) < String(b[2]) ? -1 : 1);
}
