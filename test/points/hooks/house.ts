/** A hook handler with doubles behind it, and a call as Claude Code sends it. */
import type { AuditEvent } from '../../../main/audit/event.ts';
import type { HookAnswer, HookContext } from '../../../main/points/hooks/hook-exchange.ts';
import { createHookHandler } from '../../../main/points/hooks/registry.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { peerOf } from '../../support/peers.ts';

export function house(
  engine = new FakeEngine(),
  agent: string | null = 'claude-code',
  more: Partial<HookContext> = {},
) {
  const rows: AuditEvent[] = [];
  const defects: unknown[] = [];
  const seen: string[] = [];
  const handler = createHookHandler({
    ...more,
    engine,
    log: { append: async (event) => rows.push(event) },
    onDefect: (error) => defects.push(error),
    onSeen: (client) => seen.push(client),
  });
  const send = (body: unknown, signal = new AbortController().signal): Promise<HookAnswer> =>
    handler({
      agent,
      body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
      peer: peerOf(),
      signal,
    });
  return { engine, rows, defects, seen, send };
}

export const call = (overrides: Record<string, unknown> = {}) => ({
  session_id: 's1',
  cwd: '/home/dev/work',
  permission_mode: 'default',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'echo hi' },
  tool_use_id: 'toolu_1',
  ...overrides,
});
