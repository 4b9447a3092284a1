/** Sessions and the life of their calls: begun and ended on the log, results accepted once. */
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../../platform/canonical-json.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Peer } from '../../platform/peer.ts';
import type { Enforcement } from '../../policy/conditions/subject.ts';
import type { Behaviors } from '../behavior/behaviors.ts';
import type { InForce, LogPort } from '../ports.ts';
import { redactText } from '../redaction.ts';
import type { RuleBook } from '../remembered/book.ts';
import type { AuthorizeInput, CompleteInput, CompleteOutcome, SessionClaim } from '../requests.ts';
import { storedBehavior, storedPeer } from '../stored.ts';
import type { ToolCall } from '../tool-call.ts';
import { type ProcessProbe, SessionRegistry } from './registry.ts';
import { type CallState, COMPLETED, enforcementOf, type Session, STOPPED } from './session.ts';

/** Only an error's beginning is kept: results can hold anything, their digest proves what they were. */
const PREVIEW_CHARACTERS = 300;
const TITLE_CHARACTERS = 60;
/** A client sends a call on as soon as its hook has let it through. */
const TAKEN_WITHIN_MS = 60_000;
/** Longer than a request can wait for its answer. */
const HELD_IDLE_MS = 2 * 3_600_000;
const CROWDED_EVERY_MS = 60_000;

export interface KeeperOptions {
  readonly clock: Clock;
  readonly log: LogPort;
  readonly inForce: InForce;
  readonly home: string;
  readonly probe: ProcessProbe;
  readonly rules: Pick<RuleBook, 'endSession'>;
  readonly behaviors: Behaviors;
}

