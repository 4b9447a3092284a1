/**
 * Entries in JSON settings of the form `{"hooks": {EVENT: [{"matcher", "hooks": [HANDLER]}]}}`, which several agents
 * share: which of a file's entries are ours, and the edits that put them in and take them out.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { type JsonNode, jsonValue, memberOf, parseJson } from '../../platform/json-syntax.ts';
import {
  type EmptyBefore,
  type EntriesState,
  type EntryFormat,
  type EntryTarget,
  NOTHING_EMPTY,
} from './agent-adapter.ts';
import { checkHooksObject, withoutEmptied } from './hooks-object.ts';
import { addItem, addMember, type JsonPath, nodeAt, removeAt } from './json-edit.ts';
import { isBlank } from './settings-text.ts';

const PROGRAM_NAME = /(?:^|[\\/])gatehouse(?:\.exe)?$/;

/** A group as it stands in the settings. */
export interface HookGroup {
  readonly matcher?: string;
  readonly hooks: readonly [JsonObject];
}

/** One agent's entries of this form. */
export interface HookGroupsForm<E extends { readonly name: string } = { readonly name: string }> {
  /** As it stands after `hook` on the command line. */
  readonly agent: string;
  readonly events: readonly E[];
  /** The entry of one event, as it stands in the settings. */
  readonly entry: (event: E, target: EntryTarget) => HookGroup;
  /** What a handler runs, the program first; null when it runs no program. */
  readonly words: (handler: JsonObject) => readonly string[] | null;
}

/** A hook handler in a settings file that is ours, whatever was done to it. */
interface OwnHandler {
  readonly event: string;
  /** Path of the group under the root. */
  readonly group: JsonPath;
  /** Path of the handler itself. */
  readonly handler: JsonPath;
  /** The group holds nothing but this handler. */
  readonly alone: boolean;
  /** Canonical JSON of the whole group. */
  readonly canonical: string;
  readonly value: JsonObject;
}

/** The format of an agent's entries. */
export function hookGroups<E extends { readonly name: string }>(form: HookGroupsForm<E>): EntryFormat {
  const own = (root: JsonNode, target: EntryTarget) => ownHandlers(root, form, target);
  return {
    checkEditable: checkHooksObject,
    state: (text, target) => stateOf(text, form, target),
    entries: (text, target) => {
      const found = isBlank(text) ? [] : own(parseJson(text).root, target);
      return form.events.map((event) => ({
        name: `Hook ${event.name}`,
        problem: entryProblem(event, found, form, target),
      }));
    },
    foreign: (text, target) => {
      const found = isBlank(text) ? [] : own(parseJson(text).root, target);
      for (const { value } of found) {
        const foreign = foreignTo(form.words(value) ?? [], target);
        if (foreign !== null) return foreign;
      }
      return null;
    },
    added: (text, target) =>
      isBlank(text)
        ? { text: `${withEntries('{}', form, target).text}\n`, empty: NOTHING_EMPTY }
        : withEntries(text, form, target),
    removed: (text, target, empty) => (isBlank(text) ? text : withoutEntries(text, form, target, empty)),
    isBare: (text) => {
      if (isBlank(text)) return true;
      const { root } = parseJson(text);
      return root.kind === 'object' && root.members.length === 0;
    },
  };
}

/** Ours by its program, or by its arguments when somebody changed the program. */
export function isOurs(words: readonly string[], agent: string, target: EntryTarget): boolean {
  const [program, ...args] = words;
  if (program === target.program) return true;
  if (args[0] !== 'hook' || args[1] !== agent) return false;
  return args[2] === '--door' || (program !== undefined && PROGRAM_NAME.test(program));
}

/**
 * What another Gatehouse's entry runs; null for one of this Gatehouse. An entry of ours that somebody changed still
 * names our program or our door.
 */
export function foreignTo(words: readonly string[], target: EntryTarget): EntryTarget | null {
  const [program] = words;
  const door = words.includes('--door') ? words[words.indexOf('--door') + 1] : undefined;
  if (program === undefined || program === '' || door === undefined) return null;
  return program !== target.program && door !== target.door ? { program, door } : null;
}

