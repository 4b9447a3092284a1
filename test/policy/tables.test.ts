/** The tables of a compiled policy: which entry, which limit and which module a call finds, also among families. */
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../main/policy/compile.ts';
import type { PolicyLayer } from '../../main/policy/layer.ts';
import { mergeLayers } from '../../main/policy/merge-layers.ts';
import {
  type Entry,
  liftingTable,
  ModuleAccess,
  RateLimits,
  type RateRow,
  RuleTable,
} from '../../main/policy/policy.ts';
import { policyOf } from '../engine/calls.ts';

const WHEN = { kind: 'when' } as unknown as Entry['when'];
const at = (line: number) => ({ path: `x[${line}]`, file: 'f', line, column: 1 });

/** `module`, `module.action`, and `?` behind it for one under a condition. */
function entriesOf(...words: readonly string[]): readonly Entry[] {
  return words.map((word, index) => {
    const [name = '', ...actions] = word.replace('?', '').split(/[.|]/);
    return {
      module: name,
      actions: actions.length === 0 ? null : actions,
      when: word.endsWith('?') ? WHEN : null,
      reason: null,
      rule: at(index),
      index,
    } as unknown as Entry;
  });
}

describe('the entries of a list', () => {
  const table = new RuleTable(
    entriesOf('mcp', 'a', 'a.x|y', 'b.x', 'b', 'mcp_s.t', 'mcp.t', 'c.x?', 'c?', 'c.x', 'c'),
  );
  const found = (entry: Entry | null) => entry?.index ?? null;
  const holds = () => true;

  it.each<[string, string, number | null, number | null, number | null]>([
    // module, action, find, findNamed, findWhole
    ['a', 'x', 1, 2, 1],
    ['a', 'y', 1, 2, 1],
    ['a', 'z', 1, null, 1],
    ['b', 'x', 3, 3, 4],
    ['b', 'z', 4, null, 4],
    ['c', 'x', 9, 9, 10],
    ['c', 'z', 10, null, 10],
    ['mcp_s', 't', 0, 5, 0],
    ['mcp_s', 'u', 0, null, 0],
    ['mcp_r', 't', 0, 6, 0],
    ['d', 'x', null, null, null],
  ])('%s.%s', (module, action, any, named, whole) => {
    expect([
      found(table.find(module, action)),
      found(table.findNamed(module, action)),
      found(table.findWhole(module)),
    ]).toEqual([any, named, whole]);
  });

  it('under a condition count where it holds, the first of all', () => {
    expect([found(table.find('c', 'x', holds)), found(table.findNamed('c', 'x', holds))]).toEqual([7, 7]);
    expect(found(table.find('c', 'z', holds))).toBe(8);
    expect(found(table.find('c', 'z', (entry) => entry.index === 10))).toBe(10);
    const later = new RuleTable(entriesOf('m?', 'm.x'));
    expect([found(later.find('m', 'x')), found(later.find('m', 'x', holds))]).toEqual([1, 0]);
  });

  it('behind one that always counts are never asked', () => {
    const asked: number[] = [];
    const twice = new RuleTable(entriesOf('m?', 'm', 'm?', 'm'));
    expect(found(twice.find('m', 'x', (entry) => asked.push(entry.index) < 0))).toBe(1);
    expect(asked).toEqual([0]);
    expect(twice.entries).toHaveLength(4);
  });

  it('say whether one of them has a condition', () => {
    expect([table.conditional, new RuleTable(entriesOf('a')).conditional]).toEqual([true, false]);
  });

  it('that lift are those with names, in the order of their lists', () => {
    const lifting = liftingTable([entriesOf('a', 'b.x'), entriesOf('c.x', 'd')]);
    expect(lifting.entries.map(({ module, index }) => [module, index])).toEqual([
      ['b', 0],
      ['c', 1],
    ]);
  });
});

