/**
 * The workers of all projects, and what the log is told of them: begun on request, known by their launchers at the
 * agent door, looked after when they end.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { LogPort } from '../../engine/ports.ts';
import type { SessionClaim } from '../../engine/requests.ts';
import { storedPeer } from '../../engine/stored.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Peer } from '../../platform/peer.ts';
import { SANDBOX_DEFAULTS, type SandboxPolicy } from '../../policy/sandbox-policy.ts';
import type { InsideKind } from '../../sandbox/launch-plan.ts';
import { type LeftBehind, quarantineAll } from '../../sandbox/left-behind.ts';
import { atLeast, type Enforced } from '../../sandbox/levels.ts';
import { lookAgain } from '../../sandbox/project-look.ts';
import { agentText } from '../hooks/agent-text.ts';
import type { Copies } from '../run/copies.ts';
import { processGone } from '../run/kernel-check.ts';
import type { RunEnd } from '../run/run-control.ts';
import type { InsideHandler } from '../run/run-session.ts';
import { SessionCopies } from './session-copies.ts';
import { SessionUndos } from './session-undos.ts';
import { Worker, type WorkerFacts } from './worker.ts';
import { workerPlan } from './worker-plan.ts';
import { type PoolSizes, WorkerPool } from './worker-pool.ts';

/** A session of governed tools, as its workers are told of it. */
export interface ToolSession {
  /** Of this connection alone. */
  readonly id: string;
  readonly client: string;
  readonly claim: SessionClaim;
  /** Ours of the engine's session. */
  readonly engineSession: string;
}

export interface ToolWorkersOptions {
  readonly log: LogPort;
  readonly home: string;
  readonly uid: number;
  readonly paths: Paths;
  readonly installRoot: string;
  /** Absolute paths; null where there is none. */
  readonly launcher: string | null;
  readonly program: string | null;
  readonly path: string;
  /** `security.sandbox` of the policy in force for a project. @throws GatehouseError when nothing may run there */
  readonly policy: (app: string) => SandboxPolicy | null;
  readonly session: (id: string) => ToolSession | null;
  /** Keeps what sessions write to copies of projects; null: nothing does, and they write to the projects. */
  readonly copies: Copies | null;
  readonly defect: (error: unknown) => void;
}

/** A pipe at the agent door, told structurally. */
interface LauncherPipe {
  readonly kind: 'mcp' | 'run' | 'inside';
  readonly name: string;
  readonly peer: Peer;
  accept(): Duplex;
  refuse(answer: { readonly exit: number; readonly stdout: string; readonly stderr: string }): void;
}

export class ToolWorkers {
  readonly #options: ToolWorkersOptions;
  readonly #pools = new Map<string, WorkerPool<Worker>>();
  readonly #live = new Map<number, Worker>();
  readonly #handlers = new Map<InsideKind, InsideHandler>();
  readonly #sessions = new WeakMap<Worker, ToolSession>();
  readonly #copies: SessionCopies;
  readonly #undos: SessionUndos;
  readonly #ending = new Set<Promise<void>>();

  constructor(options: ToolWorkersOptions) {
    this.#options = options;
    this.#copies = new SessionCopies(options.copies);
    this.#undos = new SessionUndos(options.copies);
  }

