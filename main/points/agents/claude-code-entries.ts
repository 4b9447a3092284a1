/**
 * Our entries in Claude Code's settings: what they say, which of a file's entries are ours, and the edits that
 * put them in and take them out.
 *
 * `args` present means exec form: no shell reads the line. `onFailure: "block"` makes Claude Code stop a tool
 * whose hook crashes, is missing or is late; without it all of these let the tool run.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { type JsonNode, jsonValue, memberOf, parseJson } from '../../platform/json-syntax.ts';
import { CLAUDE_CODE_EVENTS, type HookEvent } from '../hooks/claude-code-events.ts';
import { addItem, addMember, type JsonPath, nodeAt, removeAt, replaceAt } from './json-edit.ts';

/** What an entry runs. */
export interface EntryTarget {
  /** Absolute path of the installed hook program. */
  readonly program: string;
  /** Absolute path of the agent door. */
  readonly door: string;
}

/** Containers that were there and empty before our entries came in: their exact text, by key under `hooks`. */
export interface EmptyBefore {
  readonly hooks: string | null;
  readonly events: Readonly<Record<string, string>>;
}

export const NOTHING_EMPTY: EmptyBefore = { hooks: null, events: {} };

const AGENT_ARGS = ['hook', 'claude-code'] as const;
const PROGRAM_NAME = /(?:^|[\\/])gatehouse(?:\.exe)?$/;

/** The entry of one event, as it stands in the settings. */
export function entryFor(event: HookEvent, target: EntryTarget): JsonObject {
  const args = [...AGENT_ARGS, '--door', target.door, '--deadline', String(event.deadlineSeconds)];
  const handler = {
    type: 'command',
    command: target.program,
    args: event.tells === true ? [...args, '--tells'] : args,
    timeout: event.timeoutSeconds,
    ...(event.tells === true ? {} : { onFailure: 'block' }),
  };
  return event.matcher === null ? { hooks: [handler] } : { matcher: event.matcher, hooks: [handler] };
}

/** A hook handler in a settings file that is ours, whatever was done to it. */
export interface OwnHandler {
  readonly event: string;
  /** Path of the group under the root. */
  readonly group: JsonPath;
  /** Path of the handler itself. */
  readonly handler: JsonPath;
  /** The group holds nothing but this handler. */
  readonly alone: boolean;
  /** Canonical JSON of the whole group. */
  readonly canonical: string;
  /** Offset of the group in the text. */
  readonly start: number;
  readonly value: JsonObject;
}

/** Our handlers in a settings text, in the order of the file. */
export function ownHandlers(root: JsonNode, target: EntryTarget): OwnHandler[] {
  const hooks = memberOf(root, 'hooks')?.value;
  if (hooks?.kind !== 'object') return [];
  return hooks.members.flatMap(({ key: event, value: groups }) => {
    if (groups.kind !== 'array') return [];
    return groups.items.flatMap((group, index) => ownInGroup(event, group, index, target));
  });
}

function ownInGroup(event: string, group: JsonNode, index: number, target: EntryTarget): OwnHandler[] {
  const handlers = memberOf(group, 'hooks')?.value;
  if (handlers?.kind !== 'array') return [];
  const path: JsonPath = ['hooks', event, index];
  return handlers.items.flatMap((handler, at) => {
    const value = jsonValue(handler);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    if (!isOurs(value as JsonObject, target)) return [];
    return {
      event,
      group: path,
      handler: [...path, 'hooks', at],
      alone: handlers.items.length === 1,
      canonical: canonicalJson(jsonValue(group)),
      start: group.start,
      value: value as JsonObject,
    };
  });
}

/** Ours by its program, or by its arguments when somebody changed the program. */
function isOurs(handler: JsonObject, target: EntryTarget): boolean {
  const { command, args } = handler;
  const given: readonly unknown[] = Array.isArray(args) ? args : [];
  const hooksUs = AGENT_ARGS.every((argument, index) => given[index] === argument);
  if (command === target.program) return true;
  if (hooksUs && typeof command === 'string' && PROGRAM_NAME.test(command)) return true;
  return hooksUs && given[2] === '--door';
}

/**
 * The door of another Gatehouse that these settings are connected to; null when there is none. An entry of ours
 * that somebody changed still names our program or our door.
 */
export function foreignEntry(root: JsonNode, target: EntryTarget): EntryTarget | null {
  for (const { value } of ownHandlers(root, target)) {
    const { command, args } = value;
    const words: readonly unknown[] = Array.isArray(args) ? args : [];
    const door = words[words.indexOf('--door') + 1];
    if (typeof command !== 'string' || typeof door !== 'string' || !words.includes('--door')) continue;
    if (command !== target.program && door !== target.door) return { program: command, door };
  }
  return null;
}

