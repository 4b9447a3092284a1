import { describe, expect, it } from 'vitest';
import { engineBench, policyFrom, until } from '../support/engine-bench.ts';
import { peerOf } from '../support/peers.ts';

const asking = () => policyFrom('default_policy: approve\nmax_risk_level: high\napproval_timeout: 60');
const letting = () => policyFrom('default_policy: auto\nmax_risk_level: high');
const never = () => new AbortController().signal;

describe('sessions and results', () => {
  const result = (bench: ReturnType<typeof engineBench>, claimedCallId: string, overrides = {}) =>
    bench.engine.complete({
      ...bench.call(),
      claimedCallId,
      success: true,
      result: 'ok',
      durationMs: 5,
      source: 'claimed',
      ...overrides,
    });

  it('takes a result once, and only of a call that was let through', async () => {
    const bench = engineBench(letting());
    const call = bench.call();
    await bench.engine.authorize(call, never());
    await expect(result(bench, call.claimedCallId)).resolves.toBe('recorded');
    await expect(result(bench, call.claimedCallId)).resolves.toBe('repeated');
    await expect(result(bench, 'toolu_never')).resolves.toBe('unmatched');
    expect(bench.log.ofType('call.completed')).toHaveLength(1);
    expect(bench.log.ofType('security').map((event) => event.what)).toEqual([
      'result_repeated',
      'result_unmatched',
    ]);
  });

  it('takes no result of a refused call', async () => {
    const bench = engineBench(policyFrom('default_policy: block\nmax_risk_level: high'));
    const call = bench.call();
    await bench.engine.authorize(call, never());
    await expect(result(bench, call.claimedCallId)).resolves.toBe('unmatched');
  });

  it('takes no result from another process', async () => {
    const bench = engineBench(letting());
    const call = bench.call();
    await bench.engine.authorize(call, never());
    await expect(result(bench, call.claimedCallId, { peer: peerOf({ pid: 9999 }) })).resolves.toBe(
      'unmatched',
    );
  });

  it('gives the same claimed id in another process a session of its own', async () => {
    const bench = engineBench(letting());
    await bench.engine.authorize(bench.call(), never());
    await bench.engine.authorize(bench.call({ peer: peerOf({ pid: 9999, startTime: '77' }) }), never());
    expect(bench.log.ofType('session.started')).toHaveLength(2);
  });

  it('ends a session whose process has gone', async () => {
    const bench = engineBench(letting());
    await bench.engine.authorize(bench.call(), never());
    bench.alive = false;
    await bench.engine.sessions.sweep();
    expect(bench.log.ofType('session.ended')).toMatchObject([{ reason: 'the process ended' }]);
  });

  it('keeps no prompt, only its digest', async () => {
    const bench = engineBench(letting());
    await bench.engine.startTurn(bench.call(), 'the password is hunter22');
    expect(JSON.stringify(bench.log.events)).not.toContain('hunter22');
    expect(bench.log.ofType('turn.started')).toMatchObject([{ turn: 1 }]);
  });
});

describe('the test request', () => {
  it('is asked whatever the policy says, and nothing is remembered of it', async () => {
    const bench = engineBench(letting());
    let waiting = '';
    const verdict = bench.engine.test(bench.call(), asking(), never(), (id) => {
      waiting = id;
    });
    await until(() => waiting !== '');
    const [approval] = bench.engine.desk.pending();
    expect(approval?.call.point).toBe('test');
    await bench.engine.answer(waiting, approval?.fingerprint ?? '', {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    await expect(verdict).resolves.toMatchObject({ kind: 'allow' });
  });
});

describe('more sessions than are kept', () => {
  it('end the ones that were silent for longest, each on the log, and say so once a minute', async () => {
    const bench = engineBench(letting());
    for (let i = 0; i < 503; i += 1)
      await bench.engine.sessions.resolve(bench.call({ claimedSession: `s${i}` }));
    const ended = bench.log.ofType('session.ended');
    expect(ended.map(({ reason }) => reason)).toEqual(
      Array(3).fill('too many sessions were open, and this one was silent for longest'),
    );
    const started = bench.log.ofType('session.started').map(({ session }) => session);
    expect(ended.map(({ session }) => session)).toEqual(started.slice(0, 3));
    expect(bench.log.ofType('security')).toMatchObject([
      { what: 'sessions_crowded_out', session: started[0], detail: expect.stringContaining('claude-code') },
    ]);
  });
});