  /** The pool of a project. */
  pool(workspace: string): WorkerPool<Worker> {
    const known = this.#pools.get(workspace);
    if (known !== undefined) return known;
    const made = new WorkerPool<Worker>({
      sizes: () => sizesOf(this.#policyOrNull(workspace)),
      start: (owner) => this.#start(workspace, owner),
      isCurrent: (worker) => this.#isCurrent(workspace, worker),
      given: (worker, owner) => this.#given(worker, owner),
    });
    this.#pools.set(workspace, made);
    return made;
  }

  /** Takes a launcher's control connection, or one from inside, when the launcher is one that was started here. */
  take(pipe: LauncherPipe): boolean {
    const worker = this.#live.get(pipe.peer.process?.pid ?? -1);
    if (worker === undefined) return false;
    try {
      if (pipe.kind === 'run') worker.control(pipe.peer, () => pipe.accept());
      else this.#connect(worker, pipe);
    } catch (error) {
      const why = error instanceof GatehouseError ? error.message : 'the supervisor failed on it';
      pipe.refuse({ exit: 125, stdout: '', stderr: `gatehouse: ${agentText(why)}\n` });
      if (!(error instanceof GatehouseError)) this.#options.defect(error);
    }
    return true;
  }

  /** Whose launcher brings it says whose connection it is. */
  #connect({ session, over }: Worker, pipe: LauncherPipe): void {
    const kind = pipe.name as InsideKind;
    const handler = this.#handlers.get(kind);
    if (session === null || over.aborted || handler === undefined)
      throw new GatehouseError('not_inside', 'this connection comes from no worker that works');
    handler(session, kind, pipe.accept());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    await Promise.all(this.#ending);
  }

  /** Whether a session works on a copy of the project. */
  hasCopy(session: string): boolean {
    return this.#copies.has(session);
  }

  /** Why what a session changes in its project cannot be taken back; null when it can, or there is nothing to say. */
  undoLacking(session: string): string | null {
    return this.#undos.lacking(session);
  }

  /**
   * A session's call is about to change its project: what lies there is kept first, once for each session.
   *
   * @throws GatehouseError `not_enforced` at `maximum`, where there is neither a copy nor this
   */
  async beforeChange(worker: Worker): Promise<void> {
    const { plan, facts, owner } = worker;
    const session = owner === null ? null : this.#options.session(owner);
    if (session === null || facts === null) throw new GatehouseError('no_worker', 'the session is over');
    const { on, detail } = facts.report['snapshot'] ?? { on: false, detail: '' };
    if (on || !plan.undo) return;
    const why = await this.#undos.keep(session, plan.workspace, plan.snapshot, facts.first);
    if (why !== null && plan.level === 'maximum')
      throw new GatehouseError(
        'not_enforced',
        `there can be no copy of the project, and nothing can be kept for an undo: ${[detail, why].filter((part) => part !== '').join('; ')}`,
      );
  }

  /** A session is over: when nothing of it runs any more, what it changed is looked through. */
  sessionOver(id: string): void {
    const workers = [...this.#live.values()].filter(({ owner }) => owner === id);
    const ending = Promise.all(workers.map(({ ended }) => ended))
      .then(() => Promise.all([this.#copies.over(id), this.#undos.over(id)]))
      .then(() => undefined)
      .catch((error: unknown) => this.#options.defect(error))
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #start(workspace: string, owner: string | null): Worker {
    const { launcher, program, paths, path, home, uid, installRoot, policy, defect } = this.#options;
    if (launcher === null || program === null)
      throw new GatehouseError('no_worker', 'there is no sandbox for governed tools on this computer', {
        hint: 'see `gatehouse doctor`',
      });
    const place = { home, uid, paths, installRoot, program, path, serves: [...this.#handlers.keys()] };
    const worker = new Worker(workerPlan(workspace, policy(workspace), place), {
      launcher,
      program,
      door: paths.agentDoor,
      env: { PATH: path, HOME: home, LANG: 'C.UTF-8' },
      layers: (one) => this.#layersOf(one),
      stands: (one, facts) => this.#stands(one, facts),
      over: (one, end) => this.#over(one, end),
      defect,
    });
    worker.owner = owner;
    const { pid } = worker;
    if (pid !== null) this.#live.set(pid, worker);
    void worker.ended.then(() => {
      if (pid !== null && this.#live.get(pid) === worker) this.#live.delete(pid);
    });
    return worker;
  }

  async #layersOf({ plan, owner }: Worker): Promise<string | null> {
    if (!plan.snapshot) return null;
    const session = owner === null ? null : this.#options.session(owner);
    if (session === null)
      throw new GatehouseError(
        'no_worker',
        'there is no session whose copy of the project it could write to',
      );
    return this.#copies.layers(session, plan.workspace);
  }

  async #stands(worker: Worker, { told, report, first }: WorkerFacts): Promise<void> {
    checkLevel(worker, told);
    const session = worker.owner === null ? null : this.#options.session(worker.owner);
    if (session === null) return;
    await this.#copies.stands(session.id, session.engineSession, report['snapshot']?.on === true, first);
  }

  #policyOrNull(workspace: string): SandboxPolicy | null {
    try {
      return this.#options.policy(workspace);
    } catch {
      // Who needs a worker is told why there is none.
      return null;
    }
  }

  #isCurrent(workspace: string, worker: Worker): boolean {
    try {
      const now = this.#options.policy(workspace);
      return now === worker.plan.policy || JSON.stringify(now) === JSON.stringify(worker.plan.policy);
    } catch {
      return false;
    }
  }

  /** Its rows name the session from now on; what it does is on the log by the calls themselves. */
  #given(worker: Worker, owner: string): void {
    const session = this.#options.session(owner);
    const { facts, plan } = worker;
    if (session === null || facts === null)
      throw new GatehouseError('no_worker', 'the session of this worker is over');
    if (this.#copies.has(session.id) && !plan.snapshot)
      throw new GatehouseError(
        'no_worker',
        'this session writes to a copy of the project, and the policy has none any more',
        { hint: 'connect again' },
      );
    this.#sessions.set(worker, session);
    worker.ownedSinceWallMs = Date.now();
    // The engine knows the session by now.
    this.#copies
      .stands(session.id, session.engineSession, facts.report['snapshot']?.on === true, facts.first)
      .catch((error: unknown) => this.#options.defect(error));
    const { told, report, planHash, process } = facts;
    const peer: Peer = {
      ...session.claim.peer,
      process: { ...process, executable: this.#options.program, cwd: plan.workspace },
      sandbox: { run: worker.id, level: told.reached, lacking: told.lacking },
    };
    worker.session = {
      id: worker.id,
      claim: session.claim,
      peer: session.claim.peer,
      app: plan.workspace,
      level: told.reached,
      policy: plan.policy,
      narrowed: false,
      engineSession: session.engineSession,
      endpoints: worker.endpoints,
      ended: worker.over,
    };
    this.#append({
      type: 'sandbox.started',
      v: 1,
      run: worker.id,
      session: session.engineSession,
      client: session.client,
      app: plan.workspace,
      program: this.#options.program ?? '',
      asked: plan.level,
      reached: told.reached,
      lacking: told.lacking,
      features: Object.fromEntries(
        Object.entries(report).map(([name, { on, detail }]) => [
          name,
          on ? detail : `not enforced: ${detail}`,
        ]),
      ),
      planHash,
      peer: storedPeer(peer),
    });
  }

  /** From now on workers that begin can make connections of this kind, and they are served by `handler`. */
  serve(kind: InsideKind, handler: InsideHandler): void {
    this.#handlers.set(kind, handler);
  }

  async #over(worker: Worker, end: RunEnd | null): Promise<void> {
    const session = this.#sessions.get(worker);
    // A launcher that was killed takes everything with it, but not at once.
    if (end?.code == null && worker.facts !== null) await processGone(worker.facts.first);
    // One that nobody had left nothing.
    if (session === undefined) return;
    const left = await this.#takeAway(worker, end?.found ?? []);
    const { engineSession } = session;
    if (worker.denials.size > 0)
      this.#append({
        type: 'sandbox.denied',
        v: 1,
        run: worker.id,
        session: engineSession,
        calls: Object.fromEntries(worker.denials),
      });
    this.#append({
      type: 'sandbox.ended',
      v: 1,
      run: worker.id,
      session: engineSession,
      code: end?.code ?? null,
      reason: end?.reason ?? 'its launcher went away',
      quarantined: left.map(({ path, why, problem }) =>
        problem === null ? `${path}: ${why}` : `${path}: ${why}; NOT taken away: ${problem}`,
      ),
    });
  }

