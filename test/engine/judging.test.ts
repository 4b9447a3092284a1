/** What decides a call beside its policy: a stop, a halt, a pause, a second way in; and what goes on. */
import { afterEach, describe, expect, it } from 'vitest';
import type { InForce } from '../../main/engine/ports.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { policyFrom, until } from '../support/engine-bench.ts';
import { AskingEngine, asking, never } from './asking.ts';
import { policyOf } from './calls.ts';

let house: AskingEngine;
const open = (policy: CompiledPolicy, more: Partial<InForce> = {}) => {
  house = new AskingEngine(policy, more);
};
afterEach(() => house.close());

const letting = (more = '', rest = '') =>
  policyFrom(`default_policy: auto\nmax_risk_level: high${more}`, rest);
const run = (over = {}) => house.engine.authorize(house.call(over), never());
const decided = () => house.bench.log.ofType('call.decided');

describe('a halt', () => {
  it('refuses everything of its project, in its own words', async () => {
    let halted: string | null = null;
    open(letting(), { halted: () => halted });
    expect((await run()).kind).toBe('allow');
    halted = 'The log is full.';
    expect((await run()).message).toContain('The log is full.');
    expect(decided().map(({ gate, reason }) => [gate, reason])).toEqual([
      [expect.any(String), expect.not.stringContaining('full')],
      ['gate0_inactive', 'The log is full.'],
    ]);
  });

  it('keeps the words of what protects Gatehouse itself', async () => {
    open(letting(), { halted: () => 'halted' });
    const verdict = await run({ params: { command: 'rm -r ~/.local/share/gatehouse' } });
    expect(verdict.message).not.toContain('halted');
  });

  it('that is none leaves the words of a stopped app', async () => {
    open(letting(), { halted: () => null });
    house.bench.active = false;
    expect((await run()).kind).toBe('deny');
    expect(decided()[0]?.gate).toBe('gate0_inactive');
  });
});

describe('a pause', () => {
  it('lets through what would be asked, for its client, and says so; never a test request', async () => {
    const asked: string[] = [];
    open(asking(), {
      paused: (client, { kind }) => {
        asked.push(`${client} ${kind}`);
        return 'The person has paused asking.';
      },
    });
    expect((await run()).kind).toBe('allow');
    expect(asked).toEqual(['claude-code approve']);
    let id = '';
    const test = house.engine.test(house.call(), asking(), never(), (waiting) => {
      id = waiting;
    });
    await until(() => id !== '');
    expect(asked).toHaveLength(1);
    await house.engine.stop('enough');
    expect((await test).kind).toBe('deny');
  });
});

describe('a fault', () => {
  it('is a refusal that says what is known', async () => {
    open(letting(), {
      policy: () => {
        throw new TypeError('secret detail');
      },
    });
    expect(await run()).toMatchObject({ kind: 'deny', message: 'The call was not run: an internal fault.' });
  });
});

describe('rates and rules', () => {
  it('count what was let through, and tell when to come back', async () => {
    open(letting('\nrate_limits: { shell.bash: 1 }'));
    expect((await run()).kind).toBe('allow');
    house.clock.advance(20_000);
    const verdict = await run();
    expect(verdict).toMatchObject({ kind: 'deny', retryAfterMs: 40_001 });
    expect(verdict.message).toMatch(/4[01] s/);
    expect(house.engine.stands(house.call())).toBe('yes');
  });

  it('tell the agent what they say, once', async () => {
    const rules = `security:
  behavior:
    rule_definitions:
      - { id: mild, action: warn, trigger: shell.bash, message: mind the gap }
`;
    open(letting('', rules));
    const verdict = await run();
    expect(verdict.notices?.join('\n')).toContain('mind the gap');
    expect(decided()[0]?.behavior).toMatchObject([{ rule: 'mild', state: 'fired' }]);
    house.bench.policy = letting();
    expect(await run()).not.toHaveProperty('notices');
  });

  it('that block say so, and what goes on is not ended by them', async () => {
    const rules = `security:
  behavior:
    rule_definitions:
      - { id: hard, action: block, trigger: shell.bash, message: not here }
`;
    open(letting());
    await house.engine.startSession(house.call());
    house.bench.policy = letting('', rules);
    expect((await run()).message).toMatch(/^\[BEHAVIOR BLOCKED\] not here/);
    expect(house.engine.stands(house.call())).toBe('yes');
    expect(decided()[0]?.behavior).toMatchObject([{ rule: 'hard', action: 'block' }]);
  });
});

