/**
 * How a supervisor's process ends: when asked to, within two seconds, or by a fault of ours, at once.
 *
 * However it ends, what waits for a person is expired first, so that no agent is left hanging; and if that does
 * not come to an end, the process does, because an agent without a supervisor is blocked as well.
 */
import { messageOf } from './errors.ts';
import { faultWords } from './full-disk.ts';

const STOP_LIMIT_MS = 1700;
/** One Ctrl-C arrives up to three times: from the terminal, from npm and from a launcher that pass it on. */
const SAME_SIGNAL_MS = 400;

export interface Lifetime {
  /** Resolves with the exit code when the process has been asked to end. */
  readonly ended: Promise<number>;
  /** Sets what is to be closed; called once, also after the end was asked for. */
  onStop(stop: (reason: string) => Promise<void>): void;
  /** Ends the process as if it had been asked to from outside. */
  end(reason: string): void;
}

export interface LifetimeOptions {
  /** The log file: may get a stack. */
  readonly log: (text: string) => void;
  /** The terminal: gets one line. */
  readonly complain: (line: string) => void;
}

/** Listens for signals and for faults that nothing caught. */
export function watchLifetime({ log, complain }: LifetimeOptions): Lifetime {
  let stop: ((reason: string) => Promise<void>) | null = null;
  let reason: { readonly text: string; readonly exit: number; readonly at: number } | null = null;
  let finish: (exit: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const run = async () => {
    if (stop === null || reason === null) return;
    const { text, exit } = reason;
    const closing = stop(text).catch((error: unknown) => log(`stopping: ${messageOf(error)}`));
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, STOP_LIMIT_MS))]);
    finish(exit);
  };
  const end = (text: string, exit: number) => {
    if (reason !== null) return;
    reason = { text, exit, at: performance.now() };
    if (stop !== null) void run();
    // While it starts there may be nothing to close for a long time: do not wait for it for ever.
    else setTimeout(() => finish(exit), STOP_LIMIT_MS);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever presses Ctrl-C a second time means it.
      if (reason !== null && performance.now() - reason.at > SAME_SIGNAL_MS) process.exit(reason.exit);
      end(`stopped by ${signal}`, 0);
    });
  }
  const fault = (error: unknown) => {
    log(`fault: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
    if (reason === null)
      complain(`gatehouse: stopping: ${faultWords(error, 'the log file has more; start it again')}`);
    end('an internal fault', 1);
  };
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
  return {
    ended,
    end: (text) => end(text, 0),
    onStop: (given) => {
      stop = given;
      void run();
    },
  };
}
