import { describe, expect, it } from 'vitest';
import { CallDesk } from '../../../main/points/api/call-desk.ts';
import type { Token } from '../../../main/points/api/token-book.ts';
import { engineBench, policyFrom, until } from '../../support/engine-bench.ts';
import { peerOf } from '../../support/peers.ts';

const APP = '/home/dev/web';
const token = (id: string): Token => ({
  id,
  name: id,
  scopes: ['submit', 'watch'],
  apps: [APP],
  createdWallMicros: 0,
  lastUsedWallMicros: null,
});
const wanted = (more: { session?: string; callId?: string | null } = {}) => ({
  session: 'run',
  callId: null,
  agent: 'main',
  toolName: 'shell.bash',
  params: { command: 'ls' },
  cwd: APP,
  ...more,
});
const never = () => new AbortController().signal;
const asking = () => policyFrom('default_policy: approve\nmax_risk_level: high');
const letting = () => policyFrom('default_policy: auto\nmax_risk_level: high');

describe('a client that was told to come back', () => {
  it('has given up when it does not', async () => {
    const bench = engineBench(asking());
    const desk = new CallDesk(bench.engine, 30);
    const first = await desk.submit(token('a'), APP, wanted(), peerOf(), 0, never());
    expect(first.verdict).toBeNull();
    await until(() => bench.engine.desk.pending().length === 0);
    const then = await desk.look(token('a'), APP, first.callId, 1000, never());
    expect(then.verdict).toMatchObject({ kind: 'deny', outcome: 'cancelled' });
  });

  it('keeps its place as long as it comes, and however long it waits then', async () => {
    const bench = engineBench(asking());
    const desk = new CallDesk(bench.engine, 60);
    const { callId } = await desk.submit(token('a'), APP, wanted(), peerOf(), 0, never());
    for (let i = 0; i < 5; i++) await desk.look(token('a'), APP, callId, 30, never());
    const long = await desk.look(token('a'), APP, callId, 200, never());
    expect(long.verdict).toBeNull();
    expect(bench.engine.desk.pending()).toHaveLength(1);
    await bench.engine.stop('test');
  });

  it('may go away while it waits again: that alone is no giving up', async () => {
    const bench = engineBench(asking());
    const desk = new CallDesk(bench.engine, 60_000);
    const { callId } = await desk.submit(token('a'), APP, wanted(), peerOf(), 0, never());
    const gone = new AbortController();
    const look = desk.look(token('a'), APP, callId, 5000, gone.signal);
    gone.abort();
    await look;
    expect(bench.engine.desk.pending()).toHaveLength(1);
    await bench.engine.stop('test');
  });
});

describe('a client that goes away at once', () => {
  it('has given up, also before anybody was asked', async () => {
    const bench = engineBench(asking());
    const desk = new CallDesk(bench.engine);
    const gone = new AbortController();
    gone.abort();
    const standing = await desk.submit(token('a'), APP, wanted({ callId: 'x' }), peerOf(), 5000, gone.signal);
    await until(() => bench.engine.desk.pending().length === 0);
    expect(standing.requestId).not.toBeNull();
    expect(bench.log.ofType('approval.resolved')).toMatchObject([{ outcome: 'cancelled', by: 'agent' }]);
  });

  it('has not given up while another request waits for the same call', async () => {
    const bench = engineBench(asking());
    const desk = new CallDesk(bench.engine);
    const gone = new AbortController();
    const first = desk.submit(token('a'), APP, wanted({ callId: 'x' }), peerOf(), 5000, gone.signal);
    const second = desk.submit(token('a'), APP, wanted({ callId: 'x' }), peerOf(), 5000, never());
    await until(() => bench.engine.desk.pending().length === 1);
    gone.abort();
    await first;
    const [approval] = bench.engine.desk.pending();
    expect(approval).toBeDefined();
    await bench.engine.answer(approval?.id ?? '', approval?.fingerprint ?? '', {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    expect((await second).verdict).toMatchObject({ kind: 'allow' });
  });
});

describe('sessions of a token', () => {
  it('are its own: another token of the same project and label speaks in another one', async () => {
    const bench = engineBench(letting());
    const desk = new CallDesk(bench.engine);
    const one = await desk.submit(token('a'), APP, wanted(), peerOf(), 0, never());
    const two = await desk.submit(token('b'), APP, wanted(), peerOf(), 0, never());
    const again = await desk.submit(token('a'), APP, wanted(), peerOf({ pid: 1, cwd: '/' }), 0, never());
    expect(two.sessionId).not.toBe(one.sessionId);
    expect(again.sessionId).toBe(one.sessionId);
    expect(bench.engine.sessions.list().map(({ app, appObserved }) => [app, appObserved])).toEqual([
      [APP, false],
      [APP, false],
    ]);
  });

  it('are of one project each, and a new token of an old name begins anew', async () => {
    const bench = engineBench(letting());
    const desk = new CallDesk(bench.engine);
    const named = (id: string): Token => ({ ...token(id), name: 'sdk' });
    const one = await desk.submit(named('a'), APP, wanted(), peerOf(), 0, never());
    const shop = await desk.submit(named('a'), '/home/dev/shop', wanted(), peerOf(), 0, never());
    const anew = await desk.submit(named('b'), APP, wanted(), peerOf(), 0, never());
    expect(new Set([one, shop, anew].map(({ sessionId }) => sessionId)).size).toBe(3);
    expect(bench.engine.sessions.list().map(({ app }) => app)).toEqual([APP, '/home/dev/shop', APP]);
    await bench.engine.sessions.endHeld('a', 'revoked');
    expect(bench.engine.sessions.list().map(({ ended }) => ended)).toEqual([true, true, false]);
  });

  it('outlive the process that began them, and end with the token', async () => {
    const bench = engineBench(letting());
    const desk = new CallDesk(bench.engine);
    await desk.submit(token('a'), APP, wanted(), peerOf(), 0, never());
    bench.alive = false;
    await bench.engine.sessions.sweep();
    expect(bench.engine.sessions.list()[0]?.ended).toBe(false);
    await bench.engine.sessions.endHeld('a', 'its token was revoked');
    expect(bench.engine.sessions.list()[0]?.ended).toBe(true);
    expect(bench.log.ofType('session.ended')).toMatchObject([{ reason: 'its token was revoked' }]);
  });

  it('are 50 at most', async () => {
    const bench = engineBench(letting());
    const desk = new CallDesk(bench.engine);
    for (let i = 0; i < 50; i++)
      await desk.submit(token('a'), APP, wanted({ session: `s${i}` }), peerOf(), 0, never());
    const more = (id: string, session: string) =>
      desk.submit(token(id), APP, wanted({ session }), peerOf(), 0, never());
    await expect(more('a', 'one more')).rejects.toMatchObject({ code: 'too_many_requests' });
    await expect(more('a', 's7')).resolves.toMatchObject({ verdict: { kind: 'allow' } });
    await expect(more('b', 'one more')).resolves.toMatchObject({ verdict: { kind: 'allow' } });
  });
});

it('lets nothing run that cannot be written, and takes it under the same id when it can', async () => {
  const bench = engineBench(letting());
  const desk = new CallDesk(bench.engine);
  bench.log.fail = () => true;
  const failed = await desk.submit(token('a'), APP, wanted({ callId: 'x' }), peerOf(), 0, never());
  expect(failed.verdict).toMatchObject({ kind: 'deny', callId: '' });
  bench.log.fail = null;
  const again = await desk.submit(token('a'), APP, wanted({ callId: 'x' }), peerOf(), 0, never());
  expect(again.verdict).toMatchObject({ kind: 'allow' });
});