  /** What a session left that a program outside would obey; what was changed before it had the worker is not its. */
  async #takeAway(worker: Worker, found: readonly string[]): Promise<readonly LeftBehind[]> {
    const { launch, plan } = worker;
    if (launch === null) return [];
    const again = launch.look === null ? null : await lookAgain(plan.workspace, launch.look, launch.hooks);
    const own = [...found, ...(again?.planted ?? [])].filter((path) =>
      changedSince(path, worker.ownedSinceWallMs - 1000),
    );
    const folder = join(this.#options.paths.data, 'quarantine', worker.id);
    return quarantineAll(launch.roots, own, folder, launch.hooks);
  }

  #append(event: Parameters<LogPort['append']>[0]): void {
    this.#options.log.append(event).catch((error: unknown) => this.#options.defect(error));
  }
}

/**
 * Whether what lies at a path was made or changed since then. One that cannot be looked at counts as if it was: what
 * takes it away says that it cannot, and the others go all the same.
 *
 * @param path  as a byte string
 */
export function changedSince(path: string, wallMs: number): boolean {
  try {
    const facts = lstatSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
    return facts !== undefined && facts.ctimeMs >= wallMs;
  } catch {
    return true;
  }
}

function checkLevel(worker: Worker, told: Enforced): void {
  const { require } = worker.plan;
  if (require === null || atLeast(told.reached, require)) return;
  throw new GatehouseError(
    'not_enforced',
    `the policy requires ${require}, and this computer enforces ${told.reached ?? 'less than standard'}: ${told.lacking.join('; ')}`,
  );
}

function sizesOf(policy: SandboxPolicy | null): PoolSizes {
  const from = policy ?? SANDBOX_DEFAULTS;
  return {
    size: from.poolSize,
    most: from.poolMax,
    bound: policy !== null && (policy.workspaceSnapshot || policy.level.value === 'maximum'),
    idleMs: from.idleTimeoutSeconds * 1000,
    oldestMs: from.sessionTimeoutSeconds * 1000,
  };
}
