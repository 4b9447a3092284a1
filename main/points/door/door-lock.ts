/**
 * One supervisor per door: a lock that the kernel gives back when its holder dies, however it dies.
 *
 * Node has no file locks; SQLite has, on every system. The lock is an exclusive transaction on an empty
 * database that is never written and never removed, so that there is no moment in which two can hold it.
 */
import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { GatehouseError, messageOf } from '../../platform/errors.ts';

export interface DoorLock {
  release(): void;
}

/**
 * Takes the lock, or says at once that it is taken.
 *
 * @param file  path of the lock file, made 0600 when missing
 * @throws GatehouseError `already_running` when another holds it, `door_lock` when it cannot be taken at all
 */
export function takeDoorLock(file: string): DoorLock {
  let database: Database.Database | null = null;
  try {
    database = new Database(file, { timeout: 0 });
    chmodSync(file, 0o600);
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))
      throw alreadyRunning(file);
    throw new GatehouseError('door_lock', `the lock ${file} cannot be taken: ${messageOf(error)}`, {
      hint: 'remove that file if no Gatehouse runs, and start again',
      cause: error,
    });
  }
}

/** The error of a second supervisor at one door. */
export function alreadyRunning(path: string): GatehouseError {
  return new GatehouseError('already_running', `another supervisor has ${path}`, {
    hint: 'use the running one, or stop it first',
  });
}
