/** Single keys from the person's terminal, or from a pipe in its place. */
import { DEAD_TIME_MS } from '../app/pages.ts';

const INTERRUPT = '\u0003';

/**
 * Waits for one of the keys. What is typed in the first 400 ms was meant for something else and does not count.
 *
 * @param keys what counts, in lower case
 * @param signal gives up, and rejects with its reason
 * @param onInterrupt told of Ctrl-C, which is a key like any other while keys are read one by one
 */
export function nextKey(
  keys: string,
  signal: AbortSignal,
  onInterrupt: () => void,
  input: NodeJS.ReadStream = process.stdin,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const from = performance.now() + DEAD_TIME_MS;
    const settle = () => {
      input.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
    };
    const onData = (characters: Buffer | string) => {
      for (const key of String(characters).toLowerCase()) {
        if (key === INTERRUPT) onInterrupt();
        if (!keys.includes(key) || performance.now() < from) continue;
        settle();
        resolve(key);
        return;
      }
    };
    const onAbort = () => {
      settle();
      reject(signal.reason);
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    if (input.isTTY) input.setRawMode(true);
    // A terminal that is gone gives no key; the page may still answer.
    input.on('error', () => undefined);
    input.on('data', onData);
    input.resume();
  });
}