/** How a settings text stands to what we install. */
export type EntriesState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'exact' }
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

/** Compares a settings text with what Connect writes. `problems` are in words for a person. */
export function entriesState(root: JsonNode, target: EntryTarget): EntriesState {
  const own = ownHandlers(root, target);
  if (own.length === 0) return { kind: 'absent' };
  const problems = CLAUDE_CODE_EVENTS.flatMap((event) => entryProblem(event, own, target) ?? []);
  return problems.length === 0 ? { kind: 'exact' } : { kind: 'broken', problems };
}

/** What is wrong with the entry of one event; null when it is exactly ours. */
export function entryProblem(
  event: HookEvent,
  own: readonly OwnHandler[],
  target: EntryTarget,
): string | null {
  const found = own.filter((handler) => handler.event === event.name);
  const expected = canonicalJson(entryFor(event, target));
  if (found.some((handler) => handler.canonical === expected)) return null;
  const changed = found[0];
  if (changed === undefined) return `${event.name}: our entry is missing`;
  return `${event.name}: our entry was changed: ${differences(changed, event, target).join(', ')}`;
}

function differences(changed: OwnHandler, event: HookEvent, target: EntryTarget): string[] {
  const wanted = entryFor(event, target) as { hooks: readonly [JsonObject]; matcher?: string };
  const handler = wanted.hooks[0];
  const keys = [...new Set([...Object.keys(handler), ...Object.keys(changed.value)])];
  const words = keys
    .filter((key) => canonicalJson(handler[key] ?? null) !== canonicalJson(changed.value[key] ?? null))
    .map((key) => {
      const now = changed.value[key];
      return now === undefined ? `${key} was taken out` : `${key} is ${canonicalJson(now).slice(0, 120)}`;
    });
  return words.length === 0 ? ['its matcher or what stands beside it is not ours'] : words;
}

/**
 * The text with all our entries in it, and what was empty before.
 *
 * @param text  JSON whose root is an object, without our entries (see `withoutEntries`)
 */
export function withEntries(text: string, target: EntryTarget): { text: string; empty: EmptyBefore } {
  let now = text;
  let hooksEmpty: string | null = null;
  const events: Record<string, string> = {};
  const hooks = nodeAt(parseJson(now).root, ['hooks']);
  if (hooks === null) {
    const all = Object.fromEntries(
      CLAUDE_CODE_EVENTS.map((event) => [event.name, [entryFor(event, target)]]),
    );
    return { text: addMember(now, [], 'hooks', all), empty: NOTHING_EMPTY };
  }
  if (hooks.kind === 'object' && hooks.members.length === 0) hooksEmpty = now.slice(hooks.start, hooks.end);
  for (const event of CLAUDE_CODE_EVENTS) {
    const entry = entryFor(event, target);
    const groups = nodeAt(parseJson(now).root, ['hooks', event.name]);
    if (groups === null) {
      now = addMember(now, ['hooks'], event.name, [entry]);
      continue;
    }
    if (groups.kind === 'array' && groups.items.length === 0)
      events[event.name] = now.slice(groups.start, groups.end);
    now = addItem(now, ['hooks', event.name], entry);
  }
  return { text: now, empty: { hooks: hooksEmpty, events } };
}

/** The text without our entries; every other byte stays. What was empty before is put back as it was. */
export function withoutEntries(text: string, target: EntryTarget, empty: EmptyBefore): string {
  let now = text;
  const touched = new Set<string>();
  for (;;) {
    // From the end, so that the places of those before it stay.
    const own = ownHandlers(parseJson(now).root, target).at(-1);
    if (own === undefined) break;
    touched.add(own.event);
    now = removeAt(now, own.alone ? own.group : own.handler);
  }
  for (const event of [...touched].toReversed()) {
    const groups = nodeAt(parseJson(now).root, ['hooks', event]);
    if (groups?.kind !== 'array' || groups.items.length > 0) continue;
    const before = empty.events[event];
    now = before === undefined ? removeAt(now, ['hooks', event]) : replaceAt(now, ['hooks', event], before);
  }
  const hooks = nodeAt(parseJson(now).root, ['hooks']);
  if (touched.size === 0 || hooks?.kind !== 'object' || hooks.members.length > 0) return now;
  return empty.hooks === null ? removeAt(now, ['hooks']) : replaceAt(now, ['hooks'], empty.hooks);
}
