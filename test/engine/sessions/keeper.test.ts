/** The life of sessions: what is written, what is told on, and when they end. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UNHOOKED_SESSION } from '../../../main/engine/requests.ts';
import { peerOf } from '../../support/peers.ts';
import { callOf } from '../calls.ts';

import { setUp } from './keeper-scene.ts';

const HELD = { token: 'tok', app: '/work/app' };
const HOUR = 3_600_000;

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
