/**
 * `npm run judgement [-- ATTACKS ORDINARY]`: the two numbers together, for each set of `SETS` or for two files. How many attacks are stopped (asked about or
 * denied), and how many questions 100 ordinary calls cost: as the preset `coding` decides, outside of a sandbox and
 * in a strict one, and by what the analysis alone says against a call.
 *
 * A file holds one call a line: `{"tool_name","tool_input"}` as Claude Code sends them, with `cwd` where it matters
 * and `category` or `task`. With `--list` every attack that passes and every ordinary call that is stopped is
 * printed with the reason. Each attack is judged by itself, in a session that has done nothing; ordinary calls in the
 * order of their task, with the files known that the calls before made.
 *
 * `attacks-3` and `ordinary-3` were written without a look at the analysis, and scored before anything was mended by
 * them: 86.84 % of 152 attacks stopped, 1.85 questions per 100 of 162 ordinary calls. That first sight is the number
 * for what is unseen; what it prints now has been mended by these very calls, class by class. Still passing: programs
 * in the folder for temporary files of which the session is not known to have written any, and a version of a module
 * that `go` fetches from a usual host and runs.
 *
 * `attacks-4` and `ordinary-4` came about in the same way: at first sight 97.46 % of 197 attacks in 52 categories
 * were stopped, and 158 calls of 17 tasks cost 1.90 questions per 100 (1.27 in a strict sandbox).
 *
 * `attacks-5` and `ordinary-5` too: at first sight 94.37 % of 604 attacks in 49 categories were stopped (94.21 % in a
 * strict sandbox), and 473 calls of 15 tasks cost 5.50 questions per 100 (5.07). `test/conformance/shell-5.jsonl` came
 * with them: recall 0.975 without services and 1 of services, no false block.
 *
 * `attacks-6` and `ordinary-6`: at first sight 92.86 % of 490 attacks in 49 categories were stopped (92.24 % in a
 * strict sandbox), and 493 calls cost 12.78 questions per 100 (10.34), before tools of MCP servers were judged by what
 * they are; with that, and without a look at this set, 5.27 (5.07). Two of the calls are marked as `arguable` by
 * whoever wrote them, a volume of a database that is deleted and a pull request that is merged: they are asked about,
 * and counted. `test/conformance/shell-6.jsonl` came with them: at first sight recall 0.993 and false blocks 0.014
 * without services, recall 0.95 of services. It holds a push with a lease to the main branch for destructive, which is
 * a safe row of `shell.jsonl`: the older word stands.
 *
 * `attacks-7` and `ordinary-7`: at first sight, when the sixth had been mended, 89.47 % of 551 attacks in 49 categories
 * were stopped (88.75 % in a strict sandbox), and 435 calls cost 10.11 questions per 100 (8.97). Three of them are marked
 * as `arguable`: a program that is run in a pod, a pull request that is merged and a message to a channel; they are asked
 * about, and counted.
 *
 * `attacks-8` and `ordinary-8`, after the sixth: at first sight 96.15 % of 338 attacks in 63 categories were stopped, and
 * 419 calls of 21 tasks cost 6.44 questions per 100 (6.21 in a strict sandbox), one of them marked as `arguable`. With
 * them came `test/conformance/shell-7.jsonl`: without services recall 1 and false blocks 0.095, of services recall 0.936.
 *
 * `attacks-9` and `ordinary-9`, after the eighth: at first sight 98.80 % of 334 attacks in 59 categories were stopped, and
 * 442 calls of 21 tasks cost 2.26 questions per 100, in a strict sandbox too; two of them are marked as `arguable`. With
 * them came `test/conformance/shell-8.jsonl`: without services recall 0.991 and false blocks 0.017, of services recall
 * 0.978.
 *
 * `attacks-10` and `ordinary-10`, after those: at first sight 99.27 % of 275 attacks in 56 categories were stopped, and 407
 * calls of 20 tasks cost 2.21 questions per 100, in a strict sandbox too; one of them is marked as `arguable`.
 *
 * `test/conformance/shell-9.jsonl`, by a hand that takes any file that is overwritten for lost: at first sight without
 * services recall 0.829 and false blocks 0.164, of services recall 1 and false blocks 0. Three rows are marked as
 * `arguable`, and are safe by the verdicts of the older ones: files packed away, unpacked and a log that is emptied.
 *
 * `attacks-11` with `ordinary-11` and `ordinary-12`, last: at first sight 97.81 % of 320 attacks in 57
 * categories were stopped (97.19 % in a strict sandbox). 459 calls of 24 tasks cost 4.79 questions per 100 (4.36), and 424
 * calls of 22 other tasks 7.78 (7.31); five calls of each are marked as `arguable`. Of the twelfth still asked about:
 * charts that are put into a cluster of the session's own, programs in R, files of CI and hooks, and code that is handed
 * to the project's own server.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Analyst } from '../../main/analysis/analyst.ts';
import type { CallAnalysis } from '../../main/analysis/result.ts';
import { canonicalLine } from '../../main/app/commands/foreign-calls.ts';
import { presetFile } from '../../main/app/resources.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { factsOf } from '../../main/engine/call-facts.ts';
import { type EvalResult, evalLine, understanding } from '../../main/engine/eval-line.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { claudeCodeTool } from '../../main/points/hooks/claude-code-tools.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { Enforcement } from '../../main/policy/conditions/subject.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
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

/** The sets that are scored when no files are named. */
export const SETS = {
  own: ['attacks.jsonl', 'ordinary.jsonl'],
  third: ['attacks-3.jsonl', 'ordinary-3.jsonl'],
  fourth: ['attacks-4.jsonl', 'ordinary-4.jsonl'],
  fifth: ['attacks-5.jsonl', 'ordinary-5.jsonl'],
  sixth: ['attacks-6.jsonl', 'ordinary-6.jsonl'],
  seventh: ['attacks-7.jsonl', 'ordinary-7.jsonl'],
  eighth: ['attacks-8.jsonl', 'ordinary-8.jsonl'],
  ninth: ['attacks-9.jsonl', 'ordinary-9.jsonl'],
  tenth: ['attacks-10.jsonl', 'ordinary-10.jsonl'],
  eleventh: ['attacks-11.jsonl', 'ordinary-11.jsonl'],
  twelfth: ['attacks-11.jsonl', 'ordinary-12.jsonl'],
} as const;

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

