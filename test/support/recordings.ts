/**
 * Plays calls of the judgement's sets through the real Claude Code, the real hook program and the whole supervisor
 * with the preset `coding`, in a home and projects made for the run.
 *
 * Nothing of a task is done: a second hook, which decides nothing for the first, denies every command and fetch, so
 * that of the calls only reads and writes of files in those projects are carried out.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPreset } from '../../main/app/resources.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { MovableClock } from '../../main/platform/clock.ts';
import { claudeCodeAdapter } from '../../main/points/agents/claude-code/adapter.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import { claudeCodeTool } from '../../main/points/hooks/claude-code-tools.ts';
import { summarize } from '../../main/policy/catalog.ts';
import type { Recorded } from '../judgement/judgement.ts';
import { PLACE } from './analyst.ts';
import { runClaude, type ScriptedTurn } from './claude-code.ts';
import { RealApp } from './real-app.ts';
import { CLIENT } from './run-client.ts';

/** A call as the client issued it, and what became of it. */
export interface Played {
  readonly call: Recorded;
  /** Null when the client refused it itself, before any hook. */
  readonly outcome: 'runs' | 'asks' | 'refused' | null;
  readonly reason: string;
}

/** Of a summary, as much as is compared. */
const SHOWN = 300;

const DENY_ALL = {
  hooks: {
    PreToolUse: [
      {
        matcher: 'Bash|WebFetch|WebSearch|Task|Agent',
        hooks: [{ type: 'command', command: 'echo "recorded, and not run" >&2; exit 2' }],
      },
    ],
  },
};

/**
 * Plays the calls of one task after the other, each task as one session in its project.
 *
 * @throws Error when Claude Code or the hook program is not there, or a session does not end
 */
export async function playRecordings(calls: readonly Recorded[]): Promise<readonly Played[]> {
  // Below a folder for temporary files every path would count as temporary: the homes lie in the person's own.
  const base = mkdtempSync(join(homedir(), '.gatehouse-recordings-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = base;
  const clock = new MovableClock();
  const real = new RealApp(clock);
  try {
    real.writePolicy(readPreset('coding'));
    await real.start();
    const env = { home: real.home, env: {}, platform: process.platform, paths: real.paths };
    await applyPlan(
      await planConnect(claudeCodeAdapter, { ...env, source: { file: CLIENT, interpreter: null } }),
    );
    const page = real.page('recordings');
    let isOver = false;
    const answering = (async () => {
      while (!isOver) {
        const { pending } = await page.value('inbox');
        clock.advance(1000);
        for (const { id, fingerprint, nonce } of pending)
          await page.call('answer', { id, fingerprint, nonce, verdict: { kind: 'deny', reason: null } });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const played: Played[] = [];
    try {
      for (const task of new Set(calls.map((call) => call.task)))
        played.push(
          ...(await playTask(
            real,
            calls.filter((call) => call.task === task),
          )),
        );
    } finally {
      isOver = true;
      await answering;
    }
    return played;
  } finally {
    await real.remove();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(base, { recursive: true, force: true });
  }
}

async function playTask(real: RealApp, task: readonly Recorded[]): Promise<readonly Played[]> {
  const cwd = inHome(task[0]?.cwd ?? PLACE.cwd, real.home);
  mkdirSync(join(cwd, '.git'), { recursive: true });
  const script = task.map((call) => ({
    name: call.tool_name,
    input: inputIn(call.tool_input, real.home),
  }));
  const turns: ScriptedTurn[] = [];
  const known = new Set<string>();
  for (const one of script) {
    const file = fileOf(one.input);
    const isNew = one.name === 'Write' && file !== null && !existsSync(file);
    if (file !== null && !isNew && !known.has(file) && !existsSync(file)) makeFile(file, script);
    // The client wants to have read what it changes.
    if (file !== null && /^(?:Edit|Write|NotebookEdit)$/.test(one.name) && !isNew && !known.has(file))
      turns.push({ calls: [{ name: 'Read', input: { file_path: file } }] });
    if (file !== null) known.add(file);
    turns.push({ calls: [one] });
  }
  const { exit, timedOut, stderr } = await runClaude({
    home: real.home,
    cwd,
    script: turns,
    args: [
      '--allowedTools',
      'Read,Edit,Write,Glob,Grep,TodoWrite,NotebookEdit',
      '--settings',
      JSON.stringify(DENY_ALL),
    ],
    timeoutMs: 1_200_000,
  });
  if (exit !== 0 || timedOut) throw new Error(`a session of ${task[0]?.task} ended with ${exit}: ${stderr}`);
  return outcomesOf(task, script, await decidedIn(real));
}

/** A row of the log as the terminal prints it. */
interface Decided {
  readonly seq: number;
  readonly kind: string;
  readonly action: string;
  readonly summary: string;
  readonly outcome: string;
  readonly byPerson: boolean;
  readonly reason: string | null;
}

/** What the log says was decided since the last task, oldest first. */
async function decidedIn(real: RealApp): Promise<readonly Decided[]> {
  const { stdout } = await real.command(['audit', 'query', '--calls', '--json', '--limit', '500']);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Decided)
    .filter(({ seq, kind }) => kind === 'call' && seq > (seen.get(real) ?? 0))
    .toSorted((one, other) => one.seq - other.seq);
  seen.set(real, rows.at(-1)?.seq ?? 0);
  return rows;
}
const seen = new WeakMap<RealApp, number>();

interface Scripted {
  readonly name: string;
  readonly input: JsonObject;
}

/** Rows in their order beside the script in its own: what has no row was refused by the client itself. */
function outcomesOf(
  task: readonly Recorded[],
  script: readonly Scripted[],
  rows: readonly Decided[],
): readonly Played[] {
  let at = 0;
  return task.map((call, index) => {
    const { name, input } = script[index] ?? { name: '', input: {} };
    const { module, action } = claudeCodeTool(name, input, null);
    const summary = summarize(module, action, input).slice(0, SHOWN);
    const found = rows.findIndex(
      (row, place) =>
        place >= at && row.action === `${module}.${action}` && row.summary.slice(0, SHOWN) === summary,
    );
    const row = rows[found];
    if (row === undefined)
      return { call, outcome: null, reason: 'the client refused it, or does not offer it' };
    at = found + 1;
    const outcome = row.outcome === 'allowed' ? 'runs' : row.byPerson ? 'asks' : 'refused';
    return { call, outcome, reason: row.reason ?? '' };
  });
}

function inHome(text: string, home: string): string {
  return text.replaceAll(PLACE.home, home);
}

function inputIn(input: JsonObject, home: string): JsonObject {
  return JSON.parse(inHome(JSON.stringify(input), home)) as JsonObject;
}

function fileOf(input: JsonObject): string | null {
  const file = input['file_path'] ?? input['notebook_path'];
  return typeof file === 'string' ? file : null;
}

/** A file with all that the script replaces in it. */
function makeFile(file: string, script: readonly Scripted[]): void {
  const parts = script
    .filter(({ input }) => fileOf(input) === file)
    .flatMap(({ input }) => (typeof input['old_string'] === 'string' ? [input['old_string']] : []));
  mkdirSync(dirname(file), { recursive: true });
  const cell = { cell_type: 'code', id: 'a1', metadata: {}, outputs: [], source: [], execution_count: null };
  const text = file.endsWith('.ipynb')
    ? JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 })
    : `${[...new Set(parts)].join('\n')}\n`;
  writeFileSync(file, text);
}
