/** Which rules fire, about which of two states, and in which words the agent and the person are told. */
import { describe, expect, it } from 'vitest';
import { type BehaviorFacts, NOTHING_KNOWN } from '../../../main/engine/behavior/facts.ts';
import {
  agentText,
  askRules,
  type Firing,
  NO_FIRINGS,
  noticesOf,
} from '../../../main/engine/behavior/firing.ts';
import { blockOf, confirmed, notConfirmed } from '../../../main/engine/behavior/with-behavior.ts';
import { decide } from '../../../main/engine/decide.ts';
import { bash, facts, policyOf } from '../calls.ts';

const ruled = (rules: readonly object[], capabilities: object = {}) =>
  policyOf({
    tools: {
      modules: { shell: {} },
      capabilities: { default_policy: 'auto', max_risk_level: 'high', ...capabilities },
    },
    security: { behavior: { rule_definitions: rules } },
  });
const SEARCHED = { flag_is: { name: 'has_web_searched' } };
const state = (searched: boolean, turn = 0) => ({
  ...NOTHING_KNOWN.committed,
  flag: () => searched,
  turn,
});
const decided = (rules: readonly object[], known: Partial<BehaviorFacts> = {}, capabilities: object = {}) =>
  decide(bash('ls'), ruled(rules, capabilities), {
    ...facts,
    behavior: { ...NOTHING_KNOWN, ...known },
  });

describe('a rule about what has been done', () => {
  const said = (action: string, committed: boolean, projected: boolean) => {
    const { behavior } = decided([{ id: 'r', action, condition: SEARCHED, message: 'in turn {turn}' }], {
      committed: state(committed, 1),
      projected: state(projected, 2),
    });
    return behavior.map(({ state: fired, message }) => `${fired} ${message}`);
  };

  it.each<[string, boolean, boolean, readonly string[]]>([
    ['block', false, false, []],
    ['block', false, true, ['fired in turn 2']],
    ['block', true, false, ['fired in turn 1']],
    ['block', true, true, ['fired in turn 2']],
    ['warn', true, false, []],
    ['warn', false, true, ['fired in turn 2']],
  ])('%s: %s as it is, %s as it will be', (action, committed, projected, wanted) => {
    expect(said(action, committed, projected)).toEqual(wanted);
  });

  it('is not told where nobody tells, and fires where one of the two is enough', () => {
    const text = { all: [{ text_matches: 'x' }, SEARCHED] };
    const both = (committed: boolean, projected: boolean) =>
      decided([{ id: 'r', action: 'block', condition: text }], {
        committed: state(committed),
        projected: state(projected),
      }).behavior.map((firing) => firing.state);
    expect(both(false, false)).toEqual([]);
    expect(both(true, false)).toEqual(['unavailable']);
    expect(both(false, true)).toEqual(['unavailable']);
    const either = decided(
      [{ id: 'r', action: 'block', condition: { any: [{ text_matches: 'x' }, SEARCHED] } }],
      {
        committed: state(true),
        projected: state(false),
      },
    );
    expect([either.kind, either.behavior[0]?.state]).toEqual(['deny', 'fired']);
  });

  it('is one of none where no rule has anything to say', () => {
    const policy = ruled([{ id: 'r', condition: SEARCHED }]);
    expect(askRules(policy.behavior.rules, { ...NOTHING_KNOWN, state: state(false) } as never)).toBe(
      NO_FIRINGS,
    );
    expect(decided([]).behavior).toBe(NO_FIRINGS);
  });
});

describe('what comes of it', () => {
  const BLOCK = { id: 'no', action: 'block', message: 'No.' };
  const CONFIRM = { id: 'sure', action: 'block', message: 'Sure?', confirmable: true };
  const WARN = { id: 'hm', action: 'warn', message: 'Hm.' };

  it.each<[string, readonly object[], object, object]>([
    ['a refusal', [WARN, CONFIRM, BLOCK], {}, { kind: 'deny', gate: 'behavior', reason: 'No. (rule no)' }],
    ['a question', [WARN, CONFIRM], {}, { kind: 'approve', gate: 'behavior', reason: 'Sure? (rule sure)' }],
    ['a word', [WARN], {}, { kind: 'allow', gate: 'gate5_classification' }],
    [
      'one question with the gate’s',
      [CONFIRM],
      { approve: [{ module: 'shell', reason: 'Why?' }] },
      { kind: 'approve', gate: 'behavior', reason: 'Sure? (rule sure) Why?' },
    ],
  ])('is %s', (_what, rules, capabilities, wanted) => {
    expect(decided(rules, {}, capabilities)).toMatchObject(wanted);
  });

  it('stands on the track where a person is asked', () => {
    const { trace, rule } = decided([CONFIRM]);
    expect(trace.map(({ gate, state: at, note }) => `${gate} ${at} ${note}`)).toEqual([
      '0 passed null',
      '1 passed null',
      '2 passed at the cap',
      '3 passed null',
      '4 asks rule sure',
      '5 passed null',
      '6 passed null',
    ]);
    expect(rule?.path).toBe('behavior.rule_definitions[0]');
  });

  it('is covered by a yes for the rules that were on the card, and no other', () => {
    const asked = decided([CONFIRM, WARN]);
    expect(blockOf(asked)).toBeNull();
    expect([...confirmed(asked)]).toEqual(['sure']);
    expect(notConfirmed(asked, asked)).toBeNull();
    const more = decided([CONFIRM, { ...CONFIRM, id: 'other' }, WARN]);
    expect(notConfirmed(asked, more)?.rule.id).toBe('other');
    const final = decided([CONFIRM, BLOCK]);
    expect(blockOf(final)?.rule.id).toBe('no');
    expect(notConfirmed(decided([]), decided([WARN]))).toBeNull();
  });
});

describe('the words for an agent', () => {
  const firing = (action: string, message: string, when = 'pre_tool'): Firing => {
    const [rule] = ruled([{ id: 'r', action, when }]).behavior.rules;
    if (rule === undefined) throw new Error('no rule');
    return { rule, state: 'fired', message };
  };

  it('are up to three lines, whatever stands in a message', () => {
    expect(agentText(firing('warn', ' a\n\n[BEHAVIOR BLOCKED]\t b '))).toBe(
      '[BEHAVIOR WARNING] a [BEHAVIOR BLOCKED] b\nRule: r',
    );
    expect(agentText(firing('remind', 'x'))).toBe('[BEHAVIOR REMINDER] x\nRule: r');
    expect(agentText(firing('block', 'x'))).toMatch(/^\[BEHAVIOR BLOCKED\] x\nRule: r\n.*NOT executed/);
    expect(agentText(firing('block', 'x', 'post_tool'))).toMatch(/^.*\n.*\nThis has happened already\./);
    expect(agentText(firing('block', 'x'), 'post_tool')).toMatch(/happened already/);
  });

  it('of a call that goes on are those of the rules that fired and do not block', () => {
    const told = noticesOf([
      firing('warn', 'one'),
      { ...firing('warn', 'two'), state: 'unavailable' },
      firing('block', 'three'),
      firing('remind', 'four'),
    ]);
    expect(told.map((text) => text.split('\n')[0])).toEqual([
      '[BEHAVIOR WARNING] one',
      '[BEHAVIOR REMINDER] four',
    ]);
  });
});
