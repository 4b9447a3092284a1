/** What a worker is started with: the launch plan of its project, from the policy in force there. */
import { isAbsolute, join } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import type { Paths } from '../../platform/paths.ts';
import type { SandboxPolicy } from '../../policy/sandbox-policy.ts';
import { realDisk } from '../../sandbox/disk.ts';
import { hookFolders } from '../../sandbox/hook-folders.ts';
import { type InsideKind, type Level, planText } from '../../sandbox/launch-plan.ts';
import { type LaunchWish, linuxPlan } from '../../sandbox/linux.ts';
import { writableRoots } from '../../sandbox/linux-view.ts';
import { lookThrough, type ProjectLook } from '../../sandbox/project-look.ts';
import { AT_ROOT } from '../../sandbox/protected-names.ts';
import { termsOf, wishOf } from '../run/run-wish.ts';

export interface WorkerPlan {
  /** Canonical root of the project. */
  readonly workspace: string;
  readonly level: Level;
  readonly require: Level | null;
  readonly policy: SandboxPolicy | null;
  /** It is to write to its session's copy of the project. */
  readonly snapshot: boolean;
  /** Without one, what the session changes is kept for an undo. */
  readonly undo: boolean;
  /** What the person asked for that no controller may enforce. */
  readonly limits: { readonly memory: boolean; readonly cpu: boolean };
  /** Words of the worker's first frame: the folders that it may work in, and names that it changes nothing below. */
  readonly hello: readonly string[];
  readonly wish: LaunchWish;
}

/** The plan as it is carried out, with what the project held then. */
export interface WorkerLaunch {
  readonly text: string;
  /** Folders that are looked through when it has ended, the project first. */
  readonly roots: readonly string[];
  /** Null where it has a copy: what changes in the project then is not its work. */
  readonly look: ProjectLook | null;
  /** Folders of the project, from its root, that git takes hooks from. */
  readonly hooks: readonly string[];
}

/**
 * Looks through the project, for its repositories' hooks and settings, and makes the plan.
 *
 * @param layers  of the copy that it writes to; null: to the project itself
 * @throws GatehouseError
 */
export async function workerLaunch(plan: WorkerPlan, layers: string | null): Promise<WorkerLaunch> {
  const wish = { ...plan.wish, layers };
  const looks = await Promise.all(writableRoots(wish, realDisk).map((root) => lookThrough(root)));
  const repositories = looks.flatMap((look) => look.repositories);
  const hooks = hookFolders(wish.workspace, wish.home);
  const { steps, roots } = linuxPlan({ ...wish, repositories, hookFolders: hooks }, realDisk);
  return { text: planText(steps), roots, look: layers === null ? (looks[0] ?? null) : null, hooks };
}

export interface WorkerPlace {
  readonly home: string;
  readonly uid: number;
  readonly paths: Paths;
  readonly installRoot: string;
  readonly program: string;
  readonly path: string;
  /** Connections from inside that something answers. */
  readonly serves: readonly InsideKind[];
}

/** @throws GatehouseError `sandbox_refused`, `run_refused`, when there can be no sandbox for this project */
export function workerPlan(workspace: string, policy: SandboxPolicy | null, place: WorkerPlace): WorkerPlan {
  if (policy?.level.value === 'off')
    throw new GatehouseError(
      'sandbox_refused',
      'the policy has security.sandbox.level off, and governed tools run in a sandbox only',
    );
  const request = {
    command: [place.program],
    cwd: workspace,
    app: null,
    policyFile: null,
    level: null,
    variables: { PATH: place.path },
  };
  const terms = termsOf(request, policy, null, place.home);
  const wish = wishOf({ ...terms, workspace }, request, {
    ...place,
    state: [],
    settings: [],
    layers: null,
  });
  // The pool ends workers by the policy's times, never within a call, and none has the network of this computer.
  const own = { network: { listen: wish.network?.listen ?? [] }, sessionTimeout: null, idleTimeout: null };
  return {
    workspace,
    level: terms.level,
    require: terms.require,
    policy,
    snapshot: terms.snapshot === 'copy',
    undo: terms.snapshot !== 'none',
    limits: {
      memory: policy?.resources.memoryBytes != null,
      cpu: policy?.resources.cpu != null,
    },
    hello: ['w', workspace, ...allowedFolders(workspace, policy, place.home), ...protectedWords()],
    wish: { ...wish, ...own, repositories: [] },
  };
}

/** Other folders that the policy shows; one that is not there is left out, as it is in the view. */
function allowedFolders(workspace: string, policy: SandboxPolicy | null, home: string): string[] {
  return (policy?.allowPaths ?? []).flatMap(({ path, writable }) => {
    const whole = path.startsWith('~') ? join(home, path.slice(1)) : path;
    const real = realDisk.real(isAbsolute(whole) ? whole : join(workspace, whole));
    return real === null || realDisk.facts(real)?.kind !== 'folder' ? [] : [writable ? 'w' : 'r', real];
  });
}

function protectedWords(): string[] {
  return ['.git', ...AT_ROOT.filter((name) => !name.startsWith('.git/'))].flatMap((name) => ['n', name]);
}
