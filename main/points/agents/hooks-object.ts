/** What JSON settings with a `hooks` object of lists by event have in common, whatever stands in the lists. */
import { memberOf, parseJson } from '../../platform/json-syntax.ts';
import type { EmptyBefore } from './agent-adapter.ts';
import { nodeAt, removeAt, replaceAt } from './json-edit.ts';
import { badPlace, jsonRoot, type SettingsText } from './settings-text.ts';

/** @throws GatehouseError `bad_settings` with the place, for a text to which no entry can be added */
export function checkHooksObject(settings: SettingsText): void {
  const root = jsonRoot(settings);
  const { text, file } = settings;
  if (root === null) return;
  if (root.kind !== 'object') throw badPlace(file, text, root.start, 'expected an object');
  const hooks = memberOf(root, 'hooks')?.value;
  if (hooks === undefined) return;
  if (hooks.kind !== 'object') throw badPlace(file, text, hooks.start, '"hooks" must be an object');
  for (const { key, value } of hooks.members) {
    if (value.kind !== 'array') throw badPlace(file, text, value.start, `"hooks.${key}" must be an array`);
  }
}

/**
 * The text without lists that are empty now that our entries are out; one that was empty before comes back as it was.
 *
 * @param touched  events from which an entry of ours was taken
 */
export function withoutEmptied(text: string, touched: ReadonlySet<string>, empty: EmptyBefore): string {
  let now = text;
  for (const event of [...touched].toReversed()) {
    const list = nodeAt(parseJson(now).root, ['hooks', event]);
    if (list?.kind !== 'array' || list.items.length > 0) continue;
    const before = empty.events[event];
    now = before === undefined ? removeAt(now, ['hooks', event]) : replaceAt(now, ['hooks', event], before);
  }
  const hooks = nodeAt(parseJson(now).root, ['hooks']);
  if (touched.size === 0 || hooks?.kind !== 'object' || hooks.members.length > 0) return now;
  return empty.hooks === null ? removeAt(now, ['hooks']) : replaceAt(now, ['hooks'], empty.hooks);
}
