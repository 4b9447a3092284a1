/** What the supervisor does again and again: what is due ends, what is over is swept, the log is signed. */
import { messageOf } from '../platform/errors.ts';

const SWEEP_MS = 2000;
const SEAL_MS = 10_000;

export interface Rounds {
  stop(): void;
}

/**
 * Starts them.
 *
 * @param work.sweep    every two seconds; each part fails alone
 * @param work.sealLog  every ten seconds
 */
export function startRounds(work: {
  readonly expireDue: () => void;
  readonly sweep: () => readonly Promise<unknown>[];
  readonly sealLog: () => Promise<void>;
  readonly onError: (text: string) => void;
}): Rounds {
  const sealLog = () =>
    work.sealLog().catch((error: unknown) => work.onError(`sealing the log: ${messageOf(error)}`));
  const sweep = setInterval(() => {
    work.expireDue();
    for (const part of work.sweep())
      void part.catch((error: unknown) => work.onError(`sweep: ${messageOf(error)}`));
  }, SWEEP_MS);
  const sealing = setInterval(() => void sealLog(), SEAL_MS);
  return {
    stop: () => {
      clearInterval(sweep);
      clearInterval(sealing);
    },
  };
}
