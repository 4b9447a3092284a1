/** Commands that a package manager writes into the project's manifest. */
import type { Call } from '../shell/call.ts';
import { plain, type Word } from '../shell/text.ts';

/** `npm pkg set scripts.NAME=COMMAND`: a command that a later one of the package manager runs. */
export function setScripts(call: Call, verb: string, operands: readonly Word[]): void {
  call.deed.writes('package.json', { adds: true });
  const scripts =
    verb === 'pkg'
      ? operands.slice(2).flatMap((one) => /^scripts[.[][^=]*=([\s\S]*)$/.exec(plain(one.text))?.[1] ?? [])
      : operands.slice(2).map((one) => plain(one.text));
  for (const text of scripts) {
    call.script({ text, taint: 0, by: call.name });
    if (
      /\b(?:pre|post)?(?:install|prepare|publish|pack)\b/.test(
        operands.map((one) => plain(one.text)).join(' '),
      )
    )
      call.deed.concern('persistence', 'sets a command that runs when packages are installed');
  }
}
