/** One sandbox, from what its launcher asks for to what is told at its end. */
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { StoredPeer } from '../../audit/event.ts';
import type { LogPort } from '../../engine/ports.ts';
import type { EnginePort, SessionClaim } from '../../engine/requests.ts';
import { UNHOOKED_SESSION } from '../../engine/requests.ts';
import { projectRoot } from '../../engine/sessions/project-root.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { ChildHost } from '../../platform/child-host.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { faultWords } from '../../platform/full-disk.ts';
import { newId } from '../../platform/ids.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Peer } from '../../platform/peer.ts';
import type { SandboxPolicy } from '../../policy/sandbox-policy.ts';
import { realDisk } from '../../sandbox/disk.ts';
import { hookFolders } from '../../sandbox/hook-folders.ts';
import { type InsideKind, planHash, planText } from '../../sandbox/launch-plan.ts';
import { quarantineAll } from '../../sandbox/left-behind.ts';
import { atLeast, type Enforced, featureWords, type LaunchReport } from '../../sandbox/levels.ts';
import { commandName, writableRoots } from '../../sandbox/linux-view.ts';
import { lookAgain, lookThrough, notesOf, type ProjectLook } from '../../sandbox/project-look.ts';
import { copyState, dropState, mergeState } from '../../sandbox/state-copy.ts';
import { type Copies, type CopyEnd, RunCopy } from './copies.ts';
import { processGone } from './kernel-check.ts';
import { type ProjectChanges, projectChanges } from './project-changes.ts';
import type { RunControl, RunEnd } from './run-control.ts';
import type { RunRequest } from './run-request.ts';
import type { InsideHandler, RunSession } from './run-session.ts';
import { summaryOf } from './run-summary.ts';
import type { RunSystem } from './run-system.ts';
import { type RunTerms, termsOf, wishOf } from './run-wish.ts';
import { tellRecord } from './told-record.ts';

export interface RunsOptions {
  readonly engine: EnginePort;
  readonly log: LogPort;
  readonly home: string;
  readonly paths: Paths;
  readonly installRoot: string;
  /** Starts what reads an agent's database. */
  readonly children: ChildHost;
  /** Absolute path of the launcher; null where there is none. */
  readonly launcher: string | null;
  /** Keeps what sessions write to copies of projects; null: nothing does, and they write to the projects. */
  readonly copies: Copies | null;
  /** Why nothing is started on this computer, whatever is asked; null where it is. */
  readonly refusal: string | null;
  readonly system: RunSystem;
  /** `security.sandbox` of the policy in force for a project. @throws GatehouseError when nothing may run there */
  readonly policy: (app: string) => SandboxPolicy | null;
  /** The same of a file that the caller names. @throws GatehouseError when it does not compile */
  readonly policyOf: (file: string) => SandboxPolicy | null;
  /** How many calls the sandbox's sessions made, and how many of them were stopped. */
  readonly callsOf: (run: string) => { readonly made: number; readonly stopped: number };
  /** Our id of the session that a claim speaks in. */
  readonly sessionOf: (claim: SessionClaim) => string;
  readonly endSessions: (run: string, reason: string) => Promise<void>;
  readonly defect: (error: unknown) => void;
}

/** Denied calls are written down at most so often. */
const DENIED_EVERY_MS = 5000;

export class Run {
  readonly id = newId('run');
  readonly startTime: string | null;
  control: RunControl | null = null;
  /** Null until the sandbox stands. */
  session: RunSession | null = null;
  readonly #left = Promise.withResolvers<void>();
  /** When everything of it is done. */
  readonly over = this.#left.promise;
  readonly #pid: number;
  readonly #launcher: Peer;
  readonly #options: RunsOptions;
  readonly #serves: ReadonlyMap<InsideKind, InsideHandler>;
  readonly #gone: () => void;
  readonly #state: string;
  readonly #denied = new Map<string, number>();
  readonly #over = new AbortController();
  #began = 0;
  #terms: RunTerms | null = null;
  readonly #copy: RunCopy;
  #hash = '';
  /** Process 1 of it; 0 before it stands. */
  #first = 0;
  #session = '';
  #notes: readonly string[] = [];
  #roots: readonly string[] = [];
  #hooks: readonly string[] = [];
  #look: ProjectLook | null = null;
  #tell: NodeJS.Timeout | null = null;

  constructor(
    pid: number,
    launcher: Peer,
    options: RunsOptions,
    serves: ReadonlyMap<InsideKind, InsideHandler>,
    gone: () => void,
  ) {
    this.#pid = pid;
    this.startTime = launcher.process?.startTime ?? null;
    this.#launcher = launcher;
    this.#options = options;
    this.#copy = new RunCopy(this.id, options.copies, options.defect);
    this.#serves = serves;
    this.#gone = gone;
    this.#state = join(statesOf(options.paths), this.id);
  }

