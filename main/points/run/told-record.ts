/** What an agent that no hook watches says that it did: read, redacted and put on the log. */
import type { LogPort } from '../../engine/ports.ts';
import { redactText } from '../../engine/redaction.ts';
import type { ChildHost } from '../../platform/child-host.ts';
import { readForeign } from '../../platform/foreign-database/read.ts';
import {
  callsIn,
  copiedDatabases,
  type OwnRecord,
  ownRecord,
  type RecordPlace,
} from '../../sandbox/own-record.ts';
import type { RunTerms } from './run-wish.ts';

const LONGEST_TOOL = 100;
const MOST_TEXTS = 20_000;

/** Null where there is nothing to read. `state`: the folder with the copies of the agent's own. */
export async function tellRecord(
  { preset, client }: RunTerms,
  state: string,
  run: string,
  session: string,
  log: LogPort,
  children: ChildHost,
): Promise<OwnRecord | null> {
  if (preset === null || preset.record === null) return null;
  const { calls, beyond, whole } = await readRecord(preset.record, state, children);
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

async function readRecord(place: RecordPlace, state: string, children: ChildHost): Promise<OwnRecord> {
  if (place.database === undefined) return ownRecord(place, state);
  const { files, whole } = copiedDatabases(place, state);
  const texts: string[] = [];
  let all = whole;
  for (const file of files) {
    const answer = await readForeign(children, { file, ...place.database, most: MOST_TEXTS });
    for (const text of answer.texts) texts.push(text);
    all = all && answer.whole;
  }
  return { ...callsIn(place.form, texts), whole: all };
}
