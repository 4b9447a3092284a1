/** Rows that are removed after their time, and ranges that are given to a stranger, with and without such holes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogSeal } from '../../main/app/log-keeping.ts';
import { exportLog, tailLog } from '../../main/app/log-reading.ts';
import { EVERYTHING } from '../../main/audit/filter.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import type { LogSeal } from '../../main/audit/seal.ts';
import { MovableClock } from '../../main/platform/clock.ts';
import { completed, decided, started } from '../support/audit-events.ts';

const SCRIPT = join(import.meta.dirname, '../../resources/verify-export.mjs');
const DAY_MS = 86_400_000;
const everything = EVERYTHING;
const presence = { type: 'presence', v: 1, act: 'set_pin', ok: true, via: 'page', detail: '' } as const;

let folder: string;
let paths: { data: string; auditDb: string; auditCheckpoints: string; auditKey: string };
let clock: MovableClock;
let log: AuditLog;
let seal: LogSeal;
let note: string | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-prune-'));
  paths = {
    data: folder,
    auditDb: join(folder, 'audit.db'),
    auditCheckpoints: join(folder, 'audit.checkpoints'),
    auditKey: join(folder, 'audit.key'),
  };
  clock = new MovableClock();
  note = null;
  await open();
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  log = await openAuditLog({ file: paths.auditDb, clock });
  const setting = {
    read: () => note,
    write: (json: string) => {
      note = json;
    },
  };
  seal = createLogSeal({ paths, log, setting, keychain: null, clock });
  expect((await seal.open()).kind).toBe('in_order');
}

/** A day's rows: calls with results, and in between what is kept for ever. */
async function day(name: string): Promise<void> {
  await log.append(started());
  for (let i = 0; i < 5; i += 1) {
    await log.append(decided(`${name}_${i}`));
    if (i === 2) await log.append(presence);
    await log.append(completed(`${name}_${i}`));
  }
  await seal.flush();
}

const daysAgo = (days: number) => clock.wallMicros() - days * DAY_MS * 1000;

describe('rows of sessions after their time', () => {
  it('go, what says who may do what stays, and the log verifies on', async () => {
    await day('old');
    clock.advance(40 * DAY_MS);
    await day('new');
    expect(await log.prune(daysAgo(30), 'retention')).toBe(10);
    await seal.flush();
    const kept = (await log.rowsSince(0, 100)).map(({ seq, event }) => `${seq} ${event.type}`);
    expect(kept.slice(0, 3)).toEqual(['1 supervisor.started', '7 presence', '13 supervisor.started']);
    expect(kept.at(-1)).toBe('25 log.pruned');
    expect(await seal.verify()).toEqual({ ok: true, rows: 15, problem: null, last: 25, signedTo: 25 });
    const page = await log.timeline(everything, null, 100);
    expect(page.total).toBe(page.rows.length);
    expect(page.rows.map(({ seq }) => seq)).not.toContain(2);
    expect((await log.timeline({ ...everything, text: 'npm' }, null, 100)).matched).toBe(5);
    // Nothing is that old any more.
    expect(await log.prune(daysAgo(30), 'retention')).toBe(0);
    await log.close();
    await open();
    await log.append(started());
    expect(await seal.verify()).toMatchObject({ ok: true, last: 26 });
  });

  it('go in several portions, day after day, up to the newest', async () => {
    await day('a');
    clock.advance(DAY_MS);
    await day('b');
    expect(await log.prune(daysAgo(0.5), 'person')).toBe(10);
    clock.advance(DAY_MS);
    await day('c');
    expect(await log.prune(daysAgo(0.5), 'person')).toBe(10);
    clock.advance(DAY_MS);
    expect(await log.prune(daysAgo(0.5), 'person')).toBe(10);
    expect(await seal.verify()).toMatchObject({ ok: true });
    await log.close();
    await open();
    expect((await log.append(started())).seq).toBe(40);
  });

  it('cannot be claimed to be gone on the record when they were not', async () => {
    await day('old');
    clock.advance(40 * DAY_MS);
    await day('new');
    await log.prune(daysAgo(30), 'retention');
    await log.close();
    const tampered = async (sql: string) => {
      const database = new Database(paths.auditDb);
      database.exec(`DROP TRIGGER rows_no_delete; ${sql}`);
      database.exec(
        "CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
      );
      database.close();
      log = await openAuditLog({ file: paths.auditDb, clock });
      const report = await log.verify();
      await log.close();
      return report.problem;
    };
    // A run that is larger than it was.
    expect(
      await tampered(
        'DELETE FROM rows WHERE seq = 7; DELETE FROM pruned WHERE first = 8; UPDATE pruned SET last = 12, last_hash = (SELECT prev_hash FROM rows WHERE seq = 13) WHERE first = 2',
      ),
    ).toMatchObject({ kind: 'deleted', seq: 2 });
    await open().catch(() => undefined);
  });
});

