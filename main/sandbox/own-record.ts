/**
 * What an agent that no hook watches wrote down of its own work, in the copy of its folder: tools it called, and
 * whether they failed. The agent writes these files, so it is a claim and no evidence: it may leave things out.
 *
 * The forms were read off Codex 0.171, Gemini CLI 0.61, Copilot CLI 1.0.102 and opencode 1.18.33. A line in another form
 * says nothing. opencode's lines are texts in a database, which is copied for whoever reads it.
 */
import { lstatSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlain } from './state-copy.ts';

/** Whose form the lines have. */
export type RecordForm = 'codex' | 'gemini-cli' | 'copilot' | 'opencode';

export interface RecordPlace {
  /** Below the home folder; the record is files with the suffix at most `depth` folders deeper. */
  readonly folder: string;
  readonly suffix: string;
  readonly depth: number;
  readonly form: RecordForm;
  /** The files are SQLite's, and the lines are texts in a column of a table. */
  readonly database?: { readonly table: string; readonly column: string };
}

export interface OwnCall {
  readonly tool: string;
  /** The command, or the file, or the tool's words as JSON. */
  readonly what: string;
  readonly failed: boolean;
}

export interface OwnRecord {
  readonly calls: readonly OwnCall[];
  /** Further ones that are not named. */
  readonly beyond: number;
  /** False when some of it could not be read. */
  readonly whole: boolean;
}

const MOST_CALLS = 200;
const MOST_FILES = 200;
const MOST_BYTES = 8 * 1024 * 1024;
/** Of all databases of a record together, with what is not in them yet. */
const MOST_DATABASE_BYTES = 64 * 1024 * 1024;
const MOST_DATABASES = 4;
const LONGEST = 400;
/** Names under which tools are given what they work on, the first that is there counts. */
const SUBJECTS = ['command', 'cmd', 'file_path', 'path', 'absolute_path', 'dir_path', 'pattern', 'url'];

/** What no line about a call is without; the others are not taken apart. */
const MENTIONS_A_CALL = /"(?:call_id|toolCalls|toolCallId|callID)"/;

type Json = Readonly<Record<string, unknown>>;

/** Reads what lies in the copies below `folder`; files and links of any other kind are passed over. Nothing is thrown. */
export function ownRecord(place: RecordPlace, folder: string): OwnRecord {
  const lines: string[] = [];
  let bytes = 0;
  let whole = true;
  for (const file of filesBelow(join(folder, place.folder), place)) {
    const data = readPlain(file, MOST_BYTES - bytes);
    if (data === null) {
      whole = false;
      continue;
    }
    bytes += data.length;
    for (const line of data.toString('utf8').split('\n')) if (MENTIONS_A_CALL.test(line)) lines.push(line);
  }
  return { ...callsIn(place.form, lines), whole };
}

/** The calls that these lines tell of. */
export function callsIn(form: RecordForm, lines: readonly string[]): Pick<OwnRecord, 'calls' | 'beyond'> {
  const calls = new Map<string, OwnCall>();
  let beyond = 0;
  const keep = (id: string, call: OwnCall) => {
    if (calls.has(id) || calls.size < MOST_CALLS) calls.set(id, call);
    else beyond += 1;
  };
  for (const line of lines) {
    const value = MENTIONS_A_CALL.test(line) ? parsed(line) : null;
    if (value !== null) READERS[form](value, keep, (id) => calls.get(id));
  }
  return { calls: [...calls.values()], beyond };
}

/**
 * Copies of the databases of a record, each in a new folder in `folder`, which goes with it: what lies beside one may
 * be a link, and a database is opened with all that lies beside it.
 *
 * @returns their paths; `whole` is false where they are too many or too large, or one is no plain file
 */
