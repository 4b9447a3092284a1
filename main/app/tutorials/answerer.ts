/** A person at a tutorial, who answers with a key here or in its page, and is waited for as long as they like. */
import type { AuditRow } from '../../audit/event.ts';
import type { LogFollower } from './log-follower.ts';

export interface Answerer {
  /** What they choose. Given up when the signal aborts. */
  choose(signal: AbortSignal): Promise<'allow' | 'deny'>;
}

export interface Question {
  readonly answerer: Answerer;
  readonly follower: LogFollower;
  /** Whether a row says that it was answered elsewhere, as in the page. */
  readonly settled: (row: AuditRow) => boolean;
  /** Aborts, with the reason, when the tutorial cannot go on. */
  readonly ending: AbortSignal;
  /** What also ends the wait. */
  readonly or?: Promise<unknown>;
}

/** The person's key; null when there is nothing to be said here any more. Rejects with the reason of `ending`. */
export async function chosenKey({
  answerer,
  follower,
  settled,
  ending,
  or,
}: Question): Promise<'allow' | 'deny' | null> {
  const over = new AbortController();
  const signal = AbortSignal.any([ending, over.signal]);
  try {
    return await Promise.race([
      answerer.choose(signal),
      follower.arrival('an answer', settled, { limitMs: null, signal }).then(() => null),
      ...(or === undefined ? [] : [or.then(() => null)]),
    ]);
  } finally {
    over.abort();
  }
}
