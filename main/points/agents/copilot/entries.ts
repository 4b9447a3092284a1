/**
 * Our hooks file of Copilot CLI, `gatehouse.json` in the person's folder of hooks: what it says, and which text is ours.
 *
 * `exec` starts the program itself, no shell reads the line. A hook that crashes or is missing stops the tool; one that
 * is late does not, so the time is written out.
 */
import type { JsonObject, JsonValue } from '../../../platform/canonical-json.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { jsonValue, parseJson } from '../../../platform/json-syntax.ts';
import { COPILOT_EVENTS } from '../../hooks/copilot-events.ts';
import type { EntryTarget } from '../agent-adapter.ts';
import { programCommand } from '../hook-line.ts';
import { ownFile } from '../own-file.ts';

/** The whole file. */
export function copilotFile(target: EntryTarget): string {
  const hooks = Object.fromEntries(
    COPILOT_EVENTS.map((event) => {
      const { command, args } = programCommand('copilot', event, target);
      return [event.name, [{ type: 'command', exec: command, args, timeoutSec: event.timeoutSeconds }]];
    }),
  );
  return `${JSON.stringify({ version: 1, hooks }, null, 2)}\n`;
}

export const COPILOT_ENTRIES = ownFile({
  name: 'Hooks file',
  text: copilotFile,
  isOurs: (text) => runs(text) !== null,
  runs,
});

/** What the first handler in a hooks file runs that has our words. */
function runs(text: string): EntryTarget | null {
  for (const { exec, args } of handlers(text)) {
    const words: readonly JsonValue[] = Array.isArray(args) ? (args as readonly JsonValue[]) : [];
    const door = words[words.indexOf('--door') + 1];
    if (words[0] !== 'hook' || words[1] !== 'copilot' || typeof exec !== 'string') continue;
    if (typeof door === 'string' && words.includes('--door')) return { program: exec, door };
  }
  return null;
}

function handlers(text: string): readonly JsonObject[] {
  try {
    const { hooks } = jsonValue(parseJson(text).root) as { hooks?: Readonly<Record<string, JsonValue>> };
    return Object.values(hooks ?? {})
      .flatMap((list) => (Array.isArray(list) ? (list as readonly JsonValue[]) : []))
      .filter((one): one is JsonObject => typeof one === 'object' && one !== null && !Array.isArray(one));
  } catch (error) {
    if (error instanceof GatehouseError || error instanceof TypeError) return [];
    throw error;
  }
}
