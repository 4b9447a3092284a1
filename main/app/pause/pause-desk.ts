/**
 * Pausing, resuming and stopping everything, as a page, a terminal or the tray asks for it.
 *
 * A pause widens what agents may do, so whoever carries a wish for one here has made sure of the person before. A
 * stop narrows: it takes effect first and asks nobody.
 */
import type { Overview, PauseLength } from '../../../preload/contract.ts';
import type { Approval, PersonAnswer } from '../../engine/approvals/approval.ts';
import type { Decision } from '../../engine/decision.ts';
import { messageOf } from '../../platform/errors.ts';
import { clientName } from '../views/words.ts';
import { endOf, pausedSentence, untilWords } from './pause-words.ts';
import type { Pause, Pauses, PauseVia } from './pauses.ts';

const STOP_REASON = 'Everything was stopped.';

export interface PauseDeskParts {
  readonly pauses: Pauses;
  /** The policy of whoever manages the computer; null where there can be none. */
  readonly managedFile: string | null;
  readonly nowMs: () => number;
  readonly pending: () => readonly Approval[];
  readonly answer: (id: string, fingerprint: string, answer: PersonAnswer) => Promise<unknown>;
  /** Decides what waits anew. */
  readonly recheck: () => void;
  /** Ends the programs that Gatehouse runs for agents. */
  readonly endPrograms: () => Promise<void>;
  readonly onDefect: (where: string, error: unknown) => void;
}

export class PauseDesk {
  readonly #parts: PauseDeskParts;
  readonly #listeners = new Set<() => void>();
  #wish: PauseLength | null = null;

  constructor(parts: PauseDeskParts) {
    this.#parts = parts;
    parts.pauses.onChange(() => this.#changed());
  }

  /** Pauses one agent, or all with null. @throws GatehouseError as Pauses.begin */
  async pause(
    agent: string | null,
    until: PauseLength | { readonly untilMs: number },
    via: PauseVia,
  ): Promise<Pause> {
    const untilMs = typeof until === 'string' ? endOf(until, this.#parts.nowMs()) : until.untilMs;
    const pause = await this.#parts.pauses.begin(agent, untilMs, via);
    this.dropWish();
    return pause;
  }

  /** Ends the pause of one agent, or all. Answers how many ended. */
  resume(agent: string | null, via: PauseVia): Promise<number> {
    return this.#parts.pauses.resume(agent, via);
  }

  /** Refuses every call from now on, denies what waits, ends the programs that run for agents. Never rejects. */
  async stopAll(via: PauseVia): Promise<void> {
    const { pauses, pending, answer, recheck, endPrograms, onDefect } = this.#parts;
    const stopped = pauses.stopAll(via);
    this.dropWish();
    const denied = pending().map(({ id, fingerprint }) =>
      answer(id, fingerprint, { kind: 'deny', reason: STOP_REASON, via }),
    );
    const done = await Promise.allSettled([stopped, endPrograms(), ...denied]);
    recheck();
    for (const one of done) if (one.status === 'rejected') onDefect('stopping everything', one.reason);
  }

  /** Lets agents work again. @throws what the log says */
  liftStop(via: PauseVia): Promise<boolean> {
    return this.#parts.pauses.liftStop(via);
  }

  /** Somebody who may not pause asks for it: it is shown to the person, who does it or not. */
  wish(length: PauseLength): void {
    this.#wish = length;
    this.#changed();
  }

  dropWish(): void {
    if (this.#wish === null) return;
    this.#wish = null;
    this.#changed();
  }

  /**
   * The pause that lifts a decision on a call of this client, in a sentence; null when none does. What whoever
   * manages the computer forbids, the person cannot lift.
   */
  pausedWords(client: string, { kind, rule }: Pick<Decision, 'kind' | 'rule'>): string | null {
    const { pauses, managedFile, nowMs } = this.#parts;
    const pause = pauses.covering(client);
    if (pause === null || (kind === 'deny' && rule !== null && rule.file === managedFile)) return null;
    return `Paused until ${untilWords(pause.untilMs, nowMs())}.`;
  }

  /** Why every call is refused, for its agent; null when it is not for this reason. */
  halted(): string | null {
    return this.#parts.pauses.stoppedMs === null
      ? null
      : 'The person stopped all agents in Gatehouse. Nothing runs until they let agents work again. Wait for them.';
  }

  /** Since when everything is stopped, in a sentence; null when it is not. */
  stoppedSentence(): string | null {
    const since = this.#parts.pauses.stoppedMs;
    return since === null
      ? null
      : `Every call is refused: you stopped everything at ${untilWords(since, since)}.`;
  }

  view(): Overview['pause'] {
    const nowMs = this.#parts.nowMs();
    return {
      running: this.#parts.pauses.list().map(({ agent, untilMs }) => ({
        agent,
        until: untilMs,
        sentence: pausedSentence(agent === null ? null : clientName(agent), untilMs, nowMs),
      })),
      stoppedSince: this.#parts.pauses.stoppedMs,
      wished: this.#wish,
      ends: {
        '15m': untilWords(endOf('15m', nowMs), nowMs),
        '1h': untilWords(endOf('1h', nowMs), nowMs),
        tomorrow: untilWords(endOf('tomorrow', nowMs), nowMs),
      },
    };
  }

  /** A request that began to wait while everything is stopped waits for nobody. */
  deskChanged(): void {
    if (this.#parts.pauses.stoppedMs !== null && this.#parts.pending().length > 0)
      queueMicrotask(() => {
        try {
          this.#parts.recheck();
        } catch (error) {
          this.#parts.onDefect(`deciding anew: ${messageOf(error)}`, error);
        }
      });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
