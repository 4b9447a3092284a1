/** What a person may choose when they say yes, how far each reaches, and the reason where it reaches no further. */
import { describe, expect, it } from 'vitest';
import type { CallAnalysis, Effect } from '../../../main/analysis/result.ts';
import type { Decision } from '../../../main/engine/decision.ts';
import { type Asked, choicesFor } from '../../../main/engine/remembered/choice.ts';
import { callOf } from '../calls.ts';
import { analysisOf, commandFrom } from './made.ts';

const rule = (file: string) => ({ path: 'capabilities.approve[0]', file, line: 1, column: 1 });
const DECISION = {
  kind: 'approve',
  gate: 'gate4_policy',
  rule: null,
  reason: 'asks',
  trace: [
    { gate: 4, state: 'asks', note: null },
    { gate: 5, state: 'passed', note: null },
  ],
  behavior: [],
} as unknown as Decision;
const at = (kind: 'read' | 'write' | 'delete', path: string, where = 'workspace') =>
  ({ kind, path, at: where }) as Effect;
const CODE: Effect = { kind: 'run', what: 'workspace_code', file: null };
const concern = (code: string, says = '') => ({ code, says }) as CallAnalysis['concerns'][number];

function offered(analysis: Partial<CallAnalysis>, more: Partial<Asked> = {}) {
  return choicesFor({
    call: callOf('mcp_x.t'),
    fingerprint: 'f',
    decision: DECISION,
    policy: null,
    analysis: analysisOf(analysis),
    sandboxed: false,
    spawns: false,
    ...more,
  });
}
const ids = (...args: Parameters<typeof offered>) => offered(...args).choices.map(({ id }) => id);
const one = (id: string, ...args: Parameters<typeof offered>) =>
  offered(...args).choices.find((choice) => choice.id === id);

describe('a yes holds once', () => {
  it.each<[string, Partial<CallAnalysis>, Partial<Asked>, RegExp]>([
    ['for a test request', {}, { call: callOf('mcp_x.t', {}, { point: 'test' }) }, /test request/],
    ['for what cannot be known', { opaque: 'eval' }, {}, /cannot be known/],
    [
      'for what a rule blocks',
      {},
      {
        decision: {
          ...DECISION,
          behavior: [{ state: 'fired', rule: { id: 'a', action: 'block' } }],
        } as never,
      },
      /behaviour rule/,
    ],
  ])('%s', (_, analysis, more, words) => {
    expect(offered(analysis, more)).toEqual({
      choices: [],
      once: expect.stringMatching(words),
      exactOnly: null,
    });
  });
});

describe('this exact call alone', () => {
  it.each<[string, Partial<Asked>, RegExp]>([
    ['when it starts an agent', { spawns: true }, /starts an agent/],
    [
      'when another gate asks as well',
      {
        decision: {
          ...DECISION,
          trace: [
            { gate: 4, state: 'asks', note: null },
            { gate: 5, state: 'asks', note: null },
          ],
        } as Decision,
      },
      /Another gate/,
    ],
    [
      'when whoever runs the computer asks',
      {
        decision: { ...DECISION, rule: rule('/etc/m.yaml') },
        policy: {
          layers: [
            { name: 'user', file: 'u' },
            { name: 'managed', file: '/etc/m.yaml' },
          ],
        } as never,
      },
      /Whoever runs this computer/,
    ],
  ])('%s', (_, more, words) => {
    const { choices, once, exactOnly } = offered({}, more);
    expect([choices.map(({ id, widest }) => [id, widest]), once]).toEqual([[['exact', 'session']], null]);
    expect(exactOnly).toMatch(words);
    expect(choices[0]?.limit).toBe(exactOnly);
  });

  it('not when another file asks, or nobody manages the computer', () => {
    const layers = [
      { name: 'user', file: 'u' },
      { name: 'managed', file: 'm' },
    ];
    for (const more of [
      { decision: { ...DECISION, rule: rule('u') }, policy: { layers } as never },
      { decision: DECISION, policy: { layers } as never },
      { decision: { ...DECISION, rule: rule('u') }, policy: { layers: layers.slice(0, 1) } as never },
    ])
      expect(ids({}, more)).toEqual(['exact', 'tool']);
  });

  it.each<[string, Partial<CallAnalysis>, RegExp]>([
    [
      'for what does harm',
      { commands: [commandFrom('x y')], concerns: [concern('service'), concern('destroys', 'deletes all')] },
      /remembered: it deletes all\.$/,
    ],
    ['where nothing names a kind', { commands: [commandFrom('echo x')] }, /nothing in it names a kind/],
    [
      'where others are not known',
      { commands: [commandFrom('echo x'), commandFrom('x -y')] },
      /what others like it would do is not known/,
    ],
  ])('%s', (_, analysis, words) => {
    const commands = analysis.commands ?? [];
    const grave = (analysis.concerns ?? []).length > 0;
    const found = offered({
      ...analysis,
      commands: grave ? commands.map((one) => ({ ...one, concerns: analysis.concerns ?? [] })) : commands,
    });
    expect(found.choices.map(({ id }) => id)).toEqual(['exact']);
    expect(found.exactOnly).toMatch(words);
  });
});

