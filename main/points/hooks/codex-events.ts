/**
 * The events of Codex that Gatehouse installs itself for, with their limits in Codex's unit, seconds: read by the
 * installer, the doctor and the adapter, so that the three cannot disagree. A hook that is late lets the tool run
 * (measured with 0.169.0), so the hook's own deadline always ends first.
 *
 * PermissionRequest is left out: Codex asks it also before it leaves its own sandbox, and what Gatehouse lets
 * through is no answer to that.
 */
import { type MatchedEvent, patienceMs } from './hook-event.ts';

export const CODEX_EVENTS = [
  { name: 'PreToolUse', matcher: '*', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'PostToolUse', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'UserPromptSubmit', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  { name: 'Stop', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
  { name: 'SessionStart', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  // Codex cuts a longer time down to 3 s.
  { name: 'SessionEnd', matcher: null, deadlineSeconds: 2, timeoutSeconds: 3, tells: true },
] as const satisfies readonly MatchedEvent[];

/** How long Codex waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const CODEX_PATIENCE_MS = patienceMs(CODEX_EVENTS[0]);
