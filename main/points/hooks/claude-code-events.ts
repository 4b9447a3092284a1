/**
 * The events of Claude Code that Gatehouse installs itself for, with their limits: read by the installer, the
 * doctor and the adapter, so that the three cannot disagree.
 *
 * A client that gives up on a hook may run the tool, so the hook's own deadline always ends first.
 */
import { type MatchedEvent, patienceMs } from './hook-event.ts';

/** A person may be asked in PreToolUse, up to the longest `approval_timeout` of a policy (3 600 s) and a margin. */
export const CLAUDE_CODE_EVENTS = [
  { name: 'PreToolUse', matcher: '*', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'PostToolUse', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'PostToolUseFailure', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'UserPromptSubmit', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  // Each message that the person sees, before the tool calls that come with it; and the end of a turn. That Claude Code
  // takes a failing hook of Stop for a reason to go on and on (measured with 2.1.330: eight times) is why it only tells.
  { name: 'MessageDisplay', matcher: null, deadlineSeconds: 4, timeoutSeconds: 5, tells: true },
  { name: 'Stop', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
  // Settings that change in a running session count at once; this is where a change can be kept out of it.
  { name: 'ConfigChange', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  { name: 'SessionStart', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  // Claude Code gives all hooks of SessionEnd 1.5 s together unless a longer time is set, 60 s at most.
  { name: 'SessionEnd', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10 },
] as const satisfies readonly MatchedEvent[];

export type ClaudeCodeEventName = (typeof CLAUDE_CODE_EVENTS)[number]['name'];

/** The first version whose `onFailure: "block"` stops a tool when its hook cannot be run. */
export const CLAUDE_CODE_MINIMUM = '2.1.295';

/** How long Claude Code waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const CLAUDE_CODE_PATIENCE_MS = patienceMs(CLAUDE_CODE_EVENTS[0]);
