/** Programs whose verb may stand behind words that are not known: `kubectl $WHERE delete`. */
import type { Program } from '../shell/call.ts';
import { plain } from '../shell/text.ts';

/** Holes alone: nothing of it is known. */
const UNKNOWN_WORD = /^\ue000+$/;

/**
 * The same program, looked at once more without such words: they may be nothing, or options. What stands behind an
 * option is its value and stays.
 */
export function besideUnknown(program: Program): Program {
  return (call) => {
    const out = program(call);
    const texts = call.args.map(({ text }) => plain(text));
    const verb = texts.findIndex((text) => !UNKNOWN_WORD.test(text) && !text.startsWith('-'));
    const args = call.args.filter((_word, at) => {
      const before = texts[at - 1] ?? '';
      const isValue = before.startsWith('-') && !before.includes('=');
      return at > verb || isValue || !UNKNOWN_WORD.test(texts[at] as string);
    });
    if (verb > 0 && args.length < call.args.length) program({ ...call, args });
    return out;
  };
}