describe('what goes on', () => {
  it('stands while it would be let through, in a session that is known', async () => {
    open(letting());
    expect(house.engine.stands(house.call())).toBe('no');
    await house.engine.startSession(house.call());
    expect(house.engine.stands(house.call())).toBe('yes');
    house.bench.policy = asking();
    expect(house.engine.stands(house.call())).toBe('asks');
    house.bench.policy = letting('\ndeny: [shell.bash]');
    expect(house.engine.stands(house.call())).toBe('no');
    expect(decided()).toEqual([]);
  });
});

describe('a call that its hook let through', () => {
  const capabilities = { default_policy: 'auto', max_risk_level: 'high' };
  const policy = (more = {}) =>
    policyOf({ tools: { modules: { mcp_x: {} }, capabilities: { ...capabilities, ...more } } });
  const tool = { module: 'mcp_x', action: 't', toolName: 'mcp__x__t', params: { a: 1 } };

  it('is not decided twice', async () => {
    open(policy());
    const first = await run(tool);
    const second = await run({ ...tool, point: 'mcp', claimedCallId: 'way-2' });
    expect(second).toMatchObject({
      kind: 'allow',
      callId: first.callId,
      message: 'Allowed by Gatehouse when the client asked.',
    });
    expect(decided()).toHaveLength(1);
    expect((await run({ ...tool, point: 'mcp', claimedCallId: 'way-3' })).callId).not.toBe(first.callId);
  });

  it('is decided on every other way, and when it may not run any more', async () => {
    open(policy());
    const first = await run(tool);
    expect((await run({ ...tool, point: 'api' })).callId).not.toBe(first.callId);
    const again = await run({ ...tool, params: { a: 2 } });
    house.bench.policy = policy({ deny: ['mcp_x'] });
    const denied = await run({ ...tool, params: { a: 2 }, point: 'mcp' });
    expect([denied.kind, denied.callId === again.callId]).toEqual(['deny', false]);
  });
});

describe('sessions by their claims', () => {
  it('end, begin turns and are heard where they are known', async () => {
    const rules = `security:
  behavior:
    rule_definitions:
      - { id: words, when: on_text, action: warn, condition: { text_matches: sorry }, message: no excuses }
`;
    open(letting('', rules));
    const claim = house.call();
    const said = { messageId: 'm1', text: 'I am sorry', final: true };
    await house.engine.hear(claim, said);
    await house.engine.endSession(claim, 'gone');
    expect(house.engine.takeTexts(claim, 'main')).toEqual([]);
    expect(house.bench.log.events).toEqual([]);
    await house.engine.startTurn(claim, 'go on');
    expect(house.engine.claimOf(claim.peer)).toMatchObject({ claimedSession: 'abc' });
    await house.engine.hear(claim, said);
    expect(house.bench.log.ofType('behavior.fired')).toMatchObject([
      { firing: { rule: 'words', state: 'fired' } },
    ]);
    expect(house.engine.takeTexts(claim, 'main').join()).toContain('no excuses');
    expect(house.engine.takeTexts(claim, 'main')).toEqual([]);
    await house.engine.endSession(claim, 'done');
    expect(house.bench.log.ofType('session.ended')).toMatchObject([{ reason: 'done' }]);
  });

  it('are not heard where no rule asks', async () => {
    open(letting());
    await house.engine.startSession(house.call());
    await house.engine.hear(house.call(), { messageId: 'm1', text: 'sorry', final: true });
    expect(house.bench.log.ofType('behavior.fired')).toEqual([]);
  });
});

describe('parameters that a client runs as it is told', () => {
  it('lose what the policy takes out, and the answer carries them', async () => {
    open(letting('\ncontent: { secrets: redact }'));
    const params = { command: 'echo AKIAIOSFODNN7EXAMPLQ' };
    const said = await run({ params, rewrites: true });
    expect(said.kind).toBe('allow');
    expect(JSON.stringify(said.params)).not.toContain('AKIAIOSFODNN7EXAMPLQ');
    expect(said.message).toContain('was taken out of the parameters');
  });
});
