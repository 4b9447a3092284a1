/** The state of each session and the texts that wait for its agents, without the rest of the engine. */
import { describe, expect, it } from 'vitest';
import {
  type BehaviorSession,
  Behaviors,
  type BehaviorWorld,
  forgetful,
} from '../../../main/engine/behavior/behaviors.ts';
import type { SavedState } from '../../../main/engine/behavior/session-state.ts';
import type { ToolCall } from '../../../main/engine/tool-call.ts';
import type { CompiledPolicy } from '../../../main/policy/policy.ts';
import { callOf, HOME, PROJECT, policyOf } from '../calls.ts';

const SESSION: BehaviorSession = { id: 's1', key: 'k1', client: 'claude-code', app: PROJECT };
const ruled = (...rules: readonly object[]) =>
  policyOf({ tools: { capabilities: {} }, security: { behavior: { rule_definitions: rules } } });
const later = (id: string, more: object = {}) => ({ id, when: 'post_tool', message: `${id}.`, ...more });
const spoken = (id: string, pattern: string, more: object = {}) => ({
  id,
  when: 'on_text',
  condition: { text_matches: pattern },
  message: `${id}.`,
  ...more,
});

function bench(policy: CompiledPolicy | null = ruled(), more: Partial<BehaviorWorld> = {}) {
  const saved = new Map<string, SavedState>();
  const behaviors = new Behaviors({
    ...forgetful(),
    home: HOME,
    policy: () => policy,
    saved: {
      read: (key) => saved.get(key) ?? null,
      write: (key, state) => void saved.set(key, state()),
      remove: (key) => void saved.delete(key),
    },
    ...more,
  });
  let calls = 0;
  const release = (name: string, params: ToolCall['params'] = {}, call: Partial<ToolCall> = {}) => {
    calls += 1;
    const made = callOf(name, params, { id: `call${calls}`, ...call });
    behaviors.release(made, policy);
    return made;
  };
  const ran = (
    name: string,
    params: ToolCall['params'] = {},
    call: Partial<ToolCall> = {},
    result = '',
    ok = true,
  ) =>
    behaviors
      .complete('s1', release(name, params, call).id, ok, result)
      .map(({ rule, state }) => `${rule.id} ${state}`);
  const facts = (call: Partial<ToolCall> = {}) =>
    behaviors.factsFor(callOf('filesystem.read', {}, call), policy);
  return { behaviors, saved, release, ran, facts };
}

describe('a session', () => {
  it('begins fresh, and is forgotten when it ends', () => {
    const { behaviors, saved, ran, facts } = bench();
    behaviors.begin(SESSION);
    behaviors.startTurn(SESSION, 3);
    ran('filesystem.read', { file_path: 'a' });
    expect(facts().committed).toMatchObject({ turn: 3, callsThisTurn: 1, lastTool: 'filesystem.read' });
    expect(facts().committed.has('read_files', `${PROJECT}/a`)).toBe(true);
    expect(saved.get('k1')).toMatchObject({ turn: 3, sets: { read_files: [`${PROJECT}/a`] } });
    behaviors.end(SESSION);
    expect(facts().committed).toMatchObject({ turn: 0, callsThisTurn: 0, lastTool: null });
    expect(saved.size).toBe(0);
  });

  it('goes on after a restart of the supervisor', () => {
    const before = bench();
    before.behaviors.startTurn(SESSION, 4);
    before.ran('filesystem.read', { file_path: 'a' });
    const again = bench(ruled(), {
      saved: {
        read: (key) => before.saved.get(key) ?? null,
        write: () => undefined,
        remove: () => undefined,
      },
    });
    again.behaviors.begin(SESSION);
    expect(again.facts().committed.has('read_files', `${PROJECT}/a`)).toBe(true);
    expect(again.facts().committed.turn).toBe(4);
  });

  it('that is not known, with a call that is not, does nothing', () => {
    const { behaviors, release } = bench(ruled(later('r')));
    const call = release('filesystem.read');
    behaviors.withdraw(call);
    expect(behaviors.complete('s1', call.id, true, '')).toEqual([]);
    behaviors.begin(SESSION);
    expect(behaviors.complete('s1', 'unknown', true, '')).toEqual([]);
    expect(behaviors.takeTexts('nobody', 'main', false)).toEqual([]);
  });

  it('is one of some hundreds; the oldest are forgotten beyond', () => {
    const { behaviors, facts } = bench();
    for (let at = 0; at < 600; at += 1) {
      const session = { ...SESSION, id: `n${at}`, key: `n${at}` };
      behaviors.startTurn(session, 9);
    }
    const turnOf = (session: string) => facts({ session }).committed.turn;
    expect(turnOf('n0')).toBe(9);
    behaviors.begin({ ...SESSION, id: 'more', key: 'more' });
    expect([turnOf('n0'), turnOf('n1'), turnOf('n599')]).toEqual([0, 9, 9]);
  });
});

