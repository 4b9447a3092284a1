/** The tables of the index beside the log. */
import { type Database, openDatabase } from '../store/database.ts';

const APPLICATION_ID = 0x47485358;

/** Opens the index, making it when it is not there. @throws GatehouseError as openDatabase */
export function openIndex(file: string): Database {
  const database = openDatabase({
    file,
    applicationId: APPLICATION_ID,
    migrations: [
      {
        name: 'events, sessions, calls, tallies',
        up: (database) =>
          database.exec(`
            CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
            CREATE TABLE events (
              seq INTEGER PRIMARY KEY,
              at INTEGER NOT NULL,
              type TEXT NOT NULL,
              session TEXT NOT NULL,
              app TEXT NOT NULL,
              call TEXT,
              success INTEGER
            ) STRICT;
            CREATE INDEX events_session ON events (session, seq);
            CREATE INDEX events_app ON events (app, seq);
            CREATE TABLE sessions (session TEXT PRIMARY KEY, app TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE calls (call TEXT PRIMARY KEY, tool TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE tallies (
              app TEXT NOT NULL,
              day INTEGER NOT NULL,
              kind TEXT NOT NULL,
              key TEXT NOT NULL,
              n INTEGER NOT NULL,
              total REAL NOT NULL,
              most REAL NOT NULL,
              PRIMARY KEY (kind, day, app, key)
            ) STRICT, WITHOUT ROWID;
          `),
      },
    ],
  });
  // What a crash takes is taken in again.
  database.pragma('synchronous = NORMAL');
  return database;
}
