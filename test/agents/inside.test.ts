/**
 * Real agents inside `strict`, their model outside: each finishes its task, and what leads out fails. What crossed a
 * hook or the way out, or stands in the record of an agent without hooks, is on the timeline. All five in `standard` too: `npm run proof -- agents-inside`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INSIDE_AGENTS, insideProblems, runInside } from '../support/agents-inside.ts';
import { HOW_TO_INSTALL } from '../support/claude-code.ts';
import { launcherMissing } from '../support/launcher.ts';

const modules = join(import.meta.dirname, 'node_modules');
/** Those whose folders are newest here, at both levels. */
const AT_BOTH = ['copilot', 'opencode'];
/** Those that are run connected as well: their settings, and what they trust, are taken inside. */
const WITH_HOOKS = ['codex', 'gemini-cli'];
const runs = INSIDE_AGENTS.flatMap((agent) => [
  ...(AT_BOTH.includes(agent.id) ? ['standard', 'strict'] : ['strict']).map((level) => ({
    agent,
    level,
    connected: agent.id === 'claude-code' || (AT_BOTH.includes(agent.id) && level === 'strict'),
  })),
  ...(WITH_HOOKS.includes(agent.id) ? [{ agent, level: 'strict', connected: true }] : []),
]);

for (const { agent, level, connected } of runs)
  it(`${agent.id}${connected ? ' with hooks' : ''} in ${level} does its task, and nothing that leads out`, {
    timeout: 300_000,
  }, async (context) => {
    const program = join(modules, agent.place);
    const missing =
      launcherMissing() ??
      (existsSync(program) ? null : `${agent.id} is not here; to add it: ${HOW_TO_INSTALL}`);
    if (missing !== null) return context.skip(missing);
    const ran = await runInside(agent, program, level, connected);
    expect(ran.told.includes('"action":"shell.bash"')).toBe(connected);
    expect(insideProblems(ran), ran.stderr.slice(-2000) + ran.stdout.slice(-2000)).toEqual([]);
  });
