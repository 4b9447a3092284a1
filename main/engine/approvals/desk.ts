/**
 * The requests that wait for a person.
 *
 * The desk holds the machine: what it ends is ended once, whoever comes second is told so. Every request is
 * also in the store, so that one that waited when the supervisor died is expired there at the next start, never
 * lost and never run.
 */
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Approval, ApprovalEnd } from './approval.ts';

/** What the desk needs of the store. Synchronous: when it returns, it is on disk. */
export interface ApprovalStore {
  insertPending(row: ApprovalRow): void;
  /** Ends a pending row; answers false when it was not pending. */
  resolve(id: string, state: ApprovalEnd['state'], wallMicros: number): boolean;
  listPending(): readonly ApprovalRow[];
}

export interface ApprovalRow {
  readonly id: string;
  readonly callId: string;
  readonly session: string;
  readonly fingerprint: string;
  readonly createdWallMicros: number;
  readonly expiresWallMicros: number;
}

export const MAX_PENDING_PER_SESSION = 32;
export const MAX_PENDING = 200;
const KEEP_ENDED = 50;

export type AdmitRefusal = { readonly refused: 'session_full' | 'full'; readonly limit: number };

interface Waiting {
  readonly approval: Approval;
  readonly settle: (end: ApprovalEnd) => void;
  readonly timer: NodeJS.Timeout;
}

/** A place on the desk that is kept for a request. */
export interface Place {
  readonly session: string;
  giveUp(): void;
}

export class ApprovalDesk {
  readonly #waiting = new Map<string, Waiting>();
  readonly #kept = new Set<Place>();
  #ended: Approval[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #store: ApprovalStore;
  readonly #clock: Clock;

  constructor(options: { store: ApprovalStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Requests that wait, oldest first. */
  pending(): readonly Approval[] {
    return [...this.#waiting.values()].map((waiting) => waiting.approval);
  }

  /** Requests that ended lately, newest first. */
  recent(): readonly Approval[] {
    return this.#ended;
  }

  get(id: string): Approval | null {
    return this.#waiting.get(id)?.approval ?? this.#ended.find((approval) => approval.id === id) ?? null;
  }

  /**
   * Keeps a place for one more request of this session, so that many at once do not slip under the limit. Give it
   * up as soon as the request is on the desk, or will not be.
   */
  admit(session: string): Place | AdmitRefusal {
    const inAll = this.#waiting.size + this.#kept.size;
    if (inAll >= MAX_PENDING) return { refused: 'full', limit: MAX_PENDING };
    let own = 0;
    for (const { approval } of this.#waiting.values()) if (approval.call.session === session) own += 1;
    for (const place of this.#kept) if (place.session === session) own += 1;
    if (own >= MAX_PENDING_PER_SESSION) return { refused: 'session_full', limit: MAX_PENDING_PER_SESSION };
    const place: Place = { session, giveUp: () => this.#kept.delete(place) };
    this.#kept.add(place);
    return place;
  }

  /**
   * Puts a request on the desk and waits for its end. The signal cancels it; its time-out expires it. One that
   * cannot be put down durably never waits: it is refused at once.
   */
  wait(approval: Approval, signal: AbortSignal): Promise<ApprovalEnd> {
    const { promise, resolve } = Promise.withResolvers<ApprovalEnd>();
    const remainingMs = Math.max(0, approval.expiresMonotonicMs - this.#clock.monotonicMs());
    try {
      this.#store.insertPending({
        id: approval.id,
        callId: approval.call.id,
        session: approval.call.session,
        fingerprint: approval.fingerprint,
        createdWallMicros: approval.createdWallMicros,
        expiresWallMicros: approval.createdWallMicros + Math.round(remainingMs * 1000),
      });
    } catch (error) {
      const reason = `the request could not be stored (${messageOf(error)})`;
      return Promise.resolve({ state: 'refused', gate: approval.decision.gate, reason });
    }
    const timer = setTimeout(() => this.#end(approval.id, { state: 'expired', why: 'time' }), remainingMs);
    const onAbort = () => this.#end(approval.id, { state: 'cancelled', why: 'the agent gave up waiting' });
    const settle = (end: ApprovalEnd) => {
      signal.removeEventListener('abort', onAbort);
      resolve(end);
    };
    this.#waiting.set(approval.id, { approval, settle, timer });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#changed();
    return promise;
  }

  /**
   * Ends a request. Answers the ended request.
   *
   * @throws GatehouseError `not_found`, `already_decided`
   */
  end(id: string, end: ApprovalEnd): Approval {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      const ended = this.get(id);
      if (ended?.end == null) throw new GatehouseError('not_found', `no request ${id} waits`);
      throw new GatehouseError('already_decided', `the request has ended already: ${endWords(ended.end)}`);
    }
    if (end.state === 'allowed' && this.#clock.monotonicMs() >= waiting.approval.expiresMonotonicMs) {
      // The timer may be late on a busy machine; the deadline is not.
      this.#end(id, { state: 'expired', why: 'time' });
      throw new GatehouseError('already_decided', 'the request has ended already: nobody answered in time');
    }
    return this.#end(id, end) ?? waiting.approval;
  }

  /** Ends as expired what is past its deadline by the clock, whether its timer has noticed or not. */
  expireDue(): void {
    const now = this.#clock.monotonicMs();
    for (const { approval } of [...this.#waiting.values()])
      if (now >= approval.expiresMonotonicMs) this.#end(approval.id, { state: 'expired', why: 'time' });
  }

  /** Corrects the end of a request whose release failed after it: allowed becomes refused, never the other way. */
  amend(id: string, end: Extract<ApprovalEnd, { state: 'refused' }>): void {
    this.#ended = this.#ended.map((approval) => (approval.id === id ? { ...approval, end } : approval));
    this.#changed();
  }

  /** Ends everything that waits, for example when the supervisor stops. */
  endAll(end: ApprovalEnd): void {
    for (const id of [...this.#waiting.keys()]) this.#end(id, end);
  }

  /** Expires in the store what was pending there when an earlier supervisor died. */
  expireLost(): void {
    const now = this.#clock.wallMicros();
    for (const row of this.#store.listPending())
      if (!this.#waiting.has(row.id)) this.#store.resolve(row.id, 'expired', now);
  }

  /** Calls the listener after every change; answers the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #end(id: string, end: ApprovalEnd): Approval | null {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    clearTimeout(waiting.timer);
    const endedWallMicros = this.#clock.wallMicros();
    let actual = end;
    try {
      this.#store.resolve(id, end.state, endedWallMicros);
    } catch (error) {
      // A yes that cannot be written down is no yes; any other end needs no store to hold.
      if (end.state === 'allowed') {
        actual = {
          state: 'refused',
          gate: waiting.approval.decision.gate,
          reason: 'the answer could not be stored',
        };
      }
      void error;
    }
    this.#waiting.delete(id);
    const ended: Approval = { ...waiting.approval, end: actual, endedWallMicros };
    this.#ended = [ended, ...this.#ended].slice(0, KEEP_ENDED);
    waiting.settle(actual);
    this.#changed();
    return ended;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** How a request ended, in words. */
export function endWords(end: ApprovalEnd): string {
  switch (end.state) {
    case 'allowed':
      return end.by === 'grant' ? 'allowed by a remembered answer' : 'allowed';
    case 'denied':
      return 'denied';
    case 'expired':
      return end.why === 'time' ? 'nobody answered in time' : 'Gatehouse stopped while it waited';
    case 'cancelled':
      return end.why;
    case 'refused':
      return `refused: ${end.reason}`;
  }
}
