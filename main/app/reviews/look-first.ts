/** Which changed paths a person is to look at first: what runs, what is obeyed, what leads elsewhere. */
import { posix } from 'node:path';
import { isRunByAgents, isRunByTools } from '../../points/run/project-changes.ts';
import { isProtectedName } from '../../sandbox/protected-names.ts';
import { type Change, shownPath } from '../../sandbox/review/change.ts';

/** Why, in words; null for a path like any other. */
export function lookFirst({ path, before, after }: Change): string | null {
  const name = shownPath(path);
  if (after.kind === 'link') {
    const target = shownPath(after.target);
    const leads = posix.normalize(posix.join('/', posix.dirname(name), target));
    const climbs = posix.normalize(posix.join(posix.dirname(name), target)).startsWith('..');
    if (target.startsWith('/') || climbs)
      return `a link to ${target.startsWith('/') ? target : leads}, outside`;
  }
  if (isProtectedName(name) && after.kind !== 'folder')
    return name.includes('/hooks/') ? 'git runs it' : 'git, an agent, an editor or a shell obeys it';
  if (after.kind === 'nothing' || after.kind === 'folder') return null;
  if (after.kind === 'unkept' || before.kind === 'unkept')
    return 'its content was not kept: it cannot be taken back';
  if (after.kind === 'special') return 'a pipe, socket or device: it is never carried over';
  if (isRunByAgents(name)) return 'agents do what it says';
  if (isRunByTools(name)) return 'tools run what it says';
  // Settings there start programs, and git takes a folder with HEAD, objects and refs for a repository.
  if (posix.basename(name).toLowerCase() === 'config') return 'git obeys it if its folder is a repository';
  if (after.kind === 'file' && (after.mode & 0o111) !== 0)
    return before.kind === 'file' && (before.mode & 0o111) === 0 ? 'it becomes a program' : 'a program';
  return null;
}

/** What git keeps for itself, unless it is to be looked at first: objects, index, refs. It is shown last. */
export function isGitsOwn(path: string): boolean {
  return /(?:^|\/)\.git\//.test(`${path}/`);
}
