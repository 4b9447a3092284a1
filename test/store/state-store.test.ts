import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateStore, type StateStore, type StoredApproval } from '../../main/store/state-store.ts';

let folder: string;
let file: string;
let store: StateStore;

const approval = (id: string, createdWallMicros = 1_780_000_000_000_000): StoredApproval => ({
  id,
  callId: `call_${id}`,
  session: 'ses_1',
  fingerprint: 'f'.repeat(64),
  createdWallMicros,
  expiresWallMicros: createdWallMicros + 60_000_000,
});

/** What is in the file, read past the store. */
function plain<T>(sql: string): T[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}

function again(): void {
  store.close();
  store = openStateStore(file);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-state-'));
  file = join(folder, 'state.db');
  store = openStateStore(file);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('requests that wait', () => {
  it('are there after a restart, exactly and in their order, and only those', () => {
    const rows = [approval('b', 2), approval('a', 1), approval('c', 3)];
    for (const row of rows) store.approvals.insertPending(row);
    store.approvals.resolve('c', 'denied', 5);
    again();
    expect(store.approvals.listPending()).toEqual([approval('a', 1), approval('b', 2)]);
  });

  it('are there for another connection as soon as the call returns', () => {
    store.approvals.insertPending(approval('a'));
    expect(plain('SELECT id, state FROM approvals')).toEqual([{ id: 'a', state: 'pending' }]);
  });

  it.each(['allowed', 'denied', 'expired', 'cancelled', 'refused'] as const)('end as %s once', (state) => {
    store.approvals.insertPending(approval('a'));
    expect(store.approvals.resolve('a', state, 7)).toBe(true);
    expect(store.approvals.resolve('a', 'allowed', 8)).toBe(false);
    expect(store.approvals.resolve('none', state, 7)).toBe(false);
    expect(plain('SELECT state, ended FROM approvals')).toEqual([{ state, ended: 7 }]);
    again();
    expect(store.approvals.listPending()).toEqual([]);
    expect(store.approvals.resolve('a', 'allowed', 9)).toBe(false);
  });

  it('take no second request of the same id, and no state that is not one', () => {
    store.approvals.insertPending(approval('a'));
    expect(() => store.approvals.insertPending(approval('a'))).toThrow(/UNIQUE/);
    expect(() => store.approvals.resolve('a', 'perhaps' as 'allowed', 1)).toThrow(/CHECK/);
    expect(store.approvals.listPending()).toHaveLength(1);
  });

  it('keep microseconds exactly', () => {
    const far = approval('a', 8_640_000_000_000_000 - 1);
    store.approvals.insertPending(far);
    expect(store.approvals.listPending()).toEqual([far]);
  });

  it('do not pile up once they have ended, and nothing that waits is forgotten', () => {
    store.approvals.insertPending(approval('first', 0));
    for (let count = 0; count < 1300; count += 1) {
      store.approvals.insertPending(approval(`r${count}`, count));
      store.approvals.resolve(`r${count}`, 'denied', count);
    }
    const [{ n } = { n: -1 }] = plain<{ n: number }>(
      "SELECT count(*) AS n FROM approvals WHERE state <> 'pending'",
    );
    expect(n).toBeGreaterThanOrEqual(1000);
    expect(n).toBeLessThanOrEqual(1100);
    expect(plain("SELECT id FROM approvals WHERE id = 'r1299'")).toHaveLength(1);
    expect(store.approvals.listPending().map(({ id }) => id)).toEqual(['first']);
  });

  it('say it when they cannot be written down, and are as they were', () => {
    store.approvals.insertPending(approval('a'));
    const disk = new Database(file);
    for (const what of ['INSERT', 'UPDATE'])
      disk.exec(
        `CREATE TRIGGER full_${what} BEFORE ${what} ON approvals BEGIN SELECT RAISE(ABORT, 'disk is full'); END`,
      );
    disk.close();
    expect(() => store.approvals.insertPending(approval('b'))).toThrow(/disk is full/);
    expect(() => store.approvals.resolve('a', 'allowed', 1)).toThrow(/disk is full/);
    again();
    expect(store.approvals.listPending()).toEqual([approval('a')]);
  });
});

describe('settings', () => {
  it('are null until they are written, and the last value after a restart', () => {
    const pin = store.setting('presence');
    expect(pin.read()).toBeNull();
    pin.write('one');
    pin.write('two');
    store.setting('other').write('');
    again();
    expect(store.setting('presence').read()).toBe('two');
    expect(store.setting('other').read()).toBe('');
    expect(store.setting('__proto__').read()).toBeNull();
  });

  it('keep any text as it is', () => {
    const text = `${'x'.repeat(100_000)}\u0000ü😀'";--`;
    store.setting('x').write(text);
    again();
    expect(store.setting('x').read()).toBe(text);
  });
});

describe('the last good policy', () => {
  const policy = (hash: string) => ({ hash, file: '/c/policy.yaml', text: `# ${hash}` });

  it('is none at first, and the newest after a restart', () => {
    expect(store.policies.lastGood()).toBeNull();
    store.policies.keep(policy('a'));
    store.policies.keep(policy('b'));
    again();
    expect(store.policies.lastGood()).toEqual(policy('b'));
  });

  it('is not kept twice in a row, and is the newest again when it comes back', () => {
    for (const hash of ['a', 'a', 'b', 'a', 'a']) store.policies.keep(policy(hash));
    expect(plain('SELECT hash FROM policies ORDER BY sequence')).toEqual(
      ['a', 'b', 'a'].map((hash) => ({ hash })),
    );
    expect(store.policies.lastGood()?.hash).toBe('a');
  });

  it('keeps twenty', () => {
    for (let count = 0; count < 50; count += 1) store.policies.keep(policy(`h${count}`));
    const kept = plain<{ hash: string }>('SELECT hash FROM policies ORDER BY sequence').map(
      ({ hash }) => hash,
    );
    expect(kept).toEqual(Array.from({ length: 20 }, (_, index) => `h${index + 30}`));
  });
});

describe('the file', () => {
  it("of another program is not taken for the store's", () => {
    const other = join(folder, 'other.db');
    const database = new Database(other);
    database.pragma('application_id = 7');
    database.exec('CREATE TABLE x (y)');
    database.close();
    expect(() => openStateStore(other)).toThrow(expect.objectContaining({ code: 'store_foreign' }));
  });

  it('made by a later version is refused', () => {
    store.close();
    const database = new Database(file);
    const version = database.pragma('user_version', { simple: true });
    database.pragma('user_version = 99');
    database.close();
    expect(() => openStateStore(file)).toThrow(expect.objectContaining({ code: 'store_newer' }));
    const back = new Database(file);
    back.pragma(`user_version = ${version}`);
    back.close();
    store = openStateStore(file);
  });
});