describe('limits', () => {
  const rows = (...all: readonly (readonly [string | null, string | null, number])[]) =>
    new RateLimits(
      all.map(([module, action, limit], index): RateRow => ({ module, action, limit, rule: at(index) })),
    );
  const of = (limits: RateLimits, module: string, action: string) =>
    limits.of(module, action).map(({ key, limit }) => `${key} ${limit}`);
  const all = rows(
    ...([
      ['a', null, 5],
      ['a', 'x', 2],
      ['a', 'free', 0],
      ['off', null, 0],
      ['mcp', null, 9],
      ['mcp', 't', 3],
      ['mcp_s', null, 4],
      ['mcp_s', 'u', 1],
      [null, null, 7],
    ] as const),
  );

  it.each<[string, string, readonly string[]]>([
    ['a', 'x', ['a 5', 'a.x 2']],
    ['a', 'z', ['a 5', 'a.z 7']],
    ['a', 'free', ['a 5']],
    ['off', 'x', ['off.x 7']],
    ['b', 'x', ['b.x 7']],
    ['mcp_s', 't', ['mcp_s 4', 'mcp 9', 'mcp.t 3']],
    ['mcp_s', 'u', ['mcp_s 4', 'mcp 9', 'mcp_s.u 1']],
    ['mcp_r', 'z', ['mcp 9', 'mcp_r.z 7']],
  ])('of %s.%s', (module, action, wanted) => {
    expect(of(all, module, action)).toEqual(wanted);
  });

  it('are none without rows, and end with their own where there is no default', () => {
    expect(of(rows(), 'a', 'x')).toEqual([]);
    expect(of(rows(['a', 'x', 2]), 'a', 'y')).toEqual([]);
    expect(of(rows(['mcp', 't', 3]), 'a', 't')).toEqual([]);
  });

  it('of several layers hold all, the lowest for each key', () => {
    const one = rows(['a', 'x', 2], [null, null, 9]);
    const two = rows(['a', 'x', 5], ['a', null, 8], [null, null, 4]);
    const both = RateLimits.all([one, rows(), two]);
    expect(of(both, 'a', 'x')).toEqual(['a.x 2', 'a 8']);
    expect(of(both, 'a', 'y')).toEqual(['a.y 4', 'a 8']);
    expect(both.rows).toHaveLength(5);
    expect(both.of('a', 'x')[0]?.rule).toEqual(at(0));
    expect(RateLimits.all([rows(), one])).toBe(one);
    expect(RateLimits.all([rows()]).rows).toEqual([]);
    const same = RateLimits.all([rows(['a', 'x', 2]), rows([null, null, 1], ['a', 'x', 2])]);
    expect(same.of('a', 'x')[0]?.rule.line).toBe(0);
  });
});

it('modules that an agent uses are those it names, by their family too', () => {
  const access = new ModuleAccess(
    new Map<string, ReadonlySet<string> | null>([
      ['a', null],
      ['b', new Set(['x'])],
      ['mcp', new Set(['t'])],
    ]),
  );
  const asked = ['a.z', 'b.x', 'b.z', 'c.x', 'mcp_s.t', 'mcp_s.u'];
  expect(asked.map((name) => access.allows(...(name.split('.') as [string, string])))).toEqual([
    ...[true, true, false, false, true, false],
  ]);
  expect(access.names).toEqual(['a', 'b', 'mcp']);
});

