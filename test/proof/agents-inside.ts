/**
 * `npm run proof -- agents-inside`: five real agents in `standard` and in `strict`, their model outside, each with
 * its task and the attempts of test/support/agents-inside.ts. Agents that test/agents does not install are installed
 * to a folder that goes with the proof.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSIDE_AGENTS, insideProblems, runInside } from '../support/agents-inside.ts';
import { launcherMissing } from '../support/launcher.ts';

const missing = launcherMissing();
if (missing !== null) throw new Error(missing);
const here = join(import.meta.dirname, '..', 'agents', 'node_modules');
/** With exact versions, as they were last seen to work. */
const MORE = ['opencode-ai@1.18.33', '@github/copilot@1.0.102'];
const folder = mkdtempSync(join(tmpdir(), 'gh-agents-'));
const runs: { agent: string; level: string; seconds: number; problems: readonly string[] }[] = [];
try {
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...MORE], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const agent of INSIDE_AGENTS)
    for (const level of ['standard', 'strict']) {
      const places = [here, join(folder, 'node_modules')].map((modules) => join(modules, agent.place));
      const program = places.find((place) => existsSync(place));
      const began = performance.now();
      const ran = program === undefined ? null : await runInside(agent, program, level);
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      const problems = ran === null ? ['it is not installed'] : insideProblems(ran);
      runs.push({ agent: agent.id, level, seconds, problems });
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = runs.filter(({ problems }) => problems.length > 0).length;
process.stdout.write(`${JSON.stringify({ counts: { runs: runs.length, failed }, runs })}\n`);
process.exitCode = failed === 0 ? 0 : 1;
