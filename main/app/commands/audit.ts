/** `gatehouse audit`: the timeline from a terminal, its proof, and what is done to it by a person. */
import { parseArgs } from 'node:util';
import { TimelineFilter } from '../../../preload/contract.ts';
import type { AuditRow } from '../../audit/event.ts';
import { timelineRowView } from '../views/timeline-view.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  requirePresence,
} from './command.ts';
import { readMoment, readSpan } from './moment.ts';

const DEFAULT_LIMIT = 50;
const SHORTEST_KEPT_MS = 24 * 60 * 60_000;

const OPTIONS = {
  json: { type: 'boolean' },
  limit: { type: 'string' },
  text: { type: 'string' },
  outcome: { type: 'string', multiple: true },
  client: { type: 'string', multiple: true },
  app: { type: 'string', multiple: true },
  session: { type: 'string', multiple: true },
  action: { type: 'string', multiple: true },
  gate: { type: 'string', multiple: true },
  risk: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
  calls: { type: 'boolean' },
  'older-than': { type: 'string' },
} as const;

export const audit: Command = {
  usage: [
    'audit query [--text WORDS] [--outcome O] [--client C] [--app A] [--session S] [--action M.*] [--limit N]',
    'audit query [--gate N] [--risk R] [--since T] [--until T] [--calls] [--json]',
    'audit tail [--since-seq N] [--json]',
    'audit export [--format jsonl|csv] [--from ROW] [--to ROW] [--since T] [--until T]',
    'audit verify [--json]',
    'audit prune --older-than 30d',
    'audit reseal',
  ],
  what: [
    'Reads the timeline, or proves that its chain is intact.',
    '',
    '  query    the newest rows that match, oldest first; T is 2h, 3d or 2026-11-25T14:00:00Z',
    '  tail     rows as they come; with --since-seq first those after that row',
    '  export   rows for somebody else; jsonl can be checked with resources/verify-export.mjs',
    '  verify   walks the whole chain and names the first bad row and what was done to it',
    '  prune    removes rows of sessions that are older, on the record; asks for the PIN',
    '  reseal   signs with a new key when the old one is lost or the log was put back; asks for the PIN',
  ].join('\n'),
  needsSupervisor: false,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: OPTIONS,
    });
    const json = values.json ?? false;
    const [what, ...more] = positionals;
    if (more.length > 0) return unknown(parts);
    switch (what) {
      case 'verify':
        return verify(parts, json);
      case 'prune':
        return prune(values['older-than'], request, parts);
      case 'reseal':
        return reseal(request, parts);
      case 'query': {
        const now = Date.now();
        const filter = TimelineFilter.safeParse({
          text: values.text ?? '',
          outcome: values.outcome ?? [],
          client: values.client ?? [],
          app: values.app ?? [],
          session: values.session ?? [],
          action: values.action ?? [],
          gate: (values.gate ?? []).map(Number),
          risk: values.risk ?? [],
          since: readMoment(values.since, now),
          until: readMoment(values.until, now),
          events: !(values.calls ?? false),
        });
        if (!filter.success)
          return failed(
            `audit query: ${filter.error.issues[0]?.path.join('.') ?? ''}: ${filter.error.issues[0]?.message ?? 'wrong filter'}`,
            2,
          );
        const limit = Number(values.limit ?? DEFAULT_LIMIT);
        if (!Number.isInteger(limit) || limit < 1 || limit > 500)
          return failed('audit query: --limit: allowed: 1 to 500', 2);
        return query(parts, filter.data, limit, json);
      }
      default:
        return unknown(parts);
    }
  },
};

/** A row of the log in a line of words, for a terminal. */
export function eventWords({ seq, wallMicros, event }: AuditRow): string {
  const about =
    event.type === 'call.decided'
      ? `${event.decision}  ${event.call.module}.${event.call.action}  ${event.call.summary}`
      : event.type === 'approval.resolved'
        ? `${event.outcome} by ${event.by}`
        : 'detail' in event
          ? event.detail
          : 'reason' in event
            ? (event.reason ?? '')
            : '';
  return `${String(seq).padStart(6)}  ${timeText(wallMicros / 1000)}  ${event.type.padEnd(18)}  ${printable(about)}`.trimEnd();
}