describe('notes', () => {
  const notes = (text: string) => {
    const result = compilePolicy(text, 'f');
    if (!result.ok) throw new Error(result.diagnostics[0]?.message);
    return result.notes.map(({ message }) => message);
  };
  const grants = (list: string, modules = '{}', more = '') =>
    notes(`tools: { modules: ${modules}, capabilities: { default_policy: block, grant: [${list}]${more} } }`);

  it('name modules whose rules gate 3 makes less', () => {
    const missing = (list: string, modules?: string) =>
      grants(list, modules).filter((note) => note.includes('is not in tools.modules')).length;
    expect(missing('web')).toBe(1);
    expect(missing('web', '{ web: {} }')).toBe(0);
    expect(missing('web.fetch')).toBe(0);
    expect(missing('plan')).toBe(0);
    expect(missing('mcp_x', '{ mcp: {} }')).toBe(0);
    expect(missing('web, shell')).toBe(2);
  });

  it('say that no module is named, where that matters', () => {
    const none = (policy: string, modules = '{}') =>
      notes(`tools: { modules: ${modules}, capabilities: { default_policy: ${policy} } }`).filter((note) =>
        note.includes('names no module'),
      ).length;
    expect([none('auto'), none('approve'), none('block'), none('auto', '{ web: {} }')]).toEqual([1, 1, 0, 0]);
    expect(notes('app: { name: x }').some((note) => note.includes('names no module'))).toBe(false);
  });
});

describe('an app', () => {
  it.each(['', '-a', 'a b', 'a'.repeat(65), 'ä'])('has no id %j', (id) => {
    expect(compilePolicy(`app: { app_id: ${JSON.stringify(id)} }`, 'f').ok).toBe(false);
  });

  it('has an id of 64 characters at most, or none', () => {
    expect(policyOf(`app: { app_id: ${'a'.repeat(64)} }`).app?.id).toHaveLength(64);
    expect(policyOf('app: { app_id: , name: x }').app).toEqual({ id: null, name: 'x', version: null });
    expect([policyOf('app:').app, policyOf('tools: {}').app]).toEqual([null, null]);
  });
});

describe('a policy’s hash', () => {
  it('covers the files that belong to it', () => {
    const text = 'security: { behavior: { profile: "{{behavior.team}}" } }';
    const hashed = (profile: string) => {
      const result = compilePolicy(text, 'f', { findProfile: () => ({ file: 'b.yaml', text: profile }) });
      return result.ok ? result.policy.hash : '';
    };
    expect(hashed('rules: { read_before_edit: true }')).not.toBe(
      hashed('rules: { read_before_edit: false }'),
    );
    expect(hashed('rules: {}')).toBe(hashed('rules: {}'));
  });
});

describe('layers', () => {
  const layer = (
    name: PolicyLayer['name'],
    source: string,
    more: Partial<PolicyLayer> = {},
  ): PolicyLayer => ({
    name,
    policy: policyOf(source),
    trusted: true,
    ...more,
  });
  const RULES = 'security: { behavior: { rules: { read_before_edit: true } } }';

  it('take the app from the lowest that is trusted and names one', () => {
    const app = (...layers: readonly PolicyLayer[]) => mergeLayers(layers)?.app?.name ?? null;
    const [one, two] = ['app: { name: one }', 'app: { name: two }'];
    expect(app(layer('managed', one), layer('user', two))).toBe('two');
    expect(app(layer('managed', one), layer('user', 'tools: {}'))).toBe('one');
    expect(app(layer('user', one), layer('project', two, { trusted: false }))).toBe('one');
    expect(app(layer('managed', 'tools: {}'), layer('user', 'tools: {}'))).toBeNull();
  });

  it('take behaviour rules from those that are trusted, or were', () => {
    const ids = (more: Partial<PolicyLayer>) =>
      mergeLayers([layer('user', 'tools: {}'), layer('project', RULES, more)])?.behavior.rules.map(
        ({ id }) => id,
      );
    expect(ids({})).toEqual(['read_before_edit']);
    expect(ids({ trusted: false })).toEqual([]);
    expect(ids({ trusted: false, rulesHold: true })).toEqual(['read_before_edit']);
  });

  it('of which one is alone are that file only where it is the person’s', () => {
    const user = layer('user', 'tools: {}');
    const managed = layer('managed', 'tools: {}');
    expect(mergeLayers([user])).toBe(user.policy);
    expect(mergeLayers([managed])).not.toBe(managed.policy);
    expect(mergeLayers([managed])?.layers).toMatchObject([{ name: 'managed', trusted: true }]);
  });
});
