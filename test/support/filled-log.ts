/** A log of many rows of real decisions, written by the log's own writer, without the lines for reading. */
import { canonicalEvent } from '../../main/audit/row.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../main/audit/schema.ts';
import { type Entry, Writer } from '../../main/audit/writer.ts';
import { openDatabase } from '../../main/store/database.ts';
import { decidedRows } from './audit-load.ts';

const BATCH = 1000;

/** Makes a new log with so many rows, each of a call of its own. */
export async function fillLog(file: string, rows: number): Promise<void> {
  const events = (await decidedRows(2000)).map(canonicalEvent);
  const database = openDatabase({
    file,
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
  });
  database.pragma('synchronous = OFF');
  const writer = new Writer(database, 'bench');
  for (let first = 0; first < rows; first += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, rows - first) }, (_, index): Entry => {
      const event = events[(first + index) % events.length] ?? '';
      return {
        event: event.replace(/"call_[^"]*"/, `"call_${first + index}"`),
        wallMicros: 1_780_000_000_000_000 + (first + index) * 1000,
        monotonicMs: first + index,
      };
    });
    writer.append(entries);
    writer.settle();
  }
  database.prepare("INSERT OR REPLACE INTO meta VALUES ('projected', ?)").run(String(rows));
  database.close();
}
