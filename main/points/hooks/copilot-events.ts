/**
 * The events of Copilot CLI that Gatehouse installs itself for, with their limits: read by the installer, the doctor
 * and the adapter, so that the three cannot disagree.
 *
 * Copilot CLI lets a tool run when its hook is late, whatever the hook is for (measured with 1.0.102, and its
 * documentation says so), so the hook's own deadline always ends first; that is a no.
 */
import { type HookEvent, patienceMs } from './hook-event.ts';

/**
 * Names with a capital letter get the form that names the event and is like Claude Code's. A permission is asked for
 * after `PreToolUse`, for what Copilot CLI would ask about itself; it is a second look at the same call, which also
 * sees one whose first look was late.
 */
export const COPILOT_EVENTS = [
  { name: 'PreToolUse', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'permissionRequest', deadlineSeconds: 3650, timeoutSeconds: 3660 },
  { name: 'PostToolUse', deadlineSeconds: 50, timeoutSeconds: 60 },
  { name: 'PostToolUseFailure', deadlineSeconds: 50, timeoutSeconds: 60, tells: true },
  { name: 'UserPromptSubmit', deadlineSeconds: 20, timeoutSeconds: 30, tells: true },
  { name: 'Stop', deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
  { name: 'SessionStart', deadlineSeconds: 20, timeoutSeconds: 30, tells: true },
  { name: 'SessionEnd', deadlineSeconds: 8, timeoutSeconds: 10, tells: true },
] as const satisfies readonly HookEvent[];

/** The first version in which exit code 2 and a hook that fails both stop the tool (its changelog, 1.0.57 and 1.0.70). */
export const COPILOT_MINIMUM = '1.0.70';

/** How long Copilot CLI waits for the answer to a tool call, milliseconds, with a margin for the way back. */
export const COPILOT_PATIENCE_MS = patienceMs(COPILOT_EVENTS[0]);
