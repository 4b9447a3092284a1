/** All programs that work on the machine, by name. */
import { DESKTOP_COMMANDS } from './desktop-commands.ts';
import { GUARD_COMMANDS } from './guard-commands.ts';
import { MACHINE_COMMANDS } from './machine-commands.ts';
import type { SystemRow } from './system-row.ts';

export const SYSTEM_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  ...MACHINE_COMMANDS,
  ...GUARD_COMMANDS,
  ...DESKTOP_COMMANDS,
};
