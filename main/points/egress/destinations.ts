/**
 * Who decides where a sandbox may connect: the engine, once for each place and a few seconds. All connections to
 * it that come meanwhile share its answer and its row, those that wait for a person too: one question, one row.
 *
 * What is open is looked at again: a connection that would not be let through any more is cut, because the policy is
 * another one, an answer of the person's is over, or the app was stopped. A yes to this one connection stands until
 * the policy refuses it.
 */
import type { AuthorizeInput, EnginePort, Standing, Verdict } from '../../engine/requests.ts';
import { newId } from '../../platform/ids.ts';
import { urlOfPlace } from '../../policy/sandbox-hosts.ts';
import type { RunSession } from '../run/run-session.ts';
import { shownTarget, type Target } from './target.ts';

/** How long a yes lets further connections to the same place through. A changed policy counts after that. */
const FRESH_MS = 5000;
/** How long a gate's no stands, and a person's: a client that tries again and again must not ask each time. */
const REFUSED_MS = 2000;
const DENIED_MS = 60_000;
/** How often what is open is looked at. */
const RECHECK_MS = 1000;
/** Longer than a policy lets a request wait: the policy's own time is the one that counts. */
const PATIENCE_MS = 3_700_000;

/** What of the engine the way out needs. */
export type EgressEngine = Pick<EnginePort, 'authorize' | 'complete' | 'stands'>;

/** A connection that may be made. `left` is called once, when it is over. */
export interface Pass {
  readonly left: (end: {
    readonly up: number;
    readonly down: number;
    readonly problem: string | null;
  }) => void;
}

export type Entry =
  | { readonly kind: 'pass'; readonly pass: Pass }
  /** `again`: the row of the first refusal stands for this one too. */
  | { readonly kind: 'refused'; readonly message: string; readonly again: boolean };

interface Window {
  readonly session: RunSession;
  readonly key: string;
  readonly input: AuthorizeInput;
  readonly aborter: AbortController;
  readonly verdict: Promise<Verdict>;
  readonly began: number;
  /** How it stood when it was let through. */
  standing: Standing;
  /** Ends an open connection, one for each. */
  readonly cuts: Set<(why: string) => void>;
  waiting: number;
  made: number;
  failed: number;
  up: number;
  down: number;
  problem: string | null;
  over: boolean;
}

export class Destinations {
  readonly #engine: EgressEngine;
  readonly #defect: (error: unknown) => void;
  readonly #windows = new Map<string, Window>();
  readonly #unended = new Set<Window>();
  #recheck: NodeJS.Timeout | null = null;

  constructor(engine: EgressEngine, defect: (error: unknown) => void) {
    this.#engine = engine;
    this.#defect = defect;
  }

  /**
   * Waits for the answer, and for a person where one is asked. Rejects when the signal aborts first.
   *
   * @param cut  ends the connection; called at most once, after it was let through
   */
  async enter(
    session: RunSession,
    target: Target,
    how: string,
    signal: AbortSignal,
    cut: (why: string) => void,
  ): Promise<Entry> {
    const key = `${session.id} ${shownTarget(target)}`;
    const known = this.#windows.get(key);
    const window = known ?? this.#begin(session, target, how, key);
    window.waiting += 1;
    try {
      const verdict = await orGone(window.verdict, signal);
      if (verdict.kind === 'deny')
        return { kind: 'refused', message: verdict.message, again: known !== undefined };
      if (window.made === 0) window.standing = this.#engine.stands(window.input);
      const cuts = (why: string) => cut(why);
      window.cuts.add(cuts);
      window.made += 1;
      this.#recheck ??= setTimeout(() => this.#look(), RECHECK_MS).unref();
      const left = once((end: Parameters<Pass['left']>[0]) => {
        window.cuts.delete(cuts);
        this.#left(window, end);
      });
      return { kind: 'pass', pass: { left } };
    } finally {
      window.waiting -= 1;
      // Nobody waits any more: nobody is asked any more.
      if (window.waiting === 0 && signal.aborted) window.aborter.abort();
    }
  }

