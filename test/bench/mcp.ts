/**
 * What the gateway adds to a call: the same server program reached directly and through Gatehouse by the official
 * client, beside one durable row of such a call in a log of its own, and one durable page. Prints one line of JSON.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openAuditLog } from '../../main/audit/log.ts';
import { decidedRows } from '../support/audit-load.ts';
import { LiveHouse } from '../support/live-house.ts';
import { percentile, rounded, sideBySide, summary } from '../support/samples.ts';

const ROUNDS = 400;
const WARM_UP = 40;
const POLICY = `app: { app_id: bench, name: Bench, version: "1.0" }
tools:
  modules: { mcp: {} }
  capabilities:
    default_policy: approve
    max_risk_level: high
    grant: [{ module: mcp_bench, actions: [echo] }]
`;

process.stderr.write('mcp: building, starting a supervisor\n');
const server = join(import.meta.dirname, '..', 'support', 'mcp-server.ts');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
const house = await LiveHouse.open();
try {
  writeFileSync(join(house.home.gatehouse, 'config', 'policy.yaml'), POLICY);
  await house.call('reloadPolicy');
  // Gatehouse refuses calls of a client that works in Gatehouse's own folder.
  process.chdir(folder);
  const { entry } = await house.register('bench', process.execPath, [server, folder]);
  const direct = await connect(process.execPath, [server, folder]);
  const gateway = await connect(entry.command, entry.args);
  const file = openSync(join(folder, 'bare'), 'w');
  const page = Buffer.alloc(4096, 'x');
  const log = await openAuditLog({ file: join(folder, 'audit.db') });
  const rows = await decidedRows(ROUNDS + WARM_UP);
  const call = async (client: Client) => {
    const { content } = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    if (!JSON.stringify(content).includes('"x"'))
      throw new Error(`the call was answered ${JSON.stringify(content)}`);
  };
  process.stderr.write(`mcp: ${ROUNDS} rounds\n`);
  const times = await sideBySide(
    {
      direct: () => call(direct),
      gateway: () => call(gateway),
      row: async (round) => {
        const row = rows[round + WARM_UP];
        if (row !== undefined) await log.append(row);
      },
      fdatasync: () => {
        writeSync(file, page);
        fdatasyncSync(file);
      },
    },
    ROUNDS,
    WARM_UP,
  );
  closeSync(file);
  await Promise.all([direct.close(), gateway.close(), log.close()]);
  const p50 = (name: keyof typeof times) => percentile(times[name], 0.5);
  process.stdout.write(
    `${JSON.stringify({
      name: 'mcp',
      direct: summary(times.direct),
      gateway: summary(times.gateway),
      durable_row: summary(times.row),
      fdatasync: summary(times.fdatasync),
      added_p50_ms: rounded(p50('gateway') - p50('direct')),
      added_above_durable_row_p50_ms: rounded(p50('gateway') - p50('direct') - p50('row')),
      added_above_fdatasync_p50_ms: rounded(p50('gateway') - p50('direct') - p50('fdatasync')),
    })}\n`,
  );
} finally {
  await house.remove();
  rmSync(folder, { recursive: true, force: true });
}

async function connect(command: string, args: readonly string[]): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(new StdioClientTransport({ command, args: [...args] }));
  return client;
}
