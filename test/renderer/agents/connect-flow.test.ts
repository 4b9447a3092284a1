import { describe, expect, it } from 'vitest';
import type { AgentPlan, AgentView, ContractError, Result } from '../../../preload/contract.ts';
import { type ConnectApi, ConnectFlow } from '../../../renderer/features/agents/connect-flow.ts';
import { pinProblems } from '../../../renderer/features/agents/pin-rules.ts';
import { planButton, planSummary } from '../../../renderer/features/agents/plan-words.ts';

const plan = (planId: string, diff: AgentPlan['diff'] = [], done = false): AgentPlan => ({
  planId,
  agent: 'claude-code',
  change: 'connect',
  file: '~/.claude/settings.json',
  diff,
  notes: [],
  done,
});
const view: AgentView = {
  id: 'claude-code',
  name: 'Claude Code',
  version: '2.1.330',
  state: 'connected',
  note: '',
  settingsFile: null,
  program: null,
  lastSeen: null,
};
const subject = { agent: 'claude-code', name: 'Claude Code', change: 'connect' as const };
const no = (code: ContractError['code']): Result<never> => ({
  ok: false,
  error: { code, message: `${code}!` },
});

/** Answers from lists, in order, and remembers what was called. */
class Api implements ConnectApi {
  readonly calls: string[] = [];
  plans: Result<AgentPlan>[] = [{ ok: true, value: plan('one') }];
  applied: Result<AgentView>[] = [{ ok: true, value: view }];
  pins: Result<null>[] = [{ ok: true, value: null }];

  async planAgent(agent: string, change: string) {
    this.calls.push(`plan ${agent} ${change}`);
    return this.plans.shift() ?? no('internal');
  }
  async applyAgentPlan(agent: string, planId: string) {
    this.calls.push(`apply ${agent} ${planId}`);
    return this.applied.shift() ?? no('internal');
  }
  async setPin(pin: string) {
    this.calls.push(`pin ${pin}`);
    return this.pins.shift() ?? no('internal');
  }
}

async function opened(): Promise<{ api: Api; flow: ConnectFlow }> {
  const api = new Api();
  const flow = new ConnectFlow(api);
  await flow.open(subject);
  return { api, flow };
}

describe('connecting', () => {
  it('shows the plan, then carries out exactly that one', async () => {
    const { api, flow } = await opened();
    expect(flow.snapshot()).toMatchObject({ step: 'shown', plan: { planId: 'one' }, stale: false });
    await flow.apply(null);
    expect(flow.snapshot()).toMatchObject({ step: 'done', view });
    expect(api.calls).toEqual(['plan claude-code connect', 'apply claude-code one']);
  });

  it('sets the PIN first', async () => {
    const { api, flow } = await opened();
    await flow.apply('correct horse');
    expect(api.calls.slice(1)).toEqual(['pin correct horse', 'apply claude-code one']);
  });

  it('changes nothing when the PIN is refused', async () => {
    const { api, flow } = await opened();
    api.pins = [no('bad_argument')];
    await flow.apply('aaaaaa');
    expect(flow.snapshot()).toMatchObject({ step: 'shown', problem: { code: 'bad_argument' } });
    expect(api.calls).not.toContain('apply claude-code one');
  });

  it('shows a new plan when the file changed meanwhile, and does not carry it out by itself', async () => {
    const { api, flow } = await opened();
    api.applied = [no('changed'), { ok: true, value: view }];
    api.plans = [{ ok: true, value: plan('two') }];
    await flow.apply(null);
    expect(flow.snapshot()).toMatchObject({ step: 'shown', plan: { planId: 'two' }, stale: true });
    expect(api.calls.filter((call) => call.startsWith('apply'))).toEqual(['apply claude-code one']);
    await flow.apply(null);
    expect(flow.snapshot()).toMatchObject({ step: 'done' });
    expect(api.calls.at(-1)).toBe('apply claude-code two');
  });

  it('says why a plan cannot be made and makes it again', async () => {
    const api = new Api();
    api.plans = [no('unavailable'), { ok: true, value: plan('one') }];
    const flow = new ConnectFlow(api);
    await flow.open(subject);
    expect(flow.snapshot()).toMatchObject({ step: 'plan_failed', error: { code: 'unavailable' } });
    await flow.apply(null);
    expect(api.calls).toHaveLength(1);
    await flow.retry();
    expect(flow.snapshot()).toMatchObject({ step: 'shown' });
  });

  it('carries out nothing twice, nothing done, nothing closed', async () => {
    const { api, flow } = await opened();
    await Promise.all([flow.apply(null), flow.apply(null)]);
    expect(api.calls.filter((call) => call.startsWith('apply'))).toHaveLength(1);
    api.plans = [{ ok: true, value: plan('three', [], true) }];
    await flow.open(subject);
    await flow.apply(null);
    expect(flow.snapshot()).toMatchObject({ step: 'shown', plan: { done: true } });
    flow.close();
    await flow.apply(null);
    expect(flow.snapshot()).toEqual({ step: 'closed' });
    expect(api.calls.filter((call) => call.startsWith('apply'))).toHaveLength(1);
  });

  it('drops a plan that comes after the dialog was closed', async () => {
    const api = new Api();
    const flow = new ConnectFlow(api);
    const opening = flow.open(subject);
    flow.close();
    await opening;
    expect(flow.snapshot()).toEqual({ step: 'closed' });
  });
});

