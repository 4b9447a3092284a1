/** Programs that work on the machine, by their table. */
import type { Program } from '../shell/call.ts';
import { plain, UNKNOWN } from '../shell/text.ts';
import { ATTACK_TOOLS } from '../tables/attack-tools.ts';
import { SYSTEM_COMMANDS } from '../tables/system-commands.ts';
import type { SystemRow } from '../tables/system-row.ts';
import { namedSecrets } from './named-secrets.ts';

function system(rows: readonly SystemRow[]): Program {
  return (call) => {
    const text = call.args.map((one) => plain(one.text)).join(' ');
    for (const { code, says, when, unless } of rows) {
      if (when !== undefined && !when.test(text)) continue;
      if (unless?.test(text) === true) continue;
      call.deed.concern(code, says);
    }
    namedSecrets(call);
    if (/^(?:pkill|killall|xkill)$/.test(call.name)) call.deed.effect({ kind: 'process', target: text });
    return UNKNOWN;
  };
}

const attack: Program = (call) => {
  call.deed.concern('attack_tool', `runs ${call.name}, which is made for attacks`);
  return UNKNOWN;
};

export const systemPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...Object.entries(SYSTEM_COMMANDS).map(([name, rows]): [string, Program] => [name, system(rows)]),
  ...ATTACK_TOOLS.map((name): [string, Program] => [name, attack]),
]);
