/** What gates 1, 3, 5 and 6 answer at the edges of what they know. */
import { describe, expect, it } from 'vitest';
import { type Facts, questionOf } from '../../main/engine/decide.ts';
import type { GateCode } from '../../main/engine/decision.ts';
import { gateChain } from '../../main/engine/gates/chain.ts';
import { redacted } from '../../main/engine/gates/gate5-classification.ts';
import { labelOf, type Question } from '../../main/engine/gates/question.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import type { ActionSpec } from '../../main/policy/catalog.ts';
import type { CompiledPolicy, ContentLayer } from '../../main/policy/policy.ts';
import { callOf, facts, policyOf } from './calls.ts';

interface Asking {
  readonly params?: JsonObject;
  readonly call?: Partial<ToolCall>;
  readonly facts?: Partial<Facts>;
  readonly spec?: Partial<ActionSpec>;
}

function ask(code: GateCode, policy: CompiledPolicy, name: string, more: Asking = {}) {
  const question = questionOf(callOf(name, more.params ?? {}, more.call ?? {}), policy, {
    ...facts,
    ...more.facts,
  });
  const asked: Question =
    more.spec === undefined || question.spec === null
      ? question
      : { ...question, spec: { ...question.spec, ...more.spec } };
  const gate = gateChain.find((one) => one.code === code);
  if (gate === undefined) throw new Error(code);
  return gate.ask(asked);
}
const capable = (capabilities: object, modules: object = {}) =>
  policyOf({ tools: { modules, capabilities } });

