import { describe, expect, it } from 'vitest';
import { MAX_PENDING_PER_SESSION } from '../../main/engine/approvals/desk.ts';
import type { Verdict } from '../../main/engine/requests.ts';
import { engineBench, policyFrom, until } from '../support/engine-bench.ts';

const asking = () => policyFrom('default_policy: approve\nmax_risk_level: high\napproval_timeout: 60');
const letting = () => policyFrom('default_policy: auto\nmax_risk_level: high');
const never = () => new AbortController().signal;

async function asked(policy = asking()) {
  const bench = engineBench(policy);
  const verdict = bench.engine.authorize(bench.call(), never());
  await until(() => bench.engine.desk.pending().length === 1);
  const [approval] = bench.engine.desk.pending();
  if (approval === undefined) throw new Error('nothing waits');
  return { bench, verdict, approval };
}

describe('deciding and logging', () => {
  it('answers only after the row is durable, and writes what it decided', async () => {
    const bench = engineBench(letting());
    const verdict = await bench.engine.authorize(bench.call(), never());
    expect(verdict).toMatchObject({ kind: 'allow', outcome: 'allowed' });
    expect(bench.log.ofType('call.decided')).toMatchObject([
      {
        decision: 'allowed',
        gate: expect.any(String),
        call: { module: 'shell', action: 'bash', summary: 'ls' },
      },
    ]);
    expect(bench.log.ofType('session.started')).toHaveLength(1);
  });

  it('lets nothing through that cannot be written', async () => {
    const bench = engineBench(letting());
    bench.log.fail = (event) => event.type === 'call.decided';
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({
      kind: 'deny',
      outcome: 'refused',
    });
  });

  it('begins no session that cannot be written, and begins it anew later', async () => {
    const bench = engineBench(letting());
    bench.log.fail = () => true;
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({ kind: 'deny' });
    bench.log.fail = null;
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({ kind: 'allow' });
    expect(bench.log.ofType('session.started')).toHaveLength(1);
  });

  it('refuses everything without a policy, and while the app is stopped', async () => {
    const bench = engineBench(null);
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({
      kind: 'deny',
      outcome: 'refused',
    });
    bench.policy = letting();
    bench.active = false;
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({
      kind: 'deny',
      outcome: 'refused',
    });
    expect(bench.log.ofType('call.decided').map((event) => event.gate)).toEqual([
      'gate0_inactive',
      'gate0_inactive',
    ]);
  });

  it('refuses parameters that have no canonical bytes', async () => {
    const bench = engineBench(letting());
    const verdict = await bench.engine.authorize(bench.call({ params: { command: 'x\ud800' } }), never());
    expect(verdict).toMatchObject({ kind: 'deny', outcome: 'refused' });
  });

  it('keeps secrets by name and long text out of the log', async () => {
    const bench = engineBench(letting());
    await bench.engine.authorize(
      bench.call({ params: { command: 'x'.repeat(2_000_000), api_key: 'sk-very-secret' } }),
      never(),
    );
    const row = JSON.stringify(bench.log.ofType('call.decided')[0]);
    expect(row).not.toContain('sk-very-secret');
    expect(row.length).toBeLessThan(300_000);
  });
});

