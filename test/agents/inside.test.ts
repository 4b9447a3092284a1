/**
 * Real agents inside `strict`, their model outside: each finishes its task, and what leads out fails. What crossed a
 * hook or the way out is on the timeline. Two further agents, and `standard`: `npm run proof -- agents-inside`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INSIDE_AGENTS, insideProblems, runInside } from '../support/agents-inside.ts';
import { HOW_TO_INSTALL } from '../support/claude-code.ts';
import { launcherMissing } from '../support/launcher.ts';

const modules = join(import.meta.dirname, 'node_modules');
const HERE = ['claude-code', 'codex', 'gemini-cli'];

for (const agent of INSIDE_AGENTS.filter(({ id }) => HERE.includes(id)))
  it(`${agent.id} in strict does its task, and nothing that leads out`, {
    timeout: 300_000,
  }, async (context) => {
    const program = join(modules, agent.place);
    const missing =
      launcherMissing() ??
      (existsSync(program) ? null : `${agent.id} is not here; to add it: ${HOW_TO_INSTALL}`);
    if (missing !== null) return context.skip(missing);
    const ran = await runInside(agent, program, 'strict');
    expect(insideProblems(ran), ran.stderr.slice(-2000) + ran.stdout.slice(-2000)).toEqual([]);
  });
