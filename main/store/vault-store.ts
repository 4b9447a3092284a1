/**
 * The vault's file: what is sealed, under which key, and what may be known without opening it.
 *
 * A file of its own, so that nothing else is written beside it. Deleted rows are overwritten (`secure_delete`).
 * Nothing here can decrypt; what a row means and whether it is whole is the vault's business.
 */
import { GatehouseError } from '../platform/errors.ts';
import { type Database, type Migration, openDatabase } from './database.ts';
import { INBOX_TABLE, type InboxTable, openInboxTable } from './inbox-table.ts';

const APPLICATION_ID = 0x47485641;

const MIGRATIONS: readonly Migration[] = [
  {
    name: 'header, keys, credentials, versions, fields, rotation',
    up: (database) =>
      database.exec(`
        CREATE TABLE header (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          generation INTEGER NOT NULL,
          text TEXT NOT NULL,
          mac BLOB NOT NULL CHECK (length(mac) = 32)
        ) STRICT;
        CREATE TABLE keys (id TEXT PRIMARY KEY, slots TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
        CREATE TABLE credentials (
          id TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          label TEXT NOT NULL,
          type TEXT NOT NULL,
          provider TEXT,
          scope TEXT NOT NULL CHECK (scope IN ('system_wide', 'per_app_shared', 'per_user', 'per_app_per_user')),
          app TEXT NOT NULL,
          user TEXT NOT NULL,
          current INTEGER,
          next INTEGER,
          last_version INTEGER NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('filled', 'valid', 'invalid', 'pending', 'revoked')),
          expires INTEGER,
          created INTEGER NOT NULL,
          updated INTEGER NOT NULL,
          last_used INTEGER,
          UNIQUE (name, scope, app, user)
        ) STRICT;
        CREATE TABLE versions (
          credential TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
          version INTEGER NOT NULL,
          data_key TEXT NOT NULL,
          master_key TEXT NOT NULL,
          wrapped BLOB NOT NULL,
          created INTEGER NOT NULL,
          PRIMARY KEY (credential, version)
        ) STRICT;
        CREATE INDEX versions_master ON versions (master_key);
        CREATE TABLE fields (
          credential TEXT NOT NULL,
          version INTEGER NOT NULL,
          name TEXT NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (credential, version, name),
          FOREIGN KEY (credential, version) REFERENCES versions (credential, version) ON DELETE CASCADE
        ) STRICT;
        CREATE TABLE rotation (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          from_key TEXT NOT NULL,
          to_key TEXT NOT NULL
        ) STRICT;
      `),
  },
  { name: 'values on their way', up: (database) => database.exec(INBOX_TABLE) },
];

export type StoredScope = 'system_wide' | 'per_app_shared' | 'per_user' | 'per_app_per_user';
export type StoredState = 'filled' | 'valid' | 'invalid' | 'pending' | 'revoked';

/** What is known of a credential without opening it. Times are microseconds since 1970. */
export interface StoredCredential {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly provider: string | null;
  readonly scope: StoredScope;
  /** Canonical project root; empty where the scope has no project. */
  readonly app: string;
  /** Empty where the scope has no person. */
  readonly user: string;
  /** The version in force; null while nothing is filled in. */
  readonly current: number | null;
  /** A version that waits to be put in force. */
  readonly next: number | null;
  /** The highest number that was ever given to a version. */
  readonly lastVersion: number;
  readonly state: StoredState;
  readonly expires: number | null;
  readonly created: number;
  readonly updated: number;
  readonly lastUsed: number | null;
}

export interface StoredVersion {
  readonly credential: string;
  readonly version: number;
  readonly dataKey: string;
  readonly masterKey: string;
  readonly wrapped: Buffer;
  readonly created: number;
}

export interface StoredField {
  readonly name: string;
  readonly sealed: Buffer;
}

export interface StoredHeader {
  /** Grows with every change. */
  readonly generation: number;
  readonly text: string;
  readonly mac: Buffer;
}

export interface StoredRotation {
  readonly from: string;
  readonly to: string;
}

export interface VaultStore {
  readonly inbox: InboxTable;
  /** Runs all of it or nothing of it. @throws GatehouseError `not_written` when the system refuses to write */
  transaction<T>(work: () => T): T;
  header(): StoredHeader | null;
  /** Replaces the header; false when it is not of generation `expected` any more (null: there is none yet). */
  writeHeader(header: StoredHeader, expected: number | null): boolean;
  keys(): readonly { readonly id: string; readonly slots: string }[];
  putKey(id: string, slots: string, created: number): void;
  removeKey(id: string): void;
  list(): readonly StoredCredential[];
  get(id: string): StoredCredential | null;
  find(name: string, scope: StoredScope, app: string, user: string): StoredCredential | null;
  insert(credential: StoredCredential): void;
  update(credential: StoredCredential): void;
  touch(id: string, lastUsed: number): void;
  remove(id: string): void;
  versions(): readonly StoredVersion[];
  version(credential: string, version: number): StoredVersion | null;
  putVersion(version: StoredVersion, fields: readonly StoredField[]): void;
  removeVersion(credential: string, version: number): void;
  fields(credential: string, version: number): readonly StoredField[];
  fieldNames(credential: string, version: number): readonly string[];
  /** At most `limit` versions whose data key is wrapped by this master key. */
  wrappedBy(masterKey: string, limit: number): readonly StoredVersion[];
  countWrappedBy(masterKey: string): number;
  rewrap(credential: string, version: number, masterKey: string, wrapped: Buffer): void;
  rotation(): StoredRotation | null;
  setRotation(rotation: StoredRotation | null): void;
  /** Moves the write-ahead log into the file and empties it, so that nothing that was removed stays in it. */
  settle(): void;
  close(): void;
}

