/**
 * `npm run proof -- governed-tools`: fifty sessions of governed tools at once over one pool, through the real client
 * program, launcher and kernel: 3 000 calls to warm up, then 10 000. It holds when no session ever saw anything of
 * another one's worker, there were never more workers than `pool_max` and those about to end (at most `pool_size`),
 * every call was answered as it must be, and memory stays flat, after a collection of garbage, in supervisor and
 * clients, which are one process here: the 10 000 calls leave at most 0.3 KB each, which is the name by which a session
 * knows a call of its last 2 000 again; and in two sessions that have made more than those, 6 000 further calls leave at
 * most 0.1 KB each. A worker, the sandbox's first process and its launcher together hold no more than 24 MB.
 */ import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '@modelcontextprotocol/client';
import { call, ToolsHouse, WORKER } from '../support/tools-house.ts';

const SESSIONS = 50;
const WARM_UP = 3000;
const CALLS = 10_000;
/** Of two sessions that go on: more than what is remembered of both, and then some. */
const LONG_WARM_UP = 5000;
const LONG_CALLS = 6000;
const MOST_KB = 0.3;
const MOST_LONG_KB = 0.1;
const MOST_WORKER_KB = 24 * 1024;
const MOST = 8;
const READY = 2;
const POLICY = `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: auto, max_risk_level: high }
security:
  sandbox: { level: strict, pool_size: ${READY}, pool_max: ${MOST}, network: { allow: [] } }
`;

const { values } = parseArgs({ options: { seed: { type: 'string' } } });
let state = Number(values.seed ?? 1) || 1;
const random = (below: number) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const house = await ToolsHouse.start(POLICY);
const problems: string[] = [];
const memory: number[] = [];
const long: number[] = [];
let largest = 0;
let done = 0;
let most = 0;
let missed = 0;
try {
  const clients = await Promise.all(
    Array.from({ length: SESSIONS }, (_, index) => house.client({ name: `agent-${index}` })),
  );
  let left = WARM_UP + CALLS;
  const session = async (client: Client, index: number) => {
    let written = '';
    while (left > 0) {
      left -= 1;
      const kind = random(10);
      if (kind < 4) {
        written = `${index} ${done}`;
        await call(client, 'filesystem_write', { file_path: `own-${index}`, content: written });
      } else if (kind < 8) {
        const told = await call(client, 'filesystem_read', { file_path: `own-${index}` });
        if (written !== '' && told.text !== written) problems.push(`${index} read ${told.text}`);
      } else {
        // What another session's worker held would be there to be seen.
        const told = await call(client, 'shell_bash', {
          command: `cat /tmp/mark 2>/dev/null; echo /proc/[0-9]* | wc -w; echo ${index} > /tmp/mark`,
        });
        const lines = told.text.trim().split('\n');
        const [mark = '', processes = ''] = lines.length === 2 ? lines : ['', ...lines];
        if (mark !== '' && mark !== String(index)) problems.push(`${index} saw the mark of ${mark}`);
        if (Number(processes) > 5) problems.push(`${index} saw ${processes} processes`);
        if (told.failed) missed += 1;
      }
      done += 1;
      if (done % 50 === 0) {
        const workers = workersNow();
        most = Math.max(most, workers.length);
        largest = Math.max(largest, ...workers.map(residentKb));
        if (done % 1000 === 0) {
          memory.push(usedKb());
          process.stderr.write(`governed-tools: ${done} calls, ${memory.at(-1)} kB\n`);
        }
      }
    }
  };
  await Promise.all(clients.map(session));
  await house.closeClients();
  left = LONG_WARM_UP + LONG_CALLS;
  const two = await Promise.all(['one', 'two'].map((name) => house.client({ name })));
  let further = 0;
  await Promise.all(
    two.map(async (client, index) => {
      while (left > 0) {
        left -= 1;
        const name = `long-${index}`;
        const told = await (left % 2 === 0
          ? call(client, 'filesystem_write', { file_path: name, content: name })
          : call(client, 'filesystem_list', { path: '.' }));
        if (told.failed) problems.push(`a further call failed: ${told.text}`);
        further += 1;
        if (further % 1000 === 0) {
          long.push(usedKb());
          process.stderr.write(`governed-tools: ${further} further calls, ${long.at(-1)} kB\n`);
        }
      }
    }),
  );
} finally {
  await house.remove();
}
const early = memory[WARM_UP / 1000 - 1] ?? 0;
const late = memory.at(-1) ?? 0;
if (missed > 0) problems.push(`${missed} commands failed`);
if (most > MOST + READY) problems.push(`${most} workers at once`);
const kept = (late - early) / CALLS;
if (early === 0 || kept > MOST_KB) problems.push(`memory grew from ${early} to ${late} kB`);
const lately = long[LONG_WARM_UP / 1000 - 1] ?? 0;
const keptLong = ((long.at(-1) ?? Number.POSITIVE_INFINITY) - lately) / LONG_CALLS;
if (lately === 0 || keptLong > MOST_LONG_KB)
  problems.push(`memory of two long sessions grew from ${lately} to ${long.at(-1)} kB`);
if (largest === 0 || largest > MOST_WORKER_KB) problems.push(`a worker held ${largest} kB`);
process.stdout.write(
  `${JSON.stringify({
    counts: {
      sessions: SESSIONS,
      calls: done,
      warm_up: WARM_UP,
      problems: problems.length,
      most_workers: most,
      pool_max: MOST,
    },
    memory_kb_each_thousand: memory,
    kept_kb_a_call: Math.round(kept * 100) / 100,
    long_memory_kb_each_thousand: long,
    long_kept_kb_a_call: Math.round(keptLong * 1000) / 1000,
    largest_worker_kb: largest,
    problems: problems.slice(0, 20),
  })}\n`,
);
process.exitCode = problems.length === 0 && done >= WARM_UP + CALLS ? 0 : 1;

/** Workers whose launcher was started by this process, each with the processes above it. */
function workersNow(): (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[0] !== WORKER) continue;
      const first = parentOf(Number(name));
      const launcher = parentOf(first);
      if (parentOf(launcher) === process.pid) found.push([Number(name), first, launcher]);
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** What a worker and the processes above it hold. */
function residentKb(processes: readonly number[]): number {
  let sum = 0;
  for (const pid of processes) {
    try {
      sum += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended meanwhile.
    }
  }
  return sum;
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** What is really held. */
function usedKb(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1024);
}
