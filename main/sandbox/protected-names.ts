/**
 * Names in a project that some program outside the sandbox obeys: git's hooks and settings, those of agents and
 * editors, and what a shell loads by itself. What is there is read-only inside; what is new is looked at when the
 * session ends.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import type { LaunchStep } from './launch-plan.ts';

/** From the project's root. A folder is meant with all that is in it. */
export const PROTECTED_NAMES: readonly string[] = [
  '.git/hooks',
  '.git/config',
  '.git/config.worktree',
  '.git/commondir',
  '.claude',
  '.mcp.json',
  '.codex',
  '.gemini',
  '.cursor',
  '.copilot',
  '.github/copilot',
  '.github/hooks',
  '.opencode',
  'opencode.json',
  'opencode.jsonc',
  '.vscode',
  '.idea',
  '.zed',
  '.devcontainer',
  '.husky',
  '.envrc',
  '.pre-commit-config.yaml',
  'gatehouse.yaml',
];

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
  'hooks/*',
  'config',
  ...PROTECTED_NAMES.filter((name) => !name.startsWith('.git/')).flatMap((name) => [name, `${name}/`]),
];

export interface Guards {
  readonly steps: readonly LaunchStep[];
  /** What has such a name and cannot be guarded, because it is a link: it is looked at when the session ends. */
  readonly links: readonly string[];
}

/** What guards the names that stand in `workspace`. The folders above each are pinned, so that none is moved away. */
export function guardsOf(workspace: string, disk: Disk): Guards {
  const steps = new Map<string, LaunchStep>();
  const links: string[] = [];
  for (const name of PROTECTED_NAMES) {
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
