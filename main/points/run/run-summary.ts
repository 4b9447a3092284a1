/** What the launcher prints when a sandbox has ended, on stderr, after the command's own words. */
import type { LeftBehind } from '../../sandbox/left-behind.ts';
import type { OwnRecord } from '../../sandbox/own-record.ts';
import { agentText } from '../hooks/agent-text.ts';
import type { ProjectChanges } from './project-changes.ts';
import type { RunEnd } from './run-control.ts';

export interface RunSummary {
  readonly end: RunEnd;
  readonly left: readonly LeftBehind[];
  readonly changes: ProjectChanges;
  /** What of the agent's own folder came back. */
  readonly back: readonly string[];
  readonly calls: { readonly made: number; readonly stopped: number };
  /** What the agent says that it did; null where it says nothing. */
  readonly record: OwnRecord | null;
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

/** Nothing when there is nothing to say. */
export function summaryOf({
  end,
  left,
  changes,
  back,
  calls,
  record,
  notes,
  milliseconds,
}: RunSummary): string {
  const lines = [...notes];
  const facts = [
    calls.made === 0 ? '' : `${calls.made} calls, ${calls.stopped} of them stopped`,
    record === null ? '' : recordWords(record),
    end.denied === 0 ? '' : `${end.denied} system calls denied`,
    back.length === 0 ? '' : `kept from the agent's folder: ${back.join(', ')}`,
  ].filter((fact) => fact !== '');
  if (facts.length > 0) lines.push(`after ${Math.round(milliseconds / 1000)} s: ${facts.join('; ')}.`);
  for (const { path, why, kept, problem } of left)
    lines.push(
      kept === null
        ? `STILL THERE, and must not be: ${path} (${why}): ${problem ?? ''}`
        : `taken out of the project: ${path} (${why}). It is in ${kept}`,
    );
  lines.push(...changes.lines);
  if (!end.whole && end.ran)
    lines.push('the project is too large to look through: new hooks and settings may be in it.');
  return lines.map((line) => `gatehouse: ${agentText(line)}\n`).join('');
}

function recordWords({ calls, beyond }: OwnRecord): string {
  const failed = calls.filter((call) => call.failed).length;
  return `by its own record ${calls.length + beyond} tool calls, ${failed} of them failed`;
}
