import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ContractError,
  type Result,
  TimelineFilter,
  type TimelinePage,
  type TimelinePlaces,
  type TimelineRow,
} from '../../../preload/contract.ts';
import { PAGE_ROWS, TimelineFeed, type TimelineSource } from '../../../renderer/features/timeline/feed.ts';
import { timelineRow } from '../../support/contract-rows.ts';

/** A log of made rows, answering like the supervisor; rows are computed, so that it can be as long as one likes. */
class Log implements TimelineSource {
  count: number;
  readonly asked: { first: number | null; outcome: readonly string[] }[] = [];
  readonly changed = new Map<number, TimelineRow['outcome']>();
  shifts = 0;
  failure: ContractError | null = null;
  /** Answers wait here when set. */
  gate: Promise<void> | null = null;
  /** How many match is not known at once. */
  counting = false;

  constructor(rows: number) {
    this.count = rows;
  }

  row(seq: number): TimelineRow {
    const outcome = this.changed.get(seq) ?? (seq % 10 === 0 ? 'refused' : 'allowed');
    return timelineRow(seq, seq, { kind: 'call', outcome, summary: `call ${seq}` });
  }

  /** Seqs that match, oldest first. */
  #matching(filter: TimelineFilter): number[] {
    const all = Array.from({ length: this.count }, (_, index) => index + 1);
    return filter.outcome.length === 0
      ? all
      : all.filter((seq) => filter.outcome.includes(this.row(seq).outcome ?? 'waits'));
  }

  async newest(filter: TimelineFilter, limit: number): Promise<Result<TimelinePage>> {
    await this.gate;
    if (this.failure !== null) return { ok: false, error: this.failure };
    const seqs = this.#matching(filter).slice(-limit).toReversed();
    const rows = seqs.map((seq) => this.row(seq));
    const matched = this.counting ? null : this.#matching(filter).length;
    return { ok: true, value: { rows, matched, total: this.count, stopped: 0, asked: 0 } };
  }

  async at(filter: TimelineFilter, first: number | null, limit: number): Promise<Result<TimelinePlaces>> {
    this.asked.push({ first, outcome: filter.outcome });
    await this.gate;
    if (this.failure !== null) return { ok: false, error: this.failure };
    const all = this.#matching(filter);
    const from = first ?? Math.max(0, all.length - limit);
    const rows = all
      .slice(from, from + limit)
      .map((seq) => this.row(seq))
      .toReversed();
    const { shifts, count: total } = this;
    return {
      ok: true,
      value: { rows, first: from, matched: all.length, total, stopped: 0, asked: 0, shifts },
    };
  }

  async place(filter: TimelineFilter, seq: number): Promise<Result<number | null>> {
    const place = this.#matching(filter).findIndex((one) => one >= seq);
    return { ok: true, value: place < 0 ? null : place };
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

  it('reads the newest page and its counts, and knows the place of every row', async () => {
    const { feed } = await started(1_000);
    expect(feed.snapshot()).toMatchObject({
      size: 1_000,
      loading: false,
      newer: 0,
      counts: { matched: 1_000, total: 1_000 },
    });
    expect(feed.rowAt(0)?.seq).toBe(1_000);
    expect(await feed.find(17)).toBe(983);
  });

  it('shows the newest rows while they are still being counted', async () => {
    const log = new Log(5_000);
    log.counting = true;
    const feed = new TimelineFeed(log, ALL);
    log.at = () => new Promise(() => undefined);
    feed.start(ALL);
    await settle();
    expect(feed.snapshot()).toMatchObject({ size: PAGE_ROWS, loading: false, counts: { matched: null } });
    expect(feed.rowAt(0)?.seq).toBe(5_000);
  });

  it('goes to any place at once, and keeps a bounded number of rows', async () => {
    const { feed, log } = await started(20_000);
    feed.setAtTop(false);
    const read = log.asked.length;
    feed.show(15_000, 15_040);
    await settle();
    expect(feed.rowAt(15_020)?.seq).toBe(20_000 - 15_020);
    expect(log.asked.length - read).toBeLessThanOrEqual(3);
    for (let position = 0; position < 8_000; position += 100) {
      feed.show(position, position + 40);
      await vi.advanceTimersByTimeAsync(1);
      expect(feed.rowAt(position)?.seq).toBe(20_000 - position);
      expect(feed.held).toBeLessThanOrEqual(13 * PAGE_ROWS);
    }
    feed.show(19_990, 19_999);
    await settle();
    expect(feed.rowAt(19_999)?.seq).toBe(1);
  });

  it('asks for one page once, however often it is told what is shown', async () => {
    const { feed, log } = await started(1_000);
    const read = log.asked.length;
    for (let time = 0; time < 50; time += 1) feed.show(350, 360);
    await settle();
    expect(log.asked.length).toBeLessThanOrEqual(read + 3);
  });

  it('takes new rows in at the top', async () => {
    const { feed, log } = await started(1_000);
    log.count = 1_003;
    feed.changed([log.row(1_003)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_003);
    expect(feed.snapshot()).toMatchObject({ size: 1_003, newer: 0, counts: { total: 1_003 } });
  });

  it('does not move a reader further down, and counts what is newer', async () => {
    const { feed, log } = await started(1_000);
    feed.setAtTop(false);
    log.count = 1_012;
    feed.changed([log.row(1_012)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_000);
    expect(feed.snapshot()).toMatchObject({ newer: 12, counts: { total: 1_012 } });
    log.count = 5_000;
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
    log.count = 2_000;
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
    expect(feed.snapshot()).toMatchObject({ newer: 0, size: 1_000 });
  });

  it('looks at most four times a second however fast rows come', async () => {
    const { feed, log } = await started(1_000);
    const before = log.asked.length;
    for (let tick = 0; tick < 200; tick += 1) {
      log.count += 1;
      feed.changed([log.row(log.count)]);
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
    log.count = 1_005;
    feed.changed([log.row(1_005)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1_000);
  });

  it('says what failed, keeps what it has and reads again on request', async () => {
    const { feed, log } = await started(1_000);
    log.failure = { code: 'unavailable', message: 'the log cannot be read' };
    feed.show(550, 599);
    await settle();
    expect(feed.snapshot()).toMatchObject({ error: log.failure, size: 1_000 });
    const asked = log.asked.length;
    feed.show(560, 599);
    await settle();
    expect(log.asked.length).toBe(asked);
    log.failure = null;
    feed.retry();
    await settle();
    expect(feed.snapshot().error).toBeNull();
    expect(feed.rowAt(570)?.seq).toBe(430);
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
    expect(feed.snapshot()).toMatchObject({ size: 10, error: null });
  });

  it('keeps the row at the top of the screen where it is when rows in the middle leave the filter', async () => {
    const { feed, log } = await started(5_000);
    feed.start(REFUSED);
    await settle();
    feed.setAtTop(false);
    feed.show(100, 140);
    await settle();
    const top = feed.rowAt(100)?.seq;
    expect(top).toBe(4_000);
    // One above it and two below are not refused any more.
    for (const seq of [4_500, 3_000, 2_000]) log.changed.set(seq, 'allowed');
    log.shifts += 1;
    feed.changed([log.row(4_500)]);
    await settle();
    expect(feed.rowAt(100)?.seq).toBe(top);
    expect(feed.rowAt(101)?.seq).toBe(3_990);
    expect(feed.snapshot().counts?.matched).toBe(497);
  });

  it('keeps an empty log empty until its first row', async () => {
    const { feed, log } = await started(0);
    expect(feed.snapshot()).toMatchObject({ size: 0, counts: { total: 0 } });
    log.count = 1;
    feed.changed([log.row(1)]);
    await settle();
    expect(feed.rowAt(0)?.seq).toBe(1);
  });
});
