import { describe, expect, it } from 'vitest';
import type { TimelineRow } from '../../../preload/contract.ts';
import { RowWindow } from '../../../renderer/features/timeline/row-window.ts';

const row = (seq: number, summary = ''): TimelineRow => ({
  seq,
  at: seq * 1000,
  kind: 'call',
  outcome: 'allowed',
  byPerson: false,
  trace: null,
  action: 'shell.bash',
  summary,
  reason: '',
  client: 'claude-code',
  app: 'web',
  session: 's',
  risk: 'low',
  scope: null,
  success: true,
  durationMs: 1,
  alarm: false,
});
/** Rows newest first: `run(10, 3)` is 10, 9, 8. */
const run = (newest: number, count: number) =>
  Array.from({ length: count }, (_, index) => row(newest - index));
const seqs = (window: RowWindow) =>
  Array.from({ length: window.size }, (_, position) => window.at(position)?.seq ?? null);

describe('the row window', () => {
  it('knows nothing at first and asks for the newest page', () => {
    const window = new RowWindow(3);
    expect([window.size, window.ended, window.newestSeq]).toEqual([0, false, null]);
    expect(window.missing(0, 20)).toEqual({ before: null, last: null });
  });

  it('reads on by cursor until the end', () => {
    const window = new RowWindow(3);
    window.append(run(100, 10), false);
    expect(window.missing(0, 5)).toBeNull();
    expect(window.missing(5, 12)).toEqual({ before: 91, last: null });
    window.append(run(90, 4), true);
    expect([window.size, window.ended]).toEqual([14, true]);
    expect(window.missing(5, 40)).toBeNull();
    expect(seqs(window)).toEqual([...run(100, 14).map(({ seq }) => seq)]);
  });

  it('holds a bounded number of rows and reads back what it let go', () => {
    const window = new RowWindow(3);
    let newest = 10_000;
    for (let page = 0; page < 50; page += 1) {
      window.append(run(newest, 20), false);
      newest -= 20;
      window.trim(window.size - 20, window.size - 1);
      expect(window.held).toBeLessThanOrEqual(60);
    }
    expect(window.size).toBe(1000);
    expect(window.at(400)).toBeUndefined();
    const request = window.missing(400, 410);
    expect(request).toEqual({ before: 9601, last: 9581 });
    if (request === null) throw new Error('expected a page to be missing');
    window.fill(request, run(9600, 60));
    expect(window.at(400)?.seq).toBe(9600);
    expect(window.indexOf(9590)).toBe(410);
    expect(window.size).toBe(1000);
  });

  it('never lets go of what is on the screen or of the newest page', () => {
    const window = new RowWindow(2);
    for (let page = 0; page < 6; page += 1) window.append(run(100 - page * 10, 10), false);
    window.trim(15, 45);
    for (let position = 15; position <= 45; position += 1)
      expect(window.at(position)?.seq).toBe(100 - position);
    expect(window.newestSeq).toBe(100);
    expect(window.at(55)).toBeUndefined();
  });

  it('puts new rows in front without losing the cursor of what was there', () => {
    const window = new RowWindow(3);
    window.append(run(100, 10), false);
    window.prepend(run(103, 3));
    expect([window.newestSeq, window.size]).toEqual([103, 13]);
    window.prepend(run(103, 3));
    expect(window.size).toBe(13);
    for (let newest = 104; newest <= 2_000; newest += 1) window.prepend([row(newest)]);
    expect(window.size).toBe(1910);
    window.trim(0, 20);
    expect(window.held).toBeLessThanOrEqual(1_200);
    const request = window.missing(1_900, 1_905);
    if (request === null) throw new Error('expected a page to be missing');
    window.fill(request, run((request.before ?? 0) - 1, 500));
    expect(window.at(1_900)?.seq).toBe(100);
    expect(window.size).toBe(1910);
  });

  it('changes a row in its place', () => {
    const window = new RowWindow(3);
    window.append(run(100, 10), true);
    expect(window.replace([row(95, 'changed'), row(7)])).toBe(true);
    expect(window.at(5)?.summary).toBe('changed');
    expect(window.replace([row(7)])).toBe(false);
    expect(window.size).toBe(10);
  });

  it('takes a page back that became shorter while it was away', () => {
    const window = new RowWindow(2);
    for (let page = 0; page < 6; page += 1) window.append(run(100 - page * 10, 10), false);
    window.trim(50, 59);
    const request = window.missing(20, 20);
    if (request === null) throw new Error('expected a page to be missing');
    window.fill(
      request,
      run(80, 30).filter(({ seq }) => seq !== 75),
    );
    expect(window.size).toBe(59);
    expect(window.at(20)?.seq).toBe(80);
    expect(window.indexOf(75)).toBe(-1);
  });

  it('survives an empty log', () => {
    const window = new RowWindow(3);
    window.append([], true);
    expect([window.size, window.ended, window.missing(0, 10)]).toEqual([0, true, null]);
    window.prepend([row(1)]);
    expect(seqs(window)).toEqual([1]);
  });
});
