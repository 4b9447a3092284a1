import { beforeEach, describe, expect, it } from 'vitest';
import { Pauses } from '../../../main/app/pause/pauses.ts';
import type { AuditEvent, AuditRow } from '../../../main/audit/event.ts';
import type { Clock } from '../../../main/platform/clock.ts';

const START_MS = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;

/** Clocks that are set by hand, apart from one another. */
class TwoClocks implements Clock {
  wallMs = START_MS;
  monotonic = 5000;

  wallMicros(): number {
    return this.wallMs * 1000;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.monotonic += ms;
  }
}

let clock: TwoClocks;
let rows: AuditRow[];
let full: boolean;
let kept: string | null;
let unwritten: number;

beforeEach(() => {
  clock = new TwoClocks();
  rows = [];
  full = false;
  kept = null;
  unwritten = 0;
});

/** A supervisor's pauses over the same log and settings, as after a restart. */
async function started(): Promise<Pauses> {
  const pauses = new Pauses({
    store: {
      read: () => kept,
      write: (json) => {
        kept = json;
      },
    },
    log: {
      append: async (event: AuditEvent) => {
        if (full) throw new Error('the disk is full');
        const seq = rows.length + 1;
        rows.push({
          seq,
          wallMicros: clock.wallMicros(),
          monotonicMs: 0,
          bootId: '',
          event,
          prevHash: '',
          hash: String(seq),
        });
        return { seq, hash: String(seq) };
      },
      history: async () => rows.toReversed(),
    },
    clock,
    onUnwritten: () => {
      unwritten += 1;
    },
  });
  await pauses.load();
  return pauses;
}

const told = () =>
  rows.map(({ event }) =>
    event.type === 'pause.changed'
      ? [event.what, event.change, event.agent, event.via, event.why].join(' ')
      : event.type,
  );

describe('a pause', () => {
  it('covers all agents until its end, with a row at both ends', async () => {
    const pauses = await started();
    await pauses.begin(null, clock.wallMs + 15 * MINUTE, 'page');
    expect(pauses.covering('codex')).not.toBeNull();
    clock.pass(15 * MINUTE - 1);
    await pauses.sweep();
    expect(pauses.covering('codex')).not.toBeNull();
    clock.pass(1);
    // Over at its end, whether anybody has swept or not.
    expect(pauses.covering('codex')).toBeNull();
    expect(pauses.list()).toEqual([]);
    await pauses.sweep();
    await pauses.sweep();
    expect(told()).toEqual(['pause began  page ', 'pause ended   its time was over']);
  });

  it('of one agent covers no other, and ends alone', async () => {
    const pauses = await started();
    await pauses.begin('codex', clock.wallMs + MINUTE, 'terminal');
    await pauses.begin('claude-code', clock.wallMs + MINUTE, 'terminal');
    expect(pauses.covering('gemini-cli')).toBeNull();
    expect(await pauses.resume('codex', 'terminal')).toBe(1);
    expect(pauses.covering('codex')).toBeNull();
    expect(pauses.covering('claude-code')).not.toBeNull();
    expect(await pauses.resume(null, 'page')).toBe(1);
    expect(await pauses.resume(null, 'page')).toBe(0);
    expect(pauses.list()).toEqual([]);
  });

  it('is none before its row is durable, and none when it cannot be', async () => {
    const pauses = await started();
    full = true;
    await expect(pauses.begin(null, clock.wallMs + MINUTE, 'page')).rejects.toThrow('the disk is full');
    expect(pauses.covering('codex')).toBeNull();
    expect(pauses.list()).toEqual([]);
  });

  it.each([0, -1, 27 * 60 * MINUTE, Number.POSITIVE_INFINITY, Number.NaN])(
    'is never %d ms long',
    async (length) => {
      const pauses = await started();
      await expect(pauses.begin(null, clock.wallMs + length, 'page')).rejects.toMatchObject({
        code: 'bad_pause',
      });
      expect(rows).toEqual([]);
    },
  );

  it('becomes no longer when the clock is put back, and ends when it is put ahead', async () => {
    const pauses = await started();
    await pauses.begin(null, clock.wallMs + 15 * MINUTE, 'page');
    clock.wallMs -= 60 * MINUTE;
    clock.monotonic += 15 * MINUTE;
    expect(pauses.covering('codex')).toBeNull();
    const again = await started();
    expect(again.covering('codex')).toBeNull();

    const other = await started();
    await other.begin(null, clock.wallMs + 15 * MINUTE, 'page');
    clock.wallMs += 15 * MINUTE;
    expect(other.covering('codex')).toBeNull();
  });

  it('goes on over a restart until its end and not a moment longer', async () => {
    await (await started()).begin('codex', clock.wallMs + 15 * MINUTE, 'page');
    clock.pass(10 * MINUTE);
    const second = await started();
    expect(second.covering('codex')).toMatchObject({ untilMs: START_MS + 15 * MINUTE });
    clock.pass(5 * MINUTE);
    expect(second.covering('codex')).toBeNull();
    const third = await started();
    expect(third.covering('codex')).toBeNull();
    expect(told().at(-1)).toBe('pause ended codex  its time was over');
    const before = rows.length;
    await started();
    expect(rows.length).toBe(before);
  });

  it('that was ended, or that only the settings tell of, is none after a restart', async () => {
    const first = await started();
    await first.begin(null, clock.wallMs + 15 * MINUTE, 'page');
    await first.resume(null, 'page');
    expect((await started()).covering('codex')).toBeNull();
    rows = [];
    kept = JSON.stringify({
      pauses: [{ agent: null, sinceMs: clock.wallMs, untilMs: clock.wallMs + MINUTE, seq: 1, hash: '1' }],
      stoppedMs: null,
    });
    expect((await started()).covering('codex')).toBeNull();
  });
});

