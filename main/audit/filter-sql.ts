/** A filter as SQL over the lines. */
import { type Clause, clausesOf, type TimelineFilter } from './filter.ts';

export type SqlValue = string | number;

/** A condition on `lines`; `sql` is empty where nothing is narrowed. */
export interface Where {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export function whereOf(filter: TimelineFilter): Where {
  const clauses = clausesOf(filter);
  return clauses.length === 0 ? { sql: '', values: [] } : joined(clauses, ' AND ');
}

function joined(clauses: readonly Clause[], by: ' AND ' | ' OR '): Where {
  const parts = clauses.map(sqlOf);
  return { sql: parts.map(({ sql }) => sql).join(by), values: parts.flatMap(({ values }) => values) };
}

function sqlOf(clause: Clause): Where {
  switch (clause.kind) {
    case 'is':
    case 'number':
      return {
        sql: `${clause.column} IN (${clause.values.map(() => '?').join(', ')})`,
        values: clause.values,
      };
    case 'starts':
      // A range, which an index serves: LIKE would fold case and read % and _.
      return {
        sql: `(${clause.column} >= ? AND ${clause.column} < ?)`,
        values: [clause.prefix, `${clause.prefix}\u{10FFFF}`],
      };
    case 'flag':
      return { sql: `${clause.column} = ?`, values: [clause.value ? 1 : 0] };
    case 'call':
      return { sql: 'call_id IS NOT NULL', values: [] };
    case 'since':
      return { sql: 'at >= ?', values: [clause.micros] };
    case 'until':
      return { sql: 'at <= ?', values: [clause.micros] };
    case 'text':
      return { sql: 'id IN (SELECT rowid FROM search WHERE search MATCH ?)', values: [clause.query] };
    case 'any': {
      const { sql, values } = joined(clause.of, ' OR ');
      return { sql: `(${sql})`, values };
    }
    case 'all': {
      const { sql, values } = joined(clause.of, ' AND ');
      return { sql: `(${sql})`, values };
    }
    case 'never':
      return { sql: '0', values: [] };
  }
}