  /** The sandbox ends: what it began is told as it stands now. */
  end(session: RunSession): void {
    for (const window of [...this.#unended]) {
      if (window.session !== session) continue;
      window.aborter.abort();
      this.#close(window, true);
    }
  }

  #begin(session: RunSession, target: Target, how: string, key: string): Window {
    const aborter = new AbortController();
    const { host, port } = target;
    const input: AuthorizeInput = {
      ...session.claim,
      claimedCallId: newId('egress'),
      agent: 'main',
      toolName: how,
      module: 'web',
      action: 'connect',
      params: { url: urlOfPlace(host, port) },
      caller: 'llm',
      point: 'egress',
      patienceMs: PATIENCE_MS,
      standing: standingOf(session, host, port),
    };
    const verdict = this.#engine.authorize(input, aborter.signal);
    const window: Window = {
      ...{ session, key, input, aborter, verdict, began: performance.now() },
      ...{
        standing: 'asks',
        cuts: new Set(),
        waiting: 0,
        made: 0,
        failed: 0,
        up: 0,
        down: 0,
        problem: null,
        over: false,
      },
    };
    this.#windows.set(key, window);
    this.#unended.add(window);
    verdict.then(
      (answer) => {
        const { kind, outcome } = answer;
        const keeps =
          kind === 'allow'
            ? FRESH_MS
            : outcome === 'denied' || outcome === 'expired'
              ? DENIED_MS
              : REFUSED_MS;
        if (kind === 'deny') this.#unended.delete(window);
        setTimeout(() => this.#close(window, false), outcome === 'cancelled' ? 0 : keeps).unref();
      },
      (error: unknown) => {
        this.#unended.delete(window);
        this.#windows.delete(key);
        this.#defect(error);
      },
    );
    return window;
  }

  #left(window: Window, end: Parameters<Pass['left']>[0]): void {
    window.up += end.up;
    window.down += end.down;
    if (end.problem !== null) {
      window.failed += 1;
      window.problem = end.problem;
    }
    if (window.over && window.cuts.size === 0) this.#tell(window);
  }

  /** Cuts what would not be let through any more, and goes on while something is open. */
  #look(): void {
    this.#recheck = null;
    for (const window of [...this.#unended]) {
      if (window.cuts.size === 0) continue;
      const now = this.#standing(window);
      if (now === 'yes' || (now === 'asks' && window.standing === 'asks')) continue;
      // The next connection to the place is decided anew.
      this.#close(window, false);
      for (const cut of [...window.cuts]) cut('it is not allowed any more');
    }
    if ([...this.#unended].some((window) => window.cuts.size > 0))
      this.#recheck = setTimeout(() => this.#look(), RECHECK_MS).unref();
  }

  /** What cannot be decided does not stand, and keeps no other from being looked at. */
  #standing(window: Window): Standing {
    try {
      return this.#engine.stands(window.input);
    } catch (error) {
      this.#defect(error);
      return 'no';
    }
  }

  /** No further connection belongs to it. */
  #close(window: Window, now: boolean): void {
    window.over = true;
    if (this.#windows.get(window.key) === window) this.#windows.delete(window.key);
    if (this.#unended.has(window) && (window.cuts.size === 0 || now)) this.#tell(window);
  }

  #tell(window: Window): void {
    if (!this.#unended.delete(window) || window.made === 0) return;
    const { session, input, made, failed, up, down, problem } = window;
    const counted = `${made === 1 ? '1 connection' : `${made} connections`}, ${up} bytes out, ${down} bytes in`;
    this.#engine
      .complete({
        ...session.claim,
        claimedCallId: input.claimedCallId,
        success: failed < made,
        result: problem === null ? counted : `${problem}; ${counted}`,
        durationMs: Math.round(performance.now() - window.began),
        source: 'observed',
      })
      .catch(this.#defect);
  }
}

/** Why a place needs no question where no list is written. */
function standingOf({ endpoints }: RunSession, host: string, port: number): string | null {
  const found = endpoints.find((one) => one.host === host && one.port === port);
  return found === undefined ? null : (found.why ?? 'the agent’s model is there');
}

function orGone<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the client went away'));
    if (signal.aborted) return gone();
    signal.addEventListener('abort', gone, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', gone));
  });
}

function once<T>(work: (value: T) => void): (value: T) => void {
  let done = false;
  return (value) => {
    if (!done) work(value);
    done = true;
  };
}