  async plan(request: RunRequest): Promise<string> {
    const { home, paths, installRoot, policy, policyOf } = this.#options;
    const named = request.policyFile === null ? null : policyOf(request.policyFile);
    const app = projectRoot(request.cwd, home);
    const terms = termsOf(request, policy(app), named, home);
    this.#terms = terms;
    const state =
      terms.preset === null ? { folders: [], settings: [] } : copyState(terms.preset, home, this.#state);
    const wish = wishOf(terms, request, {
      home,
      uid: this.#launcher.uid ?? -1,
      paths,
      installRoot,
      serves: [...this.#serves.keys()],
      state: state.folders,
      settings: state.settings,
      layers: await this.#copy.begin(terms),
    });
    const roots = writableRoots(wish, realDisk);
    const looks = await Promise.all(roots.map((root) => lookThrough(root)));
    this.#look = looks[0] ?? null;
    const repositories = looks.flatMap((look) => look.repositories);
    this.#hooks = hookFolders(terms.workspace, home);
    const place = { id: this.id, folder: this.#state, accept: this.#accept.bind(this) };
    const plan = await this.#options.system.plan({ ...wish, repositories, hookFolders: this.#hooks }, place);
    this.#notes = [...plan.notes, ...looks.flatMap(notesOf)];
    this.#roots = plan.roots;
    const text = planText(plan.steps);
    this.#hash = planHash(text);
    return text;
  }

  async ready(hash: string, first: number, report: LaunchReport): Promise<void> {
    const terms = this.#terms;
    if (terms === null || hash !== this.#hash)
      throw new GatehouseError('bad_run', 'the launcher carried out another plan than it was given');
    this.#first = first;
    const { system } = this.#options;
    const facts = system.checkCommand(this.#pid, first, commandName(terms.program ?? terms.client), this.id);
    const enforced = system.enforced(terms.level, report, {
      memory: terms.policy?.resources.memoryBytes != null,
      cpu: terms.policy?.resources.cpu != null,
    });
    if (terms.require !== null && !atLeast(enforced.reached, terms.require))
      throw new GatehouseError(
        'not_enforced',
        `the policy requires ${terms.require}, and this computer enforces ${enforced.reached ?? 'less than standard'}: ${enforced.lacking.join('; ')}`,
        { hint: 'see `gatehouse doctor`' },
      );
    const told = await this.#settleCopy(terms, report, enforced);
    const peer: Peer = {
      source: 'kernel',
      pid: facts.pid,
      uid: this.#launcher.uid,
      process: { ...facts, executable: terms.program, cwd: terms.cwd },
      requester: { ...facts, executable: terms.program, cwd: terms.workspace },
      ancestry: [
        ...(this.#launcher.process === null ? [] : [this.#launcher.process]),
        ...this.#launcher.ancestry,
      ],
      terminal: this.#launcher.terminal,
      sandbox: { run: this.id, level: told.reached, lacking: told.lacking },
    };
    const claim: SessionClaim = {
      client: terms.client,
      claimedSession: UNHOOKED_SESSION,
      peer,
      claimedCwd: terms.workspace,
    };
    await this.#options.engine.startSession(claim);
    this.#session = this.#options.sessionOf(claim);
    this.#copy.stands(this.#session, first);
    await this.#record(terms, told, report, peer);
    this.#began = performance.now();
    this.session = {
      id: this.id,
      claim,
      peer,
      app: terms.workspace,
      level: told.reached,
      policy: terms.policy,
      narrowed: terms.narrowed,
      engineSession: this.#session,
      endpoints: terms.preset?.endpoints ?? [],
      ended: this.#over.signal,
    };
  }

  /** Where there is to be a copy and none can be had, what the command would change is kept for an undo. */
  async #settleCopy(terms: RunTerms, report: LaunchReport, told: Enforced): Promise<Enforced> {
    const { has, why } = await this.#copy.settle(report['snapshot']?.on === true, terms);
    if (terms.snapshot === 'undo' && why !== '')
      this.#notes = [...this.#notes, `what it changes in the project cannot be taken back: ${why}.`];
    if (terms.snapshot !== 'copy' || has === 'copy' || (has === 'nothing' && why === '')) return told;
    if (has === 'nothing' && terms.level === 'maximum')
      throw new GatehouseError(
        'not_enforced',
        `there can be no copy of the project, and nothing can be kept for an undo: ${[report['snapshot']?.detail, why].filter((part) => part !== undefined && part !== '').join('; ')}`,
        { hint: 'give --level strict, which writes to the project itself; or see `gatehouse doctor`' },
      );
    const undo =
      has === 'undo' ? 'it writes to the project, and that can be taken back' : `no undo either: ${why}`;
    return { ...told, lacking: [...told.lacking, undo] };
  }

  async #record(terms: RunTerms, told: Enforced, report: LaunchReport, peer: Peer): Promise<void> {
    const stored: StoredPeer = storedPeer(peer);
    await this.#options.log.append({
      type: 'sandbox.started',
      v: 1,
      run: this.id,
      session: this.#session,
      client: terms.client,
      app: terms.workspace,
      program: terms.program ?? terms.client,
      asked: terms.level,
      reached: told.reached,
      lacking: told.lacking,
      features: featureWords(report),
      planHash: this.#hash,
      peer: stored,
    });
  }

  denied(name: string, count: number): void {
    this.#denied.set(name, (this.#denied.get(name) ?? 0) + count);
    this.#tell ??= setTimeout(() => this.#tellDenied(), DENIED_EVERY_MS);
  }

  #tellDenied(): void {
    this.#tell = null;
    if (this.#denied.size === 0) return;
    const calls = Object.fromEntries(this.#denied);
    this.#denied.clear();
    this.#options.log
      .append({ type: 'sandbox.denied', v: 1, run: this.id, session: this.#session, calls })
      .catch((error: unknown) => this.#options.defect(error));
  }

  async ended(end: RunEnd): Promise<string> {
    const { home, log, endSessions, callsOf, children } = this.#options;
    const terms = this.#terms;
    const stood = this.session !== null;
    this.session = null;
    this.#over.abort();
    if (this.#tell !== null) clearTimeout(this.#tell);
    this.#tellDenied();
    try {
      if (terms === null || !stood) {
        await this.#copy.drop();
        return '';
      }
      // A launcher that was killed takes everything with it, but not at once.
      if (end.code === null) await processGone(this.#first);
      const folder = join(this.#options.paths.data, 'quarantine', this.id);
      // What changed in a project that has a copy is not this session's work.
      const look = this.#copy.stood ? null : this.#look;
      const again = look === null ? null : await lookAgain(terms.workspace, look, this.#hooks);
      const found = [...end.found, ...(again?.planted ?? [])];
      const left = quarantineAll(this.#roots, found, folder, this.#hooks);
      const back = terms.preset === null ? [] : mergeState(terms.preset, home, this.#state, terms);
      const calls = callsOf(this.id);
      const copied = await this.#copy.ended();
      const changes = changesOf(
        copied,
        this.#copy.stood ? null : projectChanges(terms.workspace, end, again?.deleted ?? null),
      );
      // A claim that cannot be read or written down ends nothing else: the session is over, and its end is told.
      const record = await tellRecord(terms, this.#state, this.id, this.#session, log, children).catch(
        (error: unknown) => {
          this.#options.defect(error);
          return null;
        },
      );
      await this.#toldEnd(async () => {
        await endSessions(this.id, end.reason === '' ? 'its command ended' : end.reason);
        await log.append({
          type: 'sandbox.ended',
          v: 1,
          run: this.id,
          session: this.#session,
          code: end.code,
          reason: end.reason,
          changed: { files: changes.files, first: changes.notable },
          deleted: changes.deleted,
          quarantined: left.map(({ path, why, problem }) =>
            problem === null ? `${path}: ${why}` : `${path}: ${why}; NOT taken away: ${problem}`,
          ),
        });
      });
      return summaryOf({
        end,
        left,
        changes,
        back,
        calls,
        record,
        notes: this.#notes,
        milliseconds: performance.now() - this.#began,
      });
    } finally {
      const left = await dropState(this.#state);
      if (left !== null) this.#options.defect(left);
      this.dropped();
    }
  }

  /** What cannot be written down any more takes nothing from what the person is told. */
  async #toldEnd(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#options.defect(error);
      const why = faultWords(error, 'see the log of Gatehouse');
      this.#notes = [...this.#notes, `the end of this session is not on the audit log: ${why}`];
    }
  }

  #accept(kind: InsideKind, socket: Duplex): void {
    const handler = this.#serves.get(kind);
    if (this.session === null || handler === undefined) socket.destroy();
    else handler(this.session, kind, socket);
  }

  dropped(): void {
    this.#options.system.over(this.id);
    this.#gone();
    this.#left.resolve();
  }

  defect(error: unknown): void {
    this.#options.defect(error);
  }
}

/** What is told of the project: of a copy what it holds; of the project itself what is seen there, and that it can be undone. */
function changesOf(kept: CopyEnd | null, seen: ProjectChanges | null): ProjectChanges {
  if (kept === null || seen === null)
    return kept ?? seen ?? { files: 0, notable: [], deleted: null, lines: [] };
  return { ...seen, lines: [...seen.lines, ...kept.lines] };
}

/** Where the copies of agents' folders are, one folder for each sandbox. */
export function statesOf(paths: Paths): string {
  return join(paths.data, 'sessions');
}
