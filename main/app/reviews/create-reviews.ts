/** Reviews put together: the desk of this install, what it left undone, its rounds, and its news for pages. */
import { join } from 'node:path';
import type { AuditLog } from '../../audit/log.ts';
import { readNativeStatus } from '../../platform/native-status.ts';
import type { Paths } from '../../platform/paths.ts';
import { ReviewProgram } from '../../sandbox/review/review-program.ts';
import type { Pages } from '../pages.ts';
import { programName } from '../resources.ts';
import { ReviewDesk } from './review-desk.ts';
import { reviewViews } from './review-handlers.ts';

const SWEEP_MS = 60_000;

export interface Reviews {
  /** Null where no launcher makes copies. */
  readonly desk: ReviewDesk | null;
  /** Finishes what an earlier start left undone. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Nothing is read or written before `start`. */
export function createReviews(setup: {
  readonly paths: Paths;
  readonly log: AuditLog;
  readonly pages: Pages;
  readonly onDefect: (where: string, error: unknown) => void;
}): Reviews {
  const launcher = readNativeStatus().launcherPath;
  if (launcher === null || process.platform !== 'linux')
    return { desk: null, start: async () => undefined, close: async () => undefined };
  const defect = (error: unknown) => setup.onDefect('review', error);
  const desk: ReviewDesk = new ReviewDesk({
    folder: join(setup.paths.data, 'reviews'),
    program: new ReviewProgram(launcher),
    log: setup.log,
    wallMs: Date.now,
    command: programName,
    changed: () => setup.pages.broadcast('reviews', () => reviewViews(desk)),
    defect,
  });
  let rounds: NodeJS.Timeout | null = null;
  return {
    desk,
    start: async () => {
      await desk.recover();
      rounds = setInterval(() => void desk.sweep().catch(defect), SWEEP_MS);
    },
    close: async () => {
      if (rounds !== null) clearInterval(rounds);
      await desk.close();
    },
  };
}