const CREDENTIAL_COLUMNS = `id, name, label, type, provider, scope, app, user, current, next,
  last_version AS lastVersion, state, expires, created, updated, last_used AS lastUsed`;
const VERSION_COLUMNS = 'credential, version, data_key AS dataKey, master_key AS masterKey, wrapped, created';

/**
 * Opens the file, making it when it does not exist.
 *
 * @throws GatehouseError as openDatabase
 */
export function openVaultStore(file: string): VaultStore {
  const database = openDatabase({ file, applicationId: APPLICATION_ID, migrations: MIGRATIONS });
  database.pragma('secure_delete = ON');
  return new SqliteVaultStore(database);
}

type Statements = ReturnType<typeof prepareAll>;

class SqliteVaultStore implements VaultStore {
  readonly inbox: InboxTable;
  readonly #database: Database;
  readonly #sql: Statements;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
    this.inbox = openInboxTable(database);
  }

  transaction<T>(work: () => T): T {
    if (this.#database.inTransaction) return work();
    try {
      return this.#database.transaction(work).immediate();
    } catch (error) {
      throw refusedWrite(error) ?? error;
    }
  }

  header(): StoredHeader | null {
    return this.#sql.header.get() ?? null;
  }

  writeHeader({ generation, text, mac }: StoredHeader, expected: number | null): boolean {
    if (expected === null) return this.#sql.firstHeader.run(generation, text, mac).changes === 1;
    return this.#sql.nextHeader.run(generation, text, mac, expected).changes === 1;
  }

  keys(): readonly { readonly id: string; readonly slots: string }[] {
    return this.#sql.keys.all();
  }

  putKey(id: string, slots: string, created: number): void {
    this.#sql.putKey.run(id, slots, created);
  }

  removeKey(id: string): void {
    this.#sql.removeKey.run(id);
  }

  list(): readonly StoredCredential[] {
    return this.#sql.list.all();
  }

  get(id: string): StoredCredential | null {
    return this.#sql.get.get(id) ?? null;
  }

  find(name: string, scope: StoredScope, app: string, user: string): StoredCredential | null {
    return this.#sql.find.get(name, scope, app, user) ?? null;
  }

  insert(credential: StoredCredential): void {
    this.#sql.insert.run(credential);
  }

  update(credential: StoredCredential): void {
    this.#sql.update.run(credential);
  }

  touch(id: string, lastUsed: number): void {
    this.#sql.touch.run(lastUsed, id);
  }

  remove(id: string): void {
    this.#sql.remove.run(id);
  }

  versions(): readonly StoredVersion[] {
    return this.#sql.versions.all();
  }

  version(credential: string, version: number): StoredVersion | null {
    return this.#sql.version.get(credential, version) ?? null;
  }

  putVersion(version: StoredVersion, fields: readonly StoredField[]): void {
    this.#sql.putVersion.run(version);
    for (const { name, sealed } of fields)
      this.#sql.putField.run(version.credential, version.version, name, sealed);
  }

  removeVersion(credential: string, version: number): void {
    this.#sql.removeVersion.run(credential, version);
  }

  fields(credential: string, version: number): readonly StoredField[] {
    return this.#sql.fields.all(credential, version);
  }

  fieldNames(credential: string, version: number): readonly string[] {
    return this.#sql.fieldNames.all(credential, version).map(({ name }) => name);
  }

  wrappedBy(masterKey: string, limit: number): readonly StoredVersion[] {
    return this.#sql.wrappedBy.all(masterKey, limit);
  }

  countWrappedBy(masterKey: string): number {
    return this.#sql.countWrappedBy.get(masterKey)?.n ?? 0;
  }

  rewrap(credential: string, version: number, masterKey: string, wrapped: Buffer): void {
    this.#sql.rewrap.run(masterKey, wrapped, credential, version);
  }

  rotation(): StoredRotation | null {
    return this.#sql.rotation.get() ?? null;
  }

  setRotation(rotation: StoredRotation | null): void {
    this.#sql.endRotation.run();
    if (rotation !== null) this.#sql.beginRotation.run(rotation.from, rotation.to);
  }

  settle(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }
}

