/** A filter over the columns in memory; it means what `filter-sql.ts` means. */
import type { Database } from '../store/database.ts';
import { type Columns, FLAGS } from './columns.ts';
import { type Clause, clausesOf, type TimelineFilter } from './filter.ts';

/** Whether the line at an index fits. Good for the lines that were there when it was made. */
export type Fits = (index: number) => boolean;

/** All of a filter but its words, and the query of those; null where nothing is narrowed by it. */
export function withoutWords(
  filter: TimelineFilter,
  columns: Columns,
  database: Database,
): { readonly fits: Fits; readonly query: string | null } {
  const clauses = clausesOf(filter);
  const text = clauses.find((clause) => clause.kind === 'text');
  const others = clauses.filter((clause) => clause !== text);
  return {
    fits: all(others.map((clause) => fits(clause, columns, database, 0))),
    query: text === undefined ? null : text.query,
  };
}

/**
 * @param from lines before this index are not asked about, which spares a full-text search their rows
 * @returns null for a filter that narrows nothing
 */
export function fitsOf(filter: TimelineFilter, columns: Columns, database: Database, from = 0): Fits | null {
  const clauses = clausesOf(filter);
  return clauses.length === 0 ? null : all(clauses.map((clause) => fits(clause, columns, database, from)));
}

function all(parts: readonly Fits[]): Fits {
  const [first, second, ...more] = parts;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (more.length === 0) return (index) => first(index) && second(index);
  return (index) => parts.every((part) => part(index));
}

function fits(clause: Clause, columns: Columns, database: Database, from: number): Fits {
  switch (clause.kind) {
    case 'is': {
      const wanted = new Set(clause.values);
      return masked(columns, clause.column, (text) => wanted.has(text));
    }
    case 'starts':
      return masked(columns, clause.column, (text) => text.startsWith(clause.prefix));
    case 'number': {
      const { column } = clause;
      const wanted = new Set(clause.values);
      const numbers = columns[column];
      return (index) => wanted.has(numbers[index] ?? -1);
    }
    case 'flag': {
      const { value } = clause;
      if (clause.column === 'success') return flagged(columns, value ? FLAGS.succeeded : FLAGS.failed, true);
      return flagged(columns, FLAGS.asked, value);
    }
    case 'call':
      return flagged(columns, FLAGS.call, true);
    case 'since': {
      const [{ at }, { micros }] = [columns, clause];
      return (index) => (at[index] ?? 0) >= micros;
    }
    case 'until': {
      const [{ at }, { micros }] = [columns, clause];
      return (index) => (at[index] ?? 0) <= micros;
    }
    case 'text':
      return found(clause.query, columns, database, from);
    case 'any': {
      const parts = clause.of.map((one) => fits(one, columns, database, from));
      const [first, second] = parts;
      if (parts.length === 1 && first !== undefined) return first;
      if (parts.length === 2 && first !== undefined && second !== undefined)
        return (index) => first(index) || second(index);
      return (index) => parts.some((part) => part(index));
    }
    case 'all':
      return all(clause.of.map((one) => fits(one, columns, database, from)));
    case 'never':
      return () => false;
  }
}

function flagged(columns: Columns, flag: number, value: boolean): Fits {
  const { flags } = columns;
  return (index) => (((flags[index] ?? 0) & flag) !== 0) === value;
}

function masked(
  columns: Columns,
  column: Parameters<Columns['mask']>[0],
  wanted: (text: string) => boolean,
): Fits {
  const mask = columns.mask(column, wanted);
  const codes = columns.codes[column === 'app_name' ? 'app' : column];
  return (index) => mask[codes[index] ?? 0] === 1;
}

function found(query: string, columns: Columns, database: Database, from: number): Fits {
  const hit = new Uint8Array(columns.size - from);
  const ids = database
    .prepare<[string, number], number>('SELECT rowid FROM search WHERE search MATCH ? AND rowid >= ?')
    .pluck()
    .all(query, columns.ids[from] ?? 0);
  for (const id of ids) {
    const index = columns.indexOf(id);
    if (index >= from) hit[index - from] = 1;
  }
  return (index) => hit[index - from] === 1;
}
