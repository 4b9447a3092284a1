import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ContractError,
  type Result,
  TimelineFilter,
  type TimelinePage,
  type TimelineRow,
} from '../../../preload/contract.ts';
import { PAGE_ROWS, TimelineFeed, type TimelineSource } from '../../../renderer/features/timeline/feed.ts';

/** A log of made rows, answering like the supervisor; rows are computed, so that it can be as long as one likes. */
class Log implements TimelineSource {
  newest: number;
  readonly asked: { before: number | null; limit: number; outcome: readonly string[] }[] = [];
  readonly changed = new Map<number, TimelineRow['outcome']>();
  failure: ContractError | null = null;
  /** Answers wait here when set. */
  gate: Promise<void> | null = null;

  constructor(rows: number) {
    this.newest = rows;
  }

  row(seq: number): TimelineRow {
    const outcome = this.changed.get(seq) ?? (seq % 10 === 0 ? 'refused' : 'allowed');
    return {
      seq,
      at: seq,
      kind: 'call',
      outcome,
      byPerson: false,
      trace: null,
      action: 'shell.bash',
      summary: `call ${seq}`,
      reason: '',
      client: 'c',
      app: 'a',
      session: 's',
      risk: 'low',
      scope: null,
      success: null,
      durationMs: null,
      alarm: false,
    };
  }

  async timeline(
    filter: TimelineFilter,
    before: number | null,
    limit: number,
  ): Promise<Result<TimelinePage>> {
    this.asked.push({ before, limit, outcome: filter.outcome });
    await this.gate;
    if (this.failure !== null) return { ok: false, error: this.failure };
    const rows: TimelineRow[] = [];
    const fits = (row: TimelineRow) =>
      filter.outcome.length === 0 || (row.outcome !== null && filter.outcome.includes(row.outcome));
    for (let seq = (before ?? this.newest + 1) - 1; seq > 0 && rows.length < limit; seq -= 1) {
      const row = this.row(seq);
      if (fits(row)) rows.push(row);
    }
    const matched = filter.outcome.length === 0 ? this.newest : Math.floor(this.newest / 10);
    return {
      ok: true,
      value: { rows, matched, total: this.newest, stopped: Math.floor(this.newest / 10), asked: 0 },
    };
  }
}

const ALL = TimelineFilter.parse({});
const REFUSED = TimelineFilter.parse({ outcome: ['refused'] });
const settle = () => vi.advanceTimersByTimeAsync(1_000);

async function started(rows: number): Promise<{ log: Log; feed: TimelineFeed }> {
  const log = new Log(rows);
  const feed = new TimelineFeed(log, ALL);
  feed.start(ALL);
  await settle();
  return { log, feed };
}

