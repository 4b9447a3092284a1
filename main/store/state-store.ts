/**
 * The small state that must survive a restart: requests that wait, settings, the last good policy.
 *
 * Synchronous on purpose: when a call returns, it is on disk.
 */
import { type Migration, openDatabase } from './database.ts';
import { openRuleTable, RULE_TABLE, type RuleTable } from './rule-table.ts';
import { openTokenTable, TOKEN_TABLE, type TokenTable } from './token-table.ts';

const APPLICATION_ID = 0x47485354;
const KEEP_POLICIES = 20;
const KEEP_ENDED_APPROVALS = 1000;

const MIGRATIONS: readonly Migration[] = [
  {
    name: 'approvals, settings, policies',
    up: (database) =>
      database.exec(`
        CREATE TABLE approvals (
          id TEXT PRIMARY KEY,
          call_id TEXT NOT NULL,
          session TEXT NOT NULL,
          fingerprint TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('pending', 'allowed', 'denied', 'expired', 'cancelled', 'refused')),
          created INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          ended INTEGER
        ) STRICT;
        CREATE INDEX approvals_pending ON approvals (created) WHERE state = 'pending';
        CREATE INDEX approvals_ended ON approvals (ended) WHERE state <> 'pending';
        CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE policies (
          sequence INTEGER PRIMARY KEY AUTOINCREMENT,
          hash TEXT NOT NULL,
          file TEXT NOT NULL,
          text TEXT NOT NULL
        ) STRICT;
      `),
  },
  { name: 'tokens', up: (database) => database.exec(TOKEN_TABLE) },
  { name: 'remembered answers', up: (database) => database.exec(RULE_TABLE) },
];

export type ApprovalState = 'pending' | 'allowed' | 'denied' | 'expired' | 'cancelled' | 'refused';

export interface StoredApproval {
  readonly id: string;
  readonly callId: string;
  readonly session: string;
  readonly fingerprint: string;
  /** Microseconds since 1970. */
  readonly createdWallMicros: number;
  readonly expiresWallMicros: number;
}

export interface StoredPolicy {
  readonly hash: string;
  readonly file: string;
  readonly text: string;
}

export interface StateStore {
  readonly approvals: {
    insertPending(row: StoredApproval): void;
    /** Ends a pending row; false when it was not pending. */
    resolve(id: string, state: Exclude<ApprovalState, 'pending'>, wallMicros: number): boolean;
    listPending(): readonly StoredApproval[];
  };
  readonly policies: {
    lastGood(): StoredPolicy | null;
    keep(policy: StoredPolicy): void;
  };
  /** Tokens of the HTTP API. */
  readonly tokens: TokenTable;
  /** Remembered answers. */
  readonly rules: RuleTable;
  /** One named setting. */
  setting(key: string): { read(): string | null; write(value: string): void };
  /** Overwrites what was deleted or replaced, so that nothing of it stays in the file. */
  scrub(): void;
  close(): void;
}

/**
 * Opens the store, making it when it does not exist.
 *
 * @throws GatehouseError as openDatabase
 */
export function openStateStore(file: string): StateStore {
  const database = openDatabase({ file, applicationId: APPLICATION_ID, migrations: MIGRATIONS });
  const insert = database.prepare<StoredApproval>(
    `INSERT INTO approvals (id, call_id, session, fingerprint, state, created, expires)
     VALUES (@id, @callId, @session, @fingerprint, 'pending', @createdWallMicros, @expiresWallMicros)`,
  );
  const end = database.prepare<[string, number, string]>(
    `UPDATE approvals SET state = ?, ended = ? WHERE id = ? AND state = 'pending'`,
  );
  const forget = database.prepare<[number]>(
    `DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE state <> 'pending' ORDER BY ended DESC LIMIT -1 OFFSET ?)`,
  );
  const pending = database.prepare<[], StoredApproval>(
    `SELECT id, call_id AS callId, session, fingerprint, created AS createdWallMicros, expires AS expiresWallMicros
     FROM approvals WHERE state = 'pending' ORDER BY created`,
  );
  const lastPolicy = database.prepare<[], StoredPolicy>(
    'SELECT hash, file, text FROM policies ORDER BY sequence DESC LIMIT 1',
  );
  const keepPolicy = database.prepare<StoredPolicy>(
    'INSERT INTO policies (hash, file, text) VALUES (@hash, @file, @text)',
  );
  const prunePolicies = database.prepare<[number]>(
    'DELETE FROM policies WHERE sequence NOT IN (SELECT sequence FROM policies ORDER BY sequence DESC LIMIT ?)',
  );
  const readSetting = database.prepare<[string], { value: string }>(
    'SELECT value FROM settings WHERE key = ?',
  );
  const writeSetting = database.prepare<[string, string]>(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );

  let ended = 0;
  return {
    approvals: {
      insertPending: (row) => {
        const { id, callId, session, fingerprint, createdWallMicros, expiresWallMicros } = row;
        insert.run({ id, callId, session, fingerprint, createdWallMicros, expiresWallMicros });
      },
      resolve: (id, state, wallMicros) => {
        const changed = end.run(state, wallMicros, id).changes === 1;
        ended += 1;
        if (ended % 100 === 0) forget.run(KEEP_ENDED_APPROVALS);
        return changed;
      },
      listPending: () => pending.all(),
    },
    policies: {
      lastGood: () => lastPolicy.get() ?? null,
      keep: database.transaction((policy: StoredPolicy) => {
        if (lastPolicy.get()?.hash === policy.hash) return;
        keepPolicy.run({ hash: policy.hash, file: policy.file, text: policy.text });
        prunePolicies.run(KEEP_POLICIES);
      }),
    },
    tokens: openTokenTable(database),
    rules: openRuleTable(database),
    setting: (key) => ({
      read: () => readSetting.get(key)?.value ?? null,
      write: (value) => {
        writeSetting.run(key, value);
      },
    }),
    scrub: () => {
      database.exec('VACUUM');
      database.pragma('wal_checkpoint(TRUNCATE)');
    },
    close: () => {
      database.close();
    },
  };
}