describe('asking a person', () => {
  it('holds the call until the yes, writes the yes, then lets it through', async () => {
    const { bench, verdict, approval } = await asked();
    expect(bench.log.ofType('call.decided')).toMatchObject([{ decision: 'approval_required' }]);
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    await expect(verdict).resolves.toMatchObject({ kind: 'allow', outcome: 'allowed' });
    expect(bench.log.ofType('approval.resolved')).toMatchObject([
      { outcome: 'allowed', by: 'person', via: 'page', scope: 'once' },
    ]);
  });

  it('tells the agent the reason of a no', async () => {
    const { bench, verdict, approval } = await asked();
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'deny',
      reason: 'use the other folder',
      via: 'page',
    });
    const told = await verdict;
    expect(told).toMatchObject({ kind: 'deny', outcome: 'denied' });
    expect(told.message).toContain('use the other folder');
  });

  it('never calls a time-out a denial', async () => {
    const bench = engineBench(asking());
    const verdict = await bench.engine.authorize(bench.call({ patienceMs: 3050 }), never());
    expect(verdict).toMatchObject({ kind: 'deny', outcome: 'expired' });
    expect(verdict.message).not.toMatch(/denied/i);
    expect(bench.log.ofType('approval.resolved')).toMatchObject([{ outcome: 'expired', by: 'time' }]);
  });

  it('cancels when the agent goes, and a later yes does nothing', async () => {
    const bench = engineBench(asking());
    const aborter = new AbortController();
    const verdict = bench.engine.authorize(bench.call(), aborter.signal);
    await until(() => bench.engine.desk.pending().length === 1);
    const [approval] = bench.engine.desk.pending();
    if (approval === undefined) throw new Error('nothing waits');
    aborter.abort();
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'cancelled' });
    await expect(
      bench.engine.answer(approval.id, approval.fingerprint, { kind: 'allow', scope: 'once', via: 'page' }),
    ).rejects.toMatchObject({ code: 'already_decided' });
  });

  it('takes no answer for other bytes, none twice, none for what never was', async () => {
    const { bench, verdict, approval } = await asked();
    const yes = { kind: 'allow', scope: 'once', via: 'page' } as const;
    await expect(bench.engine.answer(approval.id, '0'.repeat(64), yes)).rejects.toMatchObject({
      code: 'changed',
    });
    await expect(bench.engine.answer('req_none', approval.fingerprint, yes)).rejects.toMatchObject({
      code: 'not_found',
    });
    await bench.engine.answer(approval.id, approval.fingerprint, yes);
    await expect(bench.engine.answer(approval.id, approval.fingerprint, yes)).rejects.toMatchObject({
      code: 'already_decided',
    });
    await verdict;
    expect(bench.log.ofType('approval.resolved')).toHaveLength(1);
  });

  it('decides again after the yes: what is denied now does not run', async () => {
    const { bench, verdict, approval } = await asked();
    bench.policy = policyFrom(
      'default_policy: auto\nmax_risk_level: high\ndeny: [{ module: shell, actions: [bash] }]',
    );
    const ended = await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    expect(ended.end?.state).toBe('refused');
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'refused' });
  });

  it('refuses what waits when a new policy denies it', async () => {
    const { bench, verdict } = await asked();
    bench.policy = policyFrom('default_policy: block\nmax_risk_level: high');
    bench.engine.recheck();
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'refused' });
  });

  it('does not run what was allowed but could not be written', async () => {
    const { bench, verdict, approval } = await asked();
    bench.log.fail = (event) => event.type === 'approval.resolved';
    const ended = await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    expect(ended.end?.state).toBe('refused');
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'refused' });
  });

  it('ends as refused on the log what could not be put down to wait', async () => {
    const bench = engineBench(asking());
    bench.store.failInsert = true;
    const waited: string[] = [];
    const verdict = await bench.engine.authorize(bench.call(), never(), (id) => waited.push(id));
    expect(verdict).toMatchObject({
      kind: 'deny',
      outcome: 'refused',
      message: expect.stringMatching(/could not be stored \(disk is full\)/),
    });
    expect(waited).toEqual([]);
    expect(bench.engine.desk.pending()).toEqual([]);
    const [decided] = bench.log.ofType('call.decided');
    expect(decided?.decision).toBe('approval_required');
    expect(bench.log.ofType('approval.resolved')).toMatchObject([
      { callId: decided?.call.id, outcome: 'refused', by: 'gate', reason: expect.stringMatching(/stored/) },
    ]);
    bench.store.failInsert = false;
    const next = bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    bench.engine.desk.endAll({ state: 'expired', why: 'restart' });
    await next;
  });

  it('writes the end that could not be written as soon as it can, as what really happened', async () => {
    const { bench, verdict, approval } = await asked();
    bench.log.fail = (event) => event.type === 'approval.resolved';
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'once',
      via: 'page',
    });
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'refused' });
    const denied = bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    expect(bench.log.ofType('approval.resolved')).toEqual([]);
    bench.log.fail = null;
    bench.policy = policyFrom('default_policy: block\nmax_risk_level: high');
    bench.engine.recheck();
    await denied;
    await until(() => bench.log.ofType('approval.resolved').length === 2);
    expect(
      bench.log.ofType('approval.resolved').map(({ callId, outcome }) => [callId, outcome]),
    ).toContainEqual([approval.call.id, 'refused']);
  });

  it('counts twins that one yes releases against the rate, one by one', async () => {
    const policy = policyFrom(
      'default_policy: approve\nmax_risk_level: high\nrate_limits: { shell.bash: 3 }',
    );
    const bench = engineBench(policy);
    const all = Array.from({ length: 10 }, () => bench.engine.authorize(bench.call(), never()));
    await until(() => bench.engine.desk.pending().length === 10);
    const [first] = bench.engine.desk.pending();
    if (first === undefined) throw new Error('nothing waits');
    await bench.engine.answer(first.id, first.fingerprint, { kind: 'allow', scope: 'session', via: 'page' });
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(7);
  });

  it('remembers nothing that cannot be written', async () => {
    const { bench, verdict, approval } = await asked();
    bench.log.fail = (event) => event.type === 'grant.changed';
    await bench.engine
      .answer(approval.id, approval.fingerprint, { kind: 'allow', scope: 'session', via: 'page' })
      .catch(() => undefined);
    expect(await verdict).toMatchObject({ kind: 'deny' });
    bench.log.fail = null;
    void bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    await bench.engine.stop('the test ends');
  });

  it('holds the limit also when they all come at the same moment, and says so on the track', async () => {
    const bench = engineBench(asking());
    const all = Array.from({ length: MAX_PENDING_PER_SESSION + 8 }, (_, index) =>
      bench.engine.authorize(bench.call({ params: { command: `echo ${index}` } }), never()),
    );
    const refused = await Promise.race([
      Promise.all(all.slice(-8)),
      until(() => bench.engine.desk.pending().length > MAX_PENDING_PER_SESSION).catch(() => []),
    ]);
    expect(refused).toHaveLength(8);
    expect(bench.engine.desk.pending()).toHaveLength(MAX_PENDING_PER_SESSION);
    const denied = bench.log.ofType('call.decided').filter(({ decision }) => decision === 'denied');
    expect(denied.map(({ trace }) => trace[4]?.state)).toEqual(Array.from({ length: 8 }, () => 'stopped'));
    await bench.engine.stop('the test ends');
  });

  it('lets one session have 32 waiting, not more, with a time to come back', async () => {
    const bench = engineBench(asking());
    const waiting: Promise<Verdict>[] = [];
    for (let i = 0; i < MAX_PENDING_PER_SESSION; i += 1)
      waiting.push(bench.engine.authorize(bench.call(), never()));
    await until(() => bench.engine.desk.pending().length === MAX_PENDING_PER_SESSION);
    const more = await bench.engine.authorize(bench.call(), never());
    expect(more).toMatchObject({ kind: 'deny', outcome: 'refused', retryAfterMs: 30_000 });
    await bench.engine.stop('test');
    await Promise.all(waiting);
  });

  it('expires what waits when it stops, and refuses from then on', async () => {
    const { bench, verdict } = await asked();
    await bench.engine.stop('shutdown');
    await expect(verdict).resolves.toMatchObject({ kind: 'deny', outcome: 'expired' });
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({
      kind: 'deny',
      outcome: 'refused',
    });
  });

  it('expires on the log what an earlier supervisor left', async () => {
    const bench = engineBench(asking());
    bench.store.insertPending({
      id: 'req_old',
      callId: 'call_old',
      session: 'ses_old',
      fingerprint: 'f',
      createdWallMicros: 1,
      expiresWallMicros: 2,
    });
    const lost = { callId: 'call_old', session: 'ses_old', wallMicros: 1 };
    await expect(bench.engine.recover([lost])).resolves.toBe(1);
    expect(bench.log.ofType('approval.resolved')).toMatchObject([
      { callId: 'call_old', session: 'ses_old', outcome: 'expired', by: 'restart' },
    ]);
    expect(bench.store.listPending()).toEqual([]);
  });

  it('expires what the log says waits, also where the store missed it', async () => {
    const bench = engineBench(asking());
    const lost = ['call_a', 'call_b'].map((callId) => ({ callId, session: 'ses_old', wallMicros: 1 }));
    await expect(bench.engine.recover(lost)).resolves.toBe(2);
    expect(bench.log.ofType('approval.resolved').map((row) => [row.callId, row.outcome, row.by])).toEqual([
      ['call_a', 'expired', 'restart'],
      ['call_b', 'expired', 'restart'],
    ]);
  });

  it('leaves what it cannot write down to the next start', async () => {
    const bench = engineBench(asking());
    bench.store.insertPending({
      id: 'req_old',
      callId: 'call_old',
      session: 'ses_old',
      fingerprint: 'f',
      createdWallMicros: 1,
      expiresWallMicros: 2,
    });
    bench.log.fail = () => true;
    const lost = { callId: 'call_old', session: 'ses_old', wallMicros: 1 };
    await expect(bench.engine.recover([lost])).rejects.toThrow(/disk is full/);
    expect(bench.store.listPending().map((row) => row.id)).toEqual(['req_old']);
  });
});

