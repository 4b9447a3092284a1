/**
 * What an agent that no hook watches wrote down of its own work, in the copy of its folder: tools it called, and
 * whether they failed. The agent writes these files, so it is a claim and no evidence: it may leave things out.
 *
 * The forms were read off Codex 0.171, Gemini CLI 0.61 and Copilot CLI 1.0.102. A line in another form says nothing.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPlain } from './state-copy.ts';

/** Whose form the lines have. */
export type RecordForm = 'codex' | 'gemini-cli' | 'copilot';

export interface RecordPlace {
  /** Below the home folder; the record is files with the suffix at most `depth` folders deeper. */
  readonly folder: string;
  readonly suffix: string;
  readonly depth: number;
  readonly form: RecordForm;
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
const LONGEST = 400;
/** Names under which tools are given what they work on, the first that is there counts. */
const SUBJECTS = ['command', 'cmd', 'file_path', 'path', 'absolute_path', 'dir_path', 'pattern', 'url'];

/** What no line about a call is without; the others are not taken apart. */
const MENTIONS_A_CALL = /"(?:call_id|toolCalls|toolCallId)"/;

type Json = Readonly<Record<string, unknown>>;

/** Reads what lies in the copies below `folder`; files and links of any other kind are passed over. Nothing is thrown. */
export function ownRecord(place: RecordPlace, folder: string): OwnRecord {
  const calls = new Map<string, OwnCall>();
  let beyond = 0;
  let bytes = 0;
  let whole = true;
  const keep = (id: string, call: OwnCall) => {
    if (calls.has(id) || calls.size < MOST_CALLS) calls.set(id, call);
    else beyond += 1;
  };
  for (const file of filesBelow(join(folder, place.folder), place)) {
    const data = readPlain(file, MOST_BYTES - bytes);
    if (data === null) {
      whole = false;
      continue;
    }
    bytes += data.length;
    for (const line of data.toString('utf8').split('\n')) {
      const value = MENTIONS_A_CALL.test(line) ? parsed(line) : null;
      if (value !== null) READERS[place.form](value, keep, (id) => calls.get(id));
    }
  }
  return { calls: [...calls.values()], beyond, whole };
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
