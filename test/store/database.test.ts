import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Migration, type OpenOptions, openDatabase } from '../../main/store/database.ts';

const NOBODY = 65_534;
const APPLICATION = 0x54455354;
const coded = (code: string) => expect.objectContaining({ code });

const one: Migration = { name: 'one', up: (database) => database.exec('CREATE TABLE a (x INTEGER) STRICT') };
const two: Migration = {
  name: 'two',
  up: (database) => database.exec("ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'old'"),
};

let folder: string;
let file: string;
const open: Database.Database[] = [];

function opened(
  migrations: readonly Migration[] = [one],
  more: Partial<OpenOptions> = {},
): Database.Database {
  const database = openDatabase({ file, applicationId: APPLICATION, migrations, ...more });
  open.push(database);
  return database;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-store-'));
  file = join(folder, 'x.db');
});
afterEach(() => {
  for (const database of open.splice(0)) database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a database of ours', () => {
  it('is durable, strict about its own schema, and for its owner alone', () => {
    const before = process.umask(0);
    let database: Database.Database;
    try {
      database = opened();
      database.exec('INSERT INTO a VALUES (1)');
    } finally {
      process.umask(before);
    }
    const pragma = (name: string) => database.pragma(name, { simple: true });
    expect(
      ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'cell_size_check'].map(pragma),
    ).toEqual(['wal', 2, 1, 0, 1]);
    expect(pragma('application_id')).toBe(APPLICATION);
    for (const path of [file, `${file}-wal`, `${file}-shm`])
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
    expect(() => database.exec("INSERT INTO a VALUES ('text')")).toThrow(
      /cannot store TEXT value in INTEGER/,
    );
  });

  it('is closed for others again when somebody opened it', () => {
    opened().close();
    chmodSync(file, 0o644);
    opened();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps what was committed when its program is killed', () => {
    const script = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../main/store/database.ts'))};
      const database = openDatabase({ file: ${JSON.stringify(file)}, applicationId: ${APPLICATION},
        migrations: [{ name: 'one', up: (d) => d.exec('CREATE TABLE a (x INTEGER) STRICT') }] });
      database.exec('INSERT INTO a VALUES (1)');
      database.exec('BEGIN; INSERT INTO a VALUES (2)');
      process.kill(process.pid, 'SIGKILL');`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect([run.signal, run.stderr]).toEqual(['SIGKILL', '']);
    expect(opened().prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }]);
  });
});

describe('migrations', () => {
  it('run once, in their order, also over a database of an earlier version', () => {
    opened([one]).exec('INSERT INTO a VALUES (1)');
    open.pop()?.close();
    const database = opened([one, two]);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 'old' }]);
    database.close();
    expect(opened([one, two]).prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 'old' }]);
  });

  it('that fail leave the version before, whole', () => {
    opened([one]).close();
    const broken: Migration = {
      name: 'broken',
      up: (database) => {
        database.exec('CREATE TABLE half (x INTEGER) STRICT');
        database.exec('CREATE TABLE a (x INTEGER) STRICT');
      },
    };
    expect(() => opened([one, two, broken])).toThrow(/x\.db cannot be used: table a already exists; hint/);
    const database = opened([one, two]);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()).toEqual([
      { name: 'a' },
    ]);
  });

  it('of a later version are not touched: the file says so and stays as it is', () => {
    opened([one, two]).close();
    const before = readFileSync(file);
    expect(() => opened([one])).toThrow(coded('store_newer'));
    expect(() => opened([one], { readonly: true })).toThrow(/made by a later version of Gatehouse; hint/);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(opened([one, two]).pragma('user_version', { simple: true })).toBe(2);
  });

  it('do not run when it is opened for reading', () => {
    opened([one]).close();
    const database = opened([one, two], { readonly: true });
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    expect(() => database.exec('INSERT INTO a VALUES (1)')).toThrow(/readonly/);
  });
});

describe('a file that is not ours', () => {
  it('is refused and left as it is', () => {
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE notes (text TEXT)');
    foreign.close();
    const before = readFileSync(file);
    expect(() => opened()).toThrow(coded('store_foreign'));
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['x.db']);
  });

  it('is refused when it belongs to another program of ours', () => {
    opened().close();
    expect(() => opened([one], { applicationId: APPLICATION + 1 })).toThrow(coded('store_foreign'));
  });

  it('is refused for reading when it is empty: there is nothing to read', () => {
    writeFileSync(file, '');
    expect(() => opened([one], { readonly: true })).toThrow(coded('store_foreign'));
    expect(opened().pragma('user_version', { simple: true })).toBe(1);
  });
});

describe('a file that is damaged', () => {
  const filled = () => {
    const database = opened();
    const insert = database.prepare('INSERT INTO a VALUES (?)');
    database.transaction(() => {
      for (let row = 0; row < 5000; row += 1) insert.run(row);
    })();
    database.close();
  };

  it.each([
    ['text', () => writeFileSync(file, 'this is no database, it is a text of some length')],
    [
      'a damaged header',
      () => {
        filled();
        writeFileSync(file, Buffer.concat([Buffer.alloc(100), readFileSync(file).subarray(100)]));
      },
    ],
    ['a folder', () => mkdirSync(file)],
  ])('%s: says which file and what to do', (_name, damage) => {
    damage();
    expect(() => opened()).toThrow(coded('store_unreadable'));
    expect(() => opened()).toThrow(/x\.db cannot be (?:used|opened): /);
  });

  it('a schema that was overwritten', () => {
    filled();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 100, 4096);
    writeFileSync(file, bytes);
    expect(() => opened()).toThrow(coded('store_unreadable'));
  });

  it('pages that were overwritten: reading them fails, nothing is made up', () => {
    filled();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 8192, 16_384);
    writeFileSync(file, bytes);
    const database = opened();
    expect(() => database.prepare('SELECT sum(x) FROM a').get()).toThrow(/malformed/);
  });

  it('one that was cut short', () => {
    filled();
    writeFileSync(file, readFileSync(file).subarray(0, 10_000));
    expect(() => opened().prepare('SELECT sum(x) FROM a').get()).toThrow();
  });
});

describe('where nothing can be written', () => {
  /** Opens the file in a process that has no power over other users' files. */
  const openedByNobody = (more = '') => {
    const script = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../main/store/database.ts'))};
      try {
        openDatabase({ file: ${JSON.stringify(file)}, applicationId: ${APPLICATION}, migrations: [] ${more} });
        console.log('opened');
      } catch (error) {
        console.log(error.code + ' ' + error.message);
      }`;
    const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      ...asNobody,
    });
    return `${run.stdout}${run.stderr}`;
  };
  const give = (path: string) => {
    if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
  };

  it('a folder that may not be written into is told, and nothing is made', () => {
    give(folder);
    chmodSync(folder, 0o500);
    expect(openedByNobody()).toMatch(/^store_unreadable .*x\.db cannot be opened: EACCES/);
    expect(existsSync(file)).toBe(false);
    chmodSync(folder, 0o700);
    expect(openedByNobody()).toBe('opened\n');
  });

  it('a file that may not be written is told', () => {
    opened().close();
    give(folder);
    give(file);
    chmodSync(file, 0o400);
    expect(openedByNobody()).toMatch(/^store_(?:unreadable|newer) .*x\.db/);
  });

  it('a folder that is not there is told', () => {
    file = join(folder, 'gone', 'x.db');
    expect(() => opened()).toThrow(coded('store_unreadable'));
    expect(() => opened([one], { readonly: true })).toThrow(coded('store_unreadable'));
  });

  it('a full disk takes nothing back that was written, and half of nothing', () => {
    const database = opened();
    const insert = database.prepare('INSERT INTO a VALUES (?)');
    insert.run(1);
    database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`);
    const many = database.transaction(() => {
      for (let row = 0; row < 10_000; row += 1) insert.run(row);
    });
    expect(() => many()).toThrow(coded('SQLITE_FULL'));
    expect(database.prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }]);
    database.pragma('max_page_count = 100000');
    many();
    expect(database.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 10_001 });
  });
});

describe('two at one file', () => {
  it('the second sees what the first has committed, and waits for its turn to write', () => {
    const first = opened();
    const second = opened();
    first.exec('INSERT INTO a VALUES (1)');
    expect(second.prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }]);
    first.exec('BEGIN IMMEDIATE; INSERT INTO a VALUES (2)');
    second.pragma('busy_timeout = 50');
    expect(() => second.exec('INSERT INTO a VALUES (3)')).toThrow(coded('SQLITE_BUSY'));
    first.exec('COMMIT');
    second.exec('INSERT INTO a VALUES (3)');
    expect(first.prepare('SELECT x FROM a ORDER BY x').all()).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  });
});
