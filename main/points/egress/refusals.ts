/** Connections that were refused before or after anybody was asked, written down together. */
import type { LogPort } from '../../engine/ports.ts';
import type { RunSession } from '../run/run-session.ts';

const EVERY_MS = 5000;
/** Different ones in one row; what is beyond is counted. */
const MOST = 50;
const LONGEST = 200;

interface Kept {
  readonly counts: Map<string, { readonly target: string; readonly why: string; count: number }>;
  beyond: number;
  readonly timer: NodeJS.Timeout;
}

export class Refusals {
  readonly #log: LogPort;
  readonly #defect: (error: unknown) => void;
  readonly #kept = new Map<RunSession, Kept>();

  constructor(log: LogPort, defect: (error: unknown) => void) {
    this.#log = log;
    this.#defect = defect;
  }

  /** @param target  as the client wrote it, or what was made of it */
  add(session: RunSession, target: string, why: string): void {
    // What breaks off because the sandbox ends was not refused.
    if (session.ended.aborted) return;
    let kept = this.#kept.get(session);
    if (kept === undefined) {
      kept = { counts: new Map(), beyond: 0, timer: setTimeout(() => this.flush(session), EVERY_MS) };
      this.#kept.set(session, kept);
    }
    const shown = visible(target);
    const key = `${shown}\n${why}`;
    const known = kept.counts.get(key);
    if (known !== undefined) known.count += 1;
    else if (kept.counts.size < MOST) kept.counts.set(key, { target: shown, why: visible(why), count: 1 });
    else kept.beyond += 1;
  }

  /** Writes down what has been kept of a session. */
  flush(session: RunSession): void {
    const kept = this.#kept.get(session);
    if (kept === undefined) return;
    this.#kept.delete(session);
    clearTimeout(kept.timer);
    this.#log
      .append({
        type: 'egress.refused',
        v: 1,
        run: session.id,
        session: session.engineSession,
        refused: [...kept.counts.values()],
        beyond: kept.beyond,
      })
      .catch(this.#defect);
  }
}

/** What an agent wrote, harmless in a line. */
function visible(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/[^\x20-\x7e]/g, '?');
}
