/** From a request and the policy in force to what the sandbox is to be. */
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { projectRoot } from '../../engine/sessions/project-root.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { Paths } from '../../platform/paths.ts';
import type { SandboxLevel, SandboxPolicy } from '../../policy/sandbox-policy.ts';
import { type AgentPreset, presetOf } from '../../sandbox/agent-presets.ts';
import type { InsideKind, Level } from '../../sandbox/launch-plan.ts';
import { atLeast } from '../../sandbox/levels.ts';
import type { LaunchWish } from '../../sandbox/linux.ts';
import { commandName } from '../../sandbox/linux-view.ts';
import type { RunRequest } from './run-request.ts';
import { INSIDE_PORTS } from './run-session.ts';

export interface RunTerms {
  readonly level: Level;
  readonly require: Level | null;
  readonly policy: SandboxPolicy | null;
  /** The caller named a policy file. */
  readonly narrowed: boolean;
  readonly preset: AgentPreset | null;
  /** The agent's id, or the program's name. */
  readonly client: string;
  readonly program: string | null;
  readonly workspace: string;
  readonly cwd: string;
  readonly snapshot: Snapshot;
}

/**
 * `copy`: it writes to a copy of the project. `undo`: it writes to the project, and what lay there is kept, where that
 * is little. `none`: a policy says so.
 */
export type Snapshot = 'copy' | 'undo' | 'none';

const CLIENT_NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/**
 * What applies to a request: the policy in force, narrowed by the file and the level that the caller names.
 *
 * @throws GatehouseError `run_refused` when the caller asks for less than the policy says
 */
export function termsOf(
  request: RunRequest,
  inForce: SandboxPolicy | null,
  named: SandboxPolicy | null,
  home: string,
): RunTerms {
  const policy = named === null ? inForce : narrowed(inForce, named);
  const base: SandboxLevel = policy?.level.value ?? 'standard';
  if (request.level !== null && !atLeast(request.level, base) && policy !== null)
    throw refused(
      `the policy says ${base}, and ${request.level} is less`,
      'change security.sandbox.level in the policy',
    );
  const level = request.level ?? base;
  if (level === 'off')
    throw refused(
      'the level is off: there is no sandbox to run it in',
      'give --level standard, or start the command itself',
    );
  const require = policy?.require.value ?? null;
  const cwd = realpathSync(request.cwd);
  const program = programOf(request);
  const preset = presetOf(request.command[0] ?? '');
  const name = commandName(request.command[0] ?? '').toLowerCase();
  return {
    level,
    require: require === 'off' ? null : require,
    policy,
    narrowed: named !== null,
    preset,
    client: preset?.client ?? (CLIENT_NAME.test(name) ? name : 'program'),
    program,
    workspace: projectRoot(cwd, home),
    cwd,
    snapshot: snapshotOf(level, policy),
  };
}

function snapshotOf(level: Level, policy: SandboxPolicy | null): Snapshot {
  if (level === 'maximum' || policy?.workspaceSnapshot === true) return 'copy';
  return policy?.written.workspaceSnapshot === true ? 'none' : 'undo';
}

