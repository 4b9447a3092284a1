/**
 * The real Codex or Gemini CLI, connected by the real installer, through the real hook program and door, in a home
 * of its own with an environment made from nothing. Only the model and the engine are doubles.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnginePort } from '../../main/engine/requests.ts';
import type { JsonValue } from '../../main/platform/canonical-json.ts';
import { requireAdapter } from '../../main/points/agents/adapters.ts';
import type { AgentAdapter } from '../../main/points/agents/agent-adapter.ts';
import type { AgentContext, ProgramSource } from '../../main/points/agents/agent-context.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import { agentStage } from './agent-stage.ts';
import { type ClientTurn, startClientModel } from './client-model.ts';
import { type Answer, FakeEngine } from './fake-engine.ts';
import { runToEnd } from './run-to-end.ts';

const MODULES = fileURLToPath(new URL('../agents/node_modules/', import.meta.url));

/** What to do when a program is not there. */
export const HOW_TO_INSTALL_CLIENTS = 'npm --prefix test/agents install';

export interface Client {
  readonly id: 'codex' | 'gemini-cli';
  /** The command and its first arguments; null when it is not installed. */
  readonly program: readonly string[] | null;
  /** Arguments of a headless run that asks nobody. */
  readonly words: readonly string[];
  /** The settings file below the home folder, and what must stand in it. */
  readonly file: string;
  settings(url: string): string;
  env(home: string, url: string): Readonly<Record<string, string>>;
  /** One call that makes `out.txt`, and the tool's result in it. */
  readonly write: ClientTurn;
}

export const CODEX_CLIENT: Client = {
  id: 'codex',
  program: programAt([
    `@openai/codex-${process.platform}-${process.arch}/vendor/x86_64-unknown-linux-musl/bin/codex`,
    // Its launcher, where the package of another processor is installed.
    '.bin/codex',
  ]),
  words: ['exec', '--json', '--skip-git-repo-check', '-s', 'danger-full-access', 'go'],
  file: '.codex/config.toml',
  settings: (url) => `# mine
model = "gpt-5.5"
model_provider = "fake"

[model_providers.fake]
name = "fake"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
request_max_retries = 0
stream_max_retries = 0

[analytics]
enabled = false
`,
  env: () => ({ OPENAI_API_KEY: 'dummy' }),
  write: [{ name: 'exec_command', args: { cmd: 'echo hi > out.txt' } }],
};

export const GEMINI_CLIENT: Client = {
  id: 'gemini-cli',
  program: programAt(
    ['@google/gemini-cli/bundle/gemini.js', '@google/gemini-cli/dist/index.js'],
    process.execPath,
  ),
  words: [
    '-p',
    'go',
    '-m',
    'gemini-2.5-flash',
    '--skip-trust',
    '-o',
    'stream-json',
    '--approval-mode',
    'yolo',
  ],
  file: '.gemini/settings.json',
  settings: () =>
    `${JSON.stringify(
      {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        general: { enableAutoUpdate: false },
      },
      null,
      2,
    )}\n`,
  env: (_home, url) => ({ GEMINI_API_KEY: 'dummy', GOOGLE_GEMINI_BASE_URL: url }),
  write: [{ name: 'run_shell_command', args: { command: 'echo hi > out.txt', description: 'write' } }],
};

function programAt(places: readonly string[], interpreter?: string): readonly string[] | null {
  const found = places.map((place) => join(MODULES, place)).find((path) => existsSync(path));
  if (found === undefined) return null;
  return interpreter === undefined ? [found] : [interpreter, found];
}

export interface ClientRun {
  readonly exit: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Results as the model was told them. */
  readonly results: readonly string[];
  readonly offered: readonly string[];
}

export interface ClientScene {
  readonly adapter: AgentAdapter;
  readonly context: AgentContext;
  readonly engine: FakeEngine;
  readonly home: string;
  readonly work: string;
  /** The person's settings file. */
  readonly settings: string;
  readonly door: { close(): Promise<void>; open(): Promise<void> };
  /** Runs the client once with this script. @param more words before the prompt's, and variables */
  play(turns: readonly ClientTurn[], more?: PlayMore): Promise<ClientRun>;
}

export interface PlayMore {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Gemini CLI asks its own list whether the folder is trusted, instead of being told so. */
  readonly trusted?: boolean;
}

/** Connects the client to an engine that gives this answer, and lets the test act. */
export async function clientScene(
  client: Client,
  program: ProgramSource,
  answer: Answer,
  act: (scene: ClientScene) => Promise<void>,
  more: { connect?: boolean; redact?: (result: JsonValue) => JsonValue; engine?: EnginePort } = {},
): Promise<void> {
  // Codex makes no helpers below a folder for temporary files, so this stands in the home folder of whoever runs it.
  const root = mkdtempSync(join(homedir(), '.gatehouse-test-'));
  const work = join(root, 'work');
  const temporary = join(root, 'tmp');
  for (const folder of [work, temporary]) mkdirSync(folder);
  const engine = new FakeEngine(answer);
  const model = await startClientModel([]);
  const { redact } = more;
  try {
    await agentStage(
      root,
      program,
      () => ({ engine: more.engine ?? engine, ...(redact === undefined ? {} : { redact }) }),
      async ({ context, home, door }) => {
        const adapter = requireAdapter(client.id, 'test');
        const settings = join(home, client.file);
        mkdirSync(dirname(settings));
        writeFileSync(settings, client.settings(model.url));
        if (more.connect !== false) await applyPlan(await planConnect(adapter, context));
        await act({
          ...{ adapter, context, engine, home, work, settings, door },
          play: async (turns, how = {}) => {
            model.script(turns);
            const ran = await runClient(client, { home, work, temporary, url: model.url, how });
            return { ...ran, results: model.results(), offered: model.offered() };
          },
        });
      },
      { PATH: '/usr/local/bin:/usr/bin:/bin' },
    );
  } finally {
    await model.close();
  }
}

/** Runs a client once in a home folder of its own. @param at.url  of its model */
export function runClient(
  client: Client,
  at: { home: string; work: string; temporary: string; url: string; how: PlayMore },
): Promise<Omit<ClientRun, 'results' | 'offered'>> {
  const [command = '', ...first] = client.program ?? [];
  const given = client.words.filter((word) => at.how.trusted !== true || word !== '--skip-trust');
  const words =
    client.id === 'codex'
      ? [...given.slice(0, -1), ...(at.how.words ?? []), 'go']
      : [...given, ...(at.how.words ?? [])];
  return runToEnd(command, [...first, ...words], {
    cwd: at.work,
    env: {
      HOME: at.home,
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      LANG: 'C.UTF-8',
      TMPDIR: at.temporary,
      ...client.env(at.home, at.url),
      ...at.how.env,
    },
    timeoutMs: at.how.timeoutMs ?? 180_000,
  });
}

/** A text in a file of the scene; null when it is not there. */
export function textOf(...path: readonly string[]): string | null {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return null;
  }
}

/** Names in a folder. */
export function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).toSorted();
}
