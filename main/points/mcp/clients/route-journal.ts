/**
 * What routing did to a client's file: the exact text of each entry that was changed, beside a copy of the file
 * as it was, so that it can be put back to the byte without a supervisor.
 *
 * Written before the file is: after a crash between the two the file holds no pipe, and putting back finds
 * nothing to do.
 */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../../../platform/errors.ts';
import { codeOf, readRegularFile, writeFileWhole } from '../../agents/atomic-file.ts';
import { digestOf } from '../../agents/journal.ts';
import { MAX_CLIENT_FILE } from './client-file.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

const RouteJournal = z.object({
  v: z.literal(1),
  client: z.string(),
  /** The project that the file belongs to; null for the person's own. */
  project: z.string().nullable(),
  /** The file as the client reads it, and with the links of its folders resolved. */
  file: z.string(),
  target: z.string(),
  /** Digest of the bytes without and with our pipes. */
  before: Digest,
  after: Digest,
  /** Name of the copy in the same folder. */
  backup: z.string().regex(/^(?:mcp|tools)-[a-z0-9-]+\.backup$/),
  /** There was no such file before. */
  made: z.boolean().optional(),
  entries: z.array(
    z.object({
      path: z.array(z.string()),
      server: z.string(),
      /** The entry's value as it stood in the file. It may hold secrets, as the copy may. */
      original: z.string(),
    }),
  ),
});
export type RouteJournal = z.infer<typeof RouteJournal>;

/** What was done to a file: its own entries routed, or the governed tools put in. Each has a record of its own. */
export type JournalKind = 'mcp' | 'tools';

/** Originals and their file, escaped once more. */
const MAX_JOURNAL = 4 * MAX_CLIENT_FILE;

/** @throws GatehouseError `bad_journal` when there is one that cannot be understood */
export async function readRouteJournal(
  folder: string,
  client: string,
  file: string,
  kind: JournalKind = 'mcp',
): Promise<RouteJournal | null> {
  const path = join(folder, `${nameOf(client, file, kind)}.json`);
  const found = await readRegularFile(path, MAX_JOURNAL);
  if (found === null) return null;
  try {
    return RouteJournal.parse(JSON.parse(found.bytes.toString('utf8')));
  } catch (error) {
    throw new GatehouseError('bad_journal', `${path}: the record of what was routed cannot be understood`, {
      hint: `a copy of the file as it was lies beside it, if it is still there`,
      cause: error,
    });
  }
}

/** Every journal that can be understood. */
export async function listRouteJournals(folder: string, kind: JournalKind = 'mcp'): Promise<RouteJournal[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const journals: RouteJournal[] = [];
  for (const name of names.toSorted()) {
    if (!name.startsWith(`${kind}-`) || !/^[a-z0-9-]+\.json$/.test(name)) continue;
    const found = await readRegularFile(join(folder, name), MAX_JOURNAL).catch(() => null);
    const parsed = RouteJournal.safeParse(found === null ? null : parsedJson(found.bytes));
    if (parsed.success) journals.push(parsed.data);
  }
  return journals;
}

/** Keeps the bytes as they were and then the journal, both 0600 and durable. */
export async function writeRouteJournal(
  folder: string,
  journal: Omit<RouteJournal, 'v' | 'backup' | 'before'>,
  original: Buffer,
  kind: JournalKind = 'mcp',
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const name = nameOf(journal.client, journal.file, kind);
  const before = digestOf(original);
  const next: RouteJournal = { v: 1, ...journal, before, backup: `${name}-${before.slice(0, 16)}.backup` };
  const earlier = await readRouteJournal(folder, journal.client, journal.file, kind).catch(() => null);
  await writeFileWhole(join(folder, next.backup), original, { mode: 0o600 });
  await writeFileWhole(join(folder, `${name}.json`), Buffer.from(`${JSON.stringify(next, null, 2)}\n`), {
    mode: 0o600,
  });
  if (earlier !== null && earlier.backup !== next.backup)
    await rm(join(folder, earlier.backup), { force: true });
}

/** The copy that a journal speaks of; null when it is gone or is not what was copied. */
export async function readRouteBackup(folder: string, journal: RouteJournal): Promise<Buffer | null> {
  const found = await readRegularFile(join(folder, journal.backup), MAX_CLIENT_FILE);
  return found !== null && digestOf(found.bytes) === journal.before ? found.bytes : null;
}

/** Forgets what was put back, and the copy with it. */
export async function removeRouteJournal(
  folder: string,
  journal: RouteJournal,
  kind: JournalKind = 'mcp',
): Promise<void> {
  await rm(join(folder, `${nameOf(journal.client, journal.file, kind)}.json`), { force: true });
  await rm(join(folder, journal.backup), { force: true });
}

function nameOf(client: string, file: string, kind: JournalKind): string {
  return `${kind}-${client}-${digestOf(Buffer.from(file)).slice(0, 16)}`;
}

function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
