/**
 * One worker of governed tools: a small program in a sandbox of its own, begun as any sandbox is (points/run), that
 * does the work of one session and ends with it. It does one thing at a time.
 *
 * Whatever it does that no worker of ours does (dies, hangs, floods, lies) ends it, and the work fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Peer, ProcessFacts } from '../../platform/peer.ts';
import { planHash } from '../../sandbox/launch-plan.ts';
import { type Enforced, enforced, type LaunchReport } from '../../sandbox/levels.ts';
import { commandName } from '../../sandbox/linux-view.ts';
import { checkCommand, checkLauncher } from '../run/kernel-check.ts';
import { RunControl, type RunEnd } from '../run/run-control.ts';
import type { RunRequest } from '../run/run-request.ts';
import type { RunSession } from '../run/run-session.ts';
import { encodeFields, type WorkerAnswer, WorkerAnswers } from './worker-frames.ts';
import { type WorkerLaunch, type WorkerPlan, workerLaunch } from './worker-plan.ts';

/** What a worker needs of whoever keeps it. */
export interface WorkerHouse {
  readonly launcher: string;
  /** The worker program, absolute. */
  readonly program: string;
  readonly door: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where the layers of its copy of the project are; null for none. @throws GatehouseError */
  readonly layers: (worker: Worker) => Promise<string | null>;
  /** Told once it stands in its sandbox, and may refuse it. @throws GatehouseError */
  readonly stands: (worker: Worker, facts: WorkerFacts) => Promise<void>;
  /** Called once, when nothing of it runs any more. `end` is null when it never asked for a plan. */
  readonly over: (worker: Worker, end: RunEnd | null) => Promise<void>;
  readonly defect: (error: unknown) => void;
}

/** What a worker that stands is known by, for the log. */
export interface WorkerFacts {
  readonly process: ProcessFacts;
  /** Process 1 of its sandbox. */
  readonly first: number;
  readonly told: Enforced;
  readonly report: LaunchReport;
  readonly planHash: string;
}

interface Work {
  readonly piece: ((fields: readonly Buffer[]) => void) | null;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const START_MS = 30_000;
/** Of what the launcher says, kept for an error. */
const MOST_SAID = 4000;
/** For the last words of a launcher whose connection is gone. */
const WORDS_MS = 2000;
/** From being told to end to being killed. */
const END_MS = 10_000;

export class Worker {
  readonly id = newId('run');
  readonly plan: WorkerPlan;
  readonly bornMs = performance.now();
  /** Whom it belongs to; null while it is fresh. Set once. */
  owner: string | null = null;
  /** For connections that are made in it; set with the owner. */
  session: RunSession | null = null;
  /** Places that the call which it does now was let through to. */
  readonly endpoints: { readonly host: string; readonly port: number; readonly why: string }[] = [];
  ownedSinceWallMs = 0;
  usedMs = performance.now();
  facts: WorkerFacts | null = null;
  launch: WorkerLaunch | null = null;
  readonly denials = new Map<string, number>();
  readonly #house: WorkerHouse;
  readonly #child: ChildProcess;
  readonly #answers = new WorkerAnswers();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  #control: RunControl | null = null;
  #work: Work | null = null;
  #why: string | null = null;
  #said = '';
  #told = false;
  #kill: NodeJS.Timeout | null = null;

  constructor(plan: WorkerPlan, house: WorkerHouse) {
    this.plan = plan;
    this.#house = house;
    this.#child = spawn(house.launcher, ['run', '--door', house.door, '--', house.program], {
      cwd: plan.workspace,
      env: { ...house.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on('error', () => undefined);
    stdout?.on('data', (bytes: Buffer) => this.#take(bytes));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#said.length < MOST_SAID) this.#said += text;
    });
    this.#child.on('error', (error) => this.#gone(messageOf(error)));
    this.#child.on('close', () => {
      this.#closed.resolve();
      this.#gone(this.#lastWords());
      if (this.#kill !== null) clearTimeout(this.#kill);
    });
    const late = setTimeout(() => this.end('it did not stand in 30 seconds'), START_MS);
    this.#ready.promise.catch(() => undefined).finally(() => clearTimeout(late));
  }

  /** Of its launcher; null when that could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Resolves when it can be used. Rejects with a GatehouseError when it cannot be. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when nothing of it runs any more and what it left was looked at. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Aborts as it begins to end. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get busy(): boolean {
    return this.#work !== null;
  }

  /** The launcher's control connection, as it comes in at the door. @throws GatehouseError when it is not ours */
  control(peer: Peer, accept: () => Duplex): void {
    const pid = checkLauncher(peer, this.#house.launcher);
    if (pid !== this.pid || this.#control !== null || this.#over.signal.aborted)
      throw new GatehouseError('bad_run', 'this launcher has no worker to start');
    this.#control = new RunControl(accept(), {
      plan: async (request) => this.#planFor(request),
      ready: async (hash, first, report) => this.#stands(hash, first, report),
      denied: (name, count) => this.denials.set(name, (this.denials.get(name) ?? 0) + count),
      ended: async (end) => {
        await this.#finish(end);
        return '';
      },
      dropped: () => undefined,
      defect: (error) => this.#house.defect(error),
    });
  }

