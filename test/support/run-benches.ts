/**
 * `npm run bench [-- NAME…]`: runs every benchmark of test/bench, or those named, one after the other, each in a
 * process of its own, and prints one JSON document. A benchmark is a script that prints one JSON value.
 */
import { readdirSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { runScript } from './run-script.ts';

const folder = join(import.meta.dirname, '..', 'bench');
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -3))
  .toSorted();
const wanted = process.argv.slice(2);
const strange = wanted.filter((name) => !known.includes(name));
if (strange.length > 0) {
  process.stderr.write(
    `bench: there is no benchmark ${strange.join(', ')}; hint: one of ${known.join(', ')}\n`,
  );
  process.exit(2);
}

// Numbers of a busy machine are not those of an idle one: whoever reads them sees it.
const loadBefore = loadavg()[0] ?? 0;
const results: Record<string, unknown> = {};
let failed = 0;
for (const name of wanted.length > 0 ? wanted : known) {
  const { exit, value } = await runScript(join(folder, `${name}.ts`), []);
  if (exit === 0 && value !== null) results[name] = value;
  else {
    failed += 1;
    results[name] = { error: exit === 0 ? 'it printed no JSON' : `it ended with ${exit}` };
  }
}
const [cpu] = cpus();
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cpus: cpus().length,
  memory: totalmem(),
  kernel: release(),
  node: process.version,
  load_before: Number(loadBefore.toFixed(2)),
};
process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
process.exitCode = failed > 0 ? 1 : 0;