describe('a name in a message', () => {
  const label = (name: string) => labelOf(questionOf(callOf(name), capable({}), facts));

  it('is plain while it is short and harmless, and quoted otherwise', () => {
    expect(label('filesystem.read')).toBe('filesystem.read');
    expect(label('workspace')).not.toMatch(/\.$/);
    const at = (length: number) => `mcp_a.${'x'.repeat(length - 'mcp_a.'.length)}`;
    expect(label(at(120))).toBe(at(120));
    expect(label(at(121))).toMatch(/^"mcp_a\.x+/);
    expect(label('mcp_a.x y')).toBe('"mcp_a.x y"');
    expect(label('mcp_a b.xy')).toBe('"mcp_a b.xy"');
  });
});

describe('gate 1', () => {
  it('says what an agent may use, or that there is nothing', () => {
    const listed = (modules: readonly string[]) =>
      policyOf({ agents: [{ id: 'main', modules }], tools: { capabilities: {} } });
    expect(ask('gate1_module', listed(['shell', 'web']), 'filesystem.read').reason).toMatch(
      /It may use: shell, web\.$/,
    );
    expect(ask('gate1_module', listed([]), 'filesystem.read').reason).toMatch(/It may use no tools\.$/);
    expect(ask('gate1_module', listed(['shell', 'web']), 'web.fetch').kind).toBe('passed');
  });

  it('says which servers are allowed, a dozen at most', () => {
    const with_ = (names: readonly string[]) =>
      ask('gate1_mcp_server', capable({}), 'mcp_x.y', { facts: { mcpAllowedServers: names } }).reason;
    expect(with_([])).toMatch(/No server is allowed here\.$/);
    expect(with_(['a', 'b'])).toMatch(/Allowed here: "a", "b"\.$/);
    const many = with_(Array.from({ length: 13 }, (_, at) => `server${at}`));
    expect(many).toContain('"server11"');
    expect(many).not.toContain('"server12"');
  });
});

describe('gate 3', () => {
  it('has nothing to ask for an action that needs nothing', () => {
    const answer = ask('gate3_permissions', capable({}), 'web.fetch', { spec: { permissions: [] } });
    expect(answer).toMatchObject({ kind: 'passed', note: null });
  });

  it.each<[string, object, readonly string[], string | null]>([
    ['held through an entry that names it', { grant: ['workspace.snapshot'] }, ['workspace:snapshot'], null],
    ['held through an approve entry', { approve: ['workspace.snapshot'] }, ['workspace:snapshot'], null],
    [
      'not held through another action',
      { grant: ['workspace.status'] },
      ['workspace:snapshot'],
      'workspace:snapshot',
    ],
    ['not held through the module', { grant: ['workspace'] }, ['workspace:snapshot'], 'workspace:snapshot'],
    ['not held by a name without an action', { grant: ['workspace.snapshot'] }, ['workspace'], 'workspace'],
    ['not held by an empty module', { grant: ['workspace.snapshot'] }, [':snapshot'], ':snapshot'],
    ['the first that is missing', { grant: ['workspace.status'] }, ['workspace:status', 'c:d', 'e:f'], 'c:d'],
  ])('takes module:action as %s', (_what, capabilities, permissions, missing) => {
    const answer = ask('gate3_permissions', capable(capabilities), 'web.fetch', { spec: { permissions } });
    if (missing === null) expect(answer.kind).toBe('passed');
    else expect(answer).toMatchObject({ kind: 'stopped', note: `no ${missing}` });
  });

  it('holds nothing without rules', () => {
    const answer = ask('gate3_permissions', policyOf({ tools: {} }), 'web.fetch', {
      spec: { permissions: ['web:fetch'] },
    });
    expect(answer).toMatchObject({ kind: 'stopped', note: 'no web:fetch' });
  });

  it('knows a server by its own module and by the family’s', () => {
    expect(ask('gate3_permissions', capable({}, { mcp: {} }), 'mcp_git.push').kind).toBe('passed');
    expect(ask('gate3_permissions', capable({}, { mcp_git: {} }), 'mcp_git.push').kind).toBe('passed');
    expect(ask('gate3_permissions', capable({}, { mcp_hub: {} }), 'mcp_git.push').kind).toBe('stopped');
    expect(ask('gate3_permissions', capable({}, { shell: {} }), 'web.fetch').kind).toBe('stopped');
  });

  describe('allowed_paths', () => {
    const limited = (module = 'filesystem') =>
      capable({ default_policy: 'auto' }, { [module]: { constraints: { allowed_paths: ['data'] } } });

    it.each<[string, JsonObject, Partial<ToolCall>, 'passed' | 'stopped']>([
      ['an empty path, which names nothing', { file_path: '' }, { cwd: '/elsewhere' }, 'passed'],
      ['a list within', { paths: ['a', 'data/b'] }, {}, 'passed'],
      ['a list with one outside', { paths: ['a', '/srv/b'] }, {}, 'stopped'],
      ['what is no text in a list', { paths: ['a', 7, null, { b: '/srv' }] }, {}, 'passed'],
      ['what is no text', { file_path: 7 }, {}, 'passed'],
      ['a text that the tool does not know, as a path', { elsewhere: '/srv/x' }, {}, 'stopped'],
      ['a text that it knows and is no path', { file_path: 'a', content: '/srv/x' }, {}, 'passed'],
      ['no project: where the agent works', { file_path: 'a' }, { app: '', cwd: '/srv' }, 'passed'],
      ['no project: what is beside it', { file_path: '/var/x' }, { app: '', cwd: '/srv' }, 'stopped'],
      ['another case, where case counts', { file_path: '/HOME/u/web/a' }, {}, 'stopped'],
    ])('%s', (_what, params, call, kind) => {
      expect(ask('gate3_permissions', limited(), 'filesystem.write', { params, call }).kind).toBe(kind);
    });

    it('takes another case for the same where the disk does', () => {
      const protection = { ...facts.protection, caseInsensitive: true };
      const params = { file_path: '/HOME/u/web/a' };
      expect(
        ask('gate3_permissions', limited(), 'filesystem.read', { params, facts: { protection } }).kind,
      ).toBe('passed');
    });

    it('cites its line', () => {
      const answer = ask('gate3_permissions', limited(), 'filesystem.read', { params: { file_path: '/x' } });
      expect(answer).toMatchObject({ kind: 'stopped', note: 'outside the project', rule: { line: 1 } });
    });
  });
});

describe('gate 5 and labels', () => {
  it.each<[string | null, string, string | null]>([
    [null, 'internal', null],
    [null, 'public', 'internal data, cap public'],
    ['', 'internal', null],
    ['  ', 'public', 'internal data, cap public'],
    [' Confidential ', 'confidential', null],
    [' Confidential ', 'internal', 'confidential data, cap internal'],
    ['restricted', 'confidential', 'restricted data, cap confidential'],
    ['cosmic', 'confidential', '"cosmic" data, cap confidential'],
    ['cosmic', 'restricted', null],
  ])('%j under %s: %s', (classification, ceiling, note) => {
    const answer = ask('gate5_classification', capable({ max_data_classification: ceiling }), 'web.fetch', {
      spec: { classification },
    });
    expect(answer).toMatchObject(note === null ? { kind: 'passed' } : { kind: 'stopped', note });
  });

  it('takes what the catalog does not know for internal', () => {
    const call = { caller: 'hook' as const };
    const under = (ceiling: string) =>
      ask('gate5_classification', capable({ max_data_classification: ceiling }), 'nonsense.x', { call });
    expect(under('internal').kind).toBe('passed');
    expect(under('public')).toMatchObject({ kind: 'stopped', note: 'internal data, cap public' });
  });
});

describe('gate 5 and layers of content rules', () => {
  const MAIL = 'jane.doe@acme-corp.io';
  const TOKEN = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
  const layerOf = (content: object, tightensOnly = false): ContentLayer => {
    const [layer] = capable({ default_policy: 'auto', content }).capabilities?.content ?? [];
    if (layer === undefined) throw new Error('no layer');
    return { ...layer, tightensOnly };
  };
  const layered = (...content: readonly ContentLayer[]): CompiledPolicy => {
    const policy = capable({ default_policy: 'auto' });
    if (policy.capabilities === null) throw new Error('no rules');
    return { ...policy, capabilities: { ...policy.capabilities, content } };
  };
  const answered = (policy: CompiledPolicy, params: JsonObject, more: Asking = {}) => {
    const answer = ask('gate5_classification', policy, 'web.fetch', { params, ...more });
    return `${answer.kind} ${answer.rule?.path ?? '-'}`;
  };
  const [DENY, ASK, ALLOW, REDACT] = (['deny', 'approve', 'allow', 'redact'] as const).map((email) =>
    layerOf({ email }),
  ) as [ContentLayer, ContentLayer, ContentLayer, ContentLayer];

  it.each<[string, readonly ContentLayer[], string]>([
    ['none', [], 'passed -'],
    ['one that allows', [ALLOW], 'passed -'],
    ['the stricter first', [DENY, ASK], 'stopped capabilities.content.email'],
    ['the stricter last', [ASK, DENY], 'stopped capabilities.content.email'],
    ['one that allows beside one that asks', [ALLOW, ASK], 'asks capabilities.content.email'],
    ['one that asks beside one that allows', [ASK, ALLOW], 'asks capabilities.content.email'],
    ['one that takes out beside one that denies', [REDACT, DENY], 'stopped capabilities.content.email'],
    [
      'one that only tightens, and does',
      [layerOf({ email: 'deny' }, true)],
      'stopped capabilities.content.email',
    ],
    ['one that is about something else', [layerOf({ iban: 'deny' })], 'passed -'],
  ])('%s', (_what, layers, wanted) => {
    expect(answered(layered(...layers), { prompt: MAIL })).toBe(wanted);
  });

  it('answers for the strictest thing that is found, whatever comes first', () => {
    const rules = layered(layerOf({ email: 'approve', secrets: 'deny' }));
    for (const params of [
      { a: MAIL, b: TOKEN },
      { a: TOKEN, b: MAIL },
    ])
      expect(answered(rules, params)).toBe('stopped capabilities.content.secrets');
    const first = ask('gate5_classification', layered(ASK), 'web.fetch', { params: { a: MAIL, b: MAIL } });
    expect(first.reason).toContain('"a"');
  });

  it('asks nobody about the supervisor’s own call', () => {
    expect(answered(layered(ASK), { prompt: MAIL }, { call: { caller: 'internal' } })).toMatch(/^stopped/);
  });

  it('takes out only what a rule says, where the client bears it', () => {
    const policy = layered(layerOf({ email: 'redact', secrets: 'allow' }));
    const params = { prompt: `${MAIL} ${TOKEN}` };
    expect(answered(policy, params, { facts: { rewrites: true } })).toBe('passed -');
    expect(answered(policy, params)).toBe('asks capabilities.content.email');
    const left = redacted(policy, 'web', params);
    expect(JSON.stringify(left)).not.toContain(MAIL);
    expect(JSON.stringify(left)).toContain(TOKEN);
    expect(redacted(layered(), 'web', params)).toBeNull();
    expect(redacted(layered(ALLOW), 'web', params)).toBeNull();
    expect(redacted(policyOf({ tools: {} }), 'web', params)).toBeNull();
  });

  it('looks where one of the layers wants it', () => {
    expect(answered(layered(layerOf({ iban: 'deny' }), DENY), { prompt: MAIL })).toMatch(/^stopped/);
    const open = { ...ALLOW, rules: layered(ALLOW).capabilities?.content[0]?.rules } as ContentLayer;
    expect(answered(layered(open, ASK), { prompt: MAIL })).toMatch(/^asks/);
  });
});

describe('gate 6', () => {
  const use = (limit: number, used: number, key = 'web') => ({
    key,
    limit,
    used,
    retryAfterMs: 1,
    rule: null,
  });
  const at = (...uses: readonly ReturnType<typeof use>[]) =>
    ask('gate6_rate_limit', capable({}), 'web.fetch', { facts: { rate: { uses } } });

  it('tells of the limit that is nearest', () => {
    expect(at(use(10, 1), use(3, 1)).note).toBe('2 of 3 a minute');
    expect(at(use(3, 1), use(10, 1)).note).toBe('2 of 3 a minute');
    expect(at(use(10, 8), use(9, 1)).note).toBe('9 of 10 a minute');
    expect(at(use(5, 1), use(6, 2)).note).toBe('2 of 5 a minute');
  });

  it('stops at any of them, and speaks of one call as one', () => {
    expect(at(use(10, 1), use(1, 1)).reason).toMatch(/reached: 1 call a minute\. Wait 1 s/);
    expect(at(use(2, 2)).reason).toMatch(/reached: 2 calls a minute/);
    expect(at(use(2, 3))).toMatchObject({ kind: 'stopped', note: '2 of 2 a minute', retryAfterMs: 1 });
  });
});
