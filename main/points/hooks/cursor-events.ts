/**
 * The events of Cursor that Gatehouse installs itself for, with their limits: read by the installer, the doctor and the
 * adapter. From what is written about Cursor's hooks; none of it has run in a real Cursor.
 *
 * A hook of Cursor that fails lets the call through unless its entry says `failClosed`. Sources disagree whether its
 * time is in seconds or milliseconds: too short a time ends in a no then, never in a yes.
 */
import { type HookEvent, patienceMs } from './hook-event.ts';

/** Commands, MCP calls and reads have events of their own; `preToolUse` comes for these and for everything else. */
export const CURSOR_EVENTS = [
  { name: 'preToolUse', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'beforeShellExecution', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'beforeMCPExecution', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'beforeReadFile', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'postToolUse', deadlineSeconds: 20, timeoutSeconds: 30, tells: true },
  { name: 'postToolUseFailure', deadlineSeconds: 20, timeoutSeconds: 30, tells: true },
  { name: 'beforeSubmitPrompt', deadlineSeconds: 20, timeoutSeconds: 30, tells: true },
  { name: 'sessionEnd', deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
] as const satisfies readonly HookEvent[];

/** How long Cursor waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const CURSOR_PATIENCE_MS = patienceMs(CURSOR_EVENTS[0]);