describe('how far this exact call reaches', () => {
  it.each<[string, Partial<CallAnalysis>, boolean, string, RegExp, boolean]>([
    ['its project', {}, false, 'project', /belongs to this project/, false],
    ['its session, where it does harm', { concerns: [concern('destroys')] }, false, 'session', /harm/, false],
    ['its session, where it runs code', { effects: [CODE] }, false, 'session', /runs code/, false],
    ['its project, in a sandbox', { effects: [CODE] }, true, 'project', /belongs/, true],
    ['its project, in a sandbox that it does not need', {}, true, 'project', /belongs/, false],
  ])('%s', (_, analysis, sandboxed, widest, limit, held) => {
    expect(one('exact', analysis, { sandboxed })).toEqual({
      id: 'exact',
      shape: { kind: 'exact', fingerprint: 'f' },
      widest,
      limit: expect.stringMatching(limit),
      sandboxed: held,
    });
  });
});

describe('commands', () => {
  const git = commandFrom('git status -s');
  it('are offered by kind and by folder, each kind once, with the variables they set', () => {
    const analysis = { commands: [git, git, commandFrom('echo x'), commandFrom('git diff')], sets: ['A'] };
    expect(ids(analysis)).toEqual(['exact', 'kind', 'here']);
    expect(one('kind', analysis)).toMatchObject({
      shape: {
        kind: 'commands',
        sets: ['A'],
        folder: null,
        commands: [{ lead: ['status'] }, { lead: ['diff'] }],
      },
      widest: 'always',
      limit: null,
      sandboxed: false,
    });
    expect(one('here', analysis)).toMatchObject({
      shape: { folder: '/home/u/web', commands: [{ program: 'git', lead: null }] },
      widest: 'project',
      limit: 'A folder belongs to its project.',
    });
  });

  it('are not offered where one of them makes no kind', () => {
    expect(ids({ commands: [git, commandFrom('x -y')] })).toEqual(['exact']);
  });

  it('reach less far where one runs code of the project', () => {
    const analysis = { commands: [git, { ...git, effects: [CODE] }] };
    expect(one('kind', analysis)).toMatchObject({ widest: 'session', sandboxed: false });
    expect(one('kind', analysis, { sandboxed: true })).toMatchObject({ widest: 'always', sandboxed: true });
    expect(one('here', analysis, { sandboxed: true })).toMatchObject({ widest: 'project', sandboxed: true });
    expect(one('kind', { commands: [git] }, { sandboxed: true })).toMatchObject({ sandboxed: false });
    expect(one('kind', { commands: [git], effects: [CODE] })).toMatchObject({ widest: 'always' });
  });

  it('stay in their project where something speaks against them', () => {
    const concerns = [concern('service')];
    expect(one('kind', { commands: [{ ...git, concerns }], concerns })).toMatchObject({
      widest: 'project',
      limit: 'Something speaks against it: in this project at most.',
    });
  });
});

describe('tools', () => {
  it('are offered with what they reach', () => {
    const analysis = { effects: [at('write', '/p/a/x')], concerns: [concern('service')] };
    expect(ids(analysis)).toEqual(['exact', 'here', 'tool']);
    expect(one('here', analysis)).toMatchObject({
      shape: { kind: 'tool', folder: '/p/a', reach: ['write:folder'], concerns: ['service'] },
      widest: 'project',
    });
    expect(one('tool', analysis)).toMatchObject({ shape: { folder: null, reach: ['write:project'] } });
    expect(one('here', { effects: [at('read', '/p/a/x')] })?.limit).toBe('A folder belongs to its project.');
    expect(one('tool', { effects: [at('read', '/p/a/x')] })).toMatchObject({ widest: 'always', limit: null });
  });

  it.each<[string, readonly Effect[], readonly string[]]>([
    ['of one file', [at('read', '/p/a/x')], ['exact', 'here', 'tool']],
    ['of two in a folder', [at('read', '/p/a/x'), at('write', '/p/a/y')], ['exact', 'here', 'tool']],
    ['of a file that goes', [at('delete', '/p/a/x')], ['exact', 'here', 'tool']],
    ['of two in two folders', [at('read', '/p/a/x'), at('read', '/p/b/y')], ['exact', 'tool']],
    ['of one in the root', [at('read', '/x', 'system')], ['exact', 'tool']],
    ['of one that is not known whole', [at('read', '/p/…/x')], ['exact', 'tool']],
    ['of no file', [{ kind: 'process', target: 'x' }], ['exact', 'tool']],
    ['of what cannot be bound', [at('read', '/x/y', 'unknown')], ['exact']],
    ['of nothing', [], ['exact', 'tool']],
  ])('%s', (_, effects, wanted) => {
    expect(ids({ effects })).toEqual(wanted);
  });

  it('of which nothing is known are a server’s own, or none', () => {
    expect(ids({}, { call: callOf('plan.enter') })).toEqual(['exact']);
    expect(ids({ effects: [at('read', '/p/a')] }, { call: callOf('filesystem.read') })).toEqual([
      'exact',
      'here',
      'tool',
    ]);
  });

  it('that do harm are exact alone', () => {
    expect(ids({ effects: [at('write', '/p/a')], concerns: [concern('persistence')] })).toEqual(['exact']);
  });
});
