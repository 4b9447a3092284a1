/**
 * The real Claude Code, connected by the real installer, through the real hook program and door, in a HOME of
 * its own. Only the model and the engine are doubles.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnginePort } from '../../main/engine/requests.ts';
import type { AgentContext, ProgramSource } from '../../main/points/agents/agent-context.ts';
import { claudeCodeAdapter } from '../../main/points/agents/claude-code/adapter.ts';
import { settingsProblem } from '../../main/points/agents/claude-code/settings-guard.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import { type Door, openDoor } from '../../main/points/door/door-server.ts';
import { createHookHandler } from '../../main/points/hooks/registry.ts';
import { runClaude } from './claude-code.ts';
import { type Answer, FakeEngine } from './fake-engine.ts';
import type { ScriptedTurn } from './fake-model.ts';

export interface Scene extends Stage {
  readonly engine: FakeEngine;
}

/** All but the engine. */
export interface Stage {
  readonly context: AgentContext;
  readonly work: string;
  /** The file that the scripted command makes. */
  readonly out: string;
  readonly door: { close(): Promise<void>; open(): Promise<void> };
  play(
    script: readonly ScriptedTurn[],
    more?: { args?: string[]; env?: Record<string, string> },
  ): ReturnType<typeof runClaude>;
}

/** One call that makes `out.txt`. */
export const WRITE: ScriptedTurn = {
  calls: [{ name: 'Bash', input: { command: 'echo hi > out.txt', description: 'write a file' } }],
};

/** Connects Claude Code through this hook program to an engine that gives this answer, and lets the test act. */
export async function claudeScene(
  program: ProgramSource,
  answer: Answer,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const engine = new FakeEngine(answer);
  await claudeStage(program, engine, (stage) => act({ ...stage, engine }));
}

/** The same with any engine. */
export async function claudeStage(
  program: ProgramSource,
  engine: EnginePort,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'gh-'));
  const home = join(root, 'home');
  const work = join(root, 'work');
  for (const folder of [home, work]) mkdirSync(folder);
  mkdirSync(join(root, 'run'), { mode: 0o700 });
  const context: AgentContext = {
    home,
    env: {},
    platform: process.platform,
    paths: {
      bin: join(root, 'bin'),
      backups: join(root, 'backups'),
      agentDoor: join(root, 'run', 'agent.sock'),
    },
    source: program,
  };
  const handler = createHookHandler({
    engine,
    log: { append: async () => undefined },
    settingsProblem: (file) => settingsProblem(file, context),
  });
  let door: Door | null = null;
  const open = async () => {
    door = await openDoor({ path: context.paths.agentDoor, kind: 'agent', handler });
  };
  const close = async () => {
    await door?.close('the supervisor ends');
    door = null;
  };
  try {
    await open();
    await applyPlan(await planConnect(claudeCodeAdapter, context));
    await act({
      context,
      work,
      out: join(work, 'out.txt'),
      door: { open, close },
      play: (script, more = {}) =>
        runClaude({
          home,
          cwd: work,
          script,
          args: more.args ?? ['--allowedTools', 'Bash,Write,Agent'],
          ...(more.env === undefined ? {} : { env: more.env }),
        }),
    });
  } finally {
    await close();
    rmSync(root, { recursive: true, force: true });
  }
}
