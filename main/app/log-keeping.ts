/** What the log needs while the supervisor runs: signatures, a look at the whole of it, and an end of old rows. */
import { z } from 'zod';
import type { Anchor } from '../audit/checkpoint-chain.ts';
import type { AuditLog } from '../audit/log.ts';
import { PROBLEM_KINDS } from '../audit/problem.ts';
import { LogSeal } from '../audit/seal.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Paths } from '../platform/paths.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import type { Closer } from './closers.ts';

const FIRST_CHECK_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Rows of sessions are kept for so many days. */
export const KEEP_DAYS = 30;
const LARGEST_KEY = 4096;

const Noted: z.ZodType<Anchor> = z.object({
  log: z.string(),
  seq: z.number().int().positive(),
  hash: z.string(),
  // Notes of earlier versions know nothing of signatures.
  signed: z
    .object({
      root: z.string(),
      day: z.number().int(),
      i: z.number().int(),
      record: z.string(),
      spine: z.string(),
    })
    .nullable()
    .default(null),
  found: z
    .object({ seq: z.number().int(), kind: z.enum(PROBLEM_KINDS), text: z.string() })
    .nullable()
    .default(null),
});

export interface SettingStore {
  read(): string | null;
  write(json: string): void;
}

/** The seal of this home's log: the key in a file of its own, what is known of the log in the state file. */
export function createLogSeal(options: {
  readonly paths: Pick<Paths, 'auditCheckpoints' | 'auditKey'>;
  readonly log: AuditLog;
  readonly setting: SettingStore;
  readonly clock?: Clock;
}): LogSeal {
  const { paths, log, setting, clock = systemClock } = options;
  return new LogSeal({
    log,
    clock,
    file: paths.auditCheckpoints,
    secrets: {
      read: async () => readPrivateFile(paths.auditKey, LARGEST_KEY)?.toString('utf8') ?? null,
      write: async (secret) => writePrivateFile(paths.auditKey, secret),
    },
    anchors: {
      read: async () => {
        const json = setting.read();
        return json === null ? null : Noted.parse(JSON.parse(json));
      },
      write: async (anchor) => setting.write(JSON.stringify(anchor)),
    },
  });
}

/**
 * Checks the whole log once a day and removes what is past its time.
 *
 * @returns what ends it
 */
export function keepLog(options: {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly verify: () => Promise<unknown>;
  readonly onDefect: (error: unknown) => void;
}): Closer {
  const { log, clock, verify, onDefect } = options;
  const daily = async () => {
    await verify();
    await log.prune(clock.wallMicros() - KEEP_DAYS * DAY_MS * 1000, 'retention');
  };
  // Not at the start, when agents wait for answers; and not only after a day, which a laptop may never run for.
  const first = setTimeout(() => void daily().catch(onDefect), FIRST_CHECK_MS);
  const checking = setInterval(() => void daily().catch(onDefect), DAY_MS);
  return () => {
    clearTimeout(first);
    clearInterval(checking);
  };
}