describe('remembering for a session', () => {
  it('covers exactly the same call in the same session, and its waiting twins', async () => {
    const { bench, verdict, approval } = await asked();
    const twin = bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 2);
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'session',
      via: 'page',
    });
    await expect(verdict).resolves.toMatchObject({ kind: 'allow' });
    await expect(twin).resolves.toMatchObject({ kind: 'allow' });
    await expect(bench.engine.authorize(bench.call(), never())).resolves.toMatchObject({ kind: 'allow' });
    void bench.engine.authorize(bench.call({ params: { command: 'ls ' } }), never());
    await until(() => bench.engine.desk.pending().length === 1);
    void bench.engine.authorize(bench.call({ claimedSession: 'other' }), never());
    await until(() => bench.engine.desk.pending().length === 2);
    await bench.engine.stop('test');
  });

  it('can be taken back', async () => {
    const { bench, approval } = await asked();
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'session',
      via: 'page',
    });
    await bench.engine.undo(approval.id);
    await expect(bench.engine.undo(approval.id)).rejects.toMatchObject({ code: 'not_found' });
    void bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    expect(bench.log.ofType('grant.changed').map((event) => event.change)).toEqual(['made', 'revoked']);
    await bench.engine.stop('test');
  });

  it('ends with the session', async () => {
    const { bench, approval } = await asked();
    await bench.engine.answer(approval.id, approval.fingerprint, {
      kind: 'allow',
      scope: 'session',
      via: 'page',
    });
    await bench.engine.endSession(bench.call(), 'exit');
    void bench.engine.authorize(bench.call(), never());
    await until(() => bench.engine.desk.pending().length === 1);
    await bench.engine.stop('test');
  });
});
