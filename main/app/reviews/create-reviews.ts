/** Reviews put together: the desk of this install, what it left undone, and its rounds. */
import { join } from 'node:path';
import type { AuditLog } from '../../audit/log.ts';
import { readNativeStatus } from '../../platform/native-status.ts';
import type { Paths } from '../../platform/paths.ts';
import { ReviewProgram } from '../../sandbox/review/review-program.ts';
import { programName } from '../resources.ts';
import { ReviewDesk } from './review-desk.ts';

const SWEEP_MS = 60_000;

export interface Reviews {
  /** Null where no launcher is. */
  readonly desk: ReviewDesk | null;
  close(): void;
}

/** What an earlier start left undone is finished before this resolves. */
export async function createReviews(setup: {
  readonly paths: Paths;
  readonly log: AuditLog;
  readonly onDefect: (where: string, error: unknown) => void;
}): Promise<Reviews> {
  const launcher = readNativeStatus().launcherPath;
  if (launcher === null || process.platform !== 'linux') return { desk: null, close: () => undefined };
  const defect = (error: unknown) => setup.onDefect('review', error);
  const desk = new ReviewDesk({
    folder: join(setup.paths.data, 'reviews'),
    program: new ReviewProgram(launcher),
    log: setup.log,
    wallMs: Date.now,
    command: programName,
    changed: () => undefined,
    defect,
  });
  await desk.recover();
  const rounds = setInterval(() => void desk.sweep().catch(defect), SWEEP_MS);
  return { desk, close: () => clearInterval(rounds) };
}
