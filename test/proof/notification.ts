/**
 * `npm run proof -- notification`: from a request at the agent door to its notification at the service, in turn with
 * an empty notification from another process (test/bench/notification.ts). It holds when at the 95th percentile the
 * request's notification comes within 150 ms.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { runScript } from '../support/run-script.ts';

const Summary = z.object({ p50_ms: z.number(), p95_ms: z.number(), n: z.number() });
const Found = z.object({
  request_to_notification: Summary,
  empty_notification: Summary,
  above_empty_p95_ms: z.number(),
  budget_p95_ms: z.number(),
});

const { exit, value } = await runScript(join(import.meta.dirname, '..', 'bench', 'notification.ts'), []);
if (exit !== 0) throw new Error(`the benchmark ended with ${exit}`);
const found = Found.parse(value);
const { request_to_notification: request, empty_notification: empty } = found;
process.stdout.write(
  `${JSON.stringify({ counts: { requests: request.n, empty: empty.n }, request, empty, above_empty_p95_ms: found.above_empty_p95_ms, budget_p95_ms: found.budget_p95_ms })}\n`,
);
process.exitCode = request.p95_ms <= found.budget_p95_ms ? 0 : 1;
