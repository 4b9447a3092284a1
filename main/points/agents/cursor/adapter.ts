/**
 * How Cursor is connected: entries in the person's `hooks.json`. Written from Cursor's documentation; none of it has run
 * in a real Cursor, which a person is told wherever it is connected.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { CURSOR_EVENTS } from '../../hooks/cursor-events.ts';
import { BLOCK_EXIT } from '../../hooks/hook-exchange.ts';
import { PROBE_TOOL } from '../../hooks/probe.ts';
import type { AgentAdapter, HookProbe } from '../agent-adapter.ts';
import { denialIn } from '../denial.ts';
import { hookCommand } from '../hook-line.ts';
import { CURSOR } from '../known-agents.ts';
import { readJsonSettings } from '../settings-text.ts';
import { CURSOR_ENTRIES } from './entries.ts';

/** What is said wherever Cursor is, or can be, connected. */
export const NEVER_RUN =
  'These hooks are written from Cursor’s documentation and were never run in a real Cursor.';

/** An answer that denies in every way at once. */
const Denied = z.object({
  permission: z.literal('deny'),
  decision: z.literal('deny'),
  reason: z.string(),
});

const probe: HookProbe = {
  commandLine: (target) => hookCommand('cursor', CURSOR_EVENTS[0], target),
  input: (nonce) =>
    Buffer.from(
      JSON.stringify({
        hook_event_name: 'preToolUse',
        conversation_id: 'gatehouse-doctor',
        generation_id: 'gatehouse-doctor',
        workspace_roots: [process.cwd()],
        tool_name: PROBE_TOOL,
        tool_input: { nonce },
      }),
    ),
  denial: denialIn(BLOCK_EXIT, Denied, ({ reason }) => reason),
};

export const cursorAdapter: AgentAdapter = {
  agent: CURSOR,
  format: CURSOR_ENTRIES,
  probe,
  minimum: null,
  settingsFile: ({ home }) => join(home, '.cursor', 'hooks.json'),
  read: readJsonSettings,
  unreadable: 'Cursor leaves out hooks that it cannot read',
  switchProblems: async () => [],
  watched: () => [],
  notes: () => [NEVER_RUN],
  standingNote: NEVER_RUN,
  moreChecks: async () => [
    {
      name: 'Run in a real Cursor',
      ok: true,
      detail: `${NEVER_RUN} What is proved below is the hook program, not Cursor.`,
      hint: null,
    },
  ],
};