describe('an export', () => {
  const write = (lines: Iterable<string>) => {
    const file = join(folder, 'export.jsonl');
    writeFileSync(file, [...lines].map((line) => `${line}\n`).join(''));
    return file;
  };
  const check = (file: string, ...more: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, file, ...more], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };
  const all = { format: 'jsonl', from: null, to: null, since: null, until: null, filter: null } as const;

  it('is checked by a stranger, whole or in part, with removed rows in it', async () => {
    await day('old');
    clock.advance(40 * DAY_MS);
    await day('new');
    await log.prune(daysAgo(30), 'retention');
    await seal.flush();
    const root = seal.state().root ?? '';
    const file = write(exportLog(paths, all));
    expect(check(file, root)).toEqual({
      status: 0,
      said: 'Intact: rows 1 to 25, 15 of them here, signed up to row 25.\n',
    });
    expect(check(write(exportLog(paths, { ...all, from: 13, to: 20 })), root)).toMatchObject({ status: 0 });
    // Of a removal that began before the range only a part is in it: it cannot be held to what was told of it.
    expect(check(write(exportLog(paths, { ...all, from: 7 })), root)).toEqual({
      status: 0,
      said: expect.stringMatching(/^Removed, and not told of in this range, or otherwise: rows 8-12\.$/m),
    });
    write(exportLog(paths, all));
    expect(check(file).said).toMatch(`Held only to the first key it names itself: ${root}.`);
    const unsigned = readFileSync(file, 'utf8').replace(/"records":\[.*?\]\}$/m, '"records":[]}');
    expect(check(write(unsigned.trimEnd().split('\n')), root)).toEqual({
      status: 1,
      said: 'not intact: no record in it is signed\n',
    });
    write(exportLog(paths, all));
    expect(check(file, 'A'.repeat(43))).toMatchObject({
      status: 1,
      said: expect.stringMatching('another first key'),
    });
  });

  it('that was changed is found out', async () => {
    await day('a');
    const text = readFileSync(write(exportLog(paths, all)), 'utf8');
    const changed = (from: string | RegExp, to: string) => {
      const file = join(folder, 'changed.jsonl');
      const result = text.replace(from, to);
      expect(result).not.toBe(text);
      writeFileSync(file, result);
      return check(file);
    };
    expect(changed('npm test', 'npm tess').said).toMatch('row 2 was edited');
    expect(changed(/^\{"seq":5,.*\n/m, '').said).toMatch('row 5 is not there');
    expect(changed(/\n\{"seq":12,.*\n/, '\n').said).toMatch('the file ends before row 12');
    expect(changed(/\\"sig\\":\\"[\w-]{4}/, '\\"sig\\":\\"AAAA').said).toMatch(
      'does not match its signature',
    );
    expect(changed(/\\"head\\":\\"[0-9a-f]{4}/, '\\"head\\":\\"0000').said).toMatch(
      'does not match its signature',
    );
  });

  it('as values for a spreadsheet holds no formula', async () => {
    await log.append(decided('formula', { summary: '=HYPERLINK("http://x")' }));
    const [header, line] = [...exportLog(paths, { ...all, format: 'csv' })];
    expect(header).toMatch(/^seq,time,type,/);
    expect(line).toMatch(/,"'=HYPERLINK\(""http:\/\/x""\)"$/);
  });

  it('of what matches is an excerpt that claims nothing, with every row of those calls', async () => {
    await log.append(decided('one', { decision: 'denied', client: 'codex' }));
    await log.append(decided('two', { client: 'codex' }));
    await log.append(decided('three', { client: 'codex', decision: 'denied' }));
    await log.append(completed('two', false));
    // A row is on disk before its line is: reading through the log waits for the line.
    await log.timeline(EVERYTHING, null, 1);
    const failed = { ...EVERYTHING, client: ['codex'], success: false };
    const file = write(exportLog(paths, { ...all, filter: failed }));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(
      lines.slice(1).map((text) => (JSON.parse(text) as { event: { type: string } }).event.type),
    ).toEqual(['call.decided', 'call.completed']);
    expect(check(file, seal.state().root ?? '').status).not.toBe(0);
    const denied = { ...EVERYTHING, client: ['codex'], decision: ['denied'] };
    expect([...exportLog(paths, { ...all, format: 'csv', filter: denied })]).toHaveLength(3);
  });

  it('of rows that there are not says so', () => {
    expect(() => [...exportLog(paths, { ...all, from: 1000 })]).toThrow(/no rows there/);
    expect(() => [...exportLog({ ...paths, auditDb: join(folder, 'none.db') }, all)]).toThrow(/no log yet/);
  });
});

describe('the live tail', () => {
  it('goes on from any row without gap or repetition', async () => {
    await day('a');
    const ended = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of tailLog(paths.auditDb, 5, ended.signal)) {
        seen.push(seq);
        if (seq === 24) ended.abort();
      }
    })();
    await day('b');
    await reading;
    expect(seen).toEqual(Array.from({ length: 19 }, (_, i) => i + 6));
  });

  it('narrowed by a filter tells what matches, and loses none of it', async () => {
    const ended = new AbortController();
    const seen: string[] = [];
    const only = { ...EVERYTHING, client: ['codex'], outcome: ['refused'] };
    const reading = (async () => {
      for await (const { event } of tailLog(paths.auditDb, 0, ended.signal, only)) {
        if (event.type === 'call.decided') seen.push(event.call.id);
        if (seen.length === 20) ended.abort();
      }
    })();
    for (let n = 0; n < 60; n += 1)
      await log.append(
        decided(`call_${n}`, { client: 'codex', decision: n % 3 === 0 ? 'denied' : 'allowed' }),
      );
    await reading;
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => `call_${n * 3}`));
  });
});