describe('a call', () => {
  it('counts from the moment it is let through, unless that is taken back', () => {
    const { behaviors, release, facts } = bench();
    behaviors.begin(SESSION);
    const call = release('filesystem.read', { file_path: 'a' });
    expect([facts().projected.callsThisTurn, facts().committed.callsThisTurn]).toEqual([1, 0]);
    behaviors.withdraw(call);
    expect(facts().projected.callsThisTurn).toBe(0);
    expect(behaviors.complete('s1', call.id, true, '')).toEqual([]);
  });

  it('is over once: told again it is nothing', () => {
    const { behaviors, release } = bench(ruled(later('r')));
    behaviors.begin(SESSION);
    const call = release('filesystem.read');
    expect(behaviors.complete('s1', call.id, true, '')).toHaveLength(1);
    expect(behaviors.complete('s1', call.id, true, '')).toEqual([]);
    expect(behaviors.takeTexts('s1', 'main', false)).toHaveLength(1);
  });

  it('of a test, or without a policy, leaves nothing', () => {
    const { behaviors, release, facts } = bench();
    behaviors.begin(SESSION);
    release('filesystem.read', {}, { point: 'test' });
    expect(facts().projected.callsThisTurn).toBe(0);
    const none = bench(null);
    none.behaviors.begin(SESSION);
    none.release('filesystem.read', { file_path: 'a' });
    expect(none.facts().projected.callsThisTurn).toBe(0);
    expect(none.facts().disk.exists(`${PROJECT}/a`)).toBeNull();
  });

  it('whose result may still come is one of some thousand', () => {
    const { behaviors, release } = bench(ruled(later('r')));
    behaviors.begin(SESSION);
    const calls = Array.from({ length: 2000 }, () => release('web.search'));
    release('web.search');
    expect(behaviors.complete('s1', calls[0]?.id ?? '', true, '')).toEqual([]);
    expect(behaviors.complete('s1', calls[1]?.id ?? '', true, '')).toHaveLength(1);
  });

  it('knows how strongly its session is enforced', () => {
    expect(bench().facts().enforcement).toBe('none');
    const strict = bench(ruled(), { enforcement: (session) => (session === 's1' ? 'strict' : 'none') });
    expect(strict.facts().enforcement).toBe('strict');
    expect(strict.facts({ session: 's2' }).enforcement).toBe('none');
    expect(strict.facts().home).toBe(HOME);
  });
});

describe('rules after a call', () => {
  it('are asked about its tool, after a failure only where they say so', () => {
    const { behaviors, ran } = bench(
      ruled(later('reads', { trigger: 'read' }), later('writes', { trigger: 'write' }), later('any')),
    );
    behaviors.begin(SESSION);
    expect(ran('filesystem.read')).toEqual(['reads fired', 'any fired']);
    expect(ran('filesystem.write')).toEqual(['writes fired', 'any fired']);
    expect(ran('filesystem.read', {}, {}, '', false)).toEqual([]);
  });

  it('are none without a policy, and the state goes on', () => {
    const policy = ruled(later('r'));
    let current: CompiledPolicy | null = policy;
    const { behaviors, release, facts } = bench(policy, { policy: () => current });
    behaviors.begin(SESSION);
    const call = release('filesystem.read');
    current = null;
    expect(behaviors.complete('s1', call.id, true, '')).toEqual([]);
    expect(facts().committed.callsThisTurn).toBe(1);
    expect(behaviors.hear(SESSION, { messageId: 'm', text: 'x', final: true })).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['a mapping', '{"lint":[{"severity":"error"}]}', ['lint fired']],
    ['a mapping after blanks', ' \n\t{"lint":[{"severity":"error"}]}', ['lint fired']],
    ['a mapping without errors', '{"lint":[{"severity":"info"}]}', []],
    ['a mapping that is cut off', '{"lint":[{"severity":"error"}]', []],
    ['a list', '[{"severity":"error"}]', []],
    ['a text', 'x {"lint":[{"severity":"error"}]}', []],
  ])('look into a result: %s', (_what, result, fired) => {
    const { behaviors, ran } = bench(ruled(later('lint', { condition: { result_has_lint_errors: true } })));
    behaviors.begin(SESSION);
    expect(ran('filesystem.write', {}, {}, result)).toEqual(fired);
  });

  it('hear what the main agent said, and of a subagent nothing', () => {
    const policy = ruled(later('said', { condition: { text_matches: 'plan' } }));
    const { behaviors, ran, facts } = bench(policy);
    behaviors.begin(SESSION);
    expect(ran('filesystem.read')).toEqual(['said unavailable']);
    behaviors.hear(SESSION, { messageId: 'm', text: 'my plan', final: true });
    expect(ran('filesystem.read')).toEqual(['said fired']);
    expect(ran('filesystem.read', {}, { agent: 'sub' })).toEqual(['said unavailable']);
    expect([facts().text, facts({ agent: 'sub' }).text]).toEqual(['my plan', null]);
  });
});

