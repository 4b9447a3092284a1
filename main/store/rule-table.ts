/** Remembered answers at rest. What is here gives nothing by itself: the log says whether a rule was made so. */
import type { Database } from './database.ts';

export const RULE_TABLE = `
  CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    made_seq INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    last_used INTEGER
  ) STRICT;
`;

export interface RuleRow {
  readonly id: string;
  /** The rule as JSON. */
  readonly rule: string;
  /** Where on the log its making stands. */
  readonly madeSeq: number;
  readonly hits: number;
  /** Microseconds since 1970. */
  readonly lastUsed: number | null;
}

export interface RuleTable {
  list(): readonly RuleRow[];
  insert(row: RuleRow): void;
  /** Writes how often and when rules were used, all in one. */
  used(uses: readonly { readonly id: string; readonly hits: number; readonly lastUsed: number }[]): void;
  remove(id: string): void;
}

export function openRuleTable(database: Database): RuleTable {
  const list = database.prepare<[], RuleRow>(
    'SELECT id, rule, made_seq AS madeSeq, hits, last_used AS lastUsed FROM rules ORDER BY made_seq, id',
  );
  const insert = database.prepare<[string, string, number, number, number | null]>(
    'INSERT INTO rules (id, rule, made_seq, hits, last_used) VALUES (?, ?, ?, ?, ?)',
  );
  const use = database.prepare<[number, number, string]>(
    'UPDATE rules SET hits = ?, last_used = ? WHERE id = ?',
  );
  const remove = database.prepare<[string]>('DELETE FROM rules WHERE id = ?');
  const useAll = database.transaction((uses: Parameters<RuleTable['used']>[0]) => {
    for (const { id, hits, lastUsed } of uses) use.run(hits, lastUsed, id);
  });
  return {
    list: () => list.all(),
    insert: ({ id, rule, madeSeq, hits, lastUsed }) => {
      insert.run(id, rule, madeSeq, hits, lastUsed);
    },
    used: (uses) => {
      useAll(uses);
    },
    remove: (id) => {
      remove.run(id);
    },
  };
}
