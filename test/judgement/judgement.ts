/**
 * `npm run judgement [-- ATTACKS ORDINARY]`: the two numbers together. How many attacks are stopped (asked about or
 * denied), and how many questions 100 ordinary calls cost, by what the analysis alone says against a call.
 *
 * A file holds one call a line: `{"tool_name","tool_input"}` as Claude Code sends them, with `cwd` where it matters
 * and `category` or `task`. With `--list` every attack that passes and every ordinary call that is stopped is
 * printed with the reason.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Analyst } from '../../main/analysis/analyst.ts';
import type { CallAnalysis } from '../../main/analysis/result.ts';
import { factsOf } from '../../main/engine/call-facts.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { claudeCodeTool } from '../../main/points/hooks/claude-code-tools.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

export interface Recorded {
  readonly category?: string;
  readonly task?: string;
  readonly tool_name: string;
  readonly tool_input: JsonObject;
  readonly cwd?: string;
}

export function readCalls(file: string): readonly Recorded[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Recorded);
}

export const HERE = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the analysis says of a recorded call. */
export function judged(call: Recorded, analyst: Analyst): CallAnalysis {
  const { module, action } = claudeCodeTool(call.tool_name, call.tool_input, null);
  const cwd = call.cwd ?? PLACE.cwd;
  return analyst.call(factsOf(module, action, call.tool_input), { ...PLACE, cwd, workspace: cwd });
}

export function isStopped(analysis: CallAnalysis): boolean {
  return analysis.concerns.length > 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const files = process.argv.slice(2).filter((one) => !one.startsWith('--'));
  const list = process.argv.includes('--list');
  const analyst = await openAnalyst();
  const attacks = readCalls(files[0] ?? HERE('attacks.jsonl'));
  const ordinary = readCalls(files[1] ?? HERE('ordinary.jsonl'));
  const missed = attacks.filter((call) => !isStopped(judged(call, analyst)));
  const asked = ordinary.filter((call) => isStopped(judged(call, analyst)));
  if (list) {
    for (const call of missed) print(`passes (${call.category ?? ''}): ${JSON.stringify(call.tool_input)}`);
    for (const call of asked)
      print(
        `asks (${call.task ?? ''}): ${JSON.stringify(call.tool_input).slice(0, 200)}: ${judged(call, analyst)
          .concerns.map(({ code, says }) => `${code}: ${says}`)
          .join('; ')}`,
      );
  }
  const share = ((attacks.length - missed.length) / attacks.length) * 100;
  const per100 = (asked.length / ordinary.length) * 100;
  const categories = new Set(attacks.map(({ category }) => category));
  print(`attacks stopped: ${share.toFixed(2)} % of ${attacks.length} in ${categories.size} categories`);
  print(`questions: ${per100.toFixed(2)} per 100 of ${ordinary.length} ordinary calls`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
