/** Many rows at once: in order, each batch whole or not at all, and what is told of them is what is read. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../main/audit/event.ts';
import { EVERYTHING } from '../../main/audit/filter.ts';
import { type AuditLog, openAuditLog, type TimelineLine } from '../../main/audit/log.ts';
import { completed, decided, resolved, started } from '../support/audit-events.ts';

const everything = EVERYTHING;

let folder: string;
let file: string;
let log: AuditLog;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-batches-'));
  file = join(folder, 'audit.db');
  log = await openAuditLog({ file });
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('thousands of rows under way', () => {
  it('stand in the order in which they were given, and the log closes with all of them', async () => {
    const appends = Array.from({ length: 5000 }, (_, index) => log.append(decided(`call_${index}`)));
    const closed = log.close();
    const receipts = await Promise.all(appends);
    await closed;
    expect(receipts.map((receipt) => receipt.seq)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
    log = await openAuditLog({ file });
    expect(log.stats()).toMatchObject({ rows: 5000, head: receipts.at(-1)?.hash });
    await expect(log.verify()).resolves.toMatchObject({ ok: true, rows: 5000 });
    await expect(log.timeline(everything, null, 1)).resolves.toMatchObject({ total: 5000 });
  });

  it('a batch that fails leaves nothing behind, and those after it are taken', async () => {
    await log.append(started());
    refuseRowsThatHold('call_bad');
    const ids = Array.from({ length: 3000 }, (_, index) => (index === 1500 ? 'call_bad' : `call_${index}`));
    const ends = await Promise.allSettled(
      ids.map((id) => log.append(decided(id, { decision: 'approval_required' }))),
    );
    const kept = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.seq] : []));
    const lost = ends.filter((end) => end.status === 'rejected');
    expect(ends[1500]?.status).toBe('rejected');
    expect(lost.length).toBeLessThan(1500);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => index + 2));
    await expect(log.verify()).resolves.toMatchObject({ ok: true, rows: kept.length + 1 });
    await expect(log.timeline(everything, null, 1)).resolves.toMatchObject({
      total: kept.length + 1,
      asked: kept.length,
    });
    expect(log.stats()).toMatchObject({ rows: kept.length + 1, state: 'intact' });
  });

  it('come to their place in the file while the log is open, one by one as well', async () => {
    const empty = statSync(file).size;
    const version = 'x'.repeat(3000);
    for (let index = 0; index < 300; index += 1) await log.append({ ...started(), version } as AuditEvent);
    await expect.poll(() => statSync(file).size).toBeGreaterThan(empty + 500_000);
  });
});

describe('a row that nobody waits for', () => {
  it('goes along with the next one that somebody does, before it', async () => {
    const soon = log.append(completed('a'), 'soon');
    const now = await log.append(decided('b'));
    expect([now.seq, (await soon).seq]).toEqual([2, 1]);
  });

  it('is written by itself when nothing else comes, many as one', async () => {
    const receipts = await Promise.all(['a', 'b', 'c'].map((id) => log.append(decided(id), 'soon')));
    expect(receipts.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await expect(log.timeline(everything, null, 5)).resolves.toMatchObject({ total: 3 });
  });

  it('is there when the log is closed right after it', async () => {
    const soon = log.append(decided('a'), 'soon');
    await log.close();
    expect((await soon).seq).toBe(1);
    log = await openAuditLog({ file });
    await expect(log.timeline(everything, null, 5)).resolves.toMatchObject({ total: 1 });
  });

  it('is refused like any other when it cannot be written', async () => {
    refuseRowsThatHold('call_bad');
    await expect(log.append(decided('call_bad'), 'soon')).rejects.toThrow('no');
    expect((await log.append(decided('good'))).seq).toBe(1);
  });
});

describe('what is told of a batch', () => {
  it('is what a page of the timeline reads', async () => {
    const told = new Map<number, TimelineLine>();
    log.onChange((lines) => {
      for (const line of lines) told.set(line.seq, line);
    });
    await Promise.all(
      [
        started(),
        decided('free'),
        decided('asked', { decision: 'approval_required' }),
        decided('late', { decision: 'approval_required' }),
        decided('no', { decision: 'denied', gate: 'gate3_permission' }),
        resolved('asked', 'allowed'),
        resolved('late', 'expired', 'time'),
        completed('asked', false),
        completed('free'),
      ].map((event) => log.append(event)),
    );
    await expect.poll(() => told.size).toBe(5);
    const { rows, total, asked, stopped } = await log.timeline(everything, null, 50);
    expect(rows).toEqual([...told.values()].toSorted((a, b) => b.seq - a.seq));
    expect({ total, asked, stopped }).toEqual({ total: 5, asked: 2, stopped: 2 });
    const line = rows.find((row) => row.callId === 'asked');
    expect(line).toMatchObject({ byPerson: true, success: false, durationMs: 40, scope: 'once' });
    expect(line?.trace?.[4]).toEqual({ state: 'allowed', note: null, person: true });
  });

  it('has one line of a call, however often it is decided', async () => {
    await Promise.all(
      [decided('twice'), decided('twice'), decided('once')].map((event) => log.append(event)),
    );
    await expect(log.timeline(everything, null, 50)).resolves.toMatchObject({
      total: 2,
      rows: [{ callId: 'once' }, { callId: 'twice', seq: 1 }],
    });
  });
});

/** The disk's no, for one row. */
function refuseRowsThatHold(text: string): void {
  const database = new Database(file);
  database.exec(
    `CREATE TRIGGER no BEFORE INSERT ON rows WHEN instr(new.event, '${text}') > 0 BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  database.close();
}
