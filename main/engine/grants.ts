/**
 * Remembered answers of a session: this exact call, until the session ends.
 *
 * They live in memory only. A restart forgets them, and nothing an agent can write brings one back.
 */
import { newId } from '../platform/ids.ts';

export interface SessionGrant {
  readonly id: string;
  readonly session: string;
  readonly fingerprint: string;
  /** The call whose answer made it. */
  readonly callId: string;
  readonly madeMonotonicMs: number;
}

/** At most this many in one session: a person does not give more, a defect might. */
const LIMIT_PER_SESSION = 1000;

export class SessionGrants {
  readonly #bySession = new Map<string, Map<string, SessionGrant>>();

  /** Remembers a yes for exactly this fingerprint in this session. Answers the one that exists if there is one. */
  add(session: string, fingerprint: string, callId: string, nowMs: number): SessionGrant {
    const grants = this.#bySession.get(session) ?? new Map<string, SessionGrant>();
    this.#bySession.set(session, grants);
    const existing = grants.get(fingerprint);
    if (existing !== undefined) return existing;
    if (grants.size >= LIMIT_PER_SESSION) {
      const oldest = grants.keys().next();
      if (!oldest.done) grants.delete(oldest.value);
    }
    const grant: SessionGrant = { id: newId('grant'), session, fingerprint, callId, madeMonotonicMs: nowMs };
    grants.set(fingerprint, grant);
    return grant;
  }

  find(session: string, fingerprint: string): SessionGrant | null {
    return this.#bySession.get(session)?.get(fingerprint) ?? null;
  }

  /** The grant that the answer to this call made, if it is still in force. */
  madeBy(callId: string): SessionGrant | null {
    for (const grants of this.#bySession.values())
      for (const grant of grants.values()) if (grant.callId === callId) return grant;
    return null;
  }

  /** Takes one back; answers whether it was there. */
  revoke(grant: SessionGrant): boolean {
    return this.#bySession.get(grant.session)?.delete(grant.fingerprint) ?? false;
  }

  /** Forgets all of a session; answers what was forgotten. */
  endSession(session: string): readonly SessionGrant[] {
    const ended = [...(this.#bySession.get(session)?.values() ?? [])];
    this.#bySession.delete(session);
    return ended;
  }
}
