/**
 * Warm workers of governed tools: taking a fresh one, taking the one that a session has, a small read in it, and
 * starting one cold, beside the start of an empty process. Real launcher, real sandboxes, a door of its own. Prints
 * one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePaths } from '../../main/platform/paths.ts';
import { openDoor } from '../../main/points/door/door-server.ts';
import { type ToolSession, ToolWorkers } from '../../main/points/tools/tool-workers.ts';
import { SANDBOX_DEFAULTS } from '../../main/policy/sandbox-policy.ts';
import { MemoryLog } from '../support/engine-bench.ts';
import { LAUNCHER, launcherMissing } from '../support/launcher.ts';
import { peerOf } from '../support/peers.ts';
import { percentile, rounded, summary } from '../support/samples.ts';
import { WORKER } from '../support/tools-house.ts';

const ROUNDS = 60;
const missing = launcherMissing();
if (missing !== null) throw new Error(missing);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gh-tools-')));
const home = join(folder, 'home');
const project = join(home, 'proj');
mkdirSync(project, { recursive: true });
writeFileSync(join(project, 'file'), 'a line\n'.repeat(20));
const paths = resolvePaths({ GATEHOUSE_HOME: join(folder, 'gh') }, process.platform, home);
for (const path of [paths.config, paths.data, paths.run, paths.bin])
  mkdirSync(path, { recursive: true, mode: 0o700 });
const peer = peerOf({ cwd: project });
const session = (id: string): ToolSession => ({
  id,
  client: 'bench',
  claim: { client: 'bench', claimedSession: id, peer, claimedCwd: project },
  engineSession: id,
});
const policy = {
  ...SANDBOX_DEFAULTS,
  level: { value: 'strict', at: null },
  require: { value: null, at: null },
  namespaces: null,
  workspaceSnapshot: false,
  audit: false,
  written: { sessionTimeout: false, idleTimeout: false },
  allowPaths: [],
  networkAllow: [],
  resources: { memoryBytes: null, cpu: null, processes: null },
  mdwe: 'auto',
} as unknown as ReturnType<ConstructorParameters<typeof ToolWorkers>[0]['policy']>;
const workers = new ToolWorkers({
  log: new MemoryLog(),
  home,
  uid: process.getuid?.() ?? -1,
  paths,
  copies: null,
  installRoot: folder,
  launcher: realpathSync(LAUNCHER),
  program: realpathSync(WORKER),
  path: '/usr/local/bin:/usr/bin:/bin',
  policy: () => policy,
  session,
  defect: (error) => process.stderr.write(`tools: ${String(error)}\n`),
});
const door = await openDoor({
  path: paths.agentDoor,
  kind: 'agent',
  handler: async () => ({ exit: 2, stdout: '', stderr: '' }),
  onPipe: (pipe) => {
    if (!workers.take(pipe)) pipe.refuse({ exit: 2, stdout: '', stderr: '' });
  },
  onDefect: (error) => process.stderr.write(`tools: ${String(error)}\n`),
});
const never = new AbortController().signal;
const ms = async (work: () => Promise<unknown>): Promise<number> => {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e6;
};
try {
  const pool = workers.pool(project);
  const times = {
    fresh: [] as number[],
    own: [] as number[],
    read: [] as number[],
    cold: [] as number[],
    empty: [] as number[],
  };
  process.stderr.write(`tools: ${ROUNDS} rounds\n`);
  pool.enter('keeps');
  for (let round = 0; round < ROUNDS; round += 1) {
    while (pool.counts.fresh < SANDBOX_DEFAULTS.poolSize)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const id = `s${round}`;
    pool.enter(id);
    times.fresh.push(await ms(async () => pool.give(await pool.take(id, never))));
    times.own.push(await ms(async () => pool.give(await pool.take(id, never))));
    const worker = await pool.take(id, never);
    await worker.run(['read', join(project, 'file'), '1', '100'], { signal: never, limitMs: 5000 });
    times.read.push(
      await ms(() =>
        worker.run(['read', join(project, 'file'), '1', '100'], { signal: never, limitMs: 5000 }),
      ),
    );
    pool.give(worker);
    pool.leave(id);
    await worker.ended;
  }
  pool.leave('keeps');
  for (let round = 0; round < ROUNDS; round += 1) {
    while (pool.counts.all > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const id = `c${round}`;
    times.cold.push(
      await ms(async () => {
        pool.enter(id);
        pool.give(await pool.take(id, never));
      }),
    );
    pool.leave(id);
    times.empty.push(await ms(async () => spawnSync('/bin/true')));
  }
  const budget = 2;
  process.stdout.write(
    `${JSON.stringify({
      name: 'tools',
      checkout_fresh: summary(times.fresh),
      checkout_own: summary(times.own),
      small_read: summary(times.read),
      cold_start: summary(times.cold),
      empty_process: summary(times.empty),
      cold_over_checkout_p50: rounded(percentile(times.cold, 0.5) / percentile(times.fresh, 0.5), 1),
      checkout_budget_ms: budget,
      checkout_within_budget: percentile(times.fresh, 0.95) <= budget,
    })}\n`,
  );
} finally {
  await workers.close();
  await door.close('the benchmark is over');
  rmSync(folder, { recursive: true, force: true });
}
