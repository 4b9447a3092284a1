/**
 * What an install did to an agent's settings, kept beside a copy of the file as it was, so that it can be
 * undone to the byte without a supervisor.
 *
 * The journal is written before the settings are: after a crash between the two the settings still match
 * `before`, and undoing finds nothing to do.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import { codeOf, readRegularFile, writeFileWhole } from './atomic-file.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

const Journal = z.object({
  v: z.literal(1),
  agent: z.string(),
  /** The settings file as the agent reads it, and where its links end. */
  file: z.string(),
  target: z.string(),
  /** Digest of the bytes before; null when there was no file. */
  before: Digest.nullable(),
  /** Digest of the bytes with our entries. */
  after: Digest,
  /** Name of the copy in the same folder; null when there was no file. */
  backup: z
    .string()
    .regex(/^[a-z0-9-]+\.backup$/)
    .nullable(),
  /** Folders that were made for the file, outermost first. */
  createdFolders: z.array(z.string()),
  empty: z.object({ hooks: z.string().nullable(), events: z.record(z.string(), z.string()) }),
  program: z.object({ path: z.string(), digest: Digest }),
  door: z.string(),
});
export type Journal = z.infer<typeof Journal>;

const MAX_JOURNAL = 1024 * 1024;
const MAX_BACKUP = 16 * 1024 * 1024;

/** Hex SHA-256. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The journal of an agent; null when there is none.
 *
 * @throws GatehouseError `bad_journal` when it cannot be understood
 */
export async function readJournal(folder: string, agent: string): Promise<Journal | null> {
  const file = journalFile(folder, agent);
  const found = await readRegularFile(file, MAX_JOURNAL);
  if (found === null) return null;
  try {
    return Journal.parse(JSON.parse(found.bytes.toString('utf8')));
  } catch (error) {
    throw new GatehouseError('bad_journal', `${file}: the record of the install cannot be understood`, {
      hint: 'move it away; the entries are then taken out of the settings one by one',
      cause: error,
    });
  }
}

/** Keeps the bytes as they were and then the journal, both 0600 and durable. */
export async function writeJournal(folder: string, journal: Journal, original: Buffer | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (journal.backup !== null && original !== null) {
    await writeFileWhole(join(folder, journal.backup), original, { mode: 0o600 });
  }
  const earlier = await readJournal(folder, journal.agent).catch(() => null);
  const text = `${JSON.stringify(journal, null, 2)}\n`;
  await writeFileWhole(journalFile(folder, journal.agent), Buffer.from(text), { mode: 0o600 });
  if (earlier !== null && earlier.backup !== null && earlier.backup !== journal.backup) {
    await rm(join(folder, earlier.backup), { force: true });
  }
}

/** The copy that a journal speaks of; null when it is gone or is not what was copied. */
export async function readBackup(folder: string, journal: Journal): Promise<Buffer | null> {
  if (journal.backup === null) return null;
  const found = await readRegularFile(join(folder, journal.backup), MAX_BACKUP);
  return found !== null && digestOf(found.bytes) === journal.before ? found.bytes : null;
}

/** Forgets an install that was undone. The copy of the settings goes with it: it may hold secrets. */
export async function removeJournal(folder: string, agent: string): Promise<void> {
  const journal = await readJournal(folder, agent).catch(() => null);
  await rm(journalFile(folder, agent), { force: true });
  if (journal?.backup !== null && journal?.backup !== undefined)
    await rm(join(folder, journal.backup), { force: true });
}

/** The copy's name for these bytes: it changes with them, so that no journal ever means a newer copy. */
export function backupName(agent: string, digest: string): string {
  return `${agent}-${digest.slice(0, 16)}.backup`;
}

function journalFile(folder: string, agent: string): string {
  return join(folder, `${agent}.json`);
}

/** True when the file at this path holds exactly these bytes. */
export async function holdsBytes(path: string, bytes: Buffer): Promise<boolean> {
  try {
    return (await readFile(path)).equals(bytes);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
