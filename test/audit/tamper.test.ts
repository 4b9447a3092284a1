/**
 * Whoever can write the log's files: each thing that they may do to the database, to the file of checkpoints, to
 * both, or to the keys is found, and called by its name.
 */

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyName, noRecordHash, recordHash, signedLine } from '../../main/audit/checkpoint.ts';
import type { Anchor } from '../../main/audit/checkpoint-chain.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { rowHash, type StoredRow } from '../../main/audit/row.ts';
import { LogSeal } from '../../main/audit/seal.ts';
import { MovableClock } from '../../main/platform/clock.ts';
import { decided } from '../support/audit-events.ts';

const DAY_MS = 86_400_000;

let folder: string;
let clock: MovableClock;
/** The three days of most tests, made once. */
let ready: string;
beforeAll(async () => {
  clock = new MovableClock();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-tampered-'));
  ready = folder;
  await makeThreeDays();
}, 120_000);
afterAll(() => rmSync(ready, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-tamper-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const PARTS = ['audit.db', 'audit.db-wal', 'audit.db-shm', 'checkpoints', 'key', 'anchor'] as const;

/** A log with its seal, as the supervisor keeps them. */
class Kept {
  readonly log: AuditLog;
  readonly seal: LogSeal;

  private constructor(log: AuditLog) {
    this.log = log;
    this.seal = new LogSeal({
      log,
      clock,
      file: path('checkpoints'),
      secrets: {
        read: async () => (existsSync(path('key')) ? readFileSync(path('key'), 'utf8') : null),
        write: async (secret) => writeFileSync(path('key'), secret),
      },
      anchors: {
        read: async () =>
          existsSync(path('anchor')) ? (JSON.parse(readFileSync(path('anchor'), 'utf8')) as Anchor) : null,
        write: async (anchor) => writeFileSync(path('anchor'), JSON.stringify(anchor)),
      },
    });
  }

  static async open(): Promise<Kept> {
    return new Kept(await openAuditLog({ file: path('audit.db'), clock }));
  }

  /** Appends rows, one by one, and signs after them. */
  async write(count: number, name: string): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.log.append(decided(`${name}_${i}`));
    await this.seal.flush();
  }
}

/** Opens, does its work as a supervisor would, and closes. */
async function session(work: (kept: Kept) => Promise<void>): Promise<void> {
  const kept = await Kept.open();
  try {
    expect((await kept.seal.open()).kind).not.toBe('broken');
    await work(kept);
  } finally {
    await kept.log.close();
  }
}

/** What a check of the whole log says, with no supervisor before it. */
async function verified() {
  const kept = await Kept.open();
  try {
    return await kept.seal.verify();
  } finally {
    await kept.log.close();
  }
}

/** What a start finds. */
async function started() {
  const kept = await Kept.open();
  try {
    return await kept.seal.open();
  } finally {
    await kept.log.close();
  }
}

function sql(work: (database: Database.Database) => void): void {
  const database = new Database(path('audit.db'));
  database.exec('DROP TRIGGER IF EXISTS rows_no_update; DROP TRIGGER IF EXISTS rows_no_delete');
  work(database);
  database.exec(`
    CREATE TRIGGER rows_no_update BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
    CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;`);
  database.close();
}

const run = (text: string) => () => sql((database) => database.exec(text));

/** Makes the chain anew from a row on, with right hashes, after it was changed. */
function rechain(database: Database.Database, from: number): void {
  const rows = database
    .prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq >= ? ORDER BY seq')
    .all(from);
  let prev = database
    .prepare('SELECT hash FROM rows WHERE seq = ?')
    .pluck()
    .get(from - 1) as string;
  for (const row of rows) {
    const changed = { ...row, prev_hash: prev };
    prev = rowHash(changed);
    database
      .prepare('UPDATE rows SET prev_hash = ?, hash = ? WHERE seq = ?')
      .run(changed.prev_hash, prev, row.seq);
  }
}

const save = (mark: string, parts: readonly string[] = PARTS) => {
  for (const part of parts) if (existsSync(path(part))) copyFileSync(path(part), path(`${part}.${mark}`));
};
const putBack = (mark: string, parts: readonly string[]) => {
  for (const part of parts) {
    rmSync(path(part), { force: true });
    if (existsSync(path(`${part}.${mark}`))) copyFileSync(path(`${part}.${mark}`), path(part));
  }
};
const DATABASE = ['audit.db', 'audit.db-wal', 'audit.db-shm'];
const lines = () => readFileSync(path('checkpoints'), 'utf8').split('\n').slice(0, -1);
const setLines = (all: readonly string[]) =>
  writeFileSync(path('checkpoints'), all.map((line) => `${line}\n`).join(''));

/** Three days with two signed portions each: rows 1 to 60; signed at 10, 20, … 60. */
const threeDays = () => cpSync(ready, folder, { recursive: true });

async function makeThreeDays(): Promise<void> {
  for (let day = 0; day < 3; day += 1) {
    await session(async (kept) => {
      await kept.write(10, `d${day}a`);
      if (day === 0) copyFileSync(path('key'), path('key.first'));
      await kept.write(10, `d${day}b`);
    });
    if (day < 2) clock.advance(DAY_MS);
  }
}

describe('a log that nobody touched', () => {
  it('verifies, and is signed to its end', async () => {
    threeDays();
    expect(await verified()).toEqual({ ok: true, rows: 60, problem: null, last: 60, signedTo: 60 });
    expect(await started()).toEqual({ kind: 'in_order' });
    // Each day begins with a hand-over; only the checkpoints of the last day are kept.
    expect(lines().map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'begin',
      'key',
      'key',
      'checkpoint',
    ]);
  });

  it('keeps nothing of the key of the day before', async () => {
    await session((kept) => kept.write(3, 'a'));
    const before = (JSON.parse(readFileSync(path('key'), 'utf8')) as { current: string }).current;
    clock.advance(DAY_MS);
    await session((kept) => kept.write(3, 'b'));
    expect(readFileSync(path('key'), 'utf8')).not.toContain(before);
    expect(await verified()).toMatchObject({ ok: true, signedTo: 6 });
  });

  it('goes on when the supervisor died between any two steps of a hand-over', async () => {
    await session((kept) => kept.write(3, 'a'));
    save('before');
    clock.advance(DAY_MS);
    await session((kept) => kept.write(3, 'b'));
    const after = readFileSync(path('key'), 'utf8');
    const { current } = JSON.parse(readFileSync(path('key.before'), 'utf8')) as { current: string };
    const { current: next } = JSON.parse(after) as { current: string };
    // The old key was not forgotten yet, the file already says so.
    writeFileSync(path('key'), JSON.stringify({ v: 1, current, next }));
    await session((kept) => kept.write(1, 'c'));
    expect(await verified()).toMatchObject({ ok: true, last: 7, signedTo: 7 });
    // The next key was kept, and the file does not say so yet.
    putBack('before', PARTS);
    writeFileSync(path('key'), JSON.stringify({ v: 1, current, next }));
    await session((kept) => kept.write(2, 'd'));
    expect(await verified()).toMatchObject({ ok: true, last: 5, signedTo: 5 });
  });

  it('goes on after a record was half written', async () => {
    threeDays();
    writeFileSync(path('checkpoints'), `${readFileSync(path('checkpoints'), 'utf8')}{"at":17`);
    await session((kept) => kept.write(2, 'after'));
    expect(await verified()).toMatchObject({ ok: true, last: 62, signedTo: 62 });
  });

  it('is not called broken when its notes are older than it is', async () => {
    await session((kept) => kept.write(3, 'a'));
    save('older');
    clock.advance(DAY_MS);
    await session((kept) => kept.write(3, 'b'));
    putBack('older', ['anchor']);
    expect(await verified()).toMatchObject({ ok: true });
    expect(await started()).toEqual({ kind: 'in_order' });
  });
});

