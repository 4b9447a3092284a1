/**
 * The calls that clients of the API have submitted: each is asked for once, waited for as long as somebody asks,
 * and its result is taken once.
 *
 * A client that goes away while it waits has given up, and its request is cancelled for ever. One that was told
 * to come back (202) may; when it does not within two minutes, it has given up too, so that nobody is asked
 * about a call that no one will run.
 */
import type { AuthorizeInput, SessionClaim } from '../../engine/requests.ts';
import { newId } from '../../platform/ids.ts';
import type { Peer } from '../../platform/peer.ts';
import { canonicalName } from '../../policy/catalog.ts';
import { ApiError } from './api-error.ts';
import type { ApiParts } from './parts.ts';
import { digestOf, type Standing, type Submitted, type Wanted } from './submitted-call.ts';
import type { Token } from './token-book.ts';

/** How long a client that was told to come back may stay away. */
export const LEASE_MS = 120_000;
/** Longer than a policy lets a request wait: the policy's own time is the one that counts. */
const PATIENCE_MS = 3_700_000;
const MAX_SESSIONS_PER_TOKEN = 50;
const MAX_KEPT = 2000;

export class CallDesk {
  readonly #engine: ApiParts['engine'];
  readonly #leaseMs: number;
  readonly #byKey = new Map<string, Submitted>();
  readonly #byCall = new Map<string, Submitted>();

  constructor(engine: ApiParts['engine'], leaseMs = LEASE_MS) {
    this.#engine = engine;
    this.#leaseMs = leaseMs;
  }

