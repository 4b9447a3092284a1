/**
 * Our entries in Cursor's `hooks.json`, a list of handlers for each event, and the edits that put them in and take them
 * out. Its commands are read by a shell, whichever that is (`hook-line.ts`).
 */
import { canonicalJson, type JsonObject } from '../../../platform/canonical-json.ts';
import { type JsonNode, jsonValue, memberOf, parseJson } from '../../../platform/json-syntax.ts';
import { CURSOR_EVENTS } from '../../hooks/cursor-events.ts';
import type { HookEvent } from '../../hooks/hook-event.ts';
import { type EmptyBefore, type EntryFormat, type EntryTarget, NOTHING_EMPTY } from '../agent-adapter.ts';
import { foreignTo, isOurs } from '../hook-groups.ts';
import { hookLine, lineWords } from '../hook-line.ts';
import { checkHooksObject, withoutEmptied } from '../hooks-object.ts';
import { addItem, addMember, type JsonPath, nodeAt, removeAt } from '../json-edit.ts';
import { isBlank } from '../settings-text.ts';

/** The entry of one event, as it stands in the settings. */
export function cursorEntry(event: HookEvent, target: EntryTarget): JsonObject {
  return {
    command: hookLine('cursor', event, target),
    timeout: event.timeoutSeconds,
    ...(event.tells === true ? {} : { failClosed: true }),
  };
}

export const CURSOR_ENTRIES: EntryFormat = {
  checkEditable: checkHooksObject,
  state: (text, target) => {
    const own = ownIn(text, target);
    if (own.length === 0) return { kind: 'absent' };
    const problems = CURSOR_EVENTS.flatMap((event) => problemOf(event, own, target) ?? []);
    return problems.length === 0 ? { kind: 'exact' } : { kind: 'broken', problems };
  },
  entries: (text, target) => {
    const own = ownIn(text, target);
    return CURSOR_EVENTS.map((event) => ({
      name: `Hook ${event.name}`,
      problem: problemOf(event, own, target),
    }));
  },
  foreign: (text, target) => {
    for (const { words } of ownIn(text, target)) {
      const foreign = foreignTo(words, target);
      if (foreign !== null) return foreign;
    }
    return null;
  },
  added: (text, target) =>
    isBlank(text)
      ? { text: `${withEntries('{"version": 1}', target).text}\n`, empty: NOTHING_EMPTY }
      : withEntries(text, target),
  removed: (text, target, empty) => (isBlank(text) ? text : withoutEntries(text, target, empty)),
  isBare: (text) => {
    if (isBlank(text)) return true;
    const { root } = parseJson(text);
    return root.kind === 'object' && root.members.every(({ key }) => key === 'version');
  },
};

interface OwnHandler {
  readonly event: string;
  readonly path: JsonPath;
  readonly words: readonly string[];
  readonly canonical: string;
}

function ownIn(text: string, target: EntryTarget): readonly OwnHandler[] {
  const hooks = isBlank(text) ? undefined : memberOf(parseJson(text).root, 'hooks')?.value;
  if (hooks?.kind !== 'object') return [];
  return hooks.members.flatMap(({ key: event, value: list }) =>
    list.kind !== 'array' ? [] : list.items.flatMap((item, at) => ownHandler(event, item, at, target)),
  );
}

function ownHandler(event: string, item: JsonNode, at: number, target: EntryTarget): OwnHandler[] {
  const value = jsonValue(item);
  const command = typeof value === 'object' && value !== null ? (value as JsonObject)['command'] : undefined;
  if (typeof command !== 'string') return [];
  const words = lineWords(command);
  if (!isOurs(words, 'cursor', target)) return [];
  return [{ event, path: ['hooks', event, at], words, canonical: canonicalJson(value) }];
}

function problemOf(event: HookEvent, own: readonly OwnHandler[], target: EntryTarget): string | null {
  const found = own.filter((handler) => handler.event === event.name);
  const expected = canonicalJson(cursorEntry(event, target));
  if (found.some(({ canonical }) => canonical === expected)) return null;
  return found.length === 0
    ? `${event.name}: our entry is missing`
    : `${event.name}: our entry was changed: it is ${(found[0]?.canonical ?? '').slice(0, 200)}`;
}

/** @param text JSON whose root is an object, without our entries */
function withEntries(text: string, target: EntryTarget): { text: string; empty: EmptyBefore } {
  const hooks = nodeAt(parseJson(text).root, ['hooks']);
  if (hooks === null) {
    const all = Object.fromEntries(CURSOR_EVENTS.map((event) => [event.name, [cursorEntry(event, target)]]));
    return { text: addMember(text, [], 'hooks', all), empty: NOTHING_EMPTY };
  }
  const events: Record<string, string> = {};
  let now = text;
  for (const event of CURSOR_EVENTS) {
    const list = nodeAt(parseJson(now).root, ['hooks', event.name]);
    if (list?.kind === 'array' && list.items.length === 0)
      events[event.name] = now.slice(list.start, list.end);
    now =
      list === null
        ? addMember(now, ['hooks'], event.name, [cursorEntry(event, target)])
        : addItem(now, ['hooks', event.name], cursorEntry(event, target));
  }
  const isEmpty = hooks.kind === 'object' && hooks.members.length === 0;
  return { text: now, empty: { hooks: isEmpty ? text.slice(hooks.start, hooks.end) : null, events } };
}

/** The text without our entries; every other byte stays. What was empty before is put back as it was. */
function withoutEntries(text: string, target: EntryTarget, empty: EmptyBefore): string {
  let now = text;
  const touched = new Set<string>();
  for (;;) {
    // From the end, so that the places of those before it stay.
    const own = ownIn(now, target).at(-1);
    if (own === undefined) break;
    touched.add(own.event);
    now = removeAt(now, own.path);
  }
  return withoutEmptied(now, touched, empty);
}
