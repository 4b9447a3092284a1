/** `gatehouse audit query | verify`: the timeline from a terminal. */
import { parseArgs } from 'node:util';
import { TimelineFilter } from '../../../preload/contract.ts';
import { timelineRowView } from '../views/timeline-view.ts';
import { printable } from './approvals.ts';
import { answer, type Command, type CommandAnswer, type CommandParts, failed } from './command.ts';

const DEFAULT_LIMIT = 50;

export const audit: Command = {
  usage: [
    'audit query [--limit N] [--text WORDS] [--outcome O] [--client C] [--json]',
    'audit verify [--json]',
  ],
  what: 'Reads the timeline, or proves that its chain is intact.',
  needsSupervisor: false,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        limit: { type: 'string' },
        text: { type: 'string' },
        outcome: { type: 'string', multiple: true },
        client: { type: 'string', multiple: true },
      },
    });
    const json = values.json ?? false;
    if (positionals.length === 1 && positionals[0] === 'verify') return verify(parts, json);
    if (positionals.length === 1 && positionals[0] === 'query') {
      const filter = TimelineFilter.safeParse({
        text: values.text ?? '',
        outcome: values.outcome ?? [],
        client: values.client ?? [],
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
    return failed(`audit: one of query, verify is needed; hint: ${parts.program} audit --help`, 2);
  },
};

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
      .map((row) => {
        const time = new Date(row.at).toISOString().replace('T', ' ').slice(0, 19);
        return `${String(row.seq).padStart(6)}  ${time}  ${(row.outcome ?? 'event').padEnd(9)}  ${row.action}  ${printable(row.summary)}`;
      })
      .join('\n'),
  );
}

async function verify(parts: CommandParts, json: boolean): Promise<CommandAnswer> {
  const report = await parts.verifyLog();
  if (json) return answer(JSON.stringify(report), report.ok ? 0 : 1);
  if (report.problem === null) return answer(`Intact: ${report.rows} rows.`);
  return {
    exit: 1,
    stdout: '',
    stderr: `gatehouse: the log does not verify: row ${report.problem.seq}: ${report.problem.kind}: ${report.problem.text}\n`,
  };
}