describe('a stop', () => {
  it('holds at once, ends pauses, lets none begin, and holds over a restart until it is lifted', async () => {
    const pauses = await started();
    await pauses.begin(null, clock.wallMs + 15 * MINUTE, 'page');
    const stopping = pauses.stopAll('tray');
    expect(pauses.stoppedMs).toBe(START_MS);
    expect(pauses.covering('codex')).toBeNull();
    await stopping;
    await pauses.stopAll('page');
    await expect(pauses.begin(null, clock.wallMs + MINUTE, 'page')).rejects.toMatchObject({
      code: 'stopped',
    });
    const second = await started();
    expect(second.stoppedMs).toBe(START_MS);
    expect(await second.liftStop('page')).toBe(true);
    expect(await second.liftStop('page')).toBe(false);
    expect((await started()).stoppedMs).toBeNull();
    expect(told()).toEqual([
      'pause began  page ',
      'pause ended  tray everything was stopped',
      'stop began  tray ',
      'stop ended  page resumed',
    ]);
  });

  it('holds although its row cannot be written, and is lifted only when that row can be', async () => {
    const pauses = await started();
    full = true;
    await pauses.stopAll('page');
    expect(unwritten).toBe(1);
    expect(pauses.stoppedMs).not.toBeNull();
    await expect(pauses.liftStop('page')).rejects.toThrow('the disk is full');
    expect(pauses.stoppedMs).not.toBeNull();
    full = false;
    expect((await started()).stoppedMs).toBe(START_MS);
  });

  it('is believed where either the log or the settings tell of it, and where these cannot be read', async () => {
    await (await started()).stopAll('page');
    kept = null;
    expect((await started()).stoppedMs).toBe(START_MS);
    rows = [];
    kept = '{"stoppedMs": 7}';
    expect((await started()).stoppedMs).toBe(7);
    kept = 'spoilt';
    expect((await started()).stoppedMs).not.toBeNull();
  });

  it('that meets a pause on its way wins', async () => {
    const pauses = await started();
    const begun = pauses.begin(null, clock.wallMs + MINUTE, 'page');
    await pauses.stopAll('page');
    await expect(begun).rejects.toMatchObject({ code: 'stopped' });
    expect(pauses.covering('codex')).toBeNull();
    await pauses.liftStop('page');
    expect((await started()).covering('codex')).toBeNull();
  });
});