function unknown(parts: CommandParts): CommandAnswer {
  return failed(
    `audit: one of query, tail, export, verify, prune, reseal is needed; hint: ${parts.program} audit --help`,
    2,
  );
}

function timeText(millis: number): string {
  return new Date(millis).toISOString().replace('T', ' ').slice(0, 19);
}

async function query(
  parts: CommandParts,
  filter: TimelineFilter,
  limit: number,
  json: boolean,
): Promise<CommandAnswer> {
  const log = await parts.log();
  const page = await log.timeline(filter, null, limit);
  const rows = page.rows.map(timelineRowView).toReversed();
  if (json) return answer(rows.map((row) => JSON.stringify(row)).join('\n'));
  if (rows.length === 0) return answer('No row matches.');
  return answer(
    rows
      .map(
        (row) =>
          `${String(row.seq).padStart(6)}  ${timeText(row.at)}  ${(row.outcome ?? 'event').padEnd(9)}  ${row.action}  ${printable(row.summary)}`,
      )
      .join('\n'),
  );
}

async function verify(parts: CommandParts, json: boolean): Promise<CommandAnswer> {
  const report = await parts.verifyLog();
  const { root, why, custody } = (await parts.seal()).state();
  if (json) return answer(JSON.stringify({ ...report, rootKey: root, anchor: custody }), report.ok ? 0 : 1);
  if (report.problem === null) {
    const signed = report.signedTo === 0 ? 'nothing signed yet' : `signed up to row ${report.signedTo}`;
    return answer(
      `Intact: ${report.rows} rows, ${signed}.${why === null ? '' : ` Not signed now: ${why}`}\n${custody.sentence}.`,
    );
  }
  return {
    exit: 1,
    stdout: '',
    stderr: `gatehouse: the log does not verify: row ${report.problem.seq}: ${report.problem.kind}: ${report.problem.text}\n`,
  };
}

async function prune(
  olderThan: string | undefined,
  request: CommandRequest,
  parts: CommandParts,
): Promise<CommandAnswer> {
  const span = readSpan(olderThan ?? '');
  if (span === null || span < SHORTEST_KEPT_MS)
    return failed('audit prune: --older-than: a length of time of a day or more is needed, such as 30d', 2);
  await requirePresence(`removing rows of sessions older than ${olderThan ?? ''}`, request, parts);
  const log = await parts.log();
  const removed = await log.prune((Date.now() - span) * 1000, 'person');
  return answer(
    removed === 0 ? 'Nothing is that old.' : `Removed ${removed} rows; the log says so and still verifies.`,
  );
}

/** After the old key was lost, or when the person takes the log as it is: a folder put back from a backup, say. */
async function reseal(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const seal = await parts.seal();
  const { why, found } = seal.state();
  if (why === null && found === null)
    return failed(
      'audit reseal: the log is signed and in order; a new key is only for when the old one is lost, or the log was put back',
    );
  const shown =
    found === null ? '' : `Row ${found.seq}: ${found.kind}: ${found.text}\nWhat is missing stays missing.\n`;
  await requirePresence('signing the log with a new key', request, parts, shown);
  const key = await seal.reseal();
  const log = await parts.log();
  const reason = found === null ? (why ?? '') : `row ${found.seq}: ${found.kind}`;
  await log.append({ type: 'log.resealed', v: 1, key, why: reason });
  const report = await parts.verifyLog();
  if (report.problem !== null)
    return failed(
      `the log is signed with a new key, and still does not verify: row ${report.problem.seq}: ${report.problem.kind}: ${report.problem.text}; hint: keep the file as evidence, move it away and start again`,
    );
  return answer(`Signed with a new key from here on: ${key}`);
}