export function copiedDatabases(
  place: RecordPlace,
  folder: string,
): { readonly files: readonly string[]; readonly whole: boolean } {
  const files: string[] = [];
  let whole = true;
  let bytes = 0;
  const found = filesBelow(join(folder, place.folder), place);
  for (const file of found.slice(0, MOST_DATABASES)) {
    const copy = join(mkdtempSync(join(folder, 'record-')), 'copy.db');
    for (const end of ['', '-wal']) {
      const data = readPlain(`${file}${end}`, MOST_DATABASE_BYTES - bytes);
      bytes += data?.length ?? 0;
      if (data !== null) writeFileSync(`${copy}${end}`, data, { mode: 0o600, flag: 'wx' });
      else if (lstatSync(`${file}${end}`, { throwIfNoEntry: false }) !== undefined) whole = false;
    }
    files.push(copy);
  }
  return { files, whole: whole && found.length <= MOST_DATABASES };
}

type Keep = (id: string, call: OwnCall) => void;
type Known = (id: string) => OwnCall | undefined;

const READERS: Readonly<Record<RecordForm, (line: Json, keep: Keep, known: Known) => void>> = {
  codex: ({ payload }, keep, known) => {
    const { type, call_id: id, name, arguments: words, input, output } = objectOf(payload);
    if (typeof id !== 'string') return;
    if (type === 'function_call' || type === 'custom_tool_call')
      keep(id, { tool: textOf(name), what: subjectOf(words ?? input), failed: false });
    const call = known(id);
    if ((type === 'function_call_output' || type === 'custom_tool_call_output') && call !== undefined)
      keep(id, { ...call, failed: /^(?:Process exited with|Exit) code:? [1-9]/m.test(textOf(output)) });
  },
  'gemini-cli': ({ toolCalls }, keep) => {
    for (const entry of Array.isArray(toolCalls) ? toolCalls : []) {
      const { id, name, args, status, result } = objectOf(entry);
      if (typeof id !== 'string') continue;
      const failed = status === 'error' || /(?:^|\\n|\n)Exit Code: [1-9]/.test(textOf(result));
      keep(id, { tool: textOf(name), what: subjectOf(args), failed });
    }
  },
  opencode: ({ type, tool, callID: id, state }, keep) => {
    if (type !== 'tool' || typeof id !== 'string') return;
    const { status, input, metadata } = objectOf(state);
    const { exit = 0 } = objectOf(metadata);
    keep(id, { tool: textOf(tool), what: subjectOf(input), failed: status === 'error' || exit !== 0 });
  },
  copilot: ({ type, data }, keep, known) => {
    const { toolCallId: id, toolName, arguments: words, success, shellExecution } = objectOf(data);
    if (typeof id !== 'string') return;
    if (type === 'tool.execution_start')
      keep(id, { tool: textOf(toolName), what: subjectOf(words), failed: false });
    const call = known(id);
    const { exitCode = 0 } = objectOf(shellExecution);
    if (type === 'tool.execution_complete' && call !== undefined)
      keep(id, { ...call, failed: success !== true || exitCode !== 0 });
  },
};

function subjectOf(words: unknown): string {
  const value = typeof words === 'string' ? (parsed(words) ?? words) : words;
  if (typeof value !== 'object' || value === null) return textOf(value).slice(0, LONGEST);
  const named = SUBJECTS.map((name) => (value as Json)[name]).find((one) => one !== undefined);
  return textOf(named ?? value).slice(0, LONGEST);
}

function parsed(text: string): Json | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return (JSON.stringify(value) as string | undefined) ?? '';
  } catch {
    // What can be read may be nested too deep to be written again.
    return '(cannot be shown)';
  }
}

/** In the order of their names, which begin with the time. */
function filesBelow(folder: string, { suffix, depth }: RecordPlace): readonly string[] {
  const files: string[] = [];
  const walk = (at: string, left: number) => {
    let entries: ReturnType<typeof entriesOf>;
    try {
      // A folder that became a link leads elsewhere.
      if (!lstatSync(at).isDirectory()) return;
      entries = entriesOf(at);
    } catch {
      return;
    }
    for (const entry of entries) {
      if (files.length >= MOST_FILES) return;
      if (entry.isDirectory() && left > 0) walk(join(at, entry.name), left - 1);
      else if (entry.isFile() && entry.name.endsWith(suffix)) files.push(join(at, entry.name));
    }
  };
  walk(folder, depth);
  return files;
}

function entriesOf(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}
