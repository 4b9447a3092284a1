/**
 * A log of many lines, written by the log's own writer, for benchmarks: 30 days of five projects, several clients,
 * sessions of about 200 calls, questions, refusals and failures. Made once below the temporary folder.
 *
 * `node test/support/large-log.ts [LINES]` makes it and prints its path.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AuditEvent } from '../../main/audit/event.ts';
import { canonicalEvent } from '../../main/audit/row.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../main/audit/schema.ts';
import { type Entry, Writer } from '../../main/audit/writer.ts';
import { openDatabase } from '../../main/store/database.ts';
import { completed, decided, resolved } from './audit-events.ts';

const BATCH = 2000;
const SPAN_MICROS = 30 * 86_400_000_000;
const FIRST_MICROS = Date.UTC(2026, 9, 27) * 1000;
const CLIENTS = ['claude-code', 'claude-code', 'claude-code', 'codex', 'gemini-cli'] as const;
const CALLS = [
  ['shell', 'bash', (n: number) => `npm run build --workspace=packages/part-${n % 97} 2>&1 | tail -40`],
  ['filesystem', 'read', (n: number) => `src/feature-${n % 911}/component-${n % 53}.tsx`],
  ['filesystem', 'edit', (n: number) => `src/feature-${n % 911}/state-${n % 31}.ts`],
  ['web', 'fetch', (n: number) => `https://docs.example/page/${n}`],
  ['shell', 'bash', (n: number) => `git log --oneline -${n % 40} && git diff HEAD~${n % 5}`],
] as const;
const RULES = ['capabilities.grant[0]', 'capabilities.approve[1]', 'capabilities.deny[0]', 'default_policy'];

/** Where the log of so many lines lies; made when it is not there. */
export function largeLog(lines: number): string {
  const file = join(tmpdir(), `gatehouse-large-log-3-${lines}`, 'audit.db');
  if (existsSync(file)) return file;
  const making = `${dirname(file)}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  const database = openDatabase({
    file: join(making, 'audit.db'),
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
  });
  const writer = new Writer(database, 'boot');
  for (let line = 0; line < lines; line += BATCH) {
    const entries: Entry[] = [];
    for (let n = line; n < Math.min(lines, line + BATCH); n += 1)
      for (const event of eventsOf(n))
        entries.push({
          event: canonicalEvent(event),
          wallMicros: FIRST_MICROS + Math.floor(daytime(n / lines) * SPAN_MICROS),
          monotonicMs: n,
        });
    writer.append(entries);
    writer.project();
    writer.settle();
    if (line % 100_000 === 0) process.stderr.write(`large log: ${line} of ${lines} lines\n`);
  }
  database.close();
  renameSync(making, dirname(file));
  return file;
}

/** Most calls fall into the day: the same share of time goes quicker by night. */
function daytime(share: number): number {
  return share + (Math.sin(share * 30 * 2 * Math.PI) / (30 * 2 * Math.PI)) * 0.95;
}

function eventsOf(n: number): readonly AuditEvent[] {
  // A multiplicative hash: spread, and the same each time.
  const dice = Math.imul(n + 1, 2_654_435_761) >>> 0;
  const [module, action, words] = CALLS[dice % CALLS.length] ?? CALLS[0];
  const id = `call_${n}`;
  const session = `ses_${Math.floor(n / 600) * 3 + (n % 3)}`;
  const rare = n % 50_021 === 7 ? ' zanzibar' : '';
  const kind = dice % 100;
  const decision = kind < 3 ? 'denied' : kind < 9 ? 'approval_required' : 'allowed';
  const rule = RULES[kind < 3 ? 2 : kind < 9 ? 1 : dice % 2 === 0 ? 0 : 3] ?? '';
  const first = decided(id, {
    decision,
    module,
    action,
    session,
    client: CLIENTS[Math.floor(n / 600) % CLIENTS.length] ?? 'claude-code',
    app: `/home/dev/src/project-${Math.floor(n / 200) % 5}`,
    summary: `${words(dice)}${rare}`,
    risk: module === 'shell' ? 'high' : module === 'web' ? 'medium' : 'low',
    gate: kind === 1 ? 'gate2_risk' : kind === 2 ? 'gate5_classification' : 'gate4_policy',
    reason: decision === 'allowed' ? '' : `The policy says so (${kind})`,
  });
  const event = {
    ...first,
    rule: `${rule} at /home/dev/.config/gatehouse/policy.yaml:${10 + (kind % 9)}`,
    call: { ...first.call, turn: 1 + (Math.floor(n / 12) % 40) },
  };
  const events: AuditEvent[] = [event];
  if (decision === 'approval_required')
    events.push({
      ...(resolved(
        id,
        kind < 7 ? 'allowed' : kind === 7 ? 'denied' : 'expired',
        kind === 8 ? 'time' : 'person',
      ) as Extract<AuditEvent, { type: 'approval.resolved' }>),
      session,
    });
  if (decision === 'allowed' && dice % 4 === 0)
    events.push({
      ...(completed(id, dice % 44 !== 0) as Extract<AuditEvent, { type: 'call.completed' }>),
      session,
    });
  return events;
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(`${largeLog(Number(process.argv[2] ?? 1_000_000))}\n`);
