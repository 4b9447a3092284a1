/**
 * The policy that decides the calls of a project: managed, the person's, and the repository's own `gatehouse.yaml`.
 *
 * A repository's file is whoever wrote the repository, and an agent can change it. Until the person has trusted
 * that very file it can only tighten; and what a version of it forbade stays forbidden while an agent works there,
 * whatever becomes of the file. A managed or repository file that does not compile lets nothing run.
 */
import { lstatSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { AuditEvent } from '../audit/event.ts';
import { GatehouseError } from '../platform/errors.ts';
import { type Diagnostic, formatDiagnostic } from '../policy/diagnostic.ts';
import type { PolicyLayer } from '../policy/layer.ts';
import { mergeLayers } from '../policy/merge-layers.ts';
import { oneLine } from '../policy/one-line.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { TrustBook } from './trust-book.ts';
import { type PolicyFileState, WatchedPolicy } from './watched-policy.ts';

export const PROJECT_FILE = 'gatehouse.yaml';
/** Versions of one file that are held on to while agents work there; beyond it nothing runs until they end. */
const MOST_VERSIONS = 16;

export interface LayersSetup {
  /** The person's own policy; null when there is none in force. */
  readonly user: () => CompiledPolicy | null;
  /** Put there by whoever runs the computer; null where there is no such place. */
  readonly managedFile: string | null;
  readonly trust: TrustBook;
  /** Whether an agent works in the project now. */
  readonly live: (app: string) => boolean;
  /** A row for the log. */
  readonly onEvent: (event: AuditEvent) => void;
}

/** How a project's own file stands. */
export interface ProjectPolicy {
  readonly app: string;
  readonly file: string;
  readonly state: PolicyFileState;
  readonly trusted: boolean;
  /** Earlier versions that still hold, because an agent works there. */
  readonly held: number;
}

interface Project {
  readonly watched: WatchedPolicy;
  /** Every version seen while agents work there, newest last. */
  versions: readonly CompiledPolicy[];
  state: PolicyFileState | null;
  merged: { readonly of: readonly unknown[]; readonly policy: CompiledPolicy | null } | null;
}

export class PolicyLayers {
  readonly #setup: LayersSetup;
  readonly #managed: WatchedPolicy | null;
  readonly #projects = new Map<string, Project>();
  #shared: Project['merged'] = null;

  constructor(setup: LayersSetup) {
    this.#setup = setup;
    this.#managed = setup.managedFile === null ? null : new WatchedPolicy(setup.managedFile, managedProblem);
  }

  /** What is in force in a project; null: nothing, so that everything is refused. Null for what is common to all. */
  policy(app: string | null): CompiledPolicy | null {
    const managed = this.#managed?.state() ?? null;
    const user = this.#setup.user();
    const project = app === null ? null : this.#project(app);
    const state = project === null ? null : this.#look(project);
    const of = [managed, user, state, project?.versions ?? null, this.#setup.trust.version];
    const cached = project === null ? this.#shared : project.merged;
    if (cached?.of.every((part, index) => part === of[index]) === true) return cached.policy;
    const policy = user === null ? null : mergeLayers(this.#layers(managed, user, project));
    const merged = { of, policy };
    if (project === null) this.#shared = merged;
    else project.merged = merged;
    return policy;
  }

  /** Why nothing may run in a project, in a sentence for the agent; null when nothing stands in the way. */
  halted(app: string): string | null {
    const managed = this.#managed?.state();
    if (managed?.kind === 'bad')
      return `The managed policy cannot be used (${firstOf(managed.errors)}), so nothing is allowed on this computer.`;
    const project = this.#project(app);
    if (project === null) return null;
    const state = this.#look(project);
    if (state.kind === 'bad')
      return `The policy file of this project has errors (${firstOf(state.errors)}), so nothing runs here until the person repairs or removes it.`;
    return project.versions.length > MOST_VERSIONS
      ? 'The policy file of this project was changed too often while agents work here. End their sessions.'
      : null;
  }

  managed(): { readonly file: string; readonly state: PolicyFileState } | null {
    return this.#managed === null ? null : { file: this.#managed.file, state: this.#managed.state() };
  }

  project(app: string): ProjectPolicy | null {
    const project = this.#project(app);
    if (project === null) return null;
    const state = this.#look(project);
    const trusted = state.kind === 'good' && this.#setup.trust.has(project.watched.file, state.policy.hash);
    const held = project.versions.filter(
      (version) => state.kind !== 'good' || version !== state.policy,
    ).length;
    return { app, file: project.watched.file, state, trusted, held };
  }

  /**
   * Trusts the file as it is now, if that is what was shown.
   *
   * @throws GatehouseError `not_found`, `has_errors`, `changed`
   */
  trust(file: string, hash: string, at: number): void {
    this.checkTrust(file, hash);
    this.#setup.trust.trust(file, hash, at);
    this.#forgetVersions(file);
  }

  /** @throws GatehouseError as `trust` does */
  checkTrust(file: string, hash: string): void {
    const state = new WatchedPolicy(file).state();
    if (state.kind === 'absent') throw new GatehouseError('not_found', `there is no ${file}`);
    if (state.kind === 'bad')
      throw new GatehouseError('has_errors', `${file} cannot be trusted: ${firstOf(state.errors)}`);
    if (state.policy.hash !== hash)
      throw new GatehouseError('changed', `${file} is not what was shown`, { hint: 'look at it again' });
  }

  /** The hash that is trusted in a file's place; null when none is. */
  trustedHash(file: string): string | null {
    return this.#setup.trust.all().find((row) => row.file === file)?.hash ?? null;
  }

  /** Projects whose own file the person trusts, as it is or as it was, whether or not agents work there. */
  trustedProjects(): readonly string[] {
    return this.#setup.trust
      .all()
      .flatMap(({ file }) => (basename(file) === PROJECT_FILE ? [dirname(file)] : []));
  }

  /** The layers that hold in every project. */
  shared(): readonly PolicyLayer[] {
    const user = this.#setup.user();
    return user === null ? [] : this.#layers(this.#managed?.state() ?? null, user, null);
  }

  revoke(file: string): boolean {
    return this.#setup.trust.revoke(file);
  }

  /** The person has looked at the files as they are: what earlier versions forbade is let go. */
  refresh(): void {
    for (const project of this.#projects.values()) project.versions = current(project);
  }

  #forgetVersions(file: string): void {
    for (const project of this.#projects.values())
      if (project.watched.file === file) project.versions = current(project);
  }

  #layers(
    managed: PolicyFileState | null,
    user: CompiledPolicy,
    project: Project | null,
  ): readonly PolicyLayer[] {
    const { trust } = this.#setup;
    const layers: PolicyLayer[] = [];
    if (managed?.kind === 'good') layers.push({ name: 'managed', policy: managed.policy, trusted: true });
    layers.push({ name: 'user', policy: user, trusted: true });
    if (project === null) return layers;
    const current = project.state?.kind === 'good' ? project.state.policy : null;
    if (current !== null)
      layers.push({
        name: 'project',
        policy: current,
        trusted: trust.has(project.watched.file, current.hash),
      });
    for (const policy of project.versions)
      if (policy.hash !== current?.hash)
        layers.push({
          ...{ name: 'project', policy, trusted: false },
          rulesHold: trust.has(project.watched.file, policy.hash),
        });
    return layers;
  }

  #project(app: string): Project | null {
    if (!isAbsolute(app)) return null;
    const known = this.#projects.get(app);
    if (known !== undefined) return known;
    const made: Project = {
      watched: new WatchedPolicy(join(app, PROJECT_FILE)),
      versions: [],
      state: null,
      merged: null,
    };
    this.#projects.set(app, made);
    return made;
  }

  /** Looks at the file; a version that was not seen before is kept and told. */
  #look(project: Project): PolicyFileState {
    const state = project.watched.state();
    if (state === project.state) return state;
    const known = project.versions;
    const before = project.state;
    project.state = state;
    if (state.kind === 'good') {
      const held = this.#isLive(project) ? known : [];
      project.versions = held.some(({ hash }) => hash === state.policy.hash) ? held : [...held, state.policy];
    } else if (!this.#isLive(project)) project.versions = [];
    if (before !== null || state.kind !== 'absent') this.#tell(project, state);
    return state;
  }

  #isLive(project: Project): boolean {
    for (const [app, known] of this.#projects) if (known === project) return this.#setup.live(app);
    return false;
  }

  #tell(project: Project, state: PolicyFileState): void {
    this.#setup.onEvent({
      type: 'policy.loaded',
      v: 1,
      layer: 'project',
      state: state.kind === 'bad' ? 'none' : 'ok',
      file: project.watched.file,
      hash: state.kind === 'good' ? state.policy.hash : null,
      errors: state.kind === 'bad' ? state.errors.slice(0, 20).map(errorText) : [],
    });
  }
}

/** What stands in the file now goes on to hold when it is changed again. */
function current({ state }: Project): readonly CompiledPolicy[] {
  return state?.kind === 'good' ? [state.policy] : [];
}

function firstOf(errors: readonly Diagnostic[]): string {
  const [first] = errors;
  return first === undefined ? 'it does not compile' : oneLine(formatDiagnostic(first));
}

function errorText({ line, column, path, message }: Diagnostic): string {
  return `${line}:${column} ${path}: ${message}`;
}

/** Only the computer's administrator may write it; a file that anybody else can change manages nothing. */
function managedProblem(file: string): string | null {
  if (process.platform === 'win32') return null;
  const { uid, mode } = lstatSync(file);
  if (uid !== 0) return 'it does not belong to root';
  return (mode & 0o022) === 0 ? null : 'others than root may write it';
}

/** Where a managed policy stands on this system. */
export function managedPolicyFile(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | null {
  switch (platform) {
    case 'win32':
      return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Gatehouse', 'policy.yaml');
    case 'darwin':
      return '/Library/Application Support/Gatehouse/policy.yaml';
    default:
      return '/etc/gatehouse/policy.yaml';
  }
}
