/**
 * The events of Gemini CLI that Gatehouse installs itself for. Gemini CLI counts in milliseconds; here they are
 * seconds, as the hook program takes them. A hook that is late lets the tool run (measured with 0.61.0), so the
 * hook's own deadline always ends first.
 */
import { type MatchedEvent, patienceMs } from './hook-event.ts';

export const GEMINI_CLI_EVENTS = [
  { name: 'BeforeTool', matcher: '*', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'AfterTool', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'BeforeAgent', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  { name: 'AfterAgent', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
  { name: 'SessionStart', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  { name: 'SessionEnd', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
] as const satisfies readonly MatchedEvent[];

/** How long Gemini CLI waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const GEMINI_CLI_PATIENCE_MS = patienceMs(GEMINI_CLI_EVENTS[0]);