  /**
   * Asks for a call, or for the one that was asked for under the same id, and waits.
   *
   * @throws ApiError `changed` when the id was used for another call, `too_many_requests`, `bad_request`
   */
  async submit(
    token: Token,
    app: string,
    wanted: Wanted,
    peer: Peer,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Standing> {
    const digest = digestOf(wanted);
    const claimedCallId = wanted.callId ?? newId('own');
    const key = [token.id, app, wanted.session, claimedCallId].join('\0');
    const known = this.#byKey.get(key);
    if (known !== undefined && known.digest !== digest)
      throw new ApiError(
        'changed',
        'this call id was used for another call: a changed call needs an id of its own',
      );
    const item = known ?? this.#begin(key, digest, token, app, { ...wanted, callId: claimedCallId }, peer);
    return this.#wait(item, waitMs, signal);
  }

  /** Where a call stands, waited for. @throws ApiError `not_found` */
  async look(
    token: Token,
    app: string,
    callId: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Standing> {
    return this.#wait(this.#find(token, app, callId), waitMs, signal);
  }

  /** Gives a call up that waits. @throws ApiError `not_found`, `already_decided` */
  async cancel(token: Token, app: string, callId: string): Promise<Standing> {
    const item = this.#find(token, app, callId);
    if (item.verdict !== null)
      throw new ApiError('already_decided', `the call has been decided: ${item.verdict.outcome}`);
    item.aborter.abort();
    await item.ended;
    return this.#standing(item);
  }

  /** Takes a call's result, once. @throws ApiError `not_found`, `not_released`, `already_completed` */
  async complete(
    token: Token,
    app: string,
    callId: string,
    told: { readonly success: boolean; readonly result: string; readonly durationMs: number | null },
    peer: Peer,
  ): Promise<Standing> {
    const item = this.#find(token, app, callId);
    const outcome = await this.#engine.complete({ ...item.claim, ...told, peer, source: 'claimed' });
    if (outcome === 'repeated')
      throw new ApiError(
        'already_completed',
        'the result of this call was told before: it was not taken again',
      );
    if (outcome === 'unmatched')
      throw new ApiError('not_released', 'this call was not let through: it has no result');
    item.completed = true;
    const notices = this.#engine.takeTexts(item.claim, item.agent);
    return { ...this.#standing(item), notices };
  }

  /** The token is good no longer: what it waits for is given up. */
  drop(token: string): void {
    for (const item of [...this.#byKey.values()]) {
      if (item.token !== token) continue;
      item.aborter.abort();
      this.#forget(item);
    }
  }

  /** Gives up everything that waits. */
  close(): void {
    for (const item of [...this.#byKey.values()]) {
      item.aborter.abort();
      this.#forget(item);
    }
  }

  #begin(
    key: string,
    digest: string,
    token: Token,
    app: string,
    wanted: Wanted & { readonly callId: string },
    peer: Peer,
  ): Submitted {
    const claim = {
      client: `api:${token.name}`,
      claimedSession: wanted.session,
      claimedCallId: wanted.callId,
      claimedCwd: wanted.cwd,
      peer,
      held: { token: token.id, app },
    };
    this.#admit(token, claim);
    const { module, action } = canonicalName(wanted.toolName);
    const input: AuthorizeInput = {
      ...claim,
      agent: wanted.agent,
      toolName: wanted.toolName,
      module,
      action,
      params: wanted.params,
      caller: 'llm',
      point: 'api',
      patienceMs: PATIENCE_MS,
    };
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const aborter = new AbortController();
    const ended = this.#engine
      .authorize(input, aborter.signal, (request) => {
        item.requestId = request;
        this.#named(item, this.#engine.desk.get(request)?.call.id ?? '');
        begin();
      })
      .then((verdict) => {
        item.verdict = verdict;
        this.#named(item, verdict.callId);
        this.#endLease(item);
        begin();
        // One that could not be decided now may be asked for again under the same id.
        if (verdict.callId === '' || verdict.retryAfterMs !== null) this.#forget(item);
        else this.#makeRoom();
        return verdict;
      });
    const item: Submitted = {
      key,
      token: token.id,
      app,
      agent: wanted.agent,
      digest,
      claim,
      aborter,
      begun,
      ended,
      callId: '',
      requestId: null,
      verdict: null,
      waiters: 0,
      released: false,
      lease: null,
      completed: false,
    };
    this.#byKey.set(key, item);
    return item;
  }

  async #wait(item: Submitted, waitMs: number, signal: AbortSignal): Promise<Standing> {
    this.#endLease(item);
    item.waiters += 1;
    const { promise: over, resolve: stop } = Promise.withResolvers<void>();
    const timer = setTimeout(stop, waitMs);
    const gone = () => stop();
    signal.addEventListener('abort', gone, { once: true });
    if (signal.aborted) stop();
    try {
      await Promise.race([item.ended, over]);
      // Nobody is told to come back before there is something to come back for.
      await item.begun;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      item.waiters -= 1;
      this.#left(item, signal.aborted);
    }
    return this.#standing(item);
  }

  /** A request that waited for this call has ended; what becomes of the call when nobody else waits. */
  #left(item: Submitted, gone: boolean): void {
    if (item.verdict !== null || item.waiters > 0) return;
    if (gone && !item.released) {
      item.aborter.abort();
      return;
    }
    item.released = true;
    item.lease = setTimeout(() => item.aborter.abort(), this.#leaseMs);
    item.lease.unref();
  }

  #endLease(item: Submitted): void {
    if (item.lease !== null) clearTimeout(item.lease);
    item.lease = null;
  }

  #named(item: Submitted, callId: string): void {
    if (callId === '' || item.callId === callId) return;
    item.callId = callId;
    if (this.#byKey.get(item.key) === item) this.#byCall.set(callId, item);
  }

  #find(token: Token, app: string, callId: string): Submitted {
    const item = this.#byCall.get(callId);
    if (item === undefined || item.token !== token.id || item.app !== app)
      throw new ApiError(
        'not_found',
        `there is no call ${JSON.stringify(callId.slice(0, 64))} of this token`,
      );
    return item;
  }

  /** A client that makes up session after session must not push out those of others. */
  #admit(token: Token, claim: SessionClaim): void {
    const { sessions } = this.#engine;
    if (sessions.find(claim) !== null) return;
    const live = sessions.list().filter(({ holder, ended }) => holder === token.id && !ended);
    if (live.length >= MAX_SESSIONS_PER_TOKEN)
      throw new ApiError(
        'too_many_requests',
        `this token has ${MAX_SESSIONS_PER_TOKEN} sessions: end one first`,
        {
          retryAfterSeconds: 60,
        },
      );
  }

  #standing(item: Submitted): Standing {
    const { callId, requestId, app, verdict, completed, claim } = item;
    const sessionId = this.#engine.sessions.find(claim)?.id ?? null;
    return { callId, sessionId, requestId, app, verdict, completed, notices: verdict?.notices ?? [] };
  }

  /** Forgets the oldest that are decided. */
  #makeRoom(): void {
    if (this.#byKey.size <= MAX_KEPT) return;
    for (const item of this.#byKey.values()) {
      if (item.verdict === null) continue;
      this.#forget(item);
      if (this.#byKey.size <= MAX_KEPT) return;
    }
  }

  #forget(item: Submitted): void {
    this.#endLease(item);
    this.#byKey.delete(item.key);
    if (this.#byCall.get(item.callId) === item) this.#byCall.delete(item.callId);
  }
}