/** The launcher's wish. `serves` are the connections that something outside answers. */
export function wishOf(
  terms: RunTerms,
  request: RunRequest,
  place: {
    readonly home: string;
    readonly uid: number;
    readonly paths: Paths;
    readonly installRoot: string;
    readonly serves: readonly InsideKind[];
    readonly state: LaunchWish['state'];
    readonly settings: readonly string[];
    readonly layers: string | null;
  },
): Omit<LaunchWish, 'repositories' | 'hookFolders'> {
  const { policy } = terms;
  const open = policy?.namespaces !== null && policy !== null && !policy.namespaces.includes('net');
  const nowhere = policy?.networkAllow?.length === 0;
  const listen = place.serves
    .filter((kind) => kind === 'agent-door' || !nowhere)
    .map((kind) => ({ kind, port: INSIDE_PORTS[kind] }));
  return {
    level: terms.level,
    require: terms.require,
    home: place.home,
    workspace: terms.workspace,
    cwd: terms.cwd,
    path: request.variables['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    program: terms.program,
    uid: place.uid,
    preset: terms.preset,
    settings: place.settings,
    layers: place.layers,
    allowPaths: (policy?.allowPaths ?? []).map(({ path, writable }) => ({
      path: path.startsWith('~') || isAbsolute(path) ? path : join(terms.workspace, path),
      writable,
    })),
    state: place.state,
    gatehouse: { own: ownFolders(place.paths), bin: place.paths.bin, run: place.paths.run },
    network: open ? null : { listen },
    noProxy: loopbackNamed(policy) ? '' : 'localhost,127.0.0.1,::1',
    agentDoor: place.paths.agentDoor,
    memory: policy?.resources.memoryBytes ?? null,
    processes: policy?.resources.processes ?? null,
    sessionTimeout: policy?.written.sessionTimeout === true ? policy.sessionTimeoutSeconds : null,
    idleTimeout: policy?.written.idleTimeout === true ? policy.idleTimeoutSeconds : null,
    mdwe: policy?.mdwe ?? 'auto',
    audit: policy?.audit ?? false,
  };
}

function ownFolders(paths: Paths): string[] {
  return [...new Set([paths.config, paths.data, paths.run])];
}

/** A policy that names a loopback host means one of this computer, which only the proxy reaches. */
function loopbackNamed(policy: SandboxPolicy | null): boolean {
  return (policy?.networkAllow ?? []).some(({ host }) => /^(?:localhost|127\.|\[::1\])/.test(host));
}

/** The section of a file that the caller names: it may only take away. @throws GatehouseError `run_refused` */
function narrowed(inForce: SandboxPolicy | null, named: SandboxPolicy): SandboxPolicy {
  if (inForce === null) return named;
  const more = (what: string) =>
    refused(
      `the file that was named allows more than the policy in force: ${what}`,
      'change the policy in force',
    );
  if (!atLeast(named.level.value, inForce.level.value)) throw more(`the level ${named.level.value}`);
  for (const { path, writable } of named.allowPaths)
    if (!inForce.allowPaths.some((one) => one.path === path && (one.writable || !writable))) throw more(path);
  if (inForce.networkAllow !== null) {
    if (named.networkAllow === null) throw more('every host');
    for (const { host, port } of named.networkAllow)
      if (!inForce.networkAllow.some((one) => one.host === host && (one.port === null || one.port === port)))
        throw more(host);
  }
  const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  const stricter = (a: Level | 'off' | null, b: Level | 'off' | null) => (atLeast(a, b ?? 'off') ? a : b);
  return {
    ...named,
    require: { ...named.require, value: stricter(named.require.value, inForce.require.value) },
    namespaces: inForce.namespaces?.includes('net') === false ? named.namespaces : namespacesOf(named, more),
    workspaceSnapshot: named.workspaceSnapshot || inForce.workspaceSnapshot,
    written: { ...named.written, workspaceSnapshot: inForce.written.workspaceSnapshot },
    audit: named.audit || inForce.audit,
    resources: {
      memoryBytes: least(named.resources.memoryBytes, inForce.resources.memoryBytes),
      cpu: least(named.resources.cpu, inForce.resources.cpu),
      processes: least(named.resources.processes, inForce.resources.processes),
    },
    mdwe: inForce.mdwe === 'on' ? 'on' : named.mdwe,
  };
}

function namespacesOf(
  named: SandboxPolicy,
  more: (what: string) => GatehouseError,
): SandboxPolicy['namespaces'] {
  if (named.namespaces !== null && !named.namespaces.includes('net'))
    throw more('the network of this computer');
  return named.namespaces;
}

/** The file that the first word names, looked for as a shell does; null when there is none. */
function programOf({ command, cwd, variables }: RunRequest): string | null {
  const word = command[0] ?? '';
  const places = word.includes('/')
    ? [resolve(cwd, word)]
    : (variables['PATH'] ?? '')
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, word));
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Not there: the next.
    }
  }
  return null;
}

function refused(why: string, hint: string): GatehouseError {
  return new GatehouseError('run_refused', why, { hint });
}
