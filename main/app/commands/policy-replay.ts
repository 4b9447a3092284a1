/** `gatehouse policy replay`: what past calls would have been decided as by a policy. Nothing runs, nothing changes. */
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import type { ReplayChange, ReplayReport } from '../../../preload/contract.ts';
import { appName, clientName } from '../views/words.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  needsRunning,
} from './command.ts';
import { readMoment } from './moment.ts';
import { readText } from './policy-calls.ts';

const DEFAULT_DAYS = 30;
const MOST_LINES = 40;

/** @param file null: the person's policy as it is in force */
export async function replayCommand(
  request: CommandRequest,
  parts: CommandParts,
  file: string | null,
  values: { readonly since?: string | undefined; readonly json?: boolean | undefined },
): Promise<CommandAnswer> {
  const { replay } = needsRunning(parts);
  const path = resolve(request.cwd, file ?? parts.paths.policyFile);
  const now = Date.now();
  const since = readMoment(values.since, now) ?? now - DEFAULT_DAYS * 86_400_000;
  const report = await replay.since(readText(request, parts, path), path, since, request.signal);
  return answer(values.json === true ? JSON.stringify(report, null, 2) : textOf(report));
}

const WORDS = { allow: 'let through', deny: 'refused', approve: 'asked about' } as const;

/** What a replay cannot know, beside what it leaves out. */
const UNKNOWN =
  'Each call is looked at by itself: what earlier ones wrote or fetched is not known, and every MCP server counts as registered.';

function textOf(report: ReplayReport): string {
  const { looked, replayed, same, counts, changes, left, since, whole } = report;
  if (looked === 0) return 'There are no calls to replay in this time.';
  const from =
    since === null ? '' : ` since ${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const lines = [`${looked} calls${from}; ${replayed} decided anew, ${same} of them the same.`];
  if (!whole) lines.push('Older calls were not looked at: it would have taken too long.');
  for (const { from: before, to, count } of counts)
    lines.push(coloured(before, to, `${String(count).padStart(6)}  ${WORDS[before]} → ${WORDS[to]}`));
  for (const change of changes.slice(0, MOST_LINES)) lines.push(...lineOf(change));
  if (changes.length > MOST_LINES) lines.push(`… and ${changes.length - MOST_LINES} more; --json has them`);
  for (const { why, count } of left) lines.push(`${count} left out. ${why}`);
  lines.push(UNKNOWN);
  return lines.join('\n');
}

function lineOf({ seq, client, app, action, summary, from, to, reason }: ReplayChange): readonly string[] {
  return [
    coloured(
      from,
      to,
      `${seq}  ${WORDS[from]} → ${WORDS[to]}  ${action}  ${printable(summary.replace(/\s+/g, ' '))}`,
    ),
    `      ${clientName(client)} in ${printable(appName(app))}: ${printable(reason)}`,
  ];
}

/** Red for what was refused and would run. */
function coloured(from: string, to: string, text: string): string {
  return from === 'deny' && to === 'allow' ? styleText('red', text, { validateStream: false }) : text;
}
