/**
 * A hook from process start to answer, against a warm supervisor that makes each row durable first: the native
 * program, the Node relay, and the least a Node hook can be, beside a bare fdatasync and a program that does
 * nothing. Prints one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { hookInput } from '../crash/clients.ts';
import { toldBy } from '../crash/judge.ts';
import { CrashSite } from '../crash/supervisor.ts';
import { type HookClient, nativeClient, relay } from '../native/hook-clients.ts';
import { buildOnce } from '../support/built.ts';
import { percentile, rounded, sideBySide, summary } from '../support/samples.ts';

const ROUNDS = 120;
const WARM_UP = 15;

const program = nativeClient;
if (program === null) {
  const skipped = 'there is no native hook client: npm install found no C compiler';
  process.stderr.write(`hook: ${skipped}\n`);
  process.stdout.write(`${JSON.stringify({ name: 'hook', skipped })}\n`);
  process.exit();
}
process.stderr.write('hook: building, starting a supervisor\n');
await buildOnce();
const site = new CrashSite();
try {
  await site.start();
  process.stdout.write(`${JSON.stringify({ name: 'hook', ...(await measure(program)) })}\n`);
} finally {
  await site.remove();
}

async function measure(client: HookClient): Promise<object> {
  const minimal = join(import.meta.dirname, '..', 'support', 'minimal-hook.mjs');
  const words = ['hook', 'claude-code', '--door', site.agentDoor];
  let calls = 0;
  const before = decidedRows();
  const ask = ({ command, args }: Pick<HookClient, 'command' | 'args'>) => {
    calls += 1;
    const input = hookInput({ id: `crash-0-${calls}`, session: 'bench', wish: 'read', cwd: site.project });
    const { status, stdout } = spawnSync(command, [...args], { input, encoding: 'utf8' });
    if (toldBy({ exit: status, stdout }) !== 'ran') throw new Error(`${command} was not answered: ${stdout}`);
  };
  const native: Pick<HookClient, 'command' | 'args'> = {
    command: client.command,
    args: [...client.args, ...words],
  };
  const file = openSync(join(site.folder, 'bare'), 'w');
  const page = Buffer.alloc(4096, 'x');
  process.stderr.write(`hook: ${ROUNDS} rounds\n`);
  const times = await sideBySide(
    {
      native: () => ask(native),
      relay: () => ask({ command: relay.command, args: [...relay.args, ...words] }),
      minimal: () => ask({ command: process.execPath, args: [minimal, site.agentDoor] }),
      nothing: () => void spawnSync('true', [], { input: '' }),
      fdatasync: () => {
        writeSync(file, page);
        fdatasyncSync(file);
      },
    },
    ROUNDS,
    WARM_UP,
  );
  closeSync(file);
  const rows = decidedRows() - before;
  if (rows !== calls) throw new Error(`${calls} calls were answered and ${rows} rows are there`);
  const p50 = (name: keyof typeof times) => percentile(times[name], 0.5);
  return {
    rows,
    native: summary(times.native),
    relay: summary(times.relay),
    minimal_node_hook: summary(times.minimal),
    program_that_does_nothing: summary(times.nothing),
    fdatasync: summary(times.fdatasync),
    native_above_fdatasync_p50_ms: rounded(p50('native') - p50('fdatasync')),
    native_above_nothing_p50_ms: rounded(p50('native') - p50('nothing')),
    native_to_minimal_node_hook: rounded(p50('native') / p50('minimal')),
    native_to_relay: rounded(p50('native') / p50('relay')),
  };
}

function decidedRows(): number {
  const database = new Database(site.auditDb, { readonly: true });
  try {
    const row = database.prepare('SELECT count(*) AS n FROM lines WHERE call_id IS NOT NULL').get();
    return (row as { n: number }).n;
  } finally {
    database.close();
  }
}
