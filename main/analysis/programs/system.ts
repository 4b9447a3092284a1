/** Programs that work on the machine, by their table. */
import { isTempRoot, locusOf } from '../place.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { hasGlob, hasHole, plain, UNKNOWN } from '../shell/text.ts';
import { ATTACK_TOOLS } from '../tables/attack-tools.ts';
import { SYSTEM_COMMANDS } from '../tables/system-commands.ts';
import type { SystemRow } from '../tables/system-row.ts';
import { onlyLooks } from './disk-looks.ts';
import { namedSecrets } from './named-secrets.ts';

function system(rows: readonly SystemRow[]): Program {
  return (call) => {
    const text = call.args.map((one) => plain(one.text)).join(' ');
    const isLook = rows.some(({ code }) => code === 'destroys' || code === 'system') && onlyLooks(call);
    for (const { code, says, when, unless } of rows) {
      if (when !== undefined && !when.test(text)) continue;
      if (unless?.test(text) === true || isLook) continue;
      if (
        code === 'destroys' &&
        /^(?:mkfs|mke2fs|mkswap|mkdosfs|wipefs|tune2fs|resize2fs)/.test(call.name) &&
        isImage(call)
      )
        continue;
      call.deed.concern(code, says);
    }
    namedSecrets(call);
    if (/^(?:pkill|killall|xkill)$/.test(call.name)) {
      call.deed.effect({ kind: 'process', target: text });
      const { operands } = parseOptions(call.args, { values: 'PgGstuUFdrRQ' });
      if (operands.some((one) => hasHole(one.text))) call.deed.opaque('which programs it ends is not known');
    }
    return UNKNOWN;
  };
}

/** A file among the temporary ones takes the place of the disk. */
function isImage(call: Call): boolean {
  const paths = call.args.filter(({ text }) => text.includes('/'));
  return (
    paths.length > 0 &&
    paths.every(({ text }) => {
      const path = call.deed.path(text);
      return !hasHole(path) && !hasGlob(path) && locusOf(path, call.place) === 'temp' && !isTempRoot(path);
    })
  );
}

const attack: Program = (call) => {
  call.deed.concern('attack_tool', `runs ${call.name}, which is made for attacks`);
  return UNKNOWN;
};

export const systemPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...Object.entries(SYSTEM_COMMANDS).map(([name, rows]): [string, Program] => [name, system(rows)]),
  ...ATTACK_TOOLS.map((name): [string, Program] => [name, attack]),
]);
