/**
 * What a session remembers of its calls: sets of targets, counters and flags. `state_tracking` adds to what is
 * always kept; an entry under a name that is there already adds to that one. Only calls that succeeded count.
 */
import type { Catalog } from '../catalog.ts';
import { nonEmptyText, patternOf } from '../conditions/call-conditions.ts';
import type { StateNames } from '../conditions/scope.ts';
import type { TargetNames } from '../conditions/targets.ts';
import { compileToolNames, type ToolNames, toolNames } from '../conditions/tool-names.ts';
import { quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { compilePattern, type Pattern } from '../pattern.ts';
import { type Fields, isSet, type Reader } from '../reader.ts';

export interface TrackedSet extends TargetNames {
  readonly name: string;
  readonly addOn: ToolNames;
}

export interface TrackedCounter {
  readonly name: string;
  readonly incrementOn: ToolNames;
  readonly resetOn: ToolNames | null;
  /** Back to 0 when such a tool's parameter matches. */
  readonly resetWhen: { readonly tool: ToolNames; readonly param: string; readonly pattern: Pattern } | null;
}

export interface TrackedFlag {
  readonly name: string;
  readonly setOn: ToolNames;
  readonly unsetOn: ToolNames | null;
}

export interface Tracking {
  readonly sets: readonly TrackedSet[];
  readonly counters: readonly TrackedCounter[];
  readonly flags: readonly TrackedFlag[];
}

const FILE: TargetNames = { target: 'file_path', aliases: ['path', 'filepath'] };
const READ = toolNames('filesystem.read');
const SEARCH = toolNames('filesystem.grep', 'filesystem.glob');
const CHANGE = toolNames('filesystem.edit', 'filesystem.write');

/** What runs a project's tests, as the word or words of a command. */
const TEST_RUNNERS = [
  'pytest',
  'py\\.test',
  'python3?\\s+-m\\s+(?:pytest|unittest)',
  '(?:npm|pnpm|yarn|bun|deno|cargo|go|make|dotnet|mvn|gradle|swift|mix)\\s+(?:run\\s+)?test',
  'npx\\s+jest',
  'vitest',
  'jest',
  'mocha',
  'rspec',
  'phpunit',
  'ctest',
  'tox',
];

function builtinPattern(source: string): Pattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(`a built-in pattern does not compile: ${compiled.problem}`);
  return compiled.pattern;
}

export const DEFAULT_TRACKING: Tracking = Object.freeze({
  sets: [
    { name: 'read_files', addOn: READ, ...FILE },
    { name: 'edited_files', addOn: toolNames('filesystem.edit'), ...FILE },
    { name: 'written_files', addOn: toolNames('filesystem.write'), ...FILE },
    { name: 'searched_patterns', addOn: SEARCH, target: 'pattern', aliases: [] },
  ],
  counters: [
    { name: 'reads_since_search', incrementOn: READ, resetOn: SEARCH, resetWhen: null },
    {
      name: 'changes_since_test',
      incrementOn: CHANGE,
      resetOn: null,
      resetWhen: {
        tool: toolNames('shell.bash'),
        param: 'command',
        pattern: builtinPattern(`\\b(?:${TEST_RUNNERS.join('|')})\\b`),
      },
    },
  ],
  flags: [{ name: 'has_web_searched', setOn: toolNames('web.search'), unsetOn: null }],
});

/** The names that conditions and messages may use; a set that is declared twice has the targets of both. */
export function namesOf({ sets, counters, flags }: Tracking): StateNames {
  const merged = new Map<string, TargetNames>();
  for (const { name, target, aliases } of sets) {
    const before = merged.get(name);
    const all =
      before === undefined
        ? aliases
        : [...before.aliases, ...(target === before.target ? [] : [target]), ...aliases];
    merged.set(name, { target: before?.target ?? target, aliases: [...new Set(all)] });
  }
  return {
    sets: merged,
    counters: new Set(counters.map(({ name }) => name)),
    flags: new Set(flags.map(({ name }) => name)),
  };
}

