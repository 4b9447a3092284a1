/** What the log is told of the presence factor: each try, and each act that was tried without it. */
import type { LogPort } from '../engine/ports.ts';
import { storedPeer } from '../engine/stored.ts';
import { CountedReports, countWords } from '../platform/counted-reports.ts';
import type { Peer } from '../platform/peer.ts';

/** A person who mistypes stays far below. */
const EACH_A_MINUTE = 10;
const MOST_DETAIL = 500;

export type PresenceVia = 'page' | 'window' | 'terminal';

export class PresenceRecord {
  readonly #log: () => Promise<Pick<LogPort, 'append'>>;
  /** Whoever runs a program can cause these as often as they like. */
  readonly #refusals: CountedReports;

  constructor(log: () => Promise<Pick<LogPort, 'append'>>, onDefect: (error: unknown) => void) {
    this.#log = log;
    this.#refusals = new CountedReports({
      limit: EACH_A_MINUTE,
      onDefect,
      summary: async (counts) =>
        this.#security(`more of the same within a minute: ${[...counts].map(countWords).join('; ')}`, null),
    });
  }

  /** An act that needs a person was tried from a terminal, and nobody showed that one asks. */
  async refused(act: string, code: string, peer: Peer | null): Promise<void> {
    const why = code === 'no_pin' ? 'no PIN is set' : 'nobody was there to show that a person asks';
    const detail = `${act} was tried from a terminal and refused: ${why}`;
    await this.#refusals.report(`${act} (${why})`, () => this.#security(detail, peer));
  }

  /** A PIN was shown: right (`code` is empty), or not. */
  async tried(act: string, code: string, via: PresenceVia): Promise<void> {
    const write = async () => {
      const log = await this.#log();
      await log.append({ type: 'presence', v: 1, act, ok: code === '', via, detail: code });
    };
    // Tries that are looked at have bounds of their own; those that come too early have none.
    if (code === 'rate_limited')
      await this.#refusals.report(`${act} (too early after wrong PINs, ${via})`, write);
    else await write();
  }

  /** Writes down what was only counted so far. */
  async close(): Promise<void> {
    await this.#refusals.flush();
  }

  async #security(detail: string, peer: Peer | null): Promise<void> {
    const log = await this.#log();
    await log.append({
      type: 'security',
      v: 1,
      what: 'presence_refused',
      detail: detail.slice(0, MOST_DETAIL).toWellFormed(),
      peer: peer === null ? null : storedPeer(peer),
      session: null,
    });
  }
}
