/**
 * The events of Claude Code that Gatehouse installs itself for, with their limits: read by the installer, the
 * doctor and the adapter, so that the three cannot disagree.
 *
 * A client that gives up on a hook may run the tool, so the hook's own deadline always ends first.
 */
export interface HookEvent {
  readonly name: string;
  /** What the entry is for; null for events that have no matcher. */
  readonly matcher: string | null;
  /** Seconds after which the hook program gives up by itself, blocking. */
  readonly deadlineSeconds: number;
  /** Seconds after which Claude Code ends the hook program. */
  readonly timeoutSeconds: number;
  /**
   * It only tells what happened. Its hook never blocks: of Stop, Claude Code takes that for a reason to go on and
   * on (measured with 2.1.330: eight times), and what an agent says has been said.
   */
  readonly tells?: true;
}

/** A person may be asked in PreToolUse, up to the longest `approval_timeout` of a policy (3 600 s) and a margin. */
export const CLAUDE_CODE_EVENTS = [
  { name: 'PreToolUse', matcher: '*', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'PostToolUse', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'PostToolUseFailure', matcher: '*', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'UserPromptSubmit', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  // Each message that the person sees, before the tool calls that come with it; and the end of a turn.
  { name: 'MessageDisplay', matcher: null, deadlineSeconds: 4, timeoutSeconds: 5, tells: true },
  { name: 'Stop', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
  // Settings that change in a running session count at once; this is where a change can be kept out of it.
  { name: 'ConfigChange', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  { name: 'SessionStart', matcher: null, deadlineSeconds: 20, timeoutSeconds: 30 },
  // Claude Code gives all hooks of SessionEnd 1.5 s together unless a longer time is set, 60 s at most.
  { name: 'SessionEnd', matcher: null, deadlineSeconds: 8, timeoutSeconds: 10 },
] as const satisfies readonly HookEvent[];

export type ClaudeCodeEventName = (typeof CLAUDE_CODE_EVENTS)[number]['name'];

/** The first version whose `onFailure: "block"` stops a tool when its hook cannot be run. */
export const CLAUDE_CODE_MINIMUM = '2.1.295';

/** How long Claude Code waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const CLAUDE_CODE_PATIENCE_MS = (CLAUDE_CODE_EVENTS[0].deadlineSeconds - 5) * 1000;