describe('what an agent says', () => {
  it('is asked about when its message is whole, all of it', () => {
    const { behaviors } = bench(ruled(spoken('sorry', 'sorry about that')));
    behaviors.begin(SESSION);
    const hear = (messageId: string, text: string, final: boolean) =>
      behaviors.hear(SESSION, { messageId, text, final }).map(({ rule }) => rule.id);
    expect(hear('1', 'sorry about ', false)).toEqual([]);
    expect(hear('1', 'that', true)).toEqual(['sorry']);
    expect(hear('2', 'sorry about ', false)).toEqual([]);
    expect(hear('3', 'that', true)).toEqual([]);
    expect(hear('4', 'sorry about that', false)).toEqual([]);
  });

  it('is not heard twice when it is told again', () => {
    const { behaviors, facts } = bench(ruled(spoken('sorry', 'sorry')));
    behaviors.begin(SESSION);
    const hear = (text: string, again: boolean) =>
      behaviors.hear(SESSION, {
        messageId: 'm',
        text,
        final: true,
        ...(again ? { again: true as const } : {}),
      }).length;
    expect(hear('I am sorry', true)).toBe(1);
    expect(hear('I am sorry', true)).toBe(0);
    expect(hear('am sorry', true)).toBe(0);
    expect(facts().text).toBe('I am sorry');
    expect(hear('sorry I am', true)).toBe(1);
    expect(hear('sorry I am', false)).toBe(1);
    expect(facts().text).toBe('I am sorrysorry I amsorry I am');
  });

  it('that comes after its calls is asked about, and is no silence before them', () => {
    const { behaviors, facts } = bench(ruled(spoken('sorry', 'sorry')));
    behaviors.begin(SESSION);
    const said = { messageId: 'm', text: 'I am sorry', final: true, late: true as const };
    expect(behaviors.hear(SESSION, said).map(({ rule }) => rule.id)).toEqual(['sorry']);
    expect(facts().text).toBeNull();
    behaviors.startTurn(SESSION, 2);
    expect(facts().text).toBeNull();
  });

  it('makes its client known to tell: then a turn begins without a word', () => {
    const told: string[] = [];
    const tellers = {
      has: (client: string) => told.includes(client),
      add: (client: string) => void told.push(client),
    };
    const { behaviors, facts } = bench(ruled(), { tellers });
    behaviors.startTurn(SESSION, 1);
    expect(facts().text).toBeNull();
    behaviors.hear(SESSION, { messageId: 'm', text: '', final: false });
    expect(facts().text).toBe('');
    behaviors.hear(SESSION, { messageId: 'm', text: 'x', final: false });
    behaviors.startTurn(SESSION, 2);
    expect(facts().text).toBe('');
    expect(told).toEqual(['claude-code']);
    behaviors.begin({ ...SESSION, id: 's2', key: 'k2' });
    expect(facts({ session: 's2' }).text).toBe('');
    behaviors.begin({ ...SESSION, id: 's3', key: 'k3', client: 'codex' });
    expect(facts({ session: 's3' }).text).toBeNull();
  });
});

describe('texts that wait', () => {
  const rules = ruled(
    later('warns', { action: 'warn', trigger: 'read' }),
    later('reminds', { action: 'remind', trigger: 'read' }),
    later('cannot', { condition: { text_matches: 'x' } }),
  );

  it('are taken once, the urgent ones first where it is asked so', () => {
    const { behaviors, ran } = bench(rules);
    behaviors.begin(SESSION);
    ran('filesystem.read');
    expect(behaviors.takeTexts('s1', 'main', true)).toEqual([expect.stringContaining('Rule: warns')]);
    expect(behaviors.takeTexts('s1', 'main', true)).toEqual([]);
    expect(behaviors.takeTexts('s1', 'main', false)).toEqual([expect.stringContaining('Rule: reminds')]);
    expect(behaviors.takeTexts('s1', 'main', false)).toEqual([]);
  });

  it('are each agent’s own, and none where no rule fired', () => {
    const { behaviors, ran } = bench(rules);
    behaviors.begin(SESSION);
    ran('filesystem.read', {}, { agent: 'sub' });
    ran('filesystem.write');
    expect(behaviors.takeTexts('s1', 'main', false)).toEqual([]);
    expect(behaviors.takeTexts('s1', 'sub', false)).toHaveLength(2);
  });

  it('are the last few dozen', () => {
    const { behaviors, ran } = bench(ruled(later('warns', { message: 'at {param:path}' })));
    behaviors.begin(SESSION);
    for (let at = 0; at < 40; at += 1) ran('filesystem.read', { path: `f${at}` });
    const texts = behaviors.takeTexts('s1', 'main', false);
    expect(texts).toHaveLength(32);
    expect([texts[0], texts.at(-1)]).toEqual([
      expect.stringContaining('at f8'),
      expect.stringContaining('at f39'),
    ]);
  });
});
