/**
 * The log's tables: `rows` is the log, append-only; `lines` is what is read, kept in the same transaction and
 * rebuilt from the rows when it is behind.
 */
import { randomBytes } from 'node:crypto';
import type { Migration } from '../store/database.ts';

export const AUDIT_APPLICATION_ID = 0x47484c47;

export const AUDIT_MIGRATIONS: readonly Migration[] = [
  {
    name: 'rows, lines, search',
    up: (database) => {
      database.exec(`
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE rows (
          seq INTEGER PRIMARY KEY,
          wall_micros INTEGER NOT NULL,
          monotonic_ms REAL NOT NULL,
          boot_id TEXT NOT NULL,
          event TEXT NOT NULL,
          prev_hash TEXT NOT NULL,
          hash TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER rows_no_update BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

        CREATE TABLE lines (
          id INTEGER PRIMARY KEY,
          last_seq INTEGER NOT NULL,
          call_id TEXT UNIQUE,
          at INTEGER NOT NULL,
          outcome TEXT,
          by_person INTEGER NOT NULL DEFAULT 0,
          client TEXT NOT NULL,
          app TEXT NOT NULL,
          app_name TEXT NOT NULL,
          session TEXT NOT NULL,
          module TEXT NOT NULL,
          action TEXT NOT NULL,
          gate INTEGER,
          risk TEXT,
          summary TEXT NOT NULL,
          reason TEXT NOT NULL,
          trace TEXT,
          scope TEXT,
          success INTEGER,
          duration REAL,
          alarm INTEGER NOT NULL DEFAULT 0,
          asked INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX lines_outcome ON lines (outcome, id);
        CREATE INDEX lines_client ON lines (client, id);
        CREATE INDEX lines_session ON lines (session, id);
        CREATE INDEX lines_module ON lines (module, id);
        CREATE INDEX lines_action ON lines (action, id);
        CREATE INDEX lines_app ON lines (app, id);
        CREATE INDEX lines_app_name ON lines (app_name, id);
        CREATE INDEX lines_gate ON lines (gate, id) WHERE gate IS NOT NULL;
        CREATE INDEX lines_risk ON lines (risk, id);
        CREATE INDEX lines_at ON lines (at, id);
        CREATE INDEX lines_call ON lines (id) WHERE call_id IS NOT NULL;
        CREATE VIRTUAL TABLE search USING fts5 (body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2");
        CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
        INSERT INTO counters VALUES ('total', 0), ('stopped', 0), ('asked', 0);
      `);
      database.prepare('INSERT INTO meta VALUES (?, ?)').run('log_id', randomBytes(16).toString('hex'));
    },
  },
  {
    name: 'ticks as letters: the lines are made anew',
    up: (database) =>
      database.exec(
        "DELETE FROM lines; DELETE FROM search; UPDATE counters SET n = 0; DELETE FROM meta WHERE key = 'projected';",
      ),
  },
  {
    name: 'rows that were removed on the record',
    up: (database) =>
      database.exec(`
        CREATE TABLE pruned (
          first INTEGER PRIMARY KEY,
          last INTEGER NOT NULL,
          prev_hash TEXT NOT NULL,
          last_hash TEXT NOT NULL,
          pruning TEXT NOT NULL
        ) STRICT;
      `),
  },
  {
    name: 'agent, turn and rule of a line: the lines are made anew',
    up: (database) =>
      database.exec(`
        ALTER TABLE lines ADD COLUMN agent TEXT NOT NULL DEFAULT '';
        ALTER TABLE lines ADD COLUMN turn INTEGER;
        ALTER TABLE lines ADD COLUMN rule TEXT;
        CREATE INDEX lines_rule ON lines (rule, id) WHERE rule IS NOT NULL;
        CREATE INDEX lines_failed ON lines (id) WHERE success = 0;
        CREATE INDEX lines_asked ON lines (id) WHERE asked = 1;
        DELETE FROM lines; DELETE FROM search; UPDATE counters SET n = 0; DELETE FROM meta WHERE key = 'projected';
      `),
  },
];
