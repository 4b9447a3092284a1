/**
 * Who decides where a sandbox may connect: the engine, once for each place and a few seconds. All connections to
 * it that come meanwhile share its answer and its row, those that wait for a person too: one question, one row.
 */
import type { EnginePort, Verdict } from '../../engine/requests.ts';
import { newId } from '../../platform/ids.ts';
import { urlOfPlace } from '../../policy/sandbox-hosts.ts';
import type { RunSession } from '../run/run-session.ts';
import { shownTarget, type Target } from './target.ts';

/** How long a yes lets further connections to the same place through. A changed policy counts after that. */
const FRESH_MS = 5000;
/** How long a gate's no stands, and a person's: a client that tries again and again must not ask each time. */
const REFUSED_MS = 2000;
const DENIED_MS = 60_000;
/** Longer than a policy lets a request wait: the policy's own time is the one that counts. */
const PATIENCE_MS = 3_700_000;

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
  readonly claimedCallId: string;
  readonly aborter: AbortController;
  readonly verdict: Promise<Verdict>;
  readonly began: number;
  waiting: number;
  open: number;
  made: number;
  failed: number;
  up: number;
  down: number;
  problem: string | null;
  over: boolean;
}

export class Destinations {
  readonly #engine: Pick<EnginePort, 'authorize' | 'complete'>;
  readonly #defect: (error: unknown) => void;
  readonly #windows = new Map<string, Window>();
  readonly #unended = new Set<Window>();

  constructor(engine: Pick<EnginePort, 'authorize' | 'complete'>, defect: (error: unknown) => void) {
    this.#engine = engine;
    this.#defect = defect;
  }

  /** Waits for the answer, and for a person where one is asked. Rejects when the signal aborts first. */
  async enter(session: RunSession, target: Target, how: string, signal: AbortSignal): Promise<Entry> {
    const key = `${session.id} ${shownTarget(target)}`;
    const known = this.#windows.get(key);
    const window = known ?? this.#begin(session, target, how, key);
    window.waiting += 1;
    try {
      const verdict = await orGone(window.verdict, signal);
      if (verdict.kind === 'deny')
        return { kind: 'refused', message: verdict.message, again: known !== undefined };
      window.open += 1;
      window.made += 1;
      return { kind: 'pass', pass: { left: once((end) => this.#left(window, end)) } };
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
    const claimedCallId = newId('egress');
    const { host, port } = target;
    const verdict = this.#engine.authorize(
      {
        ...session.claim,
        claimedCallId,
        agent: 'main',
        toolName: how,
        module: 'web',
        action: 'connect',
        params: { url: urlOfPlace(host, port) },
        caller: 'llm',
        point: 'egress',
        patienceMs: PATIENCE_MS,
        standing: session.endpoints.some((one) => one.host === host && one.port === port)
          ? 'the agent’s model is there'
          : null,
      },
      aborter.signal,
    );
    const window: Window = {
      ...{ session, key, claimedCallId, aborter, verdict, began: performance.now() },
      ...{ waiting: 0, open: 0, made: 0, failed: 0, up: 0, down: 0, problem: null, over: false },
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
    window.open -= 1;
    window.up += end.up;
    window.down += end.down;
    if (end.problem !== null) {
      window.failed += 1;
      window.problem = end.problem;
    }
    if (window.over && window.open === 0) this.#tell(window);
  }

  /** No further connection belongs to it. */
  #close(window: Window, now: boolean): void {
    window.over = true;
    if (this.#windows.get(window.key) === window) this.#windows.delete(window.key);
    if (this.#unended.has(window) && (window.open === 0 || now)) this.#tell(window);
  }

  #tell(window: Window): void {
    if (!this.#unended.delete(window) || window.made === 0) return;
    const { session, claimedCallId, made, failed, up, down, problem } = window;
    const counted = `${made === 1 ? '1 connection' : `${made} connections`}, ${up} bytes out, ${down} bytes in`;
    this.#engine
      .complete({
        ...session.claim,
        claimedCallId,
        success: failed < made,
        result: problem === null ? counted : `${problem}; ${counted}`,
        durationMs: Math.round(performance.now() - window.began),
        source: 'observed',
      })
      .catch(this.#defect);
  }
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
