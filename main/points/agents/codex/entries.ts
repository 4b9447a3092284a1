/**
 * Our entries in Codex's config.toml: a group of hooks for each event, and the record by which Codex trusts it.
 *
 * They stand at the end of the file, as tables of their own. What is written in a way in which TOML allows no such
 * table beside it (`hooks = {…}`, `PreToolUse = […]`) is refused, not rewritten.
 */
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import type { JsonObject, JsonValue } from '../../../platform/canonical-json.ts';
import { canonicalJson } from '../../../platform/canonical-json.ts';
import { CODEX_EVENTS } from '../../hooks/codex-events.ts';
import type { MatchedEvent } from '../../hooks/hook-event.ts';
import type { EmptyBefore, EntryFormat, EntryTarget } from '../agent-adapter.ts';
import { foreignTo, isOurs } from '../hook-groups.ts';
import { hookLine, lineWords } from '../hook-line.ts';
import { badSettings, isBlank } from '../settings-text.ts';
import { keyFiles, trustHash, trustKey } from './trust.ts';

const AGENT = 'codex';
/** In `EmptyBefore.events`: the file did not end with a line end. */
const NO_LINE_END = 'end';

export const CODEX_ENTRIES: EntryFormat = {
  checkEditable: ({ file, text }) => {
    checkToml(file, text);
  },
  state: (text, target, file) => {
    const document = documentOf(text);
    if (ownGroups(document, target).length === 0) return { kind: 'absent' };
    const problems = CODEX_EVENTS.flatMap((event) => entryProblem(document, event, target, file) ?? []);
    return problems.length === 0 ? { kind: 'exact' } : { kind: 'broken', problems };
  },
  entries: (text, target, file) => {
    const document = documentOf(text);
    return CODEX_EVENTS.map((event) => ({
      name: `Hook ${event.name}`,
      problem: entryProblem(document, event, target, file),
    }));
  },
  foreign: (text, target) => {
    for (const { words } of ownGroups(documentOf(text), target)) {
      const foreign = foreignTo(words, target);
      if (foreign !== null) return foreign;
    }
    return null;
  },
  added,
  removed,
  isBare: isBlank,
};

/** @throws GatehouseError `bad_settings` with the place */
export function checkToml(file: string, text: string, instead?: string): void {
  try {
    parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw badSettings(file, error.lineNumber, error.column + 1, instead ?? error.message);
  }
}

/** A text's values; an empty object for a text that was checked and holds none. */
export function documentOf(text: string): JsonObject {
  return getStaticTOMLValue(parseTOML(text)) as JsonObject;
}

export function objectOf(value: JsonValue | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    ? (value as JsonObject)
    : null;
}

interface OwnGroup {
  readonly event: string;
  /** Its place among the groups of its event. */
  readonly index: number;
  readonly words: readonly string[];
  readonly value: JsonObject;
  /** Our handler stands alone in it. */
  readonly alone: boolean;
}

/** Groups with a handler of ours, whatever was done to it. */
function ownGroups(document: JsonObject, target: EntryTarget): OwnGroup[] {
  return Object.entries(objectOf(document['hooks']) ?? {}).flatMap(([event, groups]) =>
    listOf(groups).flatMap((group, index) => {
      const value = objectOf(group);
      const handlers = listOf(value?.['hooks']);
      const own = handlers.flatMap((handler) => {
        const command = objectOf(handler)?.['command'];
        const words = typeof command === 'string' ? lineWords(command) : [];
        return isOurs(words, AGENT, target) ? [words] : [];
      });
      const [words] = own;
      return value === null || words === undefined
        ? []
        : [{ event, index, words, value, alone: handlers.length === own.length }];
    }),
  );
}

/** Events in which somebody's hooks stand behind ours: each moves up by one place when ours go. */
export function eventsBehindOurs(text: string, target: EntryTarget): readonly string[] {
  const document = documentOf(text);
  const own = ownGroups(document, target);
  const behind = own.filter(
    ({ event, index }) =>
      listOf(objectOf(document['hooks'])?.[event]).length > index + 1 &&
      !own.some((other) => other.event === event && other.index > index),
  );
  return [...new Set(behind.map(({ event }) => event))];
}

function wantedGroup(event: MatchedEvent, target: EntryTarget): JsonObject {
  const handler = {
    type: 'command',
    command: hookLine(AGENT, event, target),
    timeout: event.timeoutSeconds,
  };
  return event.matcher === null ? { hooks: [handler] } : { matcher: event.matcher, hooks: [handler] };
}

/** What is wrong with the entry of one event or with the trust in it; null when it is exactly ours. */
function entryProblem(
  document: JsonObject,
  event: MatchedEvent,
  target: EntryTarget,
  file: string,
): string | null {
  const found = ownGroups(document, target).filter((group) => group.event === event.name);
  const wanted = canonicalJson(wantedGroup(event, target));
  const exact = found.find(({ value }) => textOf(value) === wanted);
  if (exact === undefined) {
    return found.length === 0
      ? `${event.name}: our entry is missing`
      : `${event.name}: our entry was changed, or something stands beside it`;
  }
  const states = objectOf(objectOf(document['hooks'])?.['state']);
  for (const keyFile of keyFiles(file)) {
    const state = objectOf(states?.[trustKey(keyFile, event.name, exact.index)]);
    if (state?.['enabled'] !== undefined && state['enabled'] !== true)
      return `${event.name}: our entry is switched off in hooks.state`;
    if (state?.['trusted_hash'] !== hashOf(event, target))
      return `${event.name}: Codex does not trust our entry, and skips it`;
  }
  return null;
}