describe('the timeline feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reads the newest page and its counts', async () => {
    const { feed } = await started(1_000);
    expect(feed.snapshot()).toMatchObject({
      size: PAGE_ROWS,
      ended: false,
      loading: false,
      newer: 0,
      counts: { matched: 1_000, total: 1_000, stopped: 100 },
    });
    expect(feed.rowAt(0)?.seq).toBe(1_000);
  });

  it('reads on as the reader goes down, and keeps a bounded number of rows', async () => {
    const { feed, log } = await started(100_000);
    feed.setAtTop(false);
    for (let position = 0; position < 30_000; position += 100) {
      feed.show(position, position + 40);
      await vi.advanceTimersByTimeAsync(1);
      expect(feed.rowAt(position)?.seq).toBe(100_000 - position);
      expect(feed.held).toBeLessThanOrEqual(13 * PAGE_ROWS);
    }
    const read = log.asked.length;
    feed.show(0, 40);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(100_000);
    feed.show(1_000, 1_040);
    await settle();
    expect(feed.rowAt(1_020)?.seq).toBe(100_000 - 1_020);
    expect(log.asked.length).toBeGreaterThan(read);
  });

  it('asks for one page once, however often it is told what is shown', async () => {
    const { feed, log } = await started(1_000);
    const read = log.asked.length;
    for (let time = 0; time < 50; time += 1) feed.show(150, 190);
    await settle();
    expect(log.asked.length).toBe(read + 1);
  });

  it('takes new rows in at the top', async () => {
    const { feed, log } = await started(1_000);
    log.newest = 1_003;
    feed.changed([log.row(1_003)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_003);
    expect(feed.snapshot()).toMatchObject({ size: PAGE_ROWS + 3, newer: 0, counts: { total: 1_003 } });
  });

  it('does not move a reader further down, and counts what is newer', async () => {
    const { feed, log } = await started(1_000);
    feed.setAtTop(false);
    log.newest = 1_012;
    feed.changed([log.row(1_012)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_000);
    expect(feed.snapshot()).toMatchObject({ newer: 12, counts: { total: 1_012 } });
    log.newest = 5_000;
    feed.changed([log.row(5_000)]);
    await settle();
    expect(feed.snapshot().newer).toBe(4_000);
    feed.setAtTop(true);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(5_000);
    expect(feed.snapshot().newer).toBe(0);
  });

  it('starts over at the top when more came than a page holds', async () => {
    const { feed, log } = await started(1_000);
    log.newest = 2_000;
    feed.changed([log.row(2_000)]);
    await settle();
    expect([feed.rowAt(0)?.seq, feed.rowAt(199)?.seq]).toEqual([2_000, 1_801]);
  });

  it('changes a row in its place, also for a reader further down', async () => {
    const { feed, log } = await started(1_000);
    feed.setAtTop(false);
    log.changed.set(995, 'waits');
    feed.changed([log.row(995)]);
    expect(feed.rowAt(5)?.outcome).toBe('waits');
    await settle();
    expect(feed.snapshot()).toMatchObject({ newer: 0, size: PAGE_ROWS });
  });

  it('looks at most four times a second however fast rows come', async () => {
    const { feed, log } = await started(1_000);
    const before = log.asked.length;
    for (let tick = 0; tick < 200; tick += 1) {
      log.newest += 1;
      feed.changed([log.row(log.newest)]);
      await vi.advanceTimersByTimeAsync(10);
    }
    await settle();
    expect(log.asked.length - before).toBeLessThanOrEqual(10);
    expect(feed.rowAt(0)?.seq).toBe(1_200);
  });

  it('drops the answer of a filter that was overtaken', async () => {
    const { feed, log } = await started(1_000);
    let open: () => void = () => undefined;
    log.gate = new Promise((resolve) => {
      open = resolve;
    });
    feed.start(REFUSED);
    expect(feed.snapshot().loading).toBe(true);
    expect(feed.rowAt(0)?.seq).toBe(1_000);
    log.gate = null;
    feed.start(ALL);
    await settle();
    open();
    await settle();
    expect(feed.snapshot()).toMatchObject({ filter: ALL, loading: false, counts: { matched: 1_000 } });
    expect(feed.rowAt(1)?.seq).toBe(999);
  });

  it('filters with the supervisor, not by itself', async () => {
    const { feed, log } = await started(1_000);
    feed.start(REFUSED);
    await settle();
    expect([feed.rowAt(0)?.seq, feed.rowAt(1)?.seq]).toEqual([1_000, 990]);
    log.newest = 1_005;
    feed.changed([log.row(1_005)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_000);
  });

  it('says what failed, keeps what it has and reads again on request', async () => {
    const { feed, log } = await started(1_000);
    log.failure = { code: 'unavailable', message: 'the log cannot be read' };
    feed.show(150, 199);
    await settle();
    expect(feed.snapshot()).toMatchObject({ error: log.failure, size: PAGE_ROWS });
    const asked = log.asked.length;
    feed.show(160, 199);
    await settle();
    expect(log.asked.length).toBe(asked);
    log.failure = null;
    feed.retry();
    await settle();
    expect(feed.snapshot()).toMatchObject({ error: null, size: 2 * PAGE_ROWS });
  });

  it('fails on the first page without losing the way back', async () => {
    const log = new Log(10);
    log.failure = { code: 'internal', message: 'no' };
    const feed = new TimelineFeed(log, ALL);
    feed.start(ALL);
    await settle();
    expect(feed.snapshot()).toMatchObject({ loading: false, error: log.failure, size: 0 });
    log.failure = null;
    feed.retry();
    await settle();
    expect(feed.snapshot()).toMatchObject({ size: 10, ended: true, error: null });
  });

  it('keeps an empty log empty until its first row', async () => {
    const { feed, log } = await started(0);
    expect(feed.snapshot()).toMatchObject({ size: 0, ended: true, counts: { total: 0 } });
    log.newest = 1;
    feed.changed([log.row(1)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1);
  });
});
