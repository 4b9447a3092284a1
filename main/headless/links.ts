/**
 * One-use links to the page and the sessions they turn into.
 *
 * A link is 256 random bits, good once and for five minutes. Claiming it gives a session token of the same
 * strength, which survives a reload of the page and dies with the supervisor or after 12 idle hours. Of both
 * only the SHA-256 is kept, so nothing in this process's memory or in a core file opens a page.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';

export const LINK_LIFE_MS = 5 * 60_000;
export const SESSION_IDLE_MS = 12 * 3_600_000;

/** At most this many links are good at one time, and so many are made in ten minutes. */
const MAX_LIVE_LINKS = 8;
const MAX_MINTED = 20;
const MINT_WINDOW_MS = 10 * 60_000;
const MAX_SESSIONS = 64;
/** How long a spent link is still known, so that its second use can be named. */
const REMEMBER_SPENT_MS = 24 * 3_600_000;

export type LinkOrigin = 'start-link' | 'open-link';

/** A moment on both clocks: the monotonic one stands still while the computer sleeps, the wall clock can be set back. */
interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface Link {
  readonly digest: Buffer;
  readonly origin: LinkOrigin;
  readonly madeAt: Moment;
  state: 'live' | 'used' | 'voided';
}

/** A page's session. `id` names it and is no secret; the token is known to the page alone. */
export interface PageSession {
  readonly id: string;
  readonly origin: LinkOrigin;
}

interface StoredSession extends PageSession {
  readonly digest: Buffer;
  lastUsedAt: Moment;
}

export type Claim =
  | { readonly kind: 'claimed'; readonly session: PageSession; readonly token: string }
  | { readonly kind: 'used' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

export class Links {
  readonly #clock: Clock;
  #links: Link[] = [];
  #sessions: StoredSession[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Makes a link's token: 43 characters of base64url.
   *
   * @throws GatehouseError `rate_limited` when 8 links are unused or 20 were made in ten minutes
   */
  mint(origin: LinkOrigin): string {
    const now = this.#now();
    this.#forget(now);
    const recent = this.#links.filter((link) => between(link.madeAt, now) < MINT_WINDOW_MS);
    const live = recent.filter((link) => link.state === 'live' && between(link.madeAt, now) < LINK_LIFE_MS);
    if (live.length >= MAX_LIVE_LINKS || recent.length >= MAX_MINTED) {
      throw new GatehouseError('rate_limited', 'no new link was made: too many were made lately', {
        hint: 'use one of them, or wait ten minutes',
      });
    }
    const token = randomBytes(32).toString('base64url');
    this.#links.push({ digest: digestOf(token), origin, madeAt: now, state: 'live' });
    return token;
  }

  /** Turns a link's token into a session. The first claim wins; every later one is told apart from a guess. */
  claim(token: string): Claim {
    const now = this.#now();
    this.#forget(now);
    const link = find(this.#links, token);
    if (link === null) return { kind: 'unknown' };
    if (link.state === 'used') return { kind: 'used' };
    if (link.state === 'voided' || between(link.madeAt, now) >= LINK_LIFE_MS) return { kind: 'expired' };
    link.state = 'used';
    const sessionToken = randomBytes(32).toString('base64url');
    const session: StoredSession = {
      id: newId('web'),
      origin: link.origin,
      digest: digestOf(sessionToken),
      lastUsedAt: now,
    };
    if (this.#sessions.length >= MAX_SESSIONS) this.#dropIdlest();
    this.#sessions.push(session);
    return { kind: 'claimed', session: { id: session.id, origin: session.origin }, token: sessionToken };
  }

  /** The session of a token that a page shows again, or null when there is none (any more). */
  resume(token: string): PageSession | null {
    const now = this.#now();
    this.#forget(now);
    const session = find(this.#sessions, token);
    if (session === null) return null;
    session.lastUsedAt = now;
    return { id: session.id, origin: session.origin };
  }

  /** Says that a page of this session is alive: the idle time starts anew. */
  touch(sessionId: string): void {
    for (const session of this.#sessions) if (session.id === sessionId) session.lastUsedAt = this.#now();
  }

  /** Whether the session is still good; an idle page's connection must end with it. */
  isAlive(sessionId: string): boolean {
    this.#forget(this.#now());
    return this.#sessions.some((session) => session.id === sessionId);
  }

  /** Makes a link worthless before its time, because the way it was handed over is gone. */
  void(token: string): void {
    const link = find(this.#links, token);
    if (link !== null && link.state === 'live') link.state = 'voided';
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMicros() / 1000 };
  }

  #forget(now: Moment): void {
    this.#links = this.#links.filter((link) => between(link.madeAt, now) < REMEMBER_SPENT_MS);
    this.#sessions = this.#sessions.filter((session) => between(session.lastUsedAt, now) < SESSION_IDLE_MS);
  }

  #dropIdlest(): void {
    let idlest = this.#sessions[0];
    for (const session of this.#sessions) {
      if (idlest === undefined || session.lastUsedAt.monotonicMs < idlest.lastUsedAt.monotonicMs)
        idlest = session;
    }
    this.#sessions = this.#sessions.filter((session) => session !== idlest);
  }
}

/** Milliseconds that passed by the clock that says more: a link rather ends early than late. */
function between(then: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - then.monotonicMs, now.wallMs - then.wallMs);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Compares with every entry, so that the time taken tells nothing about which one, or how much of it, fits. */
function find<T extends { readonly digest: Buffer }>(entries: readonly T[], token: string): T | null {
  const digest = digestOf(token);
  let found: T | null = null;
  for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry;
  return found;
}
