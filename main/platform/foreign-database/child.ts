/**
 * Reads texts from one table of a database that an agent wrote, in a process of its own: a file can be made so that
 * reading it never ends. Only what is a plain table is read; a view would run what is written in it.
 */
import process from 'node:process';
import Database from 'better-sqlite3';
import { type ForeignAnswer, ForeignQuestion } from './answers.ts';

interface Port {
  postMessage(value: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
}

const MOST_BYTES = 8 * 1024 * 1024;
/** Electron's utility process has a port of its own. */
const port = (process as { readonly parentPort?: Port }).parentPort;

function read({ file, table, column, most }: ForeignQuestion): ForeignAnswer {
  const database = new Database(file, { fileMustExist: true, timeout: 0 });
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
  database.pragma('mmap_size = 0');
  const described = database.prepare('SELECT type, sql FROM sqlite_schema WHERE name = ?').get(table) as
    | { readonly type: unknown; readonly sql: unknown }
    | undefined;
  if (described?.type !== 'table' || !/^CREATE TABLE\b/i.test(String(described.sql)))
    return { texts: [], whole: described === undefined };
  const texts: string[] = [];
  let bytes = 0;
  const rows = database
    .prepare(`SELECT "${column}" FROM "${table}" LIMIT ?`)
    .pluck()
    .iterate(most + 1);
  for (const text of rows) {
    if (typeof text !== 'string') continue;
    bytes += text.length;
    if (texts.length === most || bytes > MOST_BYTES) return { texts, whole: false };
    texts.push(text);
  }
  return { texts, whole: true };
}

function take(raw: unknown): void {
  const question = ForeignQuestion.parse(raw);
  let answer: ForeignAnswer;
  try {
    answer = read(question);
  } catch {
    answer = { texts: [], whole: false };
  }
  if (port !== undefined) port.postMessage(answer);
  else process.send?.(answer);
}

if (port !== undefined) port.on('message', (event) => take(event.data));
else {
  process.on('message', take);
  process.on('disconnect', () => process.exit());
}