describe('tampering with the rows', () => {
  const cases: readonly [string, () => void, string, number][] = [
    [
      'an event edited',
      run("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7"),
      'edited',
      7,
    ],
    [
      'a wall time edited: a wrong clock',
      run('UPDATE rows SET wall_micros = wall_micros - 3600000000 WHERE seq = 7'),
      'edited',
      7,
    ],
    [
      'a monotonic time edited',
      run('UPDATE rows SET monotonic_ms = monotonic_ms + 1 WHERE seq = 7'),
      'edited',
      7,
    ],
    ['a boot id edited', run("UPDATE rows SET boot_id = 'x' WHERE seq = 7"), 'edited', 7],
    ['a hash edited', run(`UPDATE rows SET hash = '${'0'.repeat(64)}' WHERE seq = 7`), 'edited', 7],
    [
      'an event edited together with its hash',
      () =>
        sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7");
          const row = database.prepare('SELECT * FROM rows WHERE seq = 7').get() as StoredRow;
          database.prepare('UPDATE rows SET hash = ? WHERE seq = 7').run(rowHash(row));
        }),
      'edited',
      7,
    ],
    [
      'the newest row edited',
      run("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 60"),
      'edited',
      60,
    ],
    ['a row in the middle deleted', run('DELETE FROM rows WHERE seq = 7'), 'deleted', 7],
    ['the first row deleted', run('DELETE FROM rows WHERE seq = 1'), 'deleted', 1],
    ['many rows deleted', run('DELETE FROM rows WHERE seq BETWEEN 5 AND 40'), 'deleted', 5],
    [
      'a row deleted and the rest numbered anew',
      run(
        'DELETE FROM rows WHERE seq = 7; UPDATE rows SET seq = -seq WHERE seq > 7; UPDATE rows SET seq = -seq - 1 WHERE seq < 0',
      ),
      'reordered',
      7,
    ],
    [
      'two rows exchanged',
      run(
        'UPDATE rows SET seq = -seq WHERE seq IN (7, 8); UPDATE rows SET seq = 8 WHERE seq = -7; UPDATE rows SET seq = 7 WHERE seq = -8',
      ),
      'reordered',
      7,
    ],
    ['the end cut off', run('DELETE FROM rows WHERE seq > 55'), 'truncated', 56],
    ['the newest row cut off', run('DELETE FROM rows WHERE seq = 60'), 'truncated', 60],
    [
      'a removal claimed for rows that were deleted',
      () =>
        sql((database) => {
          const hash = (seq: number) =>
            database.prepare('SELECT hash FROM rows WHERE seq = ?').pluck().get(seq) as string;
          database.prepare('INSERT INTO pruned VALUES (7, 9, ?, ?, ?)').run(hash(6), hash(9), 'made-up');
          database.exec('DELETE FROM rows WHERE seq BETWEEN 7 AND 9');
        }),
      'deleted',
      7,
    ],
    [
      'the whole chain made anew with right hashes',
      () =>
        sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7");
          rechain(database, 7);
        }),
      'rewritten',
      30,
    ],
    [
      'rows of the newest day made anew with right hashes',
      () =>
        sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 58");
          rechain(database, 58);
        }),
      'rewritten',
      60,
    ],
    [
      'the log given another identity',
      run("UPDATE meta SET value = 'other' WHERE key = 'log_id'"),
      'forked',
      1,
    ],
  ];
  it.each(cases)('%s', async (_name, tamper, kind, seq) => {
    threeDays();
    tamper();
    expect((await verified()).problem).toMatchObject({ kind, seq });
  });
});

