/** What an agent that no hook watches says that it did: read, redacted and put on the log. */
import type { LogPort } from '../../engine/ports.ts';
import { redactText } from '../../engine/redaction.ts';
import { type OwnRecord, ownRecord } from '../../sandbox/own-record.ts';
import type { RunTerms } from './run-wish.ts';

const LONGEST_TOOL = 100;

/** Null where there is nothing to read. `state`: the folder with the copies of the agent's own. */
export async function tellRecord(
  { preset, client }: RunTerms,
  state: string,
  run: string,
  session: string,
  log: LogPort,
): Promise<OwnRecord | null> {
  if (preset === null || preset.record === null) return null;
  const { calls, beyond, whole } = ownRecord(preset.record, state);
  if (calls.length === 0 && whole) return null;
  const shown = calls.map(({ tool, what, failed }) => ({
    tool: redactText(tool).slice(0, LONGEST_TOOL).toWellFormed(),
    what: redactText(what).toWellFormed(),
    failed,
  }));
  const record = { calls: shown, beyond, whole };
  await log.append({ type: 'sandbox.recorded', v: 1, run, session, client, ...record });
  return record;
}
