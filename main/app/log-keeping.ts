/** What the log needs while the supervisor runs: signatures, a look at the whole of it, and an end of old rows. */
import { rmSync } from 'node:fs';
import { Noted } from '../audit/anchor.ts';
import { Custody, type KeychainPort } from '../audit/custody.ts';
import type { AuditLog } from '../audit/log.ts';
import { LogSeal } from '../audit/seal.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Paths } from '../platform/paths.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import type { Closer } from './closers.ts';
import { Retention, type SettingStore } from './retention.ts';

const FIRST_CHECK_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const LARGEST_KEY = 4096;

/** The seal of this home's log: its key and what is known of it are in the keychain, or beside it without one. */
export function createLogSeal(options: {
  readonly paths: Pick<Paths, 'data' | 'auditCheckpoints' | 'auditKey'>;
  readonly log: AuditLog;
  readonly setting: SettingStore;
  /** Null: only what lies beside the log is used. */
  readonly keychain: KeychainPort | null;
  readonly clock?: Clock;
}): LogSeal {
  const { paths, log, setting, keychain, clock = systemClock } = options;
  const custody = new Custody({
    keychain,
    clock,
    folder: paths.data,
    beside: {
      readKey: () => readPrivateFile(paths.auditKey, LARGEST_KEY)?.toString('utf8') ?? null,
      writeKey: (secret) => writePrivateFile(paths.auditKey, secret),
      removeKey: () => rmSync(paths.auditKey, { force: true }),
      readNote: () => {
        const json = setting.read();
        return json === null ? null : Noted.parse(JSON.parse(json));
      },
      writeNote: (note) => setting.write(JSON.stringify(note)),
    },
  });
  return new LogSeal({ log, clock, file: paths.auditCheckpoints, custody });
}

/**
 * Checks the whole log once a day and removes what is past its time.
 *
 * @returns what ends it
 */
export function keepLog(options: {
  readonly seal: Pick<LogSeal, 'prune'>;
  readonly clock: Clock;
  /** Where the time of the last look is kept. */
  readonly setting: SettingStore;
  readonly verify: () => Promise<{ readonly ok: boolean }>;
  readonly onDefect: (error: unknown) => void;
}): Closer {
  const { seal, clock, setting, verify, onDefect } = options;
  const retention = new Retention(setting, clock);
  const daily = async () => {
    // Nothing is taken out of a log that is evidence of something.
    if (!(await verify()).ok) return;
    const before = retention.look();
    if (before !== null) await seal.prune(before, 'retention');
  };
  // Not at the start, when agents wait for answers; and not only after a day, which a laptop may never run for.
  const first = setTimeout(() => void daily().catch(onDefect), FIRST_CHECK_MS);
  const checking = setInterval(() => void daily().catch(onDefect), DAY_MS);
  return () => {
    clearTimeout(first);
    clearInterval(checking);
  };
}
