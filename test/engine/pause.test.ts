import { describe, expect, it } from 'vitest';
import { decide } from '../../main/engine/decide.ts';
import { withPause } from '../../main/engine/pause.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import { callOf, facts } from './calls.ts';

const PAUSED = 'Paused until 15:00.';
const PROTECTED = '/opt/gatehouse';

function judged(policy: string | null, asked: ToolCall, active = true) {
  const compiled = policy === null ? null : compilePolicy(policy, 'policy.yaml');
  if (compiled !== null && !compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return decide(asked, compiled === null ? null : compiled.policy, { ...facts, appActive: active });
}

const ASKS =
  'tools: { modules: { shell: {} }, capabilities: { default_policy: approve, max_risk_level: high } }';
const BLOCKS =
  'tools: { modules: { shell: {} }, capabilities: { default_policy: block, max_risk_level: high } }';
const TOO_RISKY = BLOCKS.replace('block', 'auto').replace('max_risk_level: high', 'max_risk_level: low');

describe('while paused', () => {
  it.each([
    ['would be asked', ASKS, 'would have asked', 4],
    ['the policy refuses', BLOCKS, 'would have refused', 4],
    ['a gate refuses', TOO_RISKY, 'would have refused', 2],
  ])('a call that %s runs, and the row says so at that gate', (_what, policy, would, gate) => {
    const before = judged(policy, callOf('shell.bash', { command: 'make' }));
    const now = withPause(before, PAUSED);
    expect(now.kind).toBe('allow');
    expect(now.reason).toBe(`${PAUSED} Otherwise it ${would}: ${before.reason}`);
    expect(now.trace[gate]).toEqual({ gate, state: 'allowed', note: `paused; ${would}` });
    expect(now.risk).toBe(before.risk);
    // What was not asked was not asked.
    expect(now.trace.filter(({ state }) => state === 'not_asked')).toEqual(
      before.trace.filter(({ state }) => state === 'not_asked'),
    );
  });

  it('a call that is allowed anyway is as ever', () => {
    const allowed = judged(ASKS.replace('approve', 'auto'), callOf('shell.bash', { command: 'make' }));
    expect(withPause(allowed, PAUSED)).toBe(allowed);
  });

  it.each([
    ['aims at Gatehouse itself', ASKS, callOf('shell.bash', { command: `rm -r ${PROTECTED}` }), true],
    ['has no policy', null, callOf('shell.bash', { command: 'make' }), true],
    ['is of a stopped app', ASKS, callOf('shell.bash', { command: 'make' }), false],
  ])('a call that %s does not run', (_what, policy, asked, active) => {
    const refused = judged(policy, asked, active);
    expect(refused.kind).toBe('deny');
    expect(withPause(refused, PAUSED)).toBe(refused);
  });
});