const REFUSALS: readonly (readonly [RegExp, string, string])[] = [
  [/^SQLITE_FULL/, 'the disk is full', 'make room, then try again'],
  [/^SQLITE_READONLY/, 'its file may only be read', 'see who owns vault.db and its folder'],
  [/^SQLITE_(?:IOERR|CANTOPEN)/, 'the system does not let its file be written', 'look at the disk'],
];

/** What the system said when it refused to write, in words; null for anything else. */
function refusedWrite(error: unknown): GatehouseError | null {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const known = REFUSALS.find(([pattern]) => pattern.test(code));
  if (known === undefined) return null;
  const [, why, hint] = known;
  return new GatehouseError('not_written', `the vault was not written: ${why}`, { hint, cause: error });
}

function prepareAll(database: Database) {
  return {
    header: database.prepare<[], StoredHeader>('SELECT generation, text, mac FROM header'),
    firstHeader: database.prepare<[number, string, Buffer]>(
      'INSERT INTO header (one, generation, text, mac) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    nextHeader: database.prepare<[number, string, Buffer, number]>(
      'UPDATE header SET generation = ?, text = ?, mac = ? WHERE generation = ?',
    ),
    keys: database.prepare<[], { id: string; slots: string }>('SELECT id, slots FROM keys ORDER BY created'),
    putKey: database.prepare<[string, string, number]>(
      'INSERT INTO keys (id, slots, created) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET slots = excluded.slots',
    ),
    removeKey: database.prepare<[string]>('DELETE FROM keys WHERE id = ?'),
    list: database.prepare<[], StoredCredential>(
      `SELECT ${CREDENTIAL_COLUMNS} FROM credentials ORDER BY name, scope, app, user`,
    ),
    get: database.prepare<[string], StoredCredential>(
      `SELECT ${CREDENTIAL_COLUMNS} FROM credentials WHERE id = ?`,
    ),
    find: database.prepare<[string, string, string, string], StoredCredential>(
      `SELECT ${CREDENTIAL_COLUMNS} FROM credentials WHERE name = ? AND scope = ? AND app = ? AND user = ?`,
    ),
    insert: database.prepare<StoredCredential>(
      `INSERT INTO credentials (id, name, label, type, provider, scope, app, user, current, next, last_version,
         state, expires, created, updated, last_used)
       VALUES (@id, @name, @label, @type, @provider, @scope, @app, @user, @current, @next, @lastVersion,
         @state, @expires, @created, @updated, @lastUsed)`,
    ),
    update: database.prepare<StoredCredential>(
      `UPDATE credentials SET name = @name, label = @label, type = @type, provider = @provider, scope = @scope,
         app = @app, user = @user, current = @current, next = @next, last_version = @lastVersion, state = @state,
         expires = @expires, updated = @updated, last_used = @lastUsed WHERE id = @id`,
    ),
    touch: database.prepare<[number, string]>('UPDATE credentials SET last_used = ? WHERE id = ?'),
    remove: database.prepare<[string]>('DELETE FROM credentials WHERE id = ?'),
    versions: database.prepare<[], StoredVersion>(`SELECT ${VERSION_COLUMNS} FROM versions`),
    version: database.prepare<[string, number], StoredVersion>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE credential = ? AND version = ?`,
    ),
    putVersion: database.prepare<StoredVersion>(
      `INSERT INTO versions (credential, version, data_key, master_key, wrapped, created)
       VALUES (@credential, @version, @dataKey, @masterKey, @wrapped, @created)`,
    ),
    putField: database.prepare<[string, number, string, Buffer]>(
      'INSERT INTO fields (credential, version, name, sealed) VALUES (?, ?, ?, ?)',
    ),
    removeVersion: database.prepare<[string, number]>(
      'DELETE FROM versions WHERE credential = ? AND version = ?',
    ),
    fields: database.prepare<[string, number], StoredField>(
      'SELECT name, sealed FROM fields WHERE credential = ? AND version = ? ORDER BY name',
    ),
    fieldNames: database.prepare<[string, number], { name: string }>(
      'SELECT name FROM fields WHERE credential = ? AND version = ? ORDER BY name',
    ),
    wrappedBy: database.prepare<[string, number], StoredVersion>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE master_key = ? LIMIT ?`,
    ),
    countWrappedBy: database.prepare<[string], { n: number }>(
      'SELECT count(*) AS n FROM versions WHERE master_key = ?',
    ),
    rewrap: database.prepare<[string, Buffer, string, number]>(
      'UPDATE versions SET master_key = ?, wrapped = ? WHERE credential = ? AND version = ?',
    ),
    rotation: database.prepare<[], StoredRotation>('SELECT from_key AS "from", to_key AS "to" FROM rotation'),
    beginRotation: database.prepare<[string, string]>(
      'INSERT INTO rotation (one, from_key, to_key) VALUES (1, ?, ?)',
    ),
    endRotation: database.prepare<[]>('DELETE FROM rotation'),
  };
}
