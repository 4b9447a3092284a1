/** The thread in which past calls are decided anew: it reads the log and changes nothing. One job, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CoverageReport, ReplayReport } from '../../../preload/contract.ts';
import { Analyst } from '../../analysis/analyst.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../audit/schema.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { openDatabase } from '../../store/database.ts';
import { findCoverage } from './find-coverage.ts';
import type { ReplayJob } from './job.ts';
import { replayPolicy } from './replay-policy.ts';

export type FromReplay =
  | { readonly ok: true; readonly report: ReplayReport | CoverageReport }
  | { readonly ok: false; readonly code: string; readonly message: string };

async function work(job: ReplayJob): Promise<FromReplay> {
  try {
    const analyst = await Analyst.open(job.grammar);
    const database = openDatabase({
      file: job.auditDb,
      applicationId: AUDIT_APPLICATION_ID,
      migrations: AUDIT_MIGRATIONS,
      readonly: true,
    });
    try {
      const report =
        job.kind === 'policy' ? replayPolicy(job, database, analyst) : findCoverage(job, database, analyst);
      return { ok: true, report };
    } finally {
      database.close();
    }
  } catch (error) {
    const code = error instanceof GatehouseError ? error.code : 'internal';
    return { ok: false, code, message: messageOf(error) };
  }
}

if (parentPort === null)
  throw new GatehouseError('not_a_worker', 'the replay worker was not started as a worker');
parentPort.postMessage(await work(workerData as ReplayJob));
