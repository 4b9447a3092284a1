/** The sandboxes that run now: begun on a launcher's control connection, ended with it. */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from '../../platform/errors.ts';
import type { Peer } from '../../platform/peer.ts';
import type { InsideKind } from '../../sandbox/launch-plan.ts';
import { dropEarlier } from '../../sandbox/state-copy.ts';
import { agentText } from '../hooks/agent-text.ts';
import { RunControl } from './run-control.ts';
import type { InsideHandler } from './run-session.ts';
import { Run, type RunsOptions, statesOf } from './sandboxed-run.ts';

/** A pipe at the agent door, told structurally. */
export interface RunPipe {
  readonly kind: 'mcp' | 'run' | 'inside';
  readonly name: string;
  readonly peer: Peer;
  accept(): Duplex;
  refuse(answer: { readonly exit: number; readonly stdout: string; readonly stderr: string }): void;
}

const OURS = 125;
/** At the end nobody waits longer for what a sandbox left to be looked at. */
const LONGEST_END_MS = 10_000;

export class Runs {
  readonly #options: RunsOptions;
  readonly #handlers = new Map<InsideKind, InsideHandler>();
  readonly #live = new Map<number, Run>();

  constructor(options: RunsOptions) {
    this.#options = options;
    dropEarlier(statesOf(options.paths)).then((left) => {
      for (const one of left) options.defect(one);
    }, options.defect);
  }

  /** From now on sandboxes that begin can make connections of this kind, and they are served by `handler`. */
  serve(kind: InsideKind, handler: InsideHandler): void {
    this.#handlers.set(kind, handler);
  }

  /** A launcher at the door, or a connection from inside that one brings. */
  take(pipe: RunPipe): void {
    try {
      if (pipe.kind === 'run') this.#begin(pipe);
      else this.#connect(pipe);
    } catch (error) {
      const why = error instanceof GatehouseError ? error.message : 'the supervisor failed on it';
      pipe.refuse({
        exit: OURS,
        stdout: '',
        stderr: `gatehouse: the command was not run: ${agentText(why)}\n`,
      });
      if (!(error instanceof GatehouseError)) this.#options.defect(error);
    }
  }

  /** Ends every sandbox, and waits until what each left was looked at and its launcher was told. */
  async close(): Promise<void> {
    const runs = [...this.#live.values()];
    for (const run of runs) run.control?.stop();
    const over = Promise.all(runs.map((run) => run.over));
    await Promise.race([over, sleep(LONGEST_END_MS, null, { ref: false })]);
    // The last words are written after it is over.
    await sleep(0);
  }

  #begin(pipe: RunPipe): void {
    const { launcher, refusal, system } = this.#options;
    if (refusal !== null) throw new GatehouseError('no_sandbox', refusal, { hint: 'see `gatehouse doctor`' });
    if (launcher === null)
      throw new GatehouseError('no_launcher', 'there is no sandbox launcher for this computer', {
        hint: 'see `gatehouse doctor`',
      });
    const pid = system.checkLauncher(pipe.peer, launcher);
    if (this.#live.has(pid)) throw new GatehouseError('bad_run', 'this launcher has a sandbox already');
    const run = new Run(pid, pipe.peer, this.#options, this.#handlers, () => this.#live.delete(pid));
    this.#live.set(pid, run);
    run.control = new RunControl(pipe.accept(), run);
  }

  /** The process at the other end says whose connection it is. */
  #connect(pipe: RunPipe): void {
    const run = this.#live.get(pipe.peer.pid ?? -1);
    const same = run?.startTime === pipe.peer.process?.startTime;
    const session = same ? (run?.session ?? null) : null;
    const handler = this.#handlers.get(pipe.name as InsideKind);
    if (session === null || handler === undefined)
      throw new GatehouseError('not_inside', 'this connection comes from no sandbox that runs');
    handler(session, pipe.name as InsideKind, pipe.accept());
  }
}
