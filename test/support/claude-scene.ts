/**
 * The real Claude Code, connected by the real installer, through the real hook program and door, in a HOME of
 * its own. Only the model and the engine are doubles.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnginePort } from '../../main/engine/requests.ts';
import type { ProgramSource } from '../../main/points/agents/agent-context.ts';
import { claudeCodeAdapter } from '../../main/points/agents/claude-code/adapter.ts';
import { settingsProblem } from '../../main/points/agents/claude-code/settings-guard.ts';
import { applyPlan, planConnect } from '../../main/points/agents/settings-plan.ts';
import { type AgentStage, agentStage } from './agent-stage.ts';
import { runClaude } from './claude-code.ts';
import { type Answer, FakeEngine } from './fake-engine.ts';
import type { ScriptedTurn } from './fake-model.ts';

export interface Scene extends Stage {
  readonly engine: FakeEngine;
}

/** All but the engine. */
export interface Stage {
  readonly context: AgentStage['context'];
  readonly work: string;
  /** The file that the scripted command makes. */
  readonly out: string;
  readonly door: AgentStage['door'];
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
  const work = join(root, 'work');
  mkdirSync(work);
  await agentStage(
    root,
    program,
    (context) => ({ engine, settingsProblem: (file) => settingsProblem(file, context) }),
    async ({ context, home, door }) => {
      await applyPlan(await planConnect(claudeCodeAdapter, context));
      await act({
        context,
        work,
        out: join(work, 'out.txt'),
        door,
        play: (script, more = {}) =>
          runClaude({
            home,
            cwd: work,
            script,
            args: more.args ?? ['--allowedTools', 'Bash,Write,Agent'],
            ...(more.env === undefined ? {} : { env: more.env }),
          }),
      });
    },
  );
}
