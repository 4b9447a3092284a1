/** How a hook's answer is read as a refusal: JSON on stdout, of exactly the form that the agent takes for one. */
import { z } from 'zod';
import type { HookRun } from './run-hook.ts';

/**
 * Reads a refusal's reason; null for any other answer.
 *
 * @param exit  the exit code that goes with it
 */
export function denialIn<T>(
  exit: number,
  form: z.ZodType<T>,
  reason: (answer: T) => string,
): (run: HookRun) => string | null {
  return (run) => {
    if (run.exit !== exit) return null;
    try {
      return reason(form.parse(JSON.parse(run.stdout)));
    } catch {
      return null;
    }
  };
}

/** `{"decision": "deny", "reason": …}` and nothing else, as Gemini CLI and our plugin for opencode take it. */
export const plainDenial = denialIn(
  0,
  z.strictObject({ decision: z.literal('deny'), reason: z.string() }),
  ({ reason }) => reason,
);
