/** condition, trigger, target, message, profile: one part of the behaviour language each. */
import { existsSync, realpathSync } from 'node:fs';
import type { JsonObject, JsonValue } from '../../main/platform/canonical-json.ts';
import { expandMessage } from '../../main/policy/behavior/message.ts';
import { DEFAULT_TRACKING, namesOf } from '../../main/policy/behavior/tracking.ts';
import { canonicalName } from '../../main/policy/canonical-name.ts';
import { builtinCatalog, type Catalog } from '../../main/policy/catalog.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { compileCondition } from '../../main/policy/conditions/compile-condition.ts';
import type { StateNames } from '../../main/policy/conditions/scope.ts';
import type { DiskView, StateView, Subject } from '../../main/policy/conditions/subject.ts';
import { targetOf } from '../../main/policy/conditions/targets.ts';
import { compileToolNames } from '../../main/policy/conditions/tool-names.ts';
import { readDocument } from '../../main/policy/document.ts';
import { Reader } from '../../main/policy/reader.ts';
import {
  type Case,
  type Json,
  type JsonMap,
  listOf,
  mapOf,
  type Outcome,
  sameJson,
  textOf,
} from './cases.ts';

/** The catalog, and beside it every tool that a case names: those cases are about no tools of ours. */
export function catalogWith(tools: readonly string[]): Catalog {
  const named = tools.map((tool) => canonicalName(tool));
  const own = new Map<string, Set<string>>();
  for (const { module, action } of named)
    own.set(module, (own.get(module) ?? new Set()).add(action === '' ? module : action));
  const spec = {
    risk: 'low',
    permissions: [],
    classification: null,
    mutating: true,
    params: {},
    main: [],
  } as const;
  return {
    names: [...builtinCatalog.names, ...own.keys()],
    module: (name) => {
      const known = builtinCatalog.module(name);
      if (known !== null) return known;
      const actions = own.get(name);
      return actions === undefined
        ? null
        : { name, open: false, actions: new Map([...actions].map((action) => [action, spec])) };
    },
    action: (module, action) =>
      builtinCatalog.action(module, action) ?? (own.get(module)?.has(action) === true ? spec : null),
  };
}

export const realDisk: DiskView = {
  exists: (path) => existsSync(path),
  real: (path) => {
    try {
      return realpathSync(path);
    } catch {
      return null;
    }
  },
};

/** A state as a case writes it down. */
function stateOf(state: JsonMap): StateView {
  const [sets, counters, flags] = ['sets', 'counters', 'flags'].map((key) => mapOf(state[key]));
  const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
  const last = textOf(state['last_tool']);
  return {
    has: (set, key) => listOf(sets?.[set]).includes(key),
    size: (set) => listOf(sets?.[set]).length,
    counter: (name) => number(counters?.[name]),
    flag: (name) => flags?.[name] === true,
    turn: number(state['turn']),
    callsThisTurn: number(state['tool_calls_this_turn']),
    lastTool: last === '' ? null : last,
    consecutive: number(state['consecutive_same']),
    flows: () => false,
  };
}

function subjectOf(input: JsonMap): Subject {
  const tool = canonicalName(textOf(input['tool']));
  return {
    phase: 'pre',
    ...tool,
    params: mapOf(input['params']) as JsonObject,
    cwd: '/project',
    app: '/project',
    home: '/home/case',
    state: stateOf(mapOf(input['state'])),
    text: typeof input['text'] === 'string' ? input['text'] : '',
    result: (input['result'] ?? null) as JsonValue,
    disk: realDisk,
    enforcement: 'none',
    commands: null,
  };
}

/** What a case's state holds is declared; of flags, which are false until set, also those that it asks about. */
function declaredIn(input: JsonMap): StateNames {
  const names = namesOf(DEFAULT_TRACKING);
  const state = mapOf(input['state']);
  const keys = (key: string) => Object.keys(mapOf(state[key]));
  const asked = [...JSON.stringify(input['condition'] ?? null).matchAll(/"flag_is":\{"name":"([^"]+)"/g)];
  return {
    sets: new Map([
      ...names.sets,
      ...keys('sets').flatMap((name) =>
        names.sets.has(name) ? [] : [[name, { target: 'file_path', aliases: ['path', 'filepath'] }] as const],
      ),
    ]),
    counters: new Set([...names.counters, ...keys('counters')]),
    flags: new Set([...names.flags, ...keys('flags'), ...asked.map(([, name]) => name ?? '')]),
  };
}

export function runCondition({ input, expected }: Case): Outcome {
  const { root, problems } = readDocument(JSON.stringify(input['condition'] ?? {}), 'case.yaml');
  const compiled = compileCondition(new Reader(problems), root, {
    catalog: catalogWith([textOf(input['tool'])]),
    names: declaredIn(input),
    quantifier: 'any',
    commands: false,
    sources: [],
  });
  const found = problems.all('error').map(formatDiagnostic);
  if (expected['compile_error'] !== undefined)
    return found.length > 0 && found.every((line) => /^case\.yaml:\d+:\d+ /.test(line))
      ? null
      : 'compiles, and must not';
  if (compiled === null || found.length > 0) return `does not compile: ${found.join('\n')}`;
  return sameJson(compiled.test(subjectOf(input)), expected['fires']);
}

export function runTrigger({ input, expected }: Case): Outcome {
  const { root, problems } = readDocument(JSON.stringify(input['triggers'] ?? []), 'case.yaml');
  const tools = [textOf(input['tool']), ...listOf(input['triggers']).map(textOf)];
  const names = compileToolNames(new Reader(problems), root, catalogWith(tools));
  if (names === null) return problems.all('error').map(formatDiagnostic).join('\n');
  const { module, action } = canonicalName(textOf(input['tool']));
  return sameJson(names.match(module, action), expected['matches']);
}

export function runTarget({ input, expected }: Case): Outcome {
  const set = namesOf(DEFAULT_TRACKING).sets.get(textOf(input['set'])) ?? null;
  return sameJson(targetOf(mapOf(input['params']) as JsonObject, set), expected['target']);
}

export function runMessage({ input, expected }: Case): Outcome {
  return sameJson(expandMessage(textOf(input['template']), subjectOf(input)), expected['message']);
}

/** A profile that is written out stands in a file of the bundle, as it does in a policy. */
export function profileOf(profile: Json | undefined): {
  readonly name: string;
  readonly find: (name: string) => { readonly file: string; readonly text: string } | null;
} {
  const text = textOf(profile);
  return text.trimStart().startsWith('{') && !text.startsWith('{{')
    ? {
        name: '{{behavior.case}}',
        find: (name) => (name === 'case' ? { file: 'case-profile.yaml', text } : null),
      }
    : { name: text, find: () => null };
}

export function runProfile({ input, expected }: Case): Outcome {
  const { name, find } = profileOf(input['profile']);
  const result = compilePolicy(JSON.stringify({ security: { behavior: { profile: name } } }), 'case.yaml', {
    findProfile: find,
  });
  if (!result.ok) {
    const found = result.diagnostics.map(formatDiagnostic).join('\n');
    return expected['compile_error'] === undefined
      ? `does not compile: ${found}`
      : found.includes('security.behavior.profile')
        ? null
        : `says ${found}`;
  }
  if (expected['compile_error'] !== undefined) return 'compiles, and must not';
  const { rules, values, profile } = result.policy.behavior;
  return sameJson(
    { rules: rules.map(({ id }) => id), values: profile === null ? {} : values },
    { rules: expected['rules'] ?? [], values: expected['values'] ?? {} },
  );
}
