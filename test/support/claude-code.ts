/**
 * Runs the real Claude Code, headless, against a model that plays a script.
 *
 * It gets a HOME of its own and an environment made from nothing: no setting, key or session of the person
 * who runs the tests can reach it, and its only network peer is the fake model on loopback.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FakeModel, type ScriptedTurn, type SeenToolResult, startFakeModel } from './fake-model.ts';
import { runToEnd } from './run-to-end.ts';

const AGENTS = new URL('../agents/', import.meta.url);

/** The program, or null when test/agents has not been installed. */
export function claudeProgram(): string | null {
  // The platform's own package first: it is whole also where install scripts were not run.
  const places = [
    `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
    'node_modules/.bin/claude',
  ];
  return (
    places.map((place) => fileURLToPath(new URL(place, AGENTS))).find((path) => existsSync(path)) ?? null
  );
}

/** What to do when `claudeProgram()` is null. */
export const HOW_TO_INSTALL = 'npm --prefix test/agents install';

export interface ClaudeRun {
  /** The program to run; the one in test/agents when left out. */
  readonly program?: string;
  /** A folder made for this run: Claude Code's HOME, where `.claude/settings.json` is read. */
  readonly home: string;
  readonly cwd: string;
  /** Turns of the model, or a function of the request. */
  readonly script: Parameters<typeof startFakeModel>[0];
  /** The person's prompt; default `go`. */
  readonly prompt?: string;
  /** Added to the command line. */
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After this the whole process group is killed and `timedOut` is set. Default 180 s. */
  readonly timeoutMs?: number;
}

export interface ClaudeResult {
  readonly exit: number | null;
  readonly timedOut: boolean;
  /** The stream-json events, in order. */
  readonly events: readonly Record<string, unknown>[];
  readonly stdout: string;
  readonly stderr: string;
  /** Tool results as the model saw them. */
  readonly toolResults: readonly SeenToolResult[];
  readonly offeredTools: readonly string[];
  readonly requests: FakeModel['requests'];
}

/**
 * Plays one headless session to its end.
 *
 * @throws Error when the program is not installed (see HOW_TO_INSTALL) or cannot be started
 */
export async function runClaude(run: ClaudeRun): Promise<ClaudeResult> {
  const program = run.program ?? claudeProgram();
  if (program === null) throw new Error(`Claude Code is not installed for the tests: run ${HOW_TO_INSTALL}`);
  const model = await startFakeModel(run.script);
  try {
    const ended = await play(program, run, model.url);
    return {
      ...ended,
      events: parseEvents(ended.stdout),
      toolResults: model.toolResults(),
      offeredTools: model.offeredTools(),
      requests: model.requests,
    };
  } finally {
    await model.close();
  }
}

function play(
  program: string,
  run: ClaudeRun,
  modelUrl: string,
): Promise<Pick<ClaudeResult, 'exit' | 'timedOut' | 'stdout' | 'stderr'>> {
  const args = [
    ...[
      '-p',
      run.prompt ?? 'go',
      '--output-format',
      'stream-json',
      '--verbose',
      '--model',
      'claude-sonnet-4-5',
    ],
    ...(run.args ?? []),
  ];
  return runToEnd(program, args, {
    cwd: run.cwd,
    env: claudeEnvironment(run, modelUrl),
    timeoutMs: run.timeoutMs ?? 180_000,
  });
}

/** The whole environment: nothing is inherited but PATH, and that is cut down to where shells and node live. */
function claudeEnvironment(run: ClaudeRun, modelUrl: string): NodeJS.ProcessEnv {
  return {
    HOME: run.home,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    TMPDIR: run.home,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'dummy',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...run.env,
  };
}

function parseEvents(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export type { ScriptedTurn, SeenToolResult };
