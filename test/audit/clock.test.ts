/** 28: the clock goes back an hour, ahead ten years, and by a leap second, while the log is written and kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEEP_DAYS, Retention } from '../../main/app/retention.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { decided } from '../support/audit-events.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const TEN_YEARS = 3652 * DAY;

let clock: FakeClock;

describe('28 rows that are written while the clock is set', () => {
  let folder: string;
  let log: AuditLog;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-clock-'));
    clock = new FakeClock();
    log = await openAuditLog({ file: join(folder, 'audit.db'), clock });
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Types of all rows, oldest first. */
  const types = async () => (await log.rowsSince(0, 100)).map(({ event }) => event.type);

  it.each([
    ['an hour back', -HOUR],
    ['ten years ahead', TEN_YEARS],
    ['three seconds ahead', 3 * SECOND],
  ])(
    '%s: they keep their order, the log tells of it before what follows, and verifies',
    async (_name, step) => {
      await log.append(decided('before'));
      clock.advance(5000);
      clock.wall += step;
      await log.append(decided('after'));
      clock.advance(5000);
      await log.append(decided('later'));
      expect(await types()).toEqual(['call.decided', 'clock.jumped', 'call.decided', 'call.decided']);
      const [before, jumped, after] = await log.rowsSince(0, 100);
      expect(jumped?.event).toMatchObject({ type: 'clock.jumped', deltaMs: step / 1000 });
      expect([before, after].map((row) => row?.monotonicMs)).toEqual([1000, 6000]);
      expect((after?.wallMicros ?? 0) - (before?.wallMicros ?? 0)).toBe(5 * SECOND + step);
      await expect(log.verify()).resolves.toMatchObject({ ok: true, rows: 4 });
    },
  );

  it('a leap second, and a clock that is slewed, are no jump', async () => {
    await log.append(decided('before'));
    clock.advance(60_000);
    clock.wall -= SECOND;
    await log.append(decided('after'));
    expect(await types()).toEqual(['call.decided', 'call.decided']);
  });

  it('the newest row is the last that was written, whatever its time', async () => {
    await log.append(decided('before'));
    clock.wall -= HOUR;
    const { seq } = await log.append(decided('after'));
    expect(seq).toBe(3);
    const since = await log.rowsSince(1, 100);
    expect(since.map((row) => row.seq)).toEqual([2, 3]);
  });
});

describe('28 rows that would be past their time', () => {
  let kept: string | null;
  /** Days before the wall clock of the test's start that a look lets rows go from; null for none. */
  let look: () => number | null;

  beforeEach(() => {
    clock = new FakeClock();
    kept = null;
    const start = clock.wall;
    const setting = {
      read: () => kept,
      write: (json: string) => {
        kept = json;
      },
    };
    look = () => {
      // A look after a restart: what is known is what was kept.
      const before = new Retention(setting, clock).look();
      return before === null ? null : (start - before) / DAY;
    };
  });

  it('go a look later than they could, and never at the first', () => {
    expect(look()).toBeNull();
    clock.wall += DAY;
    expect(look()).toBe(KEEP_DAYS);
    clock.wall += DAY;
    expect(look()).toBe(KEEP_DAYS - 1);
  });

  it('stay when the clock is ten years ahead at one look', () => {
    look();
    clock.wall += DAY;
    look();
    clock.wall += TEN_YEARS;
    expect(look()).toBe(KEEP_DAYS - 1);
    clock.wall -= TEN_YEARS - DAY;
    expect(look()).toBe(KEEP_DAYS - 2);
  });

  it('stay when the clock is ten years ahead for hours, however often it is started meanwhile', () => {
    look();
    clock.wall += DAY;
    look();
    clock.wall += TEN_YEARS;
    expect(look()).toBe(KEEP_DAYS - 1);
    for (const hours of [0, 1, 5, 10]) {
      clock.wall += (hours / 24) * DAY;
      expect(look()).toBeNull();
    }
    clock.wall -= TEN_YEARS - DAY;
    expect(look()).toBeGreaterThan(KEEP_DAYS - 4);
  });

  it('stay on the first day after the machine was off for long', () => {
    look();
    clock.wall += 90 * DAY;
    expect(look()).toBe(KEEP_DAYS);
    clock.wall += DAY;
    expect(look()).toBe(KEEP_DAYS - 90);
  });

  it('stay when the clock goes back, and when what was kept is not a time', () => {
    look();
    clock.wall -= 400 * DAY;
    expect(look()).toBe(KEEP_DAYS + 400);
    for (const broken of ['{', '"soon"', 'null', '1e999']) {
      kept = broken;
      expect(look()).toBeNull();
    }
  });
});
