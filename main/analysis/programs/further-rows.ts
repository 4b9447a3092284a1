/** What is known of programs beyond their own files: rows of words that speak against a call, options that load code. */
import type { Call, Program } from '../shell/call.ts';
import { plain, shown } from '../shell/text.ts';
import { FETCHING_COMMANDS } from '../tables/fetching-commands.ts';
import { INSPECTING_COMMANDS } from '../tables/inspecting-commands.ts';
import { LOADING_OPTIONS } from '../tables/loading-options.ts';
import { REACHABLE_COMMANDS } from '../tables/reachable-commands.ts';
import { SENDING_COMMANDS } from '../tables/sending-commands.ts';
import type { SystemRow } from '../tables/system-row.ts';
import { WALLET_COMMANDS } from '../tables/wallet-commands.ts';

const TABLES: readonly Readonly<Record<string, readonly SystemRow[]>>[] = [
  FETCHING_COMMANDS,
  SENDING_COMMANDS,
  REACHABLE_COMMANDS,
  INSPECTING_COMMANDS,
  WALLET_COMMANDS,
];

/** Names of all programs that a row or an option is known of. */
export const NAMES_WITH_ROWS: readonly string[] = [
  ...new Set([...TABLES.flatMap((table) => Object.keys(table)), ...Object.keys(LOADING_OPTIONS)]),
];

/** The same program; what its rows and options say is noted before. */
export function withRows(name: string, own: Program): Program {
  const rows = TABLES.flatMap((table) => (Object.hasOwn(table, name) ? (table[name] ?? []) : []));
  const options = Object.hasOwn(LOADING_OPTIONS, name) ? (LOADING_OPTIONS[name] ?? []) : [];
  return (call) => {
    if (rows.length > 0) {
      const text = call.args.map((one) => plain(one.text)).join(' ');
      for (const { code, says, when, unless } of rows)
        if ((when === undefined || when.test(text)) && unless?.test(text) !== true)
          call.deed.concern(code, `${call.name} ${says}`);
    }
    loads(call, options);
    return own(call);
  };
}

function loads(call: Call, options: readonly string[]): void {
  for (const [index, { text }] of call.args.entries())
    for (const option of options) {
      const value =
        text === option
          ? call.args[index + 1]?.text
          : text.startsWith(option) && (option.startsWith('--') ? text[option.length] === '=' : true)
            ? text.slice(option.length).replace(/^[=:]/, '')
            : undefined;
      if (value === undefined) continue;
      const path = value
        .split(/[=:,;]/)
        .find((part) => /^(?:[/~\ue007])/.test(part) && call.deed.isStrangers(part));
      if (path !== undefined)
        call.deed.concern('outside_code', `${call.name} takes what it runs from ${shown(path)}`);
    }
}