describe('a plan in words', () => {
  const hook = (command: string) => `            "command": "${command}"`;
  const add = (text: string) => ({ kind: 'add' as const, text });
  const remove = (text: string) => ({ kind: 'remove' as const, text });

  it('counts the hooks it adds', () => {
    expect(
      planButton(
        plan('p', [add('"hooks": {'), add(hook('/g hook claude-code')), add(hook('/g hook claude-code'))]),
      ),
    ).toBe('Add 2 hooks to ~/.claude/settings.json');
    expect(planButton(plan('p', [add('  "type": "command",'), add(hook('/g'))]))).toBe(
      'Add 1 hook to ~/.claude/settings.json',
    );
  });

  it('does not count a hook that only moves', () => {
    const diff = [remove(hook('mine \\"q\\"')), add(hook('mine \\"q\\"')), add(hook('/g'))];
    expect(planButton(plan('p', diff))).toBe('Add 1 hook to ~/.claude/settings.json');
  });

  it('counts what is removed and what is replaced', () => {
    expect(planButton(plan('p', [remove(hook('/g')), remove(hook('/g'))]))).toBe(
      'Remove 2 hooks from ~/.claude/settings.json',
    );
    expect(planButton(plan('p', [remove(hook('/old')), add(hook('/g')), add(hook('/g'))]))).toBe(
      'Put 2 hooks in place of 1 in ~/.claude/settings.json',
    );
  });

  it('falls back to lines where there are no hooks', () => {
    expect(planButton(plan('p', [add('a'), add('b')]))).toBe('Add 2 lines to ~/.claude/settings.json');
    expect(planButton(plan('p', [remove('a')]))).toBe('Remove 1 line from ~/.claude/settings.json');
    expect(planButton(plan('p', [add('a'), remove('b')]))).toBe('Change ~/.claude/settings.json');
    expect(planSummary(plan('p', [add('a'), remove('b'), remove('c')]))).toBe('1 line added, 2 removed');
    expect(planSummary(plan('p'))).toBe('No line changes');
  });
});

describe('a new PIN', () => {
  it.each([
    ['12345', '12345', 'At least 6 characters; this has 5.', null],
    ['', '', 'At least 6 characters; this has 0.', null],
    ['111111', '111111', 'It repeats one or two characters. Use at least three.', null],
    ['correct', 'corect', null, 'The two are not the same.'],
    ['correct', 'correct', null, null],
    ['😀😁😂', '😀😁😂', 'At least 6 characters; this has 3.', null],
    ['ab1'.repeat(50), 'ab1'.repeat(50), 'At most 128 characters; this has 150.', null],
  ])('%s', (pin, again, wrong, differs) => {
    expect(pinProblems(pin, again)).toEqual({ pin: wrong, again: differs });
  });
});