export class SessionKeeper {
  readonly #registry: SessionRegistry;
  readonly #options: KeeperOptions;
  readonly #beginning = new Map<Session, Promise<unknown>>();
  readonly #listeners = new Set<() => void>();
  /** Since when, and how many live sessions were crowded out since the row that said so. */
  #crowded = { toldMs: Number.NEGATIVE_INFINITY, more: 0 };

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#registry = new SessionRegistry(options);
  }

  list(): readonly Session[] {
    return this.#registry.list();
  }

  find(claim: SessionClaim): Session | null {
    return this.#registry.find(claim);
  }

  /** The project that a session of this claim works in, or would. */
  appOf(claim: SessionClaim): string {
    return this.#registry.appOf(claim);
  }

  /** The session of a claim, begun on the log when it is new. Rejects when that row cannot be written. */
  async resolve(claim: SessionClaim): Promise<Session> {
    const known = this.#registry.find(claim);
    if (known !== null) {
      this.#registry.touch(known);
      await this.#beginning.get(known);
      return known;
    }
    const { session, dropped } = this.#registry.begin(
      claim,
      (app) => this.#options.inForce.policy(app)?.hash ?? null,
    );
    const written = this.#options.log.append({
      type: 'session.started',
      v: 1,
      session: session.id,
      client: session.client,
      app: session.app,
      claimedId: session.claimedId,
      peer: storedPeer(session.peer),
      policyHash: session.policyHash,
      enforcement: enforcementWord(session),
    });
    this.#options.behaviors.begin(session);
    this.#beginning.set(session, written);
    try {
      if (dropped !== null) await this.#crowdedOut(dropped, claim);
      await written;
    } catch (error) {
      // A session that is not on the log does not exist: the next call begins it again.
      this.#registry.end(session);
      throw error;
    } finally {
      this.#beginning.delete(session);
    }
    this.#changed();
    return session;
  }

  async startTurn(session: Session, prompt: string): Promise<void> {
    session.turn += 1;
    this.#options.behaviors.startTurn(session, session.turn);
    session.title ??= titleOf(prompt);
    const bytes = Buffer.from(prompt);
    await this.#options.log.append({
      type: 'turn.started',
      v: 1,
      session: session.id,
      turn: session.turn,
      promptDigest: createHash('sha256').update(bytes).digest('hex'),
      promptBytes: bytes.length,
    });
    this.#changed();
  }

  async end(session: Session, reason: string): Promise<void> {
    if (session.ended) return;
    this.#registry.end(session);
    this.#options.rules.endSession(session.id);
    this.#options.behaviors.end(session);
    this.#changed();
    await this.#options.log.append({ type: 'session.ended', v: 1, session: session.id, reason });
  }

  /** Ends sessions whose process has gone without saying so, and idle ones that no process holds. */
  async sweep(): Promise<void> {
    for (const session of this.#registry.vanished()) await this.end(session, 'the process ended');
    const before = this.#options.clock.monotonicMs() - HELD_IDLE_MS;
    for (const session of this.list())
      if (session.holder !== null && !session.ended && session.lastSeenMonotonicMs < before)
        await this.end(session, 'nothing came for two hours');
  }

  /** Ends every session that a token holds: it was revoked. */
  async endHeld(token: string, reason: string): Promise<void> {
    for (const session of this.list()) if (session.holder === token) await this.end(session, reason);
  }

  /** How the kernel confines a session, by our id. */
  enforcement(id: string): Enforcement {
    const session = this.list().find((one) => one.id === id);
    return session === undefined ? 'none' : enforcementOf(session);
  }

  /** Ends every session of a sandbox: nothing of it runs any more. */
  async endRun(run: string, reason: string): Promise<void> {
    for (const session of this.list()) if (session.peer.sandbox?.run === run) await this.end(session, reason);
  }

  /** How many calls a sandbox's sessions made, as far as they are kept, and how many of them were stopped. */
  callsOfRun(run: string): { made: number; stopped: number } {
    const calls = this.list().flatMap((session) =>
      session.peer.sandbox?.run === run ? [...session.calls.values()] : [],
    );
    return { made: calls.length, stopped: calls.filter(({ state }) => state === 'stopped').length };
  }

  record(
    session: Session,
    claimedCallId: string,
    call: ToolCall,
    state: CallState,
    concern: string | null = null,
  ): void {
    if (state === 'stopped') {
      this.#registry.record(session, claimedCallId, STOPPED);
      return;
    }
    const released = state === 'released';
    this.#registry.record(session, claimedCallId, {
      callId: call.id,
      state,
      releasedMonotonicMs: released ? this.#options.clock.monotonicMs() : null,
      content: released && call.point === 'hook' ? contentOf(call.module, call.action, call.params) : null,
      concern,
      taken: false,
    });
  }

  /**
   * A call that comes in on a second way after its client's hook had it decided: the same bytes, of the same
   * session, released a moment ago and not taken yet. It is taken once, under the second way's own id.
   *
   * @returns the id of the decided call; null when there is none
   */
  take(session: Session, input: AuthorizeInput, concern: string | null): string | null {
    const content = contentOf(input.module, input.action, input.params);
    if (content === null) return null;
    const oldest = this.#options.clock.monotonicMs() - TAKEN_WITHIN_MS;
    for (const [claimed, record] of session.calls) {
      if (record.content !== content || record.taken || record.state !== 'released') continue;
      // Something new speaks against it: it was not let through as what it is now.
      if (concern !== null && concern !== record.concern) continue;
      if ((record.releasedMonotonicMs ?? 0) < oldest) continue;
      this.#registry.record(session, claimed, { ...record, taken: true });
      this.#registry.record(session, input.claimedCallId, { ...record, content: null });
      return record.callId;
    }
    return null;
  }

  /** The newest live session of the process behind a connection, as a claim in it; null when there is none. */
  claimOf(peer: Peer): SessionClaim | null {
    const session = this.#registry.ofProcess(peer);
    return session === null
      ? null
      : { client: session.client, claimedSession: session.claimedId, peer, claimedCwd: session.app };
  }

  /** A call's result: recorded once, for a call that was let through, from the process that made it. */
  async complete(input: CompleteInput): Promise<CompleteOutcome> {
    const session = this.#registry.find(input);
    const record = session?.calls.get(input.claimedCallId) ?? null;
    if (session === null || record === null || record.state === 'deciding' || record.state === 'stopped') {
      await this.#suspicious(
        'result_unmatched',
        `a result of a call that was not let through (${input.claimedCallId.slice(0, 80)})`,
        input,
        session,
      );
      return 'unmatched';
    }
    if (record.state === 'completed') {
      await this.#suspicious(
        'result_repeated',
        `a second result of the same call (${input.claimedCallId.slice(0, 80)})`,
        input,
        session,
      );
      return 'repeated';
    }
    this.#registry.touch(session);
    this.#registry.record(session, input.claimedCallId, COMPLETED);
    // Whoever carried it out tells what came of it; the hook's words about the same call add nothing.
    if (record.taken) return 'recorded';
    const firings = this.#options.behaviors.complete(session.id, record.callId, input.success, input.result);
    const bytes = Buffer.from(input.result);
    const row = {
      type: 'call.completed',
      v: 1,
      callId: record.callId,
      session: session.id,
      success: input.success,
      source: input.source,
      durationMs: input.durationMs,
      resultDigest: createHash('sha256').update(bytes).digest('hex'),
      resultBytes: bytes.length,
      preview: input.success ? '' : redactText(input.result.slice(0, PREVIEW_CHARACTERS)).toWellFormed(),
      ...storedBehavior(firings),
    } as const;
    // Whoever saw the result itself has passed it on already.
    await this.#options.log.append(row, input.source === 'observed' ? 'soon' : 'now');
    return 'recorded';
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * One that had to go because there were too many: ended on the log like any other, and its agent's next call begins
   * anew. That they are so many is told once a minute.
   */
  async #crowdedOut(session: Session, newcomer: SessionClaim): Promise<void> {
    await this.end(session, 'too many sessions were open, and this one was silent for longest');
    this.#crowded.more += 1;
    const now = this.#options.clock.monotonicMs();
    if (now - this.#crowded.toldMs < CROWDED_EVERY_MS) return;
    const { more } = this.#crowded;
    this.#crowded = { toldMs: now, more: 0 };
    const which = more === 1 ? `the one of ${session.client} in ${session.app}` : `${more} of them`;
    await this.#suspicious(
      'sessions_crowded_out',
      `more sessions were begun than are kept: ${which}, silent for longest, was ended`
        .slice(0, 500)
        .toWellFormed(),
      newcomer,
      session,
    );
  }

  async #suspicious(
    what: string,
    detail: string,
    claim: SessionClaim,
    session: Session | null,
  ): Promise<void> {
    await this.#options.log.append({
      type: 'security',
      v: 1,
      what,
      detail,
      peer: storedPeer(claim.peer),
      session: session?.id ?? null,
    });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** How the log says it: `hooks`, `api`, or the sandbox with the level that is really in force. */
function enforcementWord(session: Session): string {
  if (session.holder !== null) return 'api';
  const { sandbox } = session.peer;
  return sandbox === undefined ? 'hooks' : `sandbox ${sandbox.level ?? 'reduced'}`;
}

/** Only tools of MCP servers can come in twice. */
function contentOf(module: string, action: string, params: JsonObject): string | null {
  if (!module.startsWith('mcp_')) return null;
  return createHash('sha256')
    .update('gatehouse-content-v1\n')
    .update(canonicalJson({ module, action, params }))
    .digest('hex');
}

function titleOf(prompt: string): string {
  const line = prompt.trim().split(/\s+/).join(' ');
  return line.length <= TITLE_CHARACTERS ? line : `${line.slice(0, TITLE_CHARACTERS - 1).toWellFormed()}…`;
}
