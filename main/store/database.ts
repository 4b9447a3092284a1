/**
 * SQLite as Gatehouse opens it: durable, strict, for its owner alone, migrated forward only.
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { GatehouseError, messageOf } from '../platform/errors.ts';

export type { Database } from 'better-sqlite3';

/** One step forward. The schema's version is the number of steps taken; a step never changes once it has shipped. */
export interface Migration {
  readonly name: string;
  up(database: Database.Database): void;
}

export interface OpenOptions {
  readonly file: string;
  /** Marks the file as ours: SQLite's application_id. */
  readonly applicationId: number;
  readonly migrations: readonly Migration[];
  readonly readonly?: boolean;
}

/**
 * Opens a database, and brings its schema up to date unless it is opened read-only.
 *
 * @throws GatehouseError `store_unreadable`, `store_foreign` (not ours), `store_newer` (made by a later version)
 */
export function openDatabase(options: OpenOptions): Database.Database {
  const { file, applicationId, migrations } = options;
  const readonly = options.readonly ?? false;
  let database: Database.Database;
  try {
    if (!readonly && !existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
    database = new Database(file, { readonly, fileMustExist: true, timeout: 5000 });
  } catch (cause) {
    throw new GatehouseError('store_unreadable', `${file} cannot be opened: ${messageOf(cause)}`, { cause });
  }
  try {
    // First of all: a file that is not ours stays as it is, to the byte.
    checkOwner(database, file, applicationId, readonly);
    checkVersion(database, file, migrations);
    configure(database, readonly);
    if (!readonly) migrate(database, migrations);
    if (!readonly && process.platform !== 'win32') chmodSync(file, 0o600);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError('store_unreadable', `${file} cannot be used: ${messageOf(error)}`, {
      cause: error,
      hint: 'put a backup in its place, or move it away to begin anew',
    });
  }
}

function configure(database: Database.Database, readonly: boolean): void {
  if (!readonly) {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
  }
  database.pragma('foreign_keys = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
}

function checkOwner(
  database: Database.Database,
  file: string,
  applicationId: number,
  readonly: boolean,
): void {
  const found = database.pragma('application_id', { simple: true });
  if (found === applicationId) return;
  const empty = database.prepare('SELECT count(*) AS n FROM sqlite_master').get() as { n: number };
  if (found !== 0 || empty.n > 0 || readonly)
    throw new GatehouseError('store_foreign', `${file} is not a database of Gatehouse's`, {
      hint: 'move it away',
    });
  database.pragma(`application_id = ${applicationId}`);
}

function checkVersion(database: Database.Database, file: string, migrations: readonly Migration[]): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    throw new GatehouseError('store_newer', `${file} was made by a later version of Gatehouse`, {
      hint: 'install that version again',
    });
  }
}

function migrate(database: Database.Database, migrations: readonly Migration[]): void {
  for (
    let version = Number(database.pragma('user_version', { simple: true }));
    version < migrations.length;
    version += 1
  ) {
    const step = migrations[version];
    if (step === undefined) return;
    database
      .transaction(() => {
        step.up(database);
        database.pragma(`user_version = ${version + 1}`);
      })
      .immediate();
  }
}
