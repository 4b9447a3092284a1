/** Tokens of the HTTP API at rest: what is known of each, and of the token itself its SHA-256 alone. */
import type { Database } from './database.ts';

export const TOKEN_TABLE = `
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    scopes TEXT NOT NULL,
    apps TEXT,
    created INTEGER NOT NULL,
    last_used INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX tokens_name ON tokens (name);
`;

export interface StoredToken {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
  readonly scopes: readonly string[];
  /** Canonical project roots; null: every project. */
  readonly apps: readonly string[] | null;
  /** Microseconds since 1970. */
  readonly createdWallMicros: number;
  readonly lastUsedWallMicros: number | null;
}

export interface TokenTable {
  list(): readonly StoredToken[];
  insert(token: StoredToken): void;
  used(id: string, wallMicros: number): void;
  remove(id: string): void;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: string;
  readonly apps: string | null;
  readonly created: number;
  readonly last_used: number | null;
}

export function openTokenTable(database: Database): TokenTable {
  const list = database.prepare<[], Row>('SELECT * FROM tokens ORDER BY created, id');
  const insert = database.prepare<Row>(
    'INSERT INTO tokens (id, name, digest, scopes, apps, created, last_used) VALUES (@id, @name, @digest, @scopes, @apps, @created, @last_used)',
  );
  const used = database.prepare<[number, string]>('UPDATE tokens SET last_used = ? WHERE id = ?');
  const remove = database.prepare<[string]>('DELETE FROM tokens WHERE id = ?');
  return {
    list: () =>
      list.all().map((row) => ({
        id: row.id,
        name: row.name,
        digest: row.digest,
        scopes: JSON.parse(row.scopes) as string[],
        apps: row.apps === null ? null : (JSON.parse(row.apps) as string[]),
        createdWallMicros: row.created,
        lastUsedWallMicros: row.last_used,
      })),
    insert: (token) => {
      insert.run({
        id: token.id,
        name: token.name,
        digest: token.digest,
        scopes: JSON.stringify(token.scopes),
        apps: token.apps === null ? null : JSON.stringify(token.apps),
        created: token.createdWallMicros,
        last_used: token.lastUsedWallMicros,
      });
    },
    used: (id, wallMicros) => {
      used.run(wallMicros, id);
    },
    remove: (id) => {
      remove.run(id);
    },
  };
}
