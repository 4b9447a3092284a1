/**
 * `npm run proof -- agents-inside`: five real agents in `standard` and in `strict`, their model outside, each with
 * its task and the attempts of test/support/agents-inside.ts.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { INSIDE_AGENTS, insideProblems, runInside } from '../support/agents-inside.ts';
import { HOW_TO_INSTALL } from '../support/claude-code.ts';
import { launcherMissing } from '../support/launcher.ts';

const missing = launcherMissing();
if (missing !== null) throw new Error(missing);
const here = join(import.meta.dirname, '..', 'agents', 'node_modules');
const runs: { agent: string; level: string; seconds: number; problems: readonly string[] }[] = [];
for (const agent of INSIDE_AGENTS)
  for (const level of ['standard', 'strict']) {
    const program = join(here, agent.place);
    const began = performance.now();
    const ran = existsSync(program) ? await runInside(agent, program, level) : null;
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const problems = ran === null ? [`it is not installed: ${HOW_TO_INSTALL}`] : insideProblems(ran);
    runs.push({ agent: agent.id, level, seconds, problems });
  }
const failed = runs.filter(({ problems }) => problems.length > 0).length;
process.stdout.write(`${JSON.stringify({ counts: { runs: runs.length, failed }, runs })}\n`);
process.exitCode = failed === 0 ? 0 : 1;