describe('older copies and copies that were continued', () => {
  it('an older database', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    putBack('older', DATABASE);
    expect((await verified()).problem).toMatchObject({ kind: 'rolled_back', seq: 11 });
    expect(await started()).toMatchObject({ kind: 'broken', problem: { kind: 'rolled_back', seq: 11 } });
  });

  it('an older file of checkpoints', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    putBack('older', ['checkpoints']);
    expect((await verified()).problem).toMatchObject({ kind: 'checkpoints_cut', seq: 10 });
  });

  it('both of them', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    putBack('older', [...DATABASE, 'checkpoints']);
    expect((await verified()).problem).toMatchObject({ kind: 'rolled_back', seq: 11 });
  });

  it('both of them with their key, and continued', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    save('noted', ['anchor']);
    putBack('older', PARTS);
    await session((kept) => kept.write(15, 'c'));
    // What was noted elsewhere of the first continuation is still known.
    putBack('noted', ['anchor']);
    expect((await verified()).problem).toMatchObject({ kind: 'forked' });
  });

  it('two continuations merged', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    save('one');
    putBack('older', PARTS);
    await session((kept) => kept.write(15, 'c'));
    const others = new Database(path('audit.db'), { readonly: true });
    const rows = others.prepare<[], StoredRow>('SELECT * FROM rows WHERE seq > 15').all();
    others.close();
    putBack('one', PARTS);
    sql((database) => {
      database.exec('DELETE FROM rows WHERE seq > 15');
      const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)');
      for (const { seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash } of rows)
        insert.run(seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash);
    });
    expect((await verified()).problem).toMatchObject({ kind: 'forked', seq: 16 });
  });

  it('the records of two continuations merged', async () => {
    await session((kept) => kept.write(10, 'a'));
    save('older');
    await session((kept) => kept.write(10, 'b'));
    save('one');
    const one = lines();
    putBack('older', PARTS);
    await session(async (kept) => {
      await kept.write(5, 'c');
      await kept.write(15, 'c2');
    });
    const other = lines();
    putBack('one', PARTS);
    setLines([...one, ...other.slice(one.length)]);
    expect((await verified()).problem).toMatchObject({ kind: 'forked' });
  });
});

