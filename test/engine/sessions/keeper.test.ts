/** The life of sessions and of their calls: what is written, what is told on, and what is taken once. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Behaviors } from '../../../main/engine/behavior/behaviors.ts';
import type { AuthorizeInput, SessionClaim } from '../../../main/engine/requests.ts';
import { UNHOOKED_SESSION } from '../../../main/engine/requests.ts';
import { SessionKeeper } from '../../../main/engine/sessions/keeper.ts';
import type { Session } from '../../../main/engine/sessions/session.ts';
import { MemoryLog } from '../../support/engine-bench.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { peerOf } from '../../support/peers.ts';
import { callOf } from '../calls.ts';

const HELD = { token: 'tok', app: '/work/app' };
const HOUR = 3_600_000;

function setUp() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const told: unknown[][] = [];
  const tell =
    (word: string) =>
    (...args: readonly unknown[]) => {
      told.push([word, ...args.map((arg) => (typeof arg === 'object' ? (arg as Session).id : arg))]);
      return [];
    };
  let alive = true;
  let changes = 0;
  const keeper = new SessionKeeper({
    clock,
    log,
    home: '/nowhere/home',
    probe: () => alive,
    inForce: {
      policy: (app) => (app === '/nowhere/with' ? ({ hash: 'h1' } as never) : null),
      appActive: () => true,
      protection: () => ({ paths: [], pids: [], home: '/nowhere/home' }),
    },
    rules: { endSession: (id) => void told.push(['rules', id]) },
    behaviors: {
      begin: tell('begin'),
      startTurn: tell('turn'),
      end: tell('end'),
      complete: tell('complete'),
    } as unknown as Behaviors,
  });
  const off = keeper.onChange(() => {
    changes += 1;
  });
  const claim = (more: Partial<SessionClaim> = {}): SessionClaim => ({
    client: 'claude-code',
    claimedSession: 'abc',
    claimedCwd: '/nowhere/x',
    peer: peerOf({ cwd: '/nowhere/x' }),
    ...more,
  });
  const boxed = (level: 'strict' | 'standard' | null, run = 'run1') =>
    claim({
      claimedSession: `boxed-${level}-${run}`,
      peer: peerOf({ cwd: '/nowhere/x' }, { sandbox: { run, level } as never }),
    });
  return {
    ...{ clock, log, keeper, told, claim, boxed, off },
    die: () => {
      alive = false;
    },
    changed: () => changes,
  };
}

describe('a session', () => {
  it('is written with how it is enforced and by which policy it began', async () => {
    const { keeper, log, claim, boxed, told } = setUp();
    const session = await keeper.resolve(claim());
    await keeper.resolve(claim({ claimedSession: 'b', peer: peerOf({ cwd: '/nowhere/with' }) }));
    await keeper.resolve(claim({ held: HELD }));
    const strict = await keeper.resolve(boxed('strict'));
    await keeper.resolve(boxed(null));
    expect(
      log.ofType('session.started').map(({ enforcement, policyHash }) => [enforcement, policyHash]),
    ).toEqual([
      ['hooks', null],
      ['hooks', 'h1'],
      ['api', null],
      ['sandbox strict', null],
      ['sandbox reduced', null],
    ]);
    expect(told[0]).toEqual(['begin', session.id]);
    expect([keeper.enforcement(session.id), keeper.enforcement(strict.id), keeper.enforcement('x')]).toEqual([
      'none',
      'strict',
      'none',
    ]);
  });

  it('is begun once, and those that come meanwhile wait for its row', async () => {
    const { keeper, log, claim, clock, changed } = setUp();
    const [first, second] = await Promise.all([keeper.resolve(claim()), keeper.resolve(claim())]);
    expect(second).toBe(first);
    expect(log.ofType('session.started')).toHaveLength(1);
    expect(changed()).toBe(1);
    clock.advance(700);
    await keeper.resolve(claim());
    expect(first.lastSeenMonotonicMs - first.startedMonotonicMs).toBe(700);
  });

  it('that cannot be written is none, for whoever waits as well', async () => {
    const { keeper, log, claim, changed } = setUp();
    log.fail = () => true;
    const both = await Promise.allSettled([keeper.resolve(claim()), keeper.resolve(claim())]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([keeper.find(claim()), changed()]).toEqual([null, 0]);
    log.fail = null;
    expect((await keeper.resolve(claim())).ended).toBe(false);
  });

  it('ends once, and everything that hangs on it with it', async () => {
    const { keeper, log, claim, told, changed } = setUp();
    const session = await keeper.resolve(claim());
    await keeper.end(session, 'done');
    await keeper.end(session, 'again');
    expect(log.ofType('session.ended')).toEqual([
      { type: 'session.ended', v: 1, session: session.id, reason: 'done' },
    ]);
    expect(told.slice(1)).toEqual([
      ['rules', session.id],
      ['end', session.id],
    ]);
    expect([keeper.find(claim()), session.ended, changed()]).toEqual([null, true, 2]);
  });

  it('has turns, and a title from its first prompt', async () => {
    const { keeper, log, claim, told, changed } = setUp();
    const session = await keeper.resolve(claim());
    await keeper.startTurn(session, '  fix\n\n the   bug ');
    await keeper.startTurn(session, 'and now');
    expect([session.title, session.turn]).toEqual(['fix the bug', 2]);
    expect(told.slice(1)).toEqual([
      ['turn', session.id, 1],
      ['turn', session.id, 2],
    ]);
    expect(log.ofType('turn.started')[1]).toMatchObject({
      turn: 2,
      promptBytes: 7,
      promptDigest: createHash('sha256').update('and now').digest('hex'),
    });
    expect(changed()).toBe(3);
  });

  it.each([
    ['x'.repeat(60), 'x'.repeat(60)],
    ['x'.repeat(61), `${'x'.repeat(59)}…`],
    [`${'x'.repeat(58)}😀😀`, `${'x'.repeat(58)}\ufffd…`],
  ])('has a short title: %s', async (prompt, title) => {
    const { keeper, claim } = setUp();
    const session = await keeper.resolve(claim());
    await keeper.startTurn(session, prompt);
    expect(session.title).toBe(title);
  });

  it('is told to nobody who has stopped listening', async () => {
    const { keeper, claim, off, changed } = setUp();
    off();
    await keeper.resolve(claim());
    expect(changed()).toBe(0);
  });
});

describe('sessions end', () => {
  it('with their process', async () => {
    const { keeper, log, claim, die } = setUp();
    await keeper.resolve(claim());
    await keeper.sweep();
    expect(log.ofType('session.ended')).toEqual([]);
    die();
    await keeper.sweep();
    expect(log.ofType('session.ended')).toMatchObject([{ reason: 'the process ended' }]);
  });

  it('after two idle hours where only a token holds them', async () => {
    const { keeper, log, claim, clock } = setUp();
    await keeper.resolve(claim());
    const held = await keeper.resolve(claim({ held: HELD }));
    clock.advance(2 * HOUR);
    await keeper.sweep();
    expect(log.ofType('session.ended')).toEqual([]);
    clock.advance(1);
    await keeper.sweep();
    await keeper.sweep();
    expect(log.ofType('session.ended')).toMatchObject([
      { session: held.id, reason: 'nothing came for two hours' },
    ]);
  });

  it('with their token', async () => {
    const { keeper, log, claim } = setUp();
    await keeper.resolve(claim());
    await keeper.resolve(claim({ held: { ...HELD, token: 'other' } }));
    const held = await keeper.resolve(claim({ held: HELD }));
    await keeper.endHeld('tok', 'revoked');
    expect(log.ofType('session.ended')).toMatchObject([{ session: held.id, reason: 'revoked' }]);
  });

  it('with their sandbox, whose calls can be counted', async () => {
    const { keeper, log, claim, boxed } = setUp();
    const outside = await keeper.resolve(claim());
    const inside = await keeper.resolve(boxed('strict'));
    const other = await keeper.resolve(boxed('strict', 'run2'));
    for (const session of [outside, inside, other]) {
      keeper.record(session, 'a', callOf('shell.bash'), 'released');
      keeper.record(session, 'b', callOf('shell.bash'), 'stopped');
      keeper.record(session, 'c', callOf('shell.bash'), 'stopped');
    }
    expect(keeper.callsOfRun('run1')).toEqual({ made: 3, stopped: 2 });
    expect(keeper.callsOfRun('run3')).toEqual({ made: 0, stopped: 0 });
    await keeper.endRun('run1', 'the sandbox ended');
    expect(log.ofType('session.ended')).toMatchObject([{ session: inside.id, reason: 'the sandbox ended' }]);
  });

  it('when there are too many, and how many it were is told once a minute', async () => {
    const { keeper, log, claim, clock } = setUp();
    const many = async (from: number, to: number) => {
      for (let id = from; id < to; id += 1) await keeper.resolve(claim({ claimedSession: `s${id}` }));
    };
    await many(0, 501);
    clock.advance(59_999);
    await many(501, 503);
    const details = () => log.ofType('security').map(({ detail }) => detail);
    expect(details()).toEqual([
      'more sessions were begun than are kept: the one of claude-code in /nowhere/x, silent for longest, was ended',
    ]);
    clock.advance(1);
    await many(503, 504);
    expect(details()[1]).toBe(
      'more sessions were begun than are kept: 3 of them, silent for longest, was ended',
    );
    clock.advance(60_000);
    await keeper.resolve(claim({ claimedSession: 'long' }));
    expect(details()).toHaveLength(3);
  });
});

describe('a claim of the process behind a connection', () => {
  it('speaks in its newest session', async () => {
    const { keeper, claim } = setUp();
    const peer = peerOf({ cwd: '/nowhere/else' });
    expect(keeper.claimOf(peer)).toBeNull();
    await keeper.resolve(claim());
    await keeper.resolve(claim({ claimedSession: UNHOOKED_SESSION, client: 'mcp' }));
    expect(keeper.claimOf(peer)).toEqual({
      client: 'claude-code',
      claimedSession: 'abc',
      peer,
      claimedCwd: '/nowhere/x',
    });
  });
});

describe('a call that comes in twice', () => {
  const params = { a: 1 };
  async function released(more: { point?: 'hook' | 'mcp'; module?: string; concern?: string } = {}) {
    const all = setUp();
    const session = await all.keeper.resolve(all.claim());
    const call = callOf(`${more.module ?? 'mcp_x'}.t`, params, { point: more.point ?? 'hook', id: 'call_9' });
    all.keeper.record(session, 'hook-id', call, 'released', more.concern ?? null);
    const take = (over: Partial<AuthorizeInput> = {}, concern: string | null = null) =>
      all.keeper.take(
        session,
        {
          module: more.module ?? 'mcp_x',
          action: 't',
          params,
          claimedCallId: 'way-2',
          ...over,
        } as AuthorizeInput,
        concern,
      );
    return { ...all, session, call, take };
  }

  it('is taken once, under its second name', async () => {
    const { take, session } = await released();
    expect(take()).toBe('call_9');
    expect(take({ claimedCallId: 'way-3' })).toBeNull();
    expect(session.calls.get('hook-id')).toMatchObject({ taken: true, callId: 'call_9', state: 'released' });
    expect(session.calls.get('way-2')).toMatchObject({ taken: false, content: null, callId: 'call_9' });
    expect(session.calls.has('way-3')).toBe(false);
  });

  it.each<[string, Parameters<typeof released>[0], Partial<AuthorizeInput>]>([
    ['other parameters', {}, { params: { a: 2 } }],
    ['another tool', {}, { action: 'u' }],
    ['another server', {}, { module: 'mcp_y' }],
    ['no server', { module: 'xmcp_' }, {}],
    ['no hook before', { point: 'mcp' }, {}],
  ])('is not one with %s', async (_, more, over) => {
    expect((await released(more)).take(over)).toBeNull();
  });

  it('is not one when it was stopped, or has ended', async () => {
    const { take, keeper, session, call, claim } = await released();
    keeper.record(session, 'hook-id', call, 'stopped');
    expect(take()).toBeNull();
    keeper.record(session, 'hook-id', call, 'deciding');
    expect(take()).toBeNull();
    keeper.record(session, 'hook-id', call, 'released');
    await keeper.complete({
      ...claim(),
      claimedCallId: 'hook-id',
      ...{ success: true, result: '', durationMs: 1, source: 'claimed' },
    });
    expect(take()).toBeNull();
  });

  it('is one for a minute', async () => {
    const { take, clock } = await released();
    clock.advance(60_001);
    expect(take()).toBeNull();
    const again = await released();
    again.clock.advance(60_000);
    expect(again.take()).toBe('call_9');
  });

  it('is decided anew when something new speaks against it', async () => {
    expect((await released()).take({}, 'the tool has changed')).toBeNull();
    expect((await released({ concern: 'old' })).take({}, 'new')).toBeNull();
    expect((await released({ concern: 'old' })).take({}, 'old')).toBe('call_9');
    expect((await released({ concern: 'old' })).take({}, null)).toBe('call_9');
  });
});

describe('a result', () => {
  async function made(state: 'released' | 'deciding' | 'stopped' = 'released') {
    const all = setUp();
    const session = await all.keeper.resolve(all.claim());
    const call = callOf('mcp_x.t', {}, { id: 'call_9' });
    all.keeper.record(session, 'id', call, state);
    const complete = (over: object = {}) =>
      all.keeper.complete({
        ...all.claim(),
        claimedCallId: 'id',
        ...{ success: true, result: 'päss', durationMs: 7, source: 'claimed' as const },
        ...over,
      });
    return { ...all, session, call, complete };
  }

  it('is written by its digest, and an error by its beginning', async () => {
    const { complete, log, keeper, session, call, clock, told } = await made();
    clock.advance(40);
    await expect(complete()).resolves.toBe('recorded');
    expect(session.lastSeenMonotonicMs - session.startedMonotonicMs).toBe(40);
    keeper.record(session, 'e', call, 'released');
    await complete({ claimedCallId: 'e', success: false, result: `${'x'.repeat(299)}😀 secret` });
    expect(log.ofType('call.completed')).toMatchObject([
      {
        callId: 'call_9',
        success: true,
        preview: '',
        resultBytes: 5,
        durationMs: 7,
        resultDigest: createHash('sha256').update('päss').digest('hex'),
      },
      { success: false, preview: `${'x'.repeat(299)}\ufffd` },
    ]);
    expect(told.at(-2)).toEqual(['complete', session.id, 'call_9', true, 'päss']);
  });

  it('holds nobody up when whoever tells it saw it', async () => {
    const { keeper, session, call, complete, log } = await made();
    const when: unknown[] = [];
    const append = log.append.bind(log);
    log.append = (event, ...more: readonly unknown[]) => {
      when.push(more[0]);
      return append(event);
    };
    await complete({ source: 'observed' });
    keeper.record(session, 'id2', call, 'released');
    await complete({ claimedCallId: 'id2' });
    expect(when).toEqual(['soon', 'now']);
  });

  it('of a call that was taken on a second way is told by that way alone', async () => {
    const { keeper, session, complete, log } = await made();
    const input = { module: 'mcp_x', action: 't', params: {}, claimedCallId: 'way-2' } as AuthorizeInput;
    expect(keeper.take(session, input, null)).toBe('call_9');
    await expect(complete()).resolves.toBe('recorded');
    expect(log.ofType('call.completed')).toEqual([]);
    await expect(complete({ claimedCallId: 'way-2' })).resolves.toBe('recorded');
    expect(log.ofType('call.completed')).toHaveLength(1);
  });

  it.each(['deciding', 'stopped'] as const)('of a call that is %s is suspicious', async (state) => {
    const { complete, log, session } = await made(state);
    await expect(complete()).resolves.toBe('unmatched');
    expect(log.ofType('security')).toMatchObject([{ what: 'result_unmatched', session: session.id }]);
  });

  it('of a session that is not known is suspicious, and its name is cut', async () => {
    const { complete, log } = await made();
    const claimedCallId = 'n'.repeat(200);
    await expect(complete({ client: 'codex', claimedCallId })).resolves.toBe('unmatched');
    await complete();
    await expect(complete()).resolves.toBe('repeated');
    expect(log.ofType('security').map(({ detail, session }) => [detail, session === null])).toEqual([
      [`a result of a call that was not let through (${'n'.repeat(80)})`, true],
      ['a second result of the same call (id)', false],
    ]);
  });
});
