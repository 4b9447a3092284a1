/** Rows as the engine writes them, for benchmarks of the log: decided, redacted and shortened by the real code. */
import type { AuditEvent } from '../../main/audit/event.ts';
import { decide } from '../../main/engine/decide.ts';
import { DecisionLog } from '../../main/engine/decision-log.ts';
import { fingerprintOf } from '../../main/engine/fingerprint.ts';
import { RateWindow } from '../../main/engine/rate-window.ts';
import type { AuthorizeInput } from '../../main/engine/requests.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { newTimedId } from '../../main/platform/ids.ts';
import { policyFrom } from './engine-bench.ts';
import { peerOf } from './peers.ts';

const policy = policyFrom('default_policy: auto\nmax_risk_level: high');
const protection = { paths: ['/home/dev/.local/share/gatehouse'], pids: [], home: '/home/dev' };
const window = new RateWindow();

const COMMANDS = [
  'git status --short && git diff --stat HEAD~1',
  'npm run build --workspace=packages/server 2>&1 | tail -40',
  "grep -rn 'createServer' src --include='*.ts' | head -20",
  'ls -la node_modules/.bin | wc -l',
];

/** The rows of this many allowed calls of a few sessions. */
export async function decidedRows(count: number): Promise<readonly AuditEvent[]> {
  const rows: AuditEvent[] = [];
  const log = new DecisionLog({
    clock: systemClock,
    log: {
      append: async (event) => {
        rows.push(event);
        return { seq: rows.length, hash: '' };
      },
    },
  });
  for (let index = 0; index < count; index += 1) {
    const call = callOf(index);
    const facts = { appActive: true, rate: window.snapshot(call, policy, index), protection };
    const input: AuthorizeInput = {
      client: call.client,
      claimedSession: call.session,
      claimedCallId: `toolu_${index}`,
      claimedCwd: call.cwd,
      peer: peerOf(),
      agent: call.agent,
      toolName: call.toolName,
      module: call.module,
      action: call.action,
      params: call.params,
      caller: 'llm',
      point: 'hook',
      patienceMs: 60_000,
    };
    const decision = decide(call, policy, facts);
    const item = { call, input, fingerprint: fingerprintOf(call), policy };
    await log.decided(item, decision, decision.kind === 'allow' ? 'allowed' : 'denied', null);
  }
  return rows;
}

function callOf(index: number): ToolCall {
  const command = `${COMMANDS[index % COMMANDS.length] ?? ''} # ${index}`;
  return {
    // As in a busy hour: some twenty calls a millisecond are more than ever come.
    id: newTimedId('call', 1_800_000_000_000 + index / 20),
    app: `/home/dev/src/project-${index % 5}`,
    agent: 'main',
    client: 'claude-code',
    session: `ses_${index % 7}`,
    turn: 1 + (index % 30),
    module: 'shell',
    action: 'bash',
    params: { command, description: 'Look at what the last step changed' },
    cwd: `/home/dev/src/project-${index % 5}/packages/server`,
    caller: 'llm',
    point: 'hook',
    toolName: 'Bash',
  };
}