  /**
   * Does one piece of work. Giving it up, or taking too long, ends the worker: what it did by then stands.
   *
   * @param piece  takes what a command prints; left out, nothing may come before the answer
   * @throws GatehouseError `worker_gone`
   */
  async run(
    fields: readonly (string | Buffer)[],
    options: {
      readonly signal: AbortSignal;
      readonly limitMs: number;
      readonly piece?: (fields: readonly Buffer[]) => void;
    },
  ): Promise<WorkerAnswer> {
    if (this.#work !== null) throw new GatehouseError('worker_gone', 'this worker does something else');
    if (this.#over.signal.aborted) throw this.#goneError();
    const { promise, resolve, reject } = Promise.withResolvers<WorkerAnswer>();
    this.#work = { piece: options.piece ?? null, resolve, reject };
    const limit = setTimeout(
      () => this.end(`it took longer than ${Math.round(options.limitMs / 1000)} seconds`),
      options.limitMs,
    );
    const given = () => this.end('the client gave the call up');
    options.signal.addEventListener('abort', given, { once: true });
    try {
      if (options.signal.aborted) given();
      else this.#child.stdin?.write(encodeFields(fields));
      return await promise;
    } finally {
      this.#work = null;
      this.usedMs = performance.now();
      clearTimeout(limit);
      options.signal.removeEventListener('abort', given);
    }
  }

  /** Ends it, with everything that it started. What it works on fails with these words. */
  end(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#why = why;
    this.#over.abort();
    this.#work?.reject(this.#goneError());
    this.#ready.reject(this.#goneError());
    this.#control?.stop();
    // Without a control connection there is no sandbox yet; and a launcher that does not end is not waited for.
    if (this.#control === null) this.#child.kill('SIGKILL');
    else this.#kill = setTimeout(() => this.#child.kill('SIGKILL'), END_MS).unref();
  }

  async #planFor(request: RunRequest): Promise<string> {
    const { program } = this.#house;
    if (request.command.length !== 1 || request.command[0] !== program)
      throw new GatehouseError('bad_run', 'the launcher asks for something else than a worker');
    this.launch = await workerLaunch(this.plan, await this.#house.layers(this));
    return this.launch.text;
  }

  async #stands(hash: string, first: number, report: LaunchReport): Promise<void> {
    const expected = this.launch === null ? null : planHash(this.launch.text);
    if (hash !== expected || expected === null || this.pid === null)
      throw new GatehouseError('bad_run', 'the launcher carried out another plan than it was given');
    const process = checkCommand(this.pid, first, commandName(this.#house.program));
    const told = enforced(this.plan.level, report, this.plan.limits);
    const facts = { process, first, told, report, planHash: expected };
    await this.#house.stands(this, facts);
    this.facts = facts;
    // It waits for its first frame as soon as the launcher lets it go.
    this.#hello().catch((error: unknown) => this.end(messageOf(error)));
  }

  async #hello(): Promise<void> {
    const answer = await this.run(['hello', ...this.plan.hello], {
      signal: this.#over.signal,
      limitMs: START_MS,
    });
    if (answer.kind !== 'done')
      throw new GatehouseError('worker_gone', answer.fields[0]?.toString('utf8') ?? 'it did not begin');
    this.#ready.resolve();
  }

  #take(bytes: Buffer): void {
    try {
      for (const answer of this.#answers.take(bytes)) {
        const work = this.#work;
        if (work === null || (answer.kind === 'piece' && work.piece === null))
          throw new GatehouseError('worker_lies', 'its worker answered what nobody had asked');
        if (answer.kind === 'piece') work.piece?.(answer.fields);
        else work.resolve(answer);
        if (answer.kind !== 'piece') this.#work = null;
      }
    } catch (error) {
      this.end(messageOf(error));
    }
  }

  #gone(why: string): void {
    this.end(why);
    void this.#finish(null);
  }

  /** The launcher tells how it ended, or its process is gone: whichever comes first. */
  async #finish(end: RunEnd | null): Promise<void> {
    // One that never stood says why on its standard error, which is whole when it has ended.
    if (end !== null && end.code === null && this.facts === null)
      await Promise.race([this.#closed.promise, sleep(WORDS_MS, null, { ref: false })]);
    this.end(end === null || end.reason === '' ? 'its worker ended' : end.reason);
    if (this.#told) return;
    this.#told = true;
    try {
      await this.#house.over(this, end);
    } catch (error) {
      this.#house.defect(error);
    } finally {
      this.#child.stdin?.end();
      this.#ended.resolve();
    }
  }

  #lastWords(): string {
    const said = this.#said.trim().replace(/^gatehouse: (?:the command was not run: )?/, '');
    return said === '' ? 'its worker ended' : said.slice(0, 500);
  }

  #goneError(): GatehouseError {
    return new GatehouseError('worker_gone', this.#why ?? 'its worker ended');
  }
}
