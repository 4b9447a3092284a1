/** A project that the same call fetched: nobody has looked at what its build runs. */
import type { Call } from '../shell/call.ts';
import { TAINT } from '../shell/text.ts';

/** Notes that a program runs what the project in the shell's folder tells it to. */
/** @param folder where it runs, when it is told to go elsewhere */
export function noteFetched(call: Call, folder = '.'): void {
  const inside = call.files.get(call.deed.path(`${folder}/?`));
  if (((inside?.taint ?? TAINT.none) & TAINT.remote) !== 0)
    call.deed.concern('remote_code', `${call.name} runs the code of a project that it fetched`);
}