/** Keys of `state_tracking` and of what stands in it. */
export const TRACKING_FIELDS = {
  sets: ['add_on', 'target', 'aliases'],
  counters: ['increment_on', 'reset_on', 'reset_when'],
  flags: ['set_on', 'unset_on'],
} as const;
export const RESET_FIELDS = ['tool', 'param', 'matches'] as const;

/** `state_tracking`, on top of the defaults. */
export function compileTracking(reader: Reader, field: Field | undefined, catalog: Catalog): Tracking {
  const fields = isSet(field) ? reader.known(field, Object.keys(TRACKING_FIELDS)) : null;
  const read = <T>(key: string, one: (name: string, at: Field) => T | null): readonly T[] =>
    named(reader, fields, key).flatMap(([name, at]) => one(name, at) ?? []);
  const tools = (at: Field | undefined): ToolNames | null =>
    isSet(at) ? compileToolNames(reader, at, catalog) : null;
  const needed = (members: Fields | null, at: Field, key: string): ToolNames | null => {
    const given = members?.get(key);
    if (members !== null && !isSet(given))
      reader.problems.error(at, `${key} is missing: it names the tools that count`);
    return tools(given);
  };
  return Object.freeze({
    sets: [
      ...DEFAULT_TRACKING.sets,
      ...read('sets', (name, at) => {
        const members = reader.known(at, TRACKING_FIELDS.sets);
        const addOn = needed(members, at, 'add_on');
        const target = members?.get('target');
        const aliases = members?.get('aliases');
        const targetName = isSet(target) ? nonEmptyText(reader, target) : FILE.target;
        const otherNames = isSet(aliases)
          ? reader.texts(aliases)?.map(({ value }) => value)
          : isSet(target)
            ? []
            : FILE.aliases;
        if (addOn === null || targetName === null || otherNames === undefined) return null;
        return { name, addOn, target: targetName, aliases: otherNames };
      }),
    ],
    counters: [
      ...DEFAULT_TRACKING.counters,
      ...read('counters', (name, at) => {
        const members = reader.known(at, TRACKING_FIELDS.counters);
        const incrementOn = needed(members, at, 'increment_on');
        const when = members?.get('reset_when');
        const resetWhen = isSet(when) ? compileResetWhen(reader, when, catalog) : null;
        const resetOn = tools(members?.get('reset_on'));
        return incrementOn === null ? null : { name, incrementOn, resetOn, resetWhen };
      }),
    ],
    flags: [
      ...DEFAULT_TRACKING.flags,
      ...read('flags', (name, at) => {
        const members = reader.known(at, TRACKING_FIELDS.flags);
        const setOn = needed(members, at, 'set_on');
        const unsetOn = tools(members?.get('unset_on'));
        return setOn === null ? null : { name, setOn, unsetOn };
      }),
    ],
  });
}

function named(reader: Reader, fields: Fields | null, key: string): readonly (readonly [string, Field])[] {
  const section = fields?.get(key);
  if (section === undefined) return [];
  return [...(reader.members(section) ?? [])].filter(([name, at]) => {
    if (!/^[\w.-]{1,64}$/.test(name)) {
      reader.problems.error(
        { ...at, node: at.keyNode },
        `${quoted(name)} is no name: use letters, digits, _ . -`,
      );
      return false;
    }
    if (!isSet(at)) reader.problems.error(keyOf(at), 'says nothing; name the tools that count');
    return isSet(at);
  });
}

function compileResetWhen(reader: Reader, field: Field, catalog: Catalog): TrackedCounter['resetWhen'] {
  const fields = reader.known(field, RESET_FIELDS);
  if (fields === null) return null;
  const missing = RESET_FIELDS.filter((key) => !isSet(fields.get(key)));
  for (const key of missing)
    reader.problems.error(field, `${key} is missing; write { tool: …, param: …, matches: … }`);
  const toolField = fields.get('tool');
  const tool = isSet(toolField) ? compileToolNames(reader, toolField, catalog) : null;
  const param = nonEmptyText(reader, fields.get('param'));
  const pattern = patternOf(reader, fields.get('matches'));
  return tool === null || param === null || pattern === null ? null : { tool, param, pattern };
}

function keyOf(field: Field): Field {
  return { ...field, node: field.keyNode };
}
