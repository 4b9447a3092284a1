/**
 * The sessions that are known, each bound to an observed process.
 *
 * The same claimed id from another process is another session: an agent cannot speak in a session it does not
 * run, and a resumed conversation starts anew with nothing remembered.
 */
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import type { Peer } from '../../platform/peer.ts';
import { type SessionClaim, UNHOOKED_SESSION } from '../requests.ts';
import { projectRoot } from './project-root.ts';
import type { CallRecord, Session } from './session.ts';

const MAX_SESSIONS = 500;
const MAX_CALLS_PER_SESSION = 2000;

/** Tells whether the process that a session is bound to still runs. */
export type ProcessProbe = (pid: number, startTime: string | null) => boolean;

export class SessionRegistry {
  readonly #sessions = new Map<string, Session>();
  readonly #clock: Clock;
  readonly #home: string;
  readonly #probe: ProcessProbe;

  constructor(options: { clock: Clock; home: string; probe: ProcessProbe }) {
    this.#clock = options.clock;
    this.#home = options.home;
    this.#probe = options.probe;
  }

  /** Sessions in the order in which they were first seen. */
  list(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** The session that a claim speaks in, or null when it is not known. */
  find(claim: SessionClaim): Session | null {
    const session = this.#sessions.get(keyOf(claim));
    return session === undefined || session.ended ? null : session;
  }

  /** The live session of this process that its hooks told of and that spoke last, or null. */
  ofProcess(peer: Peer): Session | null {
    if (peer.requester === null) return null;
    const key = processKey(peer);
    return this.list().reduce<Session | null>((newest, session) => {
      if (session.ended || session.claimedId === UNHOOKED_SESSION || processKey(session.peer) !== key)
        return newest;
      return newest === null || session.lastSeenMonotonicMs >= newest.lastSeenMonotonicMs ? session : newest;
    }, null);
  }

  /**
   * Begins a session for a claim that is not known.
   *
   * @returns also the live session that had to go, as the one that was silent for longest, when there were too many
   */
  begin(
    claim: SessionClaim,
    policyHash: (app: string) => string | null,
  ): { readonly session: Session; readonly dropped: Session | null } {
    const dropped = this.#makeRoom();
    const observed = claim.peer.requester?.cwd ?? null;
    const now = this.#clock.wallMicros();
    const nowMs = this.#clock.monotonicMs();
    const app = this.appOf(claim);
    const session: Session = {
      id: newId('ses'),
      key: keyOf(claim),
      client: claim.client,
      claimedId: claim.claimedSession,
      app,
      appObserved: claim.held === undefined && observed !== null && claim.peer.source === 'kernel',
      peer: claim.peer,
      holder: claim.held?.token ?? null,
      policyHash: policyHash(app),
      startedWallMicros: now,
      startedMonotonicMs: nowMs,
      lastSeenWallMicros: now,
      lastSeenMonotonicMs: nowMs,
      turn: 0,
      title: null,
      ended: false,
      calls: new Map(),
    };
    this.#sessions.set(keyOf(claim), session);
    return { session, dropped };
  }

  /** The project that a session of this claim works in: as it began, or as it would begin now. */
  appOf(claim: SessionClaim): string {
    const cwd = claim.peer.requester?.cwd ?? claim.claimedCwd;
    return this.find(claim)?.app ?? claim.held?.app ?? projectRoot(cwd, this.#home);
  }

  /** Notes that a session spoke. */
  touch(session: Session): void {
    session.lastSeenWallMicros = this.#clock.wallMicros();
    session.lastSeenMonotonicMs = this.#clock.monotonicMs();
  }

  end(session: Session): void {
    session.ended = true;
  }

  /** Live sessions whose process has gone; those that a token holds outlive the process that began them. */
  vanished(): readonly Session[] {
    return this.list().filter((session) => {
      const process = session.peer.requester;
      return (
        !session.ended &&
        session.holder === null &&
        process !== null &&
        !this.#probe(process.pid, process.startTime)
      );
    });
  }

  /** Keeps what is known of a call, within the bound. */
  record(session: Session, claimedCallId: string, record: CallRecord): void {
    session.calls.delete(claimedCallId);
    session.calls.set(claimedCallId, record);
    if (session.calls.size <= MAX_CALLS_PER_SESSION) return;
    for (const [id, old] of session.calls) {
      if (old.state === 'deciding') continue;
      session.calls.delete(id);
      return;
    }
  }

  #makeRoom(): Session | null {
    if (this.#sessions.size < MAX_SESSIONS) return null;
    let victim: [string, Session] | null = null;
    for (const entry of this.#sessions) {
      const older = victim === null || entry[1].lastSeenMonotonicMs < victim[1].lastSeenMonotonicMs;
      if (entry[1].ended && (victim === null || !victim[1].ended || older)) victim = entry;
      else if (older && !(victim?.[1].ended ?? false)) victim = entry;
    }
    if (victim === null) return null;
    this.#sessions.delete(victim[0]);
    return victim[1].ended ? null : victim[1];
  }
}

function keyOf(claim: SessionClaim): string {
  const { client, claimedSession, held, peer } = claim;
  const holder = held === undefined ? processKey(peer) : `token ${held.token} ${held.app}`;
  return [client, claimedSession, holder].join('\0');
}

/** Names the observed agent process for ever; `?` where the system tells nothing. */
function processKey(peer: Peer): string {
  const process = peer.requester;
  return process === null ? '?' : `${process.pid}:${process.startTime ?? '?'}`;
}
