/**
 * What is on its way to a credential: at most one row each, made before a service is asked for a new value and
 * filled in the moment in which the answer is there. Nothing here can decrypt.
 */
import type { Database } from './database.ts';

export const INBOX_TABLE = `
  CREATE TABLE inbox (
    credential TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    data_key TEXT NOT NULL,
    master_key TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    created INTEGER NOT NULL,
    sealed BLOB
  ) STRICT;
`;

export interface StoredInbox {
  readonly credential: string;
  /** The version that it becomes. */
  readonly version: number;
  readonly dataKey: string;
  readonly masterKey: string;
  readonly wrapped: Buffer;
  /** Microseconds since 1970. */
  readonly created: number;
  /** Null: the service was asked, or was about to be, and no answer was kept. */
  readonly sealed: Buffer | null;
}

export interface InboxTable {
  /** Replaces what was there for the credential. */
  put(inbox: StoredInbox): void;
  get(credential: string): StoredInbox | null;
  list(): readonly StoredInbox[];
  /** False when the row is not the one of this data key any more. */
  fill(credential: string, dataKey: string, sealed: Buffer): boolean;
  rewrap(credential: string, masterKey: string, wrapped: Buffer): void;
  remove(credential: string): void;
}

const COLUMNS = 'credential, version, data_key AS dataKey, master_key AS masterKey, wrapped, created, sealed';

export function openInboxTable(database: Database): InboxTable {
  const put = database.prepare<StoredInbox>(
    `INSERT OR REPLACE INTO inbox (credential, version, data_key, master_key, wrapped, created, sealed)
     VALUES (@credential, @version, @dataKey, @masterKey, @wrapped, @created, @sealed)`,
  );
  const get = database.prepare<[string], StoredInbox>(`SELECT ${COLUMNS} FROM inbox WHERE credential = ?`);
  const list = database.prepare<[], StoredInbox>(`SELECT ${COLUMNS} FROM inbox ORDER BY credential`);
  const fill = database.prepare<[Buffer, string, string]>(
    'UPDATE inbox SET sealed = ? WHERE credential = ? AND data_key = ?',
  );
  const rewrap = database.prepare<[string, Buffer, string]>(
    'UPDATE inbox SET master_key = ?, wrapped = ? WHERE credential = ?',
  );
  const remove = database.prepare<[string]>('DELETE FROM inbox WHERE credential = ?');
  return {
    put: (inbox) => void put.run(inbox),
    get: (credential) => get.get(credential) ?? null,
    list: () => list.all(),
    fill: (credential, dataKey, sealed) => fill.run(sealed, credential, dataKey).changes === 1,
    rewrap: (credential, masterKey, wrapped) => void rewrap.run(masterKey, wrapped, credential),
    remove: (credential) => void remove.run(credential),
  };
}
