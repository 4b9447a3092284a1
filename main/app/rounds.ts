/** What the supervisor does again and again: what is due ends, what is over is swept, how far the log goes is noted. */
import { messageOf } from '../platform/errors.ts';

const SWEEP_MS = 2000;
const WITNESS_MS = 10_000;

export interface Rounds {
  /** Notes how far the log was written. Never rejects. */
  noteHead(): Promise<void>;
  stop(): void;
}

/**
 * Starts them.
 *
 * @param work.sweep    every two seconds; each part fails alone
 * @param work.noteHead every ten seconds
 */
export function startRounds(work: {
  readonly expireDue: () => void;
  readonly sweep: () => readonly Promise<unknown>[];
  readonly noteHead: () => Promise<void>;
  readonly onError: (text: string) => void;
}): Rounds {
  const noteHead = () =>
    work.noteHead().catch((error: unknown) => work.onError(`log head: ${messageOf(error)}`));
  const sweep = setInterval(() => {
    work.expireDue();
    for (const part of work.sweep())
      void part.catch((error: unknown) => work.onError(`sweep: ${messageOf(error)}`));
  }, SWEEP_MS);
  const witness = setInterval(() => void noteHead(), WITNESS_MS);
  return {
    noteHead,
    stop: () => {
      clearInterval(sweep);
      clearInterval(witness);
    },
  };
}