function hashOf(event: MatchedEvent, target: EntryTarget): string {
  return trustHash({
    event: event.name,
    matcher: event.matcher,
    command: hookLine(AGENT, event, target),
    timeout: event.timeoutSeconds,
  });
}

function added(given: string, target: EntryTarget, file: string): { text: string; empty: EmptyBefore } {
  const lineEnd = /\r\n|\n/.exec(given)?.[0] ?? '\n';
  const hooks = objectOf(documentOf(given)['hooks']);
  const tables = CODEX_EVENTS.map((event: MatchedEvent) => [
    `[[hooks.${event.name}]]`,
    ...(event.matcher === null ? [] : [`matcher = ${quoted(event.matcher)}`]),
    '',
    `[[hooks.${event.name}.hooks]]`,
    'type = "command"',
    `command = ${quoted(hookLine(AGENT, event, target))}`,
    `timeout = ${event.timeoutSeconds}`,
  ]);
  const keys = keyFiles(file).flatMap((keyFile) =>
    CODEX_EVENTS.map((event: MatchedEvent) => ({
      event,
      key: trustKey(keyFile, event.name, listOf(hooks?.[event.name]).length),
    })),
  );
  const trust = keys.map(({ event, key }) => [
    `[hooks.state.${quoted(key)}]`,
    `trusted_hash = ${quoted(hashOf(event, target))}`,
  ]);
  const block = [...tables, ...trust].map((lines) => lines.join(lineEnd)).join(lineEnd + lineEnd) + lineEnd;
  // A record of a hook that stood there once would be a second one of ours.
  const text = without(given, (part) => keys.some(({ key }) => key === trustKeyOf(part)));
  if (isBlank(text)) return { text: block, empty: { hooks: null, events: {} } };
  const ended = text.endsWith('\n');
  const whole = `${text}${ended ? '' : lineEnd}${lineEnd}${block}`;
  checkToml(file, whole, 'its hooks are written in a way to which no others can be added');
  return { text: whole, empty: { hooks: null, events: ended ? {} : { [NO_LINE_END]: '' } } };
}

/**
 * Takes away our groups and the trust in them, each with the blank line before it. A group that holds other
 * handlers too, or stands in no tables of its own, is somebody's rewriting: that is refused.
 */
function removed(text: string, target: EntryTarget, empty: EmptyBefore, file: string): string {
  const own = ownGroups(documentOf(text), target);
  if (own.length === 0) return text;
  const parts = tablesOf(text);
  for (const { event, index, alone } of own) {
    const table = parts.find((part) => isOfGroup(part, event, index));
    if (!alone || table === undefined) throw rewritten(text, file, table, event);
  }
  const keys = keyFiles(file).flatMap((keyFile) =>
    own.map(({ event, index }) => trustKey(keyFile, event, index)),
  );
  const hashes = CODEX_EVENTS.map((event) => hashOf(event, target));
  const isOwn = (part: AST.TOMLTable) =>
    own.some(({ event, index }) => isOfGroup(part, event, index)) ||
    keys.includes(trustKeyOf(part) ?? '') ||
    hashes.some((hash) => trustKeyOf(part) !== null && text.slice(...part.range).includes(hash));
  const now = without(text, isOwn);
  const last = parts.at(-1);
  const atEnd = last !== undefined && isOwn(last);
  return atEnd && NO_LINE_END in empty.events ? now.replace(/\r?\n$/, '') : now;
}

function isOfGroup({ resolvedKey: [root, name, at] }: AST.TOMLTable, event: string, index: number): boolean {
  return root === 'hooks' && name === event && at === index;
}

/** The key of a table `[hooks.state."KEY"]`; null for any other. */
function trustKeyOf({ resolvedKey: [root, state, key] }: AST.TOMLTable): string | null {
  return root === 'hooks' && state === 'state' && typeof key === 'string' ? key : null;
}

/** The text without some of its tables. */
function without(text: string, isGone: (table: AST.TOMLTable) => boolean): string {
  return tablesOf(text)
    .filter(isGone)
    .toSorted((a, b) => b.range[0] - a.range[0])
    .reduce((now, { range }) => cutTable(now, range), text);
}

/** The table's lines, and one blank line before them. */
function cutTable(text: string, [start, end]: readonly [number, number]): string {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const before = /(?:^|\n)(\r?\n)$/.exec(text.slice(0, from))?.[1]?.length ?? 0;
  const next = text.indexOf('\n', end);
  return text.slice(0, from - before) + (next < 0 ? '' : text.slice(next + 1));
}

function tablesOf(text: string): AST.TOMLTable[] {
  return parseTOML(text).body[0].body.filter((part) => part.type === 'TOMLTable');
}

function rewritten(text: string, file: string, table: AST.TOMLTable | undefined, event: string) {
  const line = table === undefined ? 1 : text.slice(0, table.range[0]).split('\n').length;
  return badSettings(file, line, 1, `hooks.${event} holds our entry among others`);
}

/** JSON's strings are TOML's, but for one character. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** Canonical JSON; null for what JSON has no value for, as a date. */
function textOf(value: JsonObject): string | null {
  try {
    return canonicalJson(value);
  } catch {
    return null;
  }
}