/** A call as a preset decides it. */
export class PresetJudge {
  readonly #policy: CompiledPolicy;
  readonly #analyst: Analyst;
  readonly #enforcement: Enforcement;
  #session: { readonly task: string; readonly analyses: CallAnalyses } | null = null;

  /** @throws Error when the preset does not compile */
  constructor(preset: string, analyst: Analyst, enforcement: Enforcement) {
    const file = presetFile(preset);
    const compiled = compilePolicy(readFileSync(file, 'utf8'), file);
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
    this.#policy = compiled.policy;
    this.#analyst = analyst;
    this.#enforcement = enforcement;
  }

  decide(call: Recorded): EvalResult {
    const { tool_name, tool_input, cwd = PLACE.cwd } = call;
    const line = JSON.stringify({ from: 'claude-code', tool_name, tool_input, cwd });
    const protection = { paths: [], pids: [], home: PLACE.home };
    const analyses = this.#analysesFor(call);
    const known = { ...understanding(PLACE.home, analyses), enforcement: this.#enforcement };
    const result = evalLine(this.#policy, canonicalLine(line), protection, known);
    if (result.decision === 'allow')
      analyses.released({
        ...claudeCodeTool(tool_name, tool_input, null),
        params: tool_input,
        cwd,
        app: cwd,
      });
    return result;
  }

  /** What is remembered of the calls before: those of the same task. An attack comes by itself. */
  #analysesFor({ task }: Recorded): CallAnalyses {
    if (task === undefined || this.#session?.task !== task) {
      const analyses = new CallAnalyses(this.#analyst, PLACE.home);
      this.#session = task === undefined ? null : { task, analyses };
      return analyses;
    }
    return this.#session.analyses;
  }
}

/** Null when the call would run without a question; otherwise why not. */
type Stops = (call: Recorded) => string | null;

/** Every way of judging, by its name. */
export function ways(analyst: Analyst): ReadonlyMap<string, Stops> {
  const preset = (enforcement: Enforcement): Stops => {
    const judge = new PresetJudge('coding', analyst, enforcement);
    return (call) => {
      const { decision, gate, reason } = judge.decide(call);
      return decision === 'allow' ? null : `${decision}, ${gate}: ${reason}`;
    };
  };
  return new Map<string, Stops>([
    ['preset coding, no sandbox', preset('none')],
    ['preset coding, sandboxed: strict', preset('strict')],
    ['preset coding, sandboxed: maximum', preset('maximum')],
    [
      'analysis alone',
      (call) => {
        const analysis = judged(call, analyst);
        if (!isStopped(analysis)) return null;
        return analysis.concerns.map(({ code, says }) => `${code}: ${says}`).join('; ');
      },
    ],
  ]);
}

export function scored(stops: Stops, attacks: readonly Recorded[], ordinary: readonly Recorded[]) {
  const missed = attacks.filter((call) => stops(call) === null);
  const asked = ordinary.filter((call) => stops(call) !== null);
  return {
    missed,
    asked,
    stopped: ((attacks.length - missed.length) / attacks.length) * 100,
    per100: (asked.length / ordinary.length) * 100,
  };
}

async function main(): Promise<void> {
  const files = process.argv.slice(2).filter((one) => !one.startsWith('--'));
  const list = process.argv.includes('--list');
  const named = files.length === 0 ? Object.values(SETS) : [files];
  const analyst = await openAnalyst();
  for (const [attacks, ordinary] of named)
    show(readCalls(fileOf(attacks, SETS.own[0])), readCalls(fileOf(ordinary, SETS.own[1])), analyst, list);
}

/** A file of ours by its name, one of the person's by its path. */
function fileOf(given: string | undefined, own: string): string {
  const name = given ?? own;
  return Object.values(SETS)
    .flat()
    .some((one) => one === name)
    ? HERE(name)
    : name;
}

function show(
  attacks: readonly Recorded[],
  ordinary: readonly Recorded[],
  analyst: Analyst,
  list: boolean,
): void {
  const categories = new Set(attacks.map(({ category }) => category));
  print(
    `${attacks.length} attacks in ${categories.size} categories, each by itself, and ${ordinary.length} ordinary calls`,
  );
  for (const [way, stops] of ways(analyst)) {
    const { missed, asked, stopped, per100 } = scored(stops, attacks, ordinary);
    print(`${way}: attacks stopped ${stopped.toFixed(2)} %, questions ${per100.toFixed(2)} per 100 calls`);
    if (!list) continue;
    for (const call of missed) print(`  passes (${call.category ?? ''}): ${JSON.stringify(call.tool_input)}`);
    for (const call of asked)
      print(
        `  asks (${call.task ?? ''}): ${JSON.stringify(call.tool_input).slice(0, 200)}: ${stops(call) ?? ''}`,
      );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
