/** `gatehouse audit`: the timeline from a terminal, its proof, and what is done to it by a person. */
import { parseArgs } from 'node:util';
import type { TimelineFilter } from '../../../preload/contract.ts';
import type { AuditRow } from '../../audit/event.ts';
import type { ChainReport } from '../../audit/problem.ts';
import { rowWords } from '../../audit/sentences.ts';
import { sessionStory } from '../timeline/session-story.ts';
import { sessionReport } from '../timeline/timeline-handlers.ts';
import { timelineRowView } from '../views/timeline-view.ts';
import { printable } from './approvals.ts';
import { FILTER_OPTIONS, FILTER_USAGE, readFilter } from './audit-filter.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  requirePresence,
} from './command.ts';
import { readSpan } from './moment.ts';

const DEFAULT_LIMIT = 50;
const SHORTEST_KEPT_MS = 24 * 60 * 60_000;

const OPTIONS = {
  ...FILTER_OPTIONS,
  json: { type: 'boolean' },
  html: { type: 'boolean' },
  limit: { type: 'string' },
  'older-than': { type: 'string' },
} as const;

export const audit: Command = {
  usage: [
    'audit query [FILTER] [--limit N] [--json]',
    'audit tail [FILTER] [--since-seq N] [--json]',
    'audit export [FILTER] [--format jsonl|csv] [--from ROW] [--to ROW]',
    'audit story SESSION [--html] [--json]',
    'audit verify [--json]',
    'audit prune --older-than 30d',
    'audit reseal',
  ],
  what: [
    'Reads the timeline, or proves that its chain is intact.',
    '',
    '  query    the newest rows that match, oldest first',
    '  tail     rows as they come; with --since-seq first those after that row',
    '  export   rows for somebody else; jsonl of a whole range, narrowed by --since and --until alone,',
    '           can be checked with resources/verify-export.mjs, csv cannot be checked',
    '  story    a session in order; --html is a file that needs nothing else',
    '  verify   walks the whole chain and names the first bad row and what was done to it',
    '  prune    removes rows of sessions that are older, on the record, when the log verifies; asks for the PIN',
    '  reseal   signs with a new key when the old one is lost or the log was put back; asks for the PIN',
    '',
    'FILTER is any of these; what is given twice means either, different ones must all hold. T is 2h, 3d or 2026-11-25T14:00:00Z.',
    ...FILTER_USAGE.map((line) => `  ${line}`),
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
    if (what === 'story') return story(more, values.html ?? false, json, parts);
    if (more.length > 0) return unknown(parts);
    switch (what) {
      case 'verify':
        return verify(parts, json);
      case 'prune':
        return prune(values['older-than'], request, parts);
      case 'reseal':
        return reseal(request, parts);
      case 'query': {
        const filter = readFilter(values, Date.now(), 'audit query');
        const limit = Number(values.limit ?? DEFAULT_LIMIT);
        if (!Number.isInteger(limit) || limit < 1 || limit > 500)
          return failed('audit query: --limit: allowed: 1 to 500', 2);
        return query(parts, filter, limit, json);
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
      ? `${event.decision}  ${event.call.module}.${event.call.action}  ${rowWords(event)}`
      : rowWords(event);
  return `${String(seq).padStart(6)}  ${timeText(wallMicros / 1000)}  ${event.type.padEnd(18)}  ${printable(about)}`.trimEnd();
}

function unknown(parts: CommandParts): CommandAnswer {
  return failed(
    `audit: one of query, tail, export, story, verify, prune, reseal is needed; hint: ${parts.program} audit --help`,
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
          `${String(row.seq).padStart(6)}  ${timeText(row.at)}  ${(row.outcome ?? 'event').padEnd(9)}  ${printable(`${row.action}  ${row.summary}`)}`,
      )
      .join('\n'),
  );
}

async function story(
  ids: readonly string[],
  html: boolean,
  json: boolean,
  parts: CommandParts,
): Promise<CommandAnswer> {
  const [session] = ids;
  if (session === undefined || ids.length > 1)
    return failed('audit story: one session is needed; hint: audit query --json names them', 2);
  const log = await parts.log();
  const { home } = parts;
  if (html)
    return answer((await sessionReport({ log, home, nowMicros: () => Date.now() * 1000 }, session)).html);
  const told = await sessionStory(log, session, home);
  if (json) return answer(JSON.stringify(told));
  const lines = [
    printable(told.title),
    ...told.facts.map(({ label, text }) => `${label.padEnd(16)}${printable(text)}`),
  ];
  for (const chapter of told.chapters) {
    lines.push('', `${printable(chapter.title)}  ${timeText(chapter.at)}`);
    for (const { at, text, code, note } of chapter.lines)
      lines.push(
        `  ${timeText(at).slice(11)}  ${printable(
          [text, code?.replaceAll('\n', ', ') ?? '', note].filter((part) => part !== '').join('  '),
        )}`,
      );
  }
  return answer(lines.join('\n'));
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
  return failed(`the log does not verify: ${problemText(report.problem)}`);
}

const problemText = ({ seq, kind, text }: NonNullable<ChainReport['problem']>): string =>
  `row ${seq}: ${kind}: ${text}`;

async function prune(
  olderThan: string | undefined,
  request: CommandRequest,
  parts: CommandParts,
): Promise<CommandAnswer> {
  const span = readSpan(olderThan ?? '');
  if (span === null || span < SHORTEST_KEPT_MS)
    return failed('audit prune: --older-than: a length of time of a day or more is needed, such as 30d', 2);
  await requirePresence(`removing rows of sessions older than ${olderThan ?? ''}`, request, parts);
  // What a removal leaves verifies again: nothing is taken out of a log that is evidence of something.
  const { problem } = await parts.verifyLog();
  if (problem !== null)
    return failed(
      `audit prune: no row was removed: the log does not verify: ${problemText(problem)}; hint: keep the data folder as evidence`,
    );
  const seal = await parts.seal();
  const removed = await seal.prune((Date.now() - span) * 1000, 'person');
  const said = [
    removed === 0 ? 'Nothing is that old.' : `Removed ${removed} rows; the log says so and still verifies.`,
  ];
  const log = await parts.log();
  // Without a supervisor nobody else would tell what signing brought to light.
  for (const { what, detail } of seal.takeAlarms()) {
    await log.append({ type: 'security', v: 1, what, detail, peer: null, session: null });
    said.push(detail);
  }
  return answer(said.join('\n'));
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
      `the log is signed with a new key, and still does not verify: ${problemText(report.problem)}; hint: keep the file as evidence, move it away and start again`,
    );
  return answer(`Signed with a new key from here on: ${key}`);
}
