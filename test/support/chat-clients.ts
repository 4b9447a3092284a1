/**
 * The real Copilot CLI and opencode against a model on loopback, connected by the real installer through the real hook
 * program and door, in a HOME of their own. Only the model and the engine are doubles.
 */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireAdapter } from '../../main/points/agents/adapters.ts';
import type { AgentContext, ProgramSource } from '../../main/points/agents/agent-context.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import type { HookContext } from '../../main/points/hooks/hook-exchange.ts';
import { agentStage } from './agent-stage.ts';
import { type ChatTurn, startChatModel } from './chat-model.ts';
import { type Answer, FakeEngine } from './fake-engine.ts';
import { runToEnd } from './run-to-end.ts';

const MODULES = new URL('../agents/node_modules/', import.meta.url);
const PLACES = {
  copilot: `@github/copilot-${process.platform}-${process.arch}/copilot`,
  opencode: `opencode-${process.platform}-${process.arch}/bin/opencode`,
};

export type ChatClient = keyof typeof PLACES;

/** The program, or null where test/agents has not been installed. */
export function chatClient(client: ChatClient): string | null {
  const path = fileURLToPath(new URL(PLACES[client], MODULES));
  return existsSync(path) ? path : null;
}

export interface ChatRun {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the model was told each call gave. */
  readonly results: readonly string[];
}

export interface ChatScene {
  readonly engine: FakeEngine;
  readonly context: AgentContext;
  readonly home: string;
  readonly work: string;
  /** The file that the scripted command makes. */
  readonly out: string;
  readonly door: { close(): Promise<void>; open(): Promise<void> };
  play(
    script: Parameters<typeof startChatModel>[0],
    more?: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  ): Promise<ChatRun>;
  /** Writes a file below the home folder. */
  write(file: string, text: string): void;
}

/** One call that makes `out.txt`. */
export const WRITES: ChatTurn = [{ name: 'bash', args: { command: 'echo hi > out.txt', description: 'x' } }];

/** Connects a client through this hook program to an engine that gives this answer, and lets the test act. */
export async function chatScene(
  client: ChatClient,
  source: ProgramSource,
  answer: Answer,
  act: (scene: ChatScene) => Promise<void>,
  more: Partial<HookContext> & { readonly connected?: boolean } = {},
): Promise<void> {
  const { connected, ...hooks } = more;
  const engine = new FakeEngine(answer);
  await agentStage(
    mkdtempSync(join(tmpdir(), 'gh-')),
    source,
    () => ({ ...hooks, engine }),
    async ({ context, home, door }) => {
      const work = join(home, 'work');
      mkdirSync(work);
      const write = (file: string, text: string) => {
        mkdirSync(dirname(join(home, file)), { recursive: true });
        writeFileSync(join(home, file), text);
      };
      if (connected !== false) await applyPlan(await planConnect(requireAdapter(client, 'test'), context));
      await act({
        ...{ engine, context, home, work, write, door },
        out: join(work, 'out.txt'),
        play: (script, extra = {}) => playChat(client, script, { home, work }, extra),
      });
    },
  );
}

/** Plays a script to a client's end. @param place `work` lies in `home` */
export async function playChat(
  client: ChatClient,
  script: Parameters<typeof startChatModel>[0],
  place: { readonly home: string; readonly work: string },
  more: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** opencode's MCP servers. */
    readonly mcp?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<ChatRun> {
  const model = await startChatModel(script);
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  try {
    if (client === 'opencode') opencodeFiles(place, write, model.url, more.mcp ?? {});
    const ended = await run(client, model.url, place, more.args ?? [], more.env ?? {});
    return { ...ended, results: model.results() };
  } finally {
    await model.close();
  }
}

/** Its settings; and what it would otherwise fetch from a registry, for the sake of plugins that have types. */
function opencodeFiles(
  { home, work }: { readonly home: string; readonly work: string },
  write: ChatScene['write'],
  url: string,
  mcp: Readonly<Record<string, unknown>>,
): void {
  const own = join(home, '.config', 'opencode');
  const name = '@opencode-ai/plugin';
  const needs = { dependencies: { [name]: '1.18.33' } };
  for (const folder of [own, join(work, '.opencode')]) {
    write(`${folder}/package.json`, JSON.stringify(needs));
    write(`${folder}/package-lock.json`, JSON.stringify({ lockfileVersion: 3, packages: { '': needs } }));
    write(`${folder}/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.18.33' }));
  }
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    name: 'fake',
    options: { baseURL: `${url}/v1`, apiKey: 'dummy' },
    models: { fake: { name: 'fake', tool_call: true } },
  };
  write(
    join(own, 'opencode.json'),
    JSON.stringify({
      model: 'fake/fake',
      provider: { fake: provider },
      mcp,
      permission: { bash: 'allow', edit: 'allow', external_directory: 'allow' },
    }),
  );
}

const WORDS: Readonly<Record<ChatClient, readonly string[]>> = {
  copilot: ['-p', 'go', '--disable-builtin-mcps', '--output-format', 'json', '--allow-all-tools'],
  opencode: ['run', '--format', 'json', 'go'],
};

function environment(client: ChatClient, url: string): Readonly<Record<string, string>> {
  return client === 'copilot'
    ? {
        COPILOT_OFFLINE: 'true',
        COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
        COPILOT_PROVIDER_API_KEY: 'dummy',
        // It offers the tools that this model knows: `create` and `edit` in the place of patches.
        COPILOT_MODEL: 'claude-sonnet-4.5',
        COPILOT_AUTO_UPDATE: 'false',
      }
    : {
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      };
}

function run(
  client: ChatClient,
  url: string,
  { home, work }: { readonly home: string; readonly work: string },
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Omit<ChatRun, 'results'>> {
  const program = chatClient(client);
  if (program === null) throw new Error(`${client} is not installed for the tests`);
  // Nothing is inherited: no setting, key or session of whoever runs the tests reaches it.
  return runToEnd(program, [...WORDS[client], ...args], {
    cwd: work,
    env: {
      ...{ HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', SHELL: '/bin/bash' },
      ...environment(client, url),
      ...env,
    },
    timeoutMs: 150_000,
  });
}
