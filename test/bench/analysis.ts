/**
 * The analysis of a shell command over the corpus and the ordinary set, beside parsing the same texts as JSON
 * strings and nothing else in the same run. Prints one line of JSON; times are microseconds for one command.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readShellCases } from '../conformance/shell-cases.ts';
import { HERE, readCalls } from '../judgement/judgement.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

const ROUNDS = 30;
const texts = [
  ...readShellCases(fileURLToPath(new URL('../conformance/shell.jsonl', import.meta.url))).map(
    ({ command }) => command,
  ),
  ...readCalls(HERE('ordinary.jsonl')).flatMap(({ tool_input: input }) =>
    typeof input['command'] === 'string' ? [input['command']] : [],
  ),
];

function measure(run: (text: string) => unknown): { p50_us: number; p99_us: number; n: number } {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 5; round += 1) {
    for (const text of texts) {
      const start = process.hrtime.bigint();
      run(text);
      const took = Number(process.hrtime.bigint() - start) / 1000;
      // The first rounds warm up.
      if (round >= 5) times.push(took);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  return { p50_us: at(0.5), p99_us: at(0.99), n: times.length };
}

const cold = performance.now();
const analyst = await openAnalyst();
const startMs = Math.round((performance.now() - cold) * 10) / 10;
const warm = performance.now();
await openAnalyst();
const warmStartMs = Math.round((performance.now() - warm) * 10) / 10;
const quoted = new Map(texts.map((text) => [text, JSON.stringify(text)]));
process.stdout.write(
  `${JSON.stringify({
    name: 'analysis',
    texts: texts.length,
    startMs,
    warmStartMs,
    ...measure((text) => analyst.shell(text, PLACE)),
    baseline: {
      what: 'the same text read as a JSON string',
      ...measure((text) => JSON.parse(quoted.get(text) ?? '""') as unknown),
    },
  })}\n`,
);
