/** Answers to clients, as far as they have a form in common: JSON on stdout and exit 0. */
import type { JsonValue } from '../../platform/canonical-json.ts';
import { type HookAnswer, NOTHING_TO_SAY } from './hook-exchange.ts';
import { resultText, rulesText } from './hook-words.ts';

export function printed(output: Readonly<Record<string, unknown>>): HookAnswer {
  return { exit: 0, stdout: JSON.stringify(output), stderr: '' };
}

/** What behaviour rules have for the model, as a member of an answer. */
export function contextOf(texts: readonly string[]): { readonly additionalContext?: string } {
  const additionalContext = rulesText(texts);
  return additionalContext === null ? {} : { additionalContext };
}

/** An event that decides nothing, with what there is to tell the model. */
export function told(hookEventName: string, texts: readonly string[]): HookAnswer {
  return texts.length === 0
    ? NOTHING_TO_SAY
    : printed({ hookSpecificOutput: { hookEventName, ...contextOf(texts) } });
}

/**
 * At the end of a turn: what is worth going on for, told once.
 *
 * @param decision  the client's word for it
 * @param isSecond  the turn was gone on with already: then nothing is said, or agent and rules could keep each other going
 */
export function goneOn(
  decision: 'block' | 'deny',
  isSecond: boolean,
  take: () => readonly string[],
): HookAnswer {
  const reason = isSecond ? null : rulesText(take());
  return reason === null ? NOTHING_TO_SAY : printed({ decision, reason });
}

/** The text in a result's place, with what rules say, for clients that show a reason instead of the result. */
export function inPlaceOf(shown: JsonValue, texts: readonly string[]): string {
  const notes = rulesText(texts);
  const text = [resultText(shown), ...(notes === null ? [] : [notes])].join('\n\n');
  return text.trim() === '' ? '(nothing)' : text;
}
