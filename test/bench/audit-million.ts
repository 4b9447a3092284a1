/**
 * A log of a million rows, checked whole in its worker while calls are decided beside it: how long the check takes,
 * how much of a core, and what it does to decisions whose rows go into the same log. Prints one line of JSON.
 *
 * Wall times of a busy machine are not those of an idle one; the check's own processor time is told with them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { Engine } from '../../main/engine/engine.ts';
import type { AuthorizeInput } from '../../main/engine/requests.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { MemoryApprovalStore } from '../support/approval-store.ts';
import { policyFrom } from '../support/engine-bench.ts';
import { fillLog } from '../support/filled-log.ts';
import { peerOf } from '../support/peers.ts';
import { percentile, rounded, summary } from '../support/samples.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const ROWS = Number(values.rows);
const ALONE = 400;

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-million-'));
const file = join(folder, 'audit.db');
try {
  process.stderr.write('audit-million: making rows\n');
  await fillLog(file, ROWS);
  const log = await openAuditLog({ file });
  try {
    process.stdout.write(`${JSON.stringify({ name: 'audit-million', ...(await measure(log)) })}\n`);
  } finally {
    await log.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(log: AuditLog): Promise<object> {
  const engine = new Engine({
    clock: systemClock,
    log,
    store: new MemoryApprovalStore(),
    home: '/home/dev',
    probe: () => true,
    inForce: {
      policy: () => policyFrom('default_policy: auto\nmax_risk_level: high'),
      appActive: () => true,
      protection: () => ({ paths: [], pids: [], home: '/home/dev' }),
    },
  });
  let calls = 0;
  const decide = async (): Promise<number> => {
    calls += 1;
    const start = performance.now();
    const verdict = await engine.authorize(call(calls), new AbortController().signal);
    if (verdict.kind !== 'allow') throw new Error(`a call was not allowed: ${verdict.message}`);
    return performance.now() - start;
  };
  for (let i = 0; i < 50; i += 1) await decide();
  process.stderr.write('audit-million: decisions alone\n');
  const alone: number[] = [];
  for (let i = 0; i < ALONE; i += 1) alone.push(await decide());

  process.stderr.write('audit-million: checking, nothing beside it\n');
  const cpu = process.cpuUsage();
  const start = performance.now();
  const report = await log.verify();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (!report.ok || report.rows < ROWS) throw new Error(`the log does not verify: ${JSON.stringify(report)}`);

  process.stderr.write('audit-million: checking, with decisions beside it\n');
  const beside: number[] = [];
  let over = false;
  const began = performance.now();
  const checking = log.verify().then((again) => {
    over = true;
    return again;
  });
  while (!over) {
    beside.push(await decide());
    // An agent's calls come one after the other, with a moment in between.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const again = await checking;
  if (!again.ok) throw new Error('the log does not verify beside decisions');
  const cpuSeconds = (user + system) / 1e6;
  return {
    rows: report.rows,
    verify: {
      wall_seconds: rounded(seconds, 1),
      cpu_seconds: rounded(cpuSeconds, 1),
      rows_per_cpu_second: Math.round(report.rows / cpuSeconds),
      wall_seconds_beside_decisions: rounded((performance.now() - began) / 1000, 1),
    },
    decision: {
      alone: summary(alone),
      while_verifying: summary(beside),
      ratio_p50: rounded(percentile(beside, 0.5) / percentile(alone, 0.5)),
      ratio_p95: rounded(percentile(beside, 0.95) / percentile(alone, 0.95)),
    },
  };
}

function call(index: number): AuthorizeInput {
  return {
    client: 'claude-code',
    claimedSession: 'bench',
    claimedCallId: `toolu_${index}`,
    claimedCwd: '/tmp',
    peer: peerOf(),
    agent: 'main',
    toolName: 'Read',
    module: 'filesystem',
    action: 'read',
    params: { file_path: `/tmp/${index}.txt` },
    caller: 'llm',
    point: 'hook',
    patienceMs: 60_000,
  };
}
