/** The real desk of reviews with the real launcher, on a folder of the test. */
import { ReviewDesk, type ReviewDeskOptions } from '../../main/app/reviews/review-desk.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import { ReviewProgram } from '../../main/sandbox/review/review-program.ts';
import { LAUNCHER } from './launcher.ts';

/** A start of Gatehouse on `folder`; rows go to `log`. A defect fails the test unless `change` takes it. */
export async function startDesk(
  folder: string,
  log: AuditEvent[],
  change: Partial<ReviewDeskOptions> = {},
): Promise<ReviewDesk> {
  const desk = new ReviewDesk({
    folder,
    program: new ReviewProgram(LAUNCHER),
    log: {
      append: async (event) => {
        log.push(event);
        return { seq: log.length } as never;
      },
    },
    wallMs: Date.now,
    command: 'gatehouse',
    changed: () => undefined,
    defect: (error) => {
      throw error;
    },
    ...change,
  });
  await desk.recover();
  return desk;
}