function ownHandlers(root: JsonNode, form: Pick<HookGroupsForm, 'agent' | 'words'>, target: EntryTarget) {
  const hooks = memberOf(root, 'hooks')?.value;
  if (hooks?.kind !== 'object') return [];
  return hooks.members.flatMap(({ key: event, value: groups }) => {
    if (groups.kind !== 'array') return [];
    return groups.items.flatMap((group, index) => ownInGroup(event, group, index, form, target));
  });
}

function ownInGroup(
  event: string,
  group: JsonNode,
  index: number,
  form: Pick<HookGroupsForm, 'agent' | 'words'>,
  target: EntryTarget,
): OwnHandler[] {
  const handlers = memberOf(group, 'hooks')?.value;
  if (handlers?.kind !== 'array') return [];
  const path: JsonPath = ['hooks', event, index];
  return handlers.items.flatMap((handler, at) => {
    const value = jsonValue(handler);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    const words = form.words(value as JsonObject);
    if (words === null || !isOurs(words, form.agent, target)) return [];
    return {
      event,
      group: path,
      handler: [...path, 'hooks', at],
      alone: handlers.items.length === 1,
      canonical: canonicalJson(jsonValue(group)),
      value: value as JsonObject,
    };
  });
}

function stateOf<E extends { readonly name: string }>(
  text: string,
  form: HookGroupsForm<E>,
  target: EntryTarget,
): EntriesState {
  const own = isBlank(text) ? [] : ownHandlers(parseJson(text).root, form, target);
  if (own.length === 0) return { kind: 'absent' };
  const problems = form.events.flatMap((event) => entryProblem(event, own, form, target) ?? []);
  return problems.length === 0 ? { kind: 'exact' } : { kind: 'broken', problems };
}

/** What is wrong with the entry of one event; null when it is exactly ours. */
function entryProblem<E extends { readonly name: string }>(
  event: E,
  own: readonly OwnHandler[],
  form: HookGroupsForm<E>,
  target: EntryTarget,
): string | null {
  const found = own.filter((handler) => handler.event === event.name);
  const wanted = form.entry(event, target);
  const expected = canonicalJson({ ...wanted });
  if (found.some((handler) => handler.canonical === expected)) return null;
  const changed = found[0];
  if (changed === undefined) return `${event.name}: our entry is missing`;
  return `${event.name}: our entry was changed: ${differences(changed, wanted.hooks[0]).join(', ')}`;
}

function differences(changed: OwnHandler, handler: JsonObject): string[] {
  const keys = [...new Set([...Object.keys(handler), ...Object.keys(changed.value)])];
  const words = keys
    .filter((key) => canonicalJson(handler[key] ?? null) !== canonicalJson(changed.value[key] ?? null))
    .map((key) => {
      const now = changed.value[key];
      return now === undefined ? `${key} was taken out` : `${key} is ${canonicalJson(now).slice(0, 120)}`;
    });
  return words.length === 0 ? ['its matcher or what stands beside it is not ours'] : words;
}

/** @param text JSON whose root is an object, without our entries */
function withEntries<E extends { readonly name: string }>(
  text: string,
  form: HookGroupsForm<E>,
  target: EntryTarget,
): { text: string; empty: EmptyBefore } {
  let now = text;
  let hooksEmpty: string | null = null;
  const events: Record<string, string> = {};
  const hooks = nodeAt(parseJson(now).root, ['hooks']);
  if (hooks === null) {
    const all = Object.fromEntries(
      form.events.map((event) => [event.name, [{ ...form.entry(event, target) }]]),
    );
    return { text: addMember(now, [], 'hooks', all), empty: NOTHING_EMPTY };
  }
  if (hooks.kind === 'object' && hooks.members.length === 0) hooksEmpty = now.slice(hooks.start, hooks.end);
  for (const event of form.events) {
    const entry = { ...form.entry(event, target) };
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
function withoutEntries(
  text: string,
  form: Pick<HookGroupsForm, 'agent' | 'words'>,
  target: EntryTarget,
  empty: EmptyBefore,
): string {
  let now = text;
  const touched = new Set<string>();
  for (;;) {
    // From the end, so that the places of those before it stay.
    const own = ownHandlers(parseJson(now).root, form, target).at(-1);
    if (own === undefined) break;
    touched.add(own.event);
    now = removeAt(now, own.alone ? own.group : own.handler);
  }
  return withoutEmptied(now, touched, empty);
}
