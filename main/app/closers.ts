/** What has to be undone at the end, gathered while starting. */
import { messageOf } from '../platform/errors.ts';

export type Closer = () => Promise<void> | void;

/** Runs all of them in reverse order; one that fails is reported and does not keep the others from running. */
export async function closeAll(closers: readonly Closer[], report: (text: string) => void): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      report(`closing: ${messageOf(error)}`);
    }
  }
}
