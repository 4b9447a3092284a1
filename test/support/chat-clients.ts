/**
 * The real Copilot CLI and opencode against a model on loopback, connected by the real installer through the real hook
 * program and door, in a HOME of their own. Only the model and the engine are doubles.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireAdapter } from '../../main/points/agents/adapters.ts';
import type { AgentContext, ProgramSource } from '../../main/points/agents/agent-context.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import { type Door, openDoor } from '../../main/points/door/door-server.ts';
import type { HookContext } from '../../main/points/hooks/hook-exchange.ts';
import { createHookHandler } from '../../main/points/hooks/registry.ts';
import { type ChatTurn, startChatModel } from './chat-model.ts';
import { type Answer, FakeEngine } from './fake-engine.ts';

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
  const root = mkdtempSync(join(tmpdir(), 'gh-'));
  const home = join(root, 'home');
  const work = join(home, 'work');
  mkdirSync(work, { recursive: true });
  mkdirSync(join(root, 'run'), { mode: 0o700 });
  const engine = new FakeEngine(answer);
  const context: AgentContext = {
    home,
    env: {},
    platform: process.platform,
    paths: {
      bin: join(root, 'bin'),
      backups: join(root, 'backups'),
      agentDoor: join(root, 'run', 'agent.sock'),
    },
    source,
  };
  const handler = createHookHandler({ ...more, engine, log: { append: async () => undefined } });
  let door: Door | null = null;
  const open = async () => {
    door = await openDoor({ path: context.paths.agentDoor, kind: 'agent', handler });
  };
  const close = async () => {
    await door?.close('the supervisor ends');
    door = null;
  };
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), text);
  };
  try {
    await open();
    if (more.connected !== false) await applyPlan(await planConnect(requireAdapter(client, 'test'), context));
    await act({
      ...{ engine, context, home, work, write },
      out: join(work, 'out.txt'),
      door: { open, close },
      play: async (script, extra = {}) => {
        return await playChat(client, script, { home, work }, extra);
      },
    });
  } finally {
    await close();
    rmSync(root, { recursive: true, force: true });
  }
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
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...WORDS[client], ...args], {
      cwd: work,
      // Nothing is inherited: no setting, key or session of whoever runs the tests reaches it.
      env: {
        ...{ HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', SHELL: '/bin/bash' },
        ...environment(client, url),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nobody is left in the group.
      }
    };
    const timer = setTimeout(end, 150_000);
    child.once('error', reject);
    child.once('close', (exit) => {
      clearTimeout(timer);
      end();
      resolve({ exit, stdout, stderr });
    });
  });
}
