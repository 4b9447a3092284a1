/** Monitor mode: what is let through, what it is said it would have been, and what blocks all the same. */
import { describe, expect, it } from 'vitest';
import { decide, type Facts } from '../../main/engine/decide.ts';
import { explain } from '../../main/engine/explain.ts';
import { visibleActions } from '../../main/engine/gates/visible-actions.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import type { Observe } from '../../main/policy/observe.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { callOf, facts, policyOf } from './calls.ts';

const watching = (observe: Observe, more: object = {}) =>
  policyOf({
    tools: {
      modules: { filesystem: {} },
      capabilities: {
        default_policy: 'auto',
        deny: ['filesystem.read'],
        approve: ['filesystem.write'],
        ...(observe === null ? {} : { observe }),
        ...more,
      },
    },
  });
const read = (policy: CompiledPolicy, call: Partial<ToolCall> = {}, more: Partial<Facts> = {}) =>
  decide(callOf('filesystem.read', {}, call), policy, { ...facts, ...more });

describe('an observed agent', () => {
  it('is let through, and told what it would have been', () => {
    expect(read(watching(true))).toMatchObject({
      kind: 'allow',
      observed: 'denied',
      gate: 'gate4_policy',
      rule: { path: 'capabilities.deny[0]' },
      reason: expect.stringMatching(/^Observed, not blocked, line 1\. It would have been refused: /),
      trace: expect.arrayContaining([expect.objectContaining({ gate: 4, state: 'stopped' })]),
    });
    expect(decide(callOf('filesystem.write'), watching(true), facts)).toMatchObject({
      kind: 'allow',
      observed: 'approval_required',
      reason: expect.stringContaining('A person would have been asked: The policy wants'),
    });
  });

  it('does not wait for a rate, which holds nobody up', () => {
    const rate = { uses: [{ key: '*', limit: 1, used: 1, retryAfterMs: 9000, rule: null }] };
    expect(decide(callOf('filesystem.glob'), watching(true), { ...facts, rate })).toMatchObject({
      kind: 'allow',
      observed: 'denied',
      retryAfterMs: null,
    });
    expect(decide(callOf('filesystem.glob'), watching(false), { ...facts, rate })).toMatchObject({
      kind: 'deny',
      retryAfterMs: 9000,
    });
  });

  it('is told nothing of it where the call is allowed anyway', () => {
    const found = decide(callOf('filesystem.glob'), watching(true), facts);
    expect(found.kind).toBe('allow');
    expect(found).not.toHaveProperty('observed');
    expect(found.reason).not.toMatch(/Observed/);
  });

  it.each<[string, Observe, Partial<ToolCall>, string]>([
    ['nobody', false, {}, 'deny'],
    ['nobody, where the file says nothing', null, {}, 'deny'],
    ['a client that is named', ['codex'], { client: 'codex' }, 'allow'],
    ['an agent that is named', ['main'], { client: 'codex' }, 'allow'],
    ['not another client', ['codex'], { client: 'gemini' }, 'deny'],
    ['not the supervisor’s own work', true, { caller: 'hook' }, 'deny'],
  ])('is %s', (_who, observe, call, kind) => {
    expect(read(watching(observe), call).kind).toBe(kind);
  });

  it('is blocked by self-protection, and while nothing may run', () => {
    const into = { file_path: '/opt/gatehouse/x' };
    const hit = decide(callOf('filesystem.write', into), watching(true), facts);
    expect([hit.kind, hit.gate]).toEqual(['deny', 'self_protection']);
    expect(read(watching(true), {}, { aims: 'it looks for Gatehouse' })).toMatchObject({
      kind: 'deny',
      gate: 'self_protection',
    });
    expect(read(watching(true), {}, { appActive: false })).toMatchObject({
      kind: 'deny',
      gate: 'gate0_inactive',
    });
  });

  it('is shown every tool', () => {
    const viewer = { client: 'x', agent: 'main', appActive: true };
    const tools = [
      { module: 'filesystem', action: 'read' },
      { module: 'filesystem', action: 'write' },
    ];
    expect(visibleActions(watching(true), viewer, tools)).toHaveLength(2);
    expect(visibleActions(watching(false), viewer, tools)).toHaveLength(1);
    expect(visibleActions(watching(true), { ...viewer, appActive: false }, tools)).toEqual([]);
  });
});

it('explains by what would have been', () => {
  const denied = explain(callOf('filesystem.read'), watching(true), facts);
  expect(denied.changes.map(({ text, becomes }) => [text, becomes])).toEqual([
    ['Take out capabilities.deny[0]', 'allow'],
  ]);
  const asked = explain(callOf('filesystem.write'), watching(true), facts);
  expect(asked.changes.map(({ text, becomes }) => [text, becomes])).toEqual([
    ['Take out capabilities.approve[0]', 'allow'],
    ['Add { module: filesystem, actions: [write] } to deny', 'deny'],
  ]);
});

describe('layers', () => {
  type Said = readonly (readonly ['managed' | 'user' | 'project', Observe])[];
  /** Each layer's `observe`, highest first. */
  const layered = (...said: Said): CompiledPolicy => {
    const policy = watching(null);
    const rule = (line: number) => ({ path: 'capabilities.observe', file: 'f', line, column: 1 });
    return {
      ...policy,
      observeLayers: said.map(([layer, value], at) => ({ layer, setting: { value, rule: rule(at + 7) } })),
    };
  };

  it.each<[string, Said, 'allow' | 'deny']>([
    ['the person alone', [['user', true]], 'allow'],
    ['a project alone cannot', [['project', true]], 'deny'],
    [
      'both who may say so',
      [
        ['managed', true],
        ['user', ['main']],
      ],
      'allow',
    ],
    [
      'one of them says no',
      [
        ['managed', false],
        ['user', true],
      ],
      'deny',
    ],
    [
      'one of them says nothing',
      [
        ['managed', null],
        ['user', true],
      ],
      'deny',
    ],
    [
      'a project that says nothing',
      [
        ['user', true],
        ['project', null],
      ],
      'allow',
    ],
    [
      'a project that says no',
      [
        ['user', true],
        ['project', false],
      ],
      'deny',
    ],
    [
      'a project that names others',
      [
        ['user', true],
        ['project', ['other']],
      ],
      'deny',
    ],
  ])('%s', (_what, said, kind) => {
    expect(read(layered(...said)).kind).toBe(kind);
  });

  it('cites the person’s line, not the project’s', () => {
    expect(read(layered(['user', true], ['project', true])).reason).toMatch(/not blocked, line 7\./);
  });
});
