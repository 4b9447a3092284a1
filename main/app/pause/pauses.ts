/**
 * Pauses and the stop of everything: when they began, how they end, and the rows at both ends.
 *
 * A pause is in force only once its row is durable, always has an end, and ends by whichever of the two clocks
 * gets there first, so that a clock that is put back makes none longer. What goes on after a restart is read from
 * the log and from nowhere else: nobody makes a pause by writing into a file. A stop is the other way round: in
 * force at once, kept until a person ends it, and believed also where nothing but the settings tell of it.
 */
import type { AuditEvent, AuditRow, Receipt } from '../../audit/event.ts';
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { LONGEST_PAUSE_MS } from './pause-words.ts';

export type PauseVia = 'page' | 'window' | 'terminal' | 'tray';

export interface Pause {
  /** The client it is for, as `claude-code`; null for all. */
  readonly agent: string | null;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Running extends Pause {
  readonly endsMonotonicMs: number;
}

type PauseEvent = Extract<AuditEvent, { type: 'pause.changed' }>;

export interface PausesOptions {
  /** Keeps since when everything is stopped. */
  readonly store: { read(): string | null; write(json: string): void };
  readonly log: {
    append(event: AuditEvent): Promise<Receipt>;
    /** The newest rows about pauses and stops, newest first: more than can matter for a day. */
    history(): Promise<readonly AuditRow[]>;
  };
  readonly clock: Clock;
  /** A row that could not be written; the state that it tells of holds all the same. */
  readonly onUnwritten: (error: unknown) => void;
}

export class Pauses {
  readonly #options: PausesOptions;
  readonly #listeners = new Set<() => void>();
  #running: readonly Running[] = [];
  #stoppedMs: number | null = null;

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier supervisor left: a stop, and the pauses that go on. */
  async load(): Promise<void> {
    const rows = (await this.#options.log.history()).toReversed();
    const left = new Map<string | null, Pause>();
    let stoppedMs: number | null = null;
    for (const { event, wallMicros } of rows) {
      if (event.type !== 'pause.changed') continue;
      const atMs = Math.floor(wallMicros / 1000);
      if (event.what === 'stop') {
        stoppedMs = event.change === 'began' ? atMs : null;
        left.clear();
      } else if (event.change === 'ended') left.delete(event.agent);
      else if (event.until !== null)
        left.set(event.agent, { agent: event.agent, sinceMs: atMs, untilMs: event.until });
    }
    this.#stoppedMs = readStop(this.#options.store.read()) ?? stoppedMs;
    const now = this.#nowMs();
    for (const pause of left.values()) {
      // A clock that was put back before the pause began cannot tell how much of it is left.
      if (this.#stoppedMs === null && pause.untilMs > now && pause.sinceMs <= now)
        this.#running = [...this.#running, this.#timed(pause)];
      else await this.#row({ change: 'ended', agent: pause.agent, until: pause.untilMs, why: OVER });
    }
    this.#changed();
  }

  /** The pauses that run, that of all agents first. */
  list(): readonly Pause[] {
    return this.#running
      .filter((pause) => this.#runs(pause))
      .toSorted((a, b) => Number(a.agent !== null) - Number(b.agent !== null) || a.untilMs - b.untilMs);
  }

  /** The pause that covers calls of a client; null when none does. */
  covering(client: string): Pause | null {
    if (this.#stoppedMs !== null || this.#running.length === 0) return null;
    const covers = this.#running.filter(
      (pause) => this.#runs(pause) && (pause.agent === null || pause.agent === client),
    );
    return covers.toSorted((a, b) => b.untilMs - a.untilMs)[0] ?? null;
  }

  /** Since when everything is stopped, milliseconds since 1970; null when it is not. */
  get stoppedMs(): number | null {
    return this.#stoppedMs;
  }

  /**
   * Begins a pause, in place of the one that the same agent had. Resolves when it is in force.
   *
   * @throws GatehouseError `bad_pause`, `stopped`, what the log says when the row cannot be written
   */
  async begin(agent: string | null, untilMs: number, via: PauseVia): Promise<Pause> {
    const sinceMs = this.#nowMs();
    const length = untilMs - sinceMs;
    // Until the next morning may be an hour more than a day, and another when the clocks change.
    if (!(length > 0 && length <= LONGEST_PAUSE_MS + 2 * 3_600_000))
      throw new GatehouseError('bad_pause', 'it was not paused: a pause lasts a day at most');
    if (this.#stoppedMs !== null)
      throw new GatehouseError('stopped', 'it was not paused: everything is stopped', {
        hint: 'let agents work again first',
      });
    await this.#options.log.append(rowOf({ change: 'began', agent, until: untilMs, via }));
    const pause = this.#timed({ agent, sinceMs, untilMs });
    if (this.#stoppedMs !== null) {
      await this.#row({ change: 'ended', agent, until: untilMs, via, why: 'everything was stopped' });
      throw new GatehouseError('stopped', 'it was not paused: everything was stopped meanwhile');
    }
    this.#running = [...this.#running.filter((other) => other.agent !== agent), pause];
    this.#changed();
    return pause;
  }

  /** Ends pauses: that of an agent, or all with null. Answers how many. */
  async resume(agent: string | null, via: PauseVia): Promise<number> {
    const ending = this.list().filter((pause) => agent === null || pause.agent === agent);
    this.#running = this.#running.filter((pause) => agent !== null && pause.agent !== agent);
    this.#changed();
    for (const pause of ending)
      await this.#row({ change: 'ended', agent: pause.agent, until: pause.untilMs, via, why: 'resumed' });
    return ending.length;
  }

  /** Stops everything: in force when this returns its promise, whatever becomes of the row. */
  async stopAll(via: PauseVia): Promise<void> {
    const paused = this.list();
    this.#running = [];
    const first = this.#stoppedMs === null;
    this.#stoppedMs ??= this.#nowMs();
    this.#keep();
    this.#changed();
    for (const { agent, untilMs: until } of paused)
      await this.#row({ change: 'ended', agent, until, via, why: 'everything was stopped' });
    if (first) await this.#row({ change: 'began', what: 'stop', via });
  }

  /**
   * Lets agents work again. Resolves when it is written and in force; false when nothing was stopped.
   *
   * @throws what the log says when the row cannot be written: then it stays stopped
   */
  async liftStop(via: PauseVia): Promise<boolean> {
    if (this.#stoppedMs === null) return false;
    await this.#options.log.append(rowOf({ change: 'ended', what: 'stop', via, why: 'resumed' }));
    this.#stoppedMs = null;
    this.#keep();
    this.#changed();
    return true;
  }

  /** Ends pauses whose time is over, with their rows. To be called every few seconds. */
  async sweep(): Promise<void> {
    const over = this.#running.filter((pause) => !this.#runs(pause));
    if (over.length === 0) return;
    this.#running = this.#running.filter((pause) => !over.includes(pause));
    this.#changed();
    for (const { agent, untilMs: until } of over)
      await this.#row({ change: 'ended', agent, until, why: OVER });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #runs(pause: Running): boolean {
    return this.#nowMs() < pause.untilMs && this.#options.clock.monotonicMs() < pause.endsMonotonicMs;
  }

  #timed(pause: Pause): Running {
    const left = Math.min(pause.untilMs - this.#nowMs(), pause.untilMs - pause.sinceMs);
    return { ...pause, endsMonotonicMs: this.#options.clock.monotonicMs() + left };
  }

  async #row(change: RowParts): Promise<void> {
    try {
      await this.#options.log.append(rowOf(change));
    } catch (error) {
      this.#options.onUnwritten(error);
    }
  }

  #keep(): void {
    try {
      this.#options.store.write(JSON.stringify({ stoppedMs: this.#stoppedMs }));
    } catch (error) {
      this.#options.onUnwritten(error);
    }
  }

  #nowMs(): number {
    return Math.floor(this.#options.clock.wallMicros() / 1000);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const OVER = 'its time was over';

type RowParts = Pick<PauseEvent, 'change'> & Partial<Omit<PauseEvent, 'type' | 'v' | 'change'>>;

function rowOf({
  change,
  what = 'pause',
  agent = null,
  until = null,
  via = null,
  why = '',
}: RowParts): PauseEvent {
  return { type: 'pause.changed', v: 1, change, what, agent, until, via, why };
}

/** What cannot be read may have been a stop, and is one. */
function readStop(json: string | null): number | null {
  if (json === null) return null;
  try {
    const { stoppedMs } = JSON.parse(json) as { stoppedMs?: unknown };
    return typeof stoppedMs === 'number' ? stoppedMs : null;
  } catch {
    return Date.now();
  }
}