describe('tampering with the checkpoints and keys', () => {
  const edit = (at: number, change: (record: Record<string, unknown>) => void) => {
    const all = lines();
    const record = JSON.parse(all.at(at) ?? '') as Record<string, unknown>;
    change(record);
    setLines(
      all.with(
        at,
        JSON.stringify(
          record,
          Object.keys(record).toSorted((a, b) => (a < b ? -1 : 1)),
        ),
      ),
    );
  };
  const cases: readonly [string, () => void, string][] = [
    ['a head edited', () => edit(-1, (record) => (record['head'] = '0'.repeat(64))), 'checkpoint_edited'],
    ['a row number edited', () => edit(-1, (record) => (record['seq'] = 59)), 'checkpoint_edited'],
    ['a time edited', () => edit(1, (record) => (record['at'] = 1)), 'checkpoint_edited'],
    ['a signature edited', () => edit(-1, (record) => (record['sig'] = 'A'.repeat(86))), 'checkpoint_edited'],
    ['a line of garbage', () => setLines([...lines().slice(0, -1), 'garbage']), 'checkpoint_edited'],
    ['the last record cut off', () => setLines(lines().slice(0, -1)), 'checkpoints_cut'],
    ['a hand-over cut out', () => setLines(lines().toSpliced(1, 1)), 'foreign_key'],
    ['all of it gone', () => rmSync(path('checkpoints')), 'checkpoints_cut'],
    ['all of it emptied', () => setLines([]), 'checkpoints_cut'],
    ['a record twice', () => setLines([...lines(), lines().at(-1) ?? '']), 'forked'],
    [
      'a file of somebody else’s key',
      () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const { log } = JSON.parse(lines()[0] ?? '') as { log: string };
        const key = keyName(privateKey);
        const base = { v: 1 as const, log, day: 0, at: 1, key };
        const begin = signedLine({ ...base, kind: 'begin', i: 0, prev: noRecordHash(log) }, privateKey);
        const head = sqlHead();
        const more = { kind: 'checkpoint' as const, i: 1, prev: recordHash(begin), seq: 60, head };
        setLines([begin, signedLine({ ...base, ...more }, privateKey)]);
      },
      'foreign_key',
    ],
    [
      'a checkpoint signed with a key that nobody handed over to',
      () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const all = lines();
        const { sig: _sig, ...last } = JSON.parse(all.at(-1) ?? '') as Parameters<typeof signedLine>[0] & {
          sig: string;
        };
        setLines(all.with(-1, signedLine({ ...last, key: keyName(privateKey) } as typeof last, privateKey)));
      },
      'foreign_key',
    ],
    [
      'the key of an older day used again',
      () => {
        const { current } = JSON.parse(readFileSync(path('key.first'), 'utf8')) as { current: string };
        const old = createPrivateKey({ key: Buffer.from(current, 'base64'), format: 'der', type: 'pkcs8' });
        const all = lines();
        const { sig: _sig, ...last } = JSON.parse(all.at(-1) ?? '') as Parameters<typeof signedLine>[0] & {
          sig: string;
        };
        setLines(all.with(-1, signedLine({ ...last, key: keyName(old) } as typeof last, old)));
      },
      'foreign_key',
    ],
  ];
  const sqlHead = () => {
    const database = new Database(path('audit.db'), { readonly: true });
    const head = database.prepare('SELECT hash FROM rows ORDER BY seq DESC').pluck().get() as string;
    database.close();
    return head;
  };
  it.each(cases)('%s', async (_name, tamper, kind) => {
    threeDays();
    tamper();
    const kept = await Kept.open();
    try {
      expect((await kept.seal.verify()).problem).toMatchObject({ kind });
      expect(await kept.seal.open()).toMatchObject({ kind: 'broken', problem: { kind } });
    } finally {
      await kept.log.close();
    }
  });

  it('the key replaced: the log goes on, is not signed, and says so; a person begins anew', async () => {
    threeDays();
    const { privateKey } = generateKeyPairSync('ed25519');
    const current = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    writeFileSync(path('key'), JSON.stringify({ v: 1, current, next: null }));
    const kept = await Kept.open();
    try {
      expect(await kept.seal.open()).toEqual({ kind: 'in_order' });
      await kept.write(1, 'unsigned');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 60,
        why: expect.stringMatching('key for it is not kept here'),
      });
      expect(await kept.seal.verify()).toMatchObject({ ok: true, last: 61, signedTo: 60 });
      const root = await kept.seal.reseal();
      expect(kept.seal.state()).toEqual({ signedTo: 61, root, why: null });
      expect(await kept.seal.verify()).toMatchObject({ ok: true, signedTo: 61 });
    } finally {
      await kept.log.close();
    }
  });
});
