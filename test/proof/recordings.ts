/**
 * Ordinary coding tasks played through the real Claude Code: questions per 100 calls as its hook has them decided, beside
 * what the judgement says of the same calls. Holds when every call that reached the hook was decided as the judgement
 * does, and no more than 5 of 100 ask.
 */
import process from 'node:process';
import { HERE, type Recorded, readCalls, SETS, ways } from '../judgement/judgement.ts';
import { openAnalyst } from '../support/analyst.ts';
import { claudeProgram, HOW_TO_INSTALL } from '../support/claude-code.ts';
import { playRecordings } from '../support/recordings.ts';

const MOST_PER_100 = 5;
if (claudeProgram() === null)
  throw new Error(`Claude Code is not installed for the tests: run ${HOW_TO_INSTALL}`);
const stops = ways(await openAnalyst()).get('preset coding, no sandbox');
if (stops === undefined) throw new Error('the judgement does not know the preset');

const sets: Awaited<ReturnType<typeof scoreOf>>[] = [];
for (const [name, [, file]] of Object.entries(SETS)) sets.push(await scoreOf(name, file, stops));
const sum = (value: (one: (typeof sets)[number]) => number): number =>
  sets.reduce((total, one) => total + value(one), 0);
const counts = {
  tasks: sum(({ tasks }) => tasks),
  calls: sum(({ calls }) => calls),
  reached: sum(({ reached }) => reached),
  asked: sum(({ asked }) => asked),
  askedByJudgement: sum(({ askedByJudgement }) => askedByJudgement),
  differing: sum(({ differing }) => differing.length),
};
process.stdout.write(`${JSON.stringify({ counts, client: 'claude-code', sets })}\n`);
process.exitCode = counts.differing === 0 && sets.every(({ per100 }) => per100 <= MOST_PER_100) ? 0 : 1;

function called(input: Readonly<Record<string, unknown>>): string {
  return String(input['command'] ?? input['file_path'] ?? input['url'] ?? JSON.stringify(input)).slice(
    0,
    120,
  );
}

/** One set as it was decided, beside its judgement. */
async function scoreOf(name: string, file: string, stops: (call: Recorded) => string | null) {
  const played = await playRecordings(readCalls(HERE(file)));
  const reached = played.filter(({ outcome }) => outcome !== null);
  const asked = reached.filter(({ outcome }) => outcome !== 'runs');
  const judged = reached.filter(({ call }) => stops(call) !== null);
  const differing = reached.filter(({ call, outcome }) => (outcome === 'runs') !== (stops(call) === null));
  return {
    name,
    tasks: new Set(played.map(({ call }) => call.task)).size,
    calls: played.length,
    reached: reached.length,
    asked: asked.length,
    askedByJudgement: judged.length,
    per100: Math.round((asked.length / reached.length) * 10_000) / 100,
    questions: asked.map(({ call, reason }) => `${call.task}: ${called(call.tool_input)}: ${reason}`),
    differing: differing.map(
      ({ call, outcome, reason }) =>
        `${call.task}: ${called(call.tool_input)}: ${outcome}, ${reason}; judged: ${stops(call) ?? 'runs'}`,
    ),
    notReached: played
      .filter(({ outcome }) => outcome === null)
      .map(({ call }) => `${call.task}: ${call.tool_name} ${called(call.tool_input)}`),
  };
}
