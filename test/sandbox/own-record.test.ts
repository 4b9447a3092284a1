/** What an agent wrote down of its own work: read in the form of each client, up to a size, and never by a link. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeChildHost } from '../../main/platform/child-host.ts';
import { readForeign } from '../../main/platform/foreign-database/read.ts';
import { presetOf } from '../../main/sandbox/agent-presets.ts';
import { callsIn, copiedDatabases, ownRecord } from '../../main/sandbox/own-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-record-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, lines: readonly unknown[]): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(join(folder, path), `${text}\n`);
}
function read(program: string) {
  const place = presetOf(program)?.record ?? null;
  if (place === null) throw new Error(`${program} has no record`);
  return ownRecord(place, folder);
}
const codexCall = (id: string, command: string) => ({
  type: 'response_item',
  payload: {
    type: 'function_call',
    call_id: id,
    name: 'exec_command',
    arguments: JSON.stringify({ cmd: command }),
  },
});
const codexEnd = (id: string, code: number) => ({
  type: 'response_item',
  payload: {
    type: 'function_call_output',
    call_id: id,
    output: `Wall time: 0.1 seconds\nProcess exited with code ${code}\nOutput:\nProcess exited with code 0`,
  },
});
const SESSIONS = '.codex/sessions/2026/11/26';

it('of Codex', () => {
  put(`${SESSIONS}/rollout-1.jsonl`, [
    { type: 'session_meta', payload: {} },
    codexCall('a', 'cat ~/.ssh/id'),
    codexEnd('a', 1),
    codexCall('b', 'true'),
    codexEnd('b', 0),
  ]);
  expect(read('codex')).toEqual({
    calls: [
      { tool: 'exec_command', what: 'cat ~/.ssh/id', failed: true },
      { tool: 'exec_command', what: 'true', failed: false },
    ],
    beyond: 0,
    whole: true,
  });
});

it('of Gemini CLI, which writes a call down more than once', () => {
  const call = (output: string, status = 'success') => ({
    type: 'gemini',
    toolCalls: [
      {
        ...{ id: 'x', name: 'run_shell_command', args: { command: 'cat ~/.ssh/id' }, status },
        result: [{ functionResponse: { response: { output } } }],
      },
    ],
  });
  put('.gemini/tmp/proj/chats/session-1.jsonl', [
    call(''),
    call('Output: No such file\nExit Code: 1\nProcess Group PGID: 7'),
  ]);
  put('.gemini/tmp/proj/chats/session-2.jsonl', [
    { toolCalls: [{ id: 'y', name: 'write_file', args: { file_path: '/etc/x' }, status: 'error' }] },
  ]);
  expect(read('gemini').calls).toEqual([
    { tool: 'run_shell_command', what: 'cat ~/.ssh/id', failed: true },
    { tool: 'write_file', what: '/etc/x', failed: true },
  ]);
});

it('of Copilot CLI', () => {
  const data = (id: string, more: object) => ({ toolCallId: id, ...more });
  const start = (id: string, command: string) => ({
    type: 'tool.execution_start',
    data: data(id, { toolName: 'bash', arguments: { command } }),
  });
  const end = (id: string, success: boolean, exitCode: number) => ({
    type: 'tool.execution_complete',
    data: data(id, { success, shellExecution: { exitCode } }),
  });
  put('.copilot/session-state/1/events.jsonl', [
    ...[start('a', 'false'), end('a', true, 1), start('b', 'true'), end('b', true, 0)],
    ...[start('c', 'cat x'), end('c', false, 0)],
  ]);
  expect(read('copilot').calls).toEqual([
    { tool: 'bash', what: 'false', failed: true },
    { tool: 'bash', what: 'true', failed: false },
    { tool: 'bash', what: 'cat x', failed: true },
  ]);
});

it('whatever stands in it: what has another form says nothing', () => {
  put(`${SESSIONS}/rollout-1.jsonl`, [
    '{"call_id": nonsense',
    '["call_id"]',
    { payload: null, call_id: 1 },
    { payload: { type: 'function_call', call_id: 7, name: 'x' } },
    { payload: { type: 'function_call_output', call_id: 'unknown', output: 'Process exited with code 1' } },
    { payload: { type: 'function_call', call_id: 'odd', name: { a: 1 }, arguments: 'not json' } },
    { payload: { type: 'function_call', call_id: '__proto__', name: 'x', arguments: '{"cmd":{"a":1}}' } },
  ]);
  expect(read('codex').calls).toEqual([
    { tool: '{"a":1}', what: 'not json', failed: false },
    { tool: 'x', what: '{"a":1}', failed: false },
  ]);
});

it('only so much of it, and it is said that it is not all', () => {
  put(
    `${SESSIONS}/rollout-1.jsonl`,
    Array.from({ length: 205 }, (_, index) => codexCall(String(index), 'a'.repeat(5000))),
  );
  const { calls, beyond } = read('codex');
  expect([calls.length, beyond, calls[0]?.what.length]).toEqual([200, 5, 400]);
  put(`${SESSIONS}/rollout-2.jsonl`, ['x'.repeat(9 * 1024 * 1024)]);
  expect(read('codex').whole).toBe(false);
});

it('and nothing that lies elsewhere', () => {
  put('elsewhere/2026/rollout-1.jsonl', [codexCall('a', 'mine')]);
  mkdirSync(join(folder, '.codex'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, '.codex/sessions'));
  expect(read('codex')).toEqual({ calls: [], beyond: 0, whole: true });
  rmSync(join(folder, '.codex/sessions'));
  mkdirSync(join(folder, '.codex/sessions'));
  symlinkSync(join(folder, 'elsewhere/2026'), join(folder, '.codex/sessions/2026'));
  symlinkSync(join(folder, 'elsewhere/2026/rollout-1.jsonl'), join(folder, '.codex/sessions/rollout.jsonl'));
  expect(read('codex').calls).toEqual([]);
});

it('nothing is thrown at what is nested deeper than it can be written', () => {
  const nest = (value: string) => `${'['.repeat(50_000)}${value}${']'.repeat(50_000)}`;
  const call = (id: string, name: string, words: string) =>
    `{"payload":{"type":"function_call","call_id":"${id}","name":${name},"arguments":${words}}}`;
  put(`${SESSIONS}/rollout-1.jsonl`, [
    call('a', nest('1'), '"{}"'),
    call('b', '"x"', nest('1')),
    codexCall('c', 'cat ~/.ssh/id'),
  ]);
  const { calls } = read('codex');
  expect(calls).toHaveLength(3);
  expect(calls[2]).toMatchObject({ what: 'cat ~/.ssh/id' });
});

describe('of opencode', () => {
  const place = presetOf('opencode')?.record;
  const part = (id: string, command: string, state: object) =>
    JSON.stringify({ type: 'tool', tool: 'bash', callID: id, state: { input: { command }, ...state } });

  function makeDatabase(sql: string, parts: readonly string[] = []): void {
    mkdirSync(join(folder, '.local/share/opencode'), { recursive: true });
    const database = new Database(join(folder, '.local/share/opencode/opencode.db'));
    database.pragma('journal_mode = WAL');
    database.exec(sql);
    for (const text of parts) database.prepare('INSERT INTO part (data) VALUES (?)').run(text);
    // What is in the write-ahead log only counts too: its reader gets it as a killed agent leaves it.
    const { files, whole } = copied();
    database.close();
    copies = { files, whole };
  }
  function copied() {
    if (place?.database === undefined) throw new Error('opencode has no record');
    return copiedDatabases(place, folder);
  }
  let copies: ReturnType<typeof copied>;
  const readAll = async () => {
    if (place?.database === undefined) throw new Error('opencode has no record');
    const [file = ''] = copies.files;
    return readForeign(nodeChildHost({}), { file, ...place.database, most: 100 });
  };

  it('reads its calls from a copy of its database, and from what is not yet in it', async () => {
    makeDatabase('CREATE TABLE part (data text NOT NULL)', [
      part('a', 'cat ~/.ssh/id', { status: 'completed', metadata: { exit: 1 } }),
      part('b', 'true', { status: 'completed', metadata: { exit: 0 } }),
      part('c', 'x', { status: 'error' }),
      JSON.stringify({ type: 'text', text: 'callID' }),
      'no json with "callID"',
    ]);
    const { texts, whole } = await readAll();
    expect(whole).toBe(true);
    expect(callsIn('opencode', texts)).toEqual({
      calls: [
        { tool: 'bash', what: 'cat ~/.ssh/id', failed: true },
        { tool: 'bash', what: 'true', failed: false },
        { tool: 'bash', what: 'x', failed: true },
      ],
      beyond: 0,
    });
  });

  it('runs nothing that is written in it, and says so', async () => {
    makeDatabase(
      "CREATE VIEW part AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' AS data FROM n WHERE i < 0",
    );
    expect(await readAll()).toEqual({ texts: [], whole: false });
  });

  it('follows no link, and reads nothing that is no database', async () => {
    const state = join(folder, '.local/share/opencode');
    mkdirSync(state, { recursive: true });
    writeFileSync(join(folder, 'secret'), 'x');
    writeFileSync(join(state, 'opencode.db'), 'no database');
    symlinkSync(join(folder, 'secret'), join(state, 'opencode.db-wal'));
    copies = copied();
    expect(copies.whole).toBe(false);
    expect(await readAll()).toEqual({ texts: [], whole: false });
  });

  it('copies a few databases, and no more of them together than one may be large', () => {
    const state = join(folder, '.local/share/opencode');
    mkdirSync(state, { recursive: true });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) writeFileSync(join(state, `${name}opencode.db`), name);
    const many = copied();
    expect([many.files.length, many.whole]).toEqual([4, false]);
    for (const name of ['a', 'b']) truncateSync(join(state, `${name}opencode.db`), 40 * 1024 * 1024);
    const sizes = copied().files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    expect(sizes).toEqual([40 * 1024 * 1024, 0, 1, 1]);
  });
});
