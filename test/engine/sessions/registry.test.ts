/** Sessions are bound to what was observed: who may speak in one, what its root is, and which one has to go. */
import { describe, expect, it } from 'vitest';
import type { SessionClaim } from '../../../main/engine/requests.ts';
import { UNHOOKED_SESSION } from '../../../main/engine/requests.ts';
import { SessionRegistry } from '../../../main/engine/sessions/registry.ts';
import type { CallState, Session } from '../../../main/engine/sessions/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { peerOf } from '../../support/peers.ts';

const HELD = { token: 'tok', app: '/work/app' };

function setUp() {
  const clock = new FakeClock();
  const gone = new Set<number>();
  const probed: unknown[] = [];
  const registry = new SessionRegistry({
    clock,
    home: '/nowhere/home',
    probe: (pid, startTime) => {
      probed.push([pid, startTime]);
      return !gone.has(pid);
    },
  });
  const claim = (more: Partial<SessionClaim> = {}): SessionClaim => ({
    client: 'claude-code',
    claimedSession: 'abc',
    claimedCwd: '/nowhere/claimed',
    peer: peerOf({ cwd: '/nowhere/observed' }),
    ...more,
  });
  const begin = (more: Partial<SessionClaim> = {}) => registry.begin(claim(more), (app) => `hash of ${app}`);
  return { clock, registry, claim, begin, gone, probed };
}

const NOBODY = peerOf({}, { requester: null });

describe('a session', () => {
  it('is known by client, id and process together', () => {
    const { registry, claim, begin } = setUp();
    const { session } = begin();
    expect(registry.find(claim())).toBe(session);
    for (const other of [
      { client: 'codex' },
      { claimedSession: 'abd' },
      { peer: peerOf({ pid: 1 }) },
      { peer: peerOf({ startTime: '1001' }) },
      { peer: peerOf({ startTime: null }) },
      { peer: NOBODY },
      { held: HELD },
    ])
      expect(registry.find(claim(other))).toBeNull();
    registry.end(session);
    expect(registry.find(claim())).toBeNull();
  });

  it('that a token holds is known by it, whichever process shows it', () => {
    const { registry, claim, begin } = setUp();
    const { session } = begin({ held: HELD });
    expect(registry.find(claim({ held: HELD, peer: peerOf({ pid: 1 }) }))).toBe(session);
    expect(registry.find(claim({ held: { ...HELD, token: 'other' } }))).toBeNull();
    expect(registry.find(claim({ held: { ...HELD, app: '/other' } }))).toBeNull();
    expect(registry.find(claim())).toBeNull();
  });

  it('of a process that the system does not tell is one of all such', () => {
    const { registry, claim, begin } = setUp();
    const { session } = begin({ peer: NOBODY });
    expect(registry.find(claim({ peer: NOBODY }))).toBe(session);
    const { session: unstarted } = begin({ peer: peerOf({ startTime: null }) });
    expect(registry.find(claim({ peer: peerOf({ startTime: null, cwd: '/y' }) }))).toBe(unstarted);
    expect(registry.find(claim({ peer: peerOf({ startTime: '7' }) }))).toBeNull();
  });

  it.each<[string, Partial<SessionClaim>, string, boolean]>([
    ['observed', {}, '/nowhere/observed', true],
    ['claimed, where the system tells none', { peer: peerOf({ cwd: null }) }, '/nowhere/claimed', false],
    ['claimed, where it tells no process', { peer: NOBODY }, '/nowhere/claimed', false],
    [
      'as a forwarder says',
      { peer: peerOf({ cwd: '/nowhere/f' }, { source: 'claimed' }) },
      '/nowhere/f',
      false,
    ],
    ['the one that its token is for', { held: HELD }, '/work/app', false],
  ])('has a root: %s', (_, more, app, observed) => {
    const { session } = setUp().begin(more);
    expect([session.app, session.appObserved, session.policyHash]).toEqual([app, observed, `hash of ${app}`]);
    expect(session.holder).toBe(more.held === undefined ? null : 'tok');
  });

  it('begins with nothing in it, and is touched when it speaks', () => {
    const { registry, begin, clock } = setUp();
    const { session, dropped } = begin();
    expect(dropped).toBeNull();
    expect(session).toMatchObject({
      turn: 0,
      title: null,
      ended: false,
      claimedId: 'abc',
      client: 'claude-code',
    });
    clock.advance(5000);
    expect(session.lastSeenMonotonicMs).toBe(session.startedMonotonicMs);
    registry.touch(session);
    expect(session.lastSeenMonotonicMs - session.startedMonotonicMs).toBe(5000);
    expect(session.lastSeenWallMicros - session.startedWallMicros).toBe(5_000_000);
  });
});

describe('the session of a process', () => {
  it('is the one that spoke last, that hooks told of, and that lives', () => {
    const { registry, begin, clock, claim } = setUp();
    const { peer } = claim();
    expect(registry.ofProcess(peer)).toBeNull();
    const first = begin({ claimedSession: 'one' }).session;
    const second = begin({ claimedSession: 'two' }).session;
    begin({ claimedSession: 'three', peer: peerOf({ pid: 99 }) });
    expect(registry.ofProcess(peer)).toBe(second);
    clock.advance(10);
    registry.touch(first);
    expect(registry.ofProcess(peer)).toBe(first);
    clock.advance(10);
    begin({ claimedSession: UNHOOKED_SESSION });
    expect(registry.ofProcess(peer)).toBe(first);
    registry.end(first);
    expect(registry.ofProcess(peer)).toBe(second);
    registry.end(second);
    expect(registry.ofProcess(peer)).toBeNull();
  });

  it('is none where no process is observed', () => {
    const { registry, begin } = setUp();
    begin({ peer: NOBODY });
    expect(registry.ofProcess(NOBODY)).toBeNull();
  });
});

describe('sessions whose process has gone', () => {
  it('are told, but not those that ended, that a token holds, or of which no process is known', () => {
    const { registry, begin, gone, probed } = setUp();
    const lost = begin({ claimedSession: 'lost' }).session;
    const ended = begin({ claimedSession: 'ended' }).session;
    registry.end(ended);
    begin({ claimedSession: 'held', held: HELD });
    begin({ claimedSession: 'nobody', peer: NOBODY });
    begin({ claimedSession: 'alive', peer: peerOf({ pid: 77, startTime: '5' }) });
    expect(registry.vanished()).toEqual([]);
    gone.add(4242);
    expect(registry.vanished()).toEqual([lost]);
    expect(probed).toContainEqual([77, '5']);
  });
});

describe('more than are kept', () => {
  it('of calls: the oldest that is done with goes', () => {
    const { registry, begin } = setUp();
    const { session } = begin();
    const note = (id: number, state: CallState) =>
      registry.record(session, `c${id}`, {
        callId: `call_${id}`,
        state,
        releasedMonotonicMs: null,
        content: null,
        concern: null,
        taken: false,
      });
    note(0, 'deciding');
    note(1, 'released');
    note(2, 'completed');
    for (let id = 3; id < 2000; id += 1) note(id, 'released');
    expect([session.calls.size, session.calls.has('c1')]).toEqual([2000, true]);
    note(1, 'completed');
    expect([session.calls.size, session.calls.has('c1')]).toEqual([2000, true]);
    note(2000, 'released');
    expect(['c0', 'c1', 'c2', 'c3', 'c2000'].map((id) => session.calls.has(id))).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(session.calls.size).toBe(2000);
    for (let id = 3; id < 2001; id += 1) note(id, 'deciding');
    note(1, 'deciding');
    note(2001, 'deciding');
    expect(session.calls.size).toBe(2001);
  });

  describe('of sessions', () => {
    function full() {
      const all = setUp();
      const sessions: Session[] = [];
      for (let id = 0; id < 500; id += 1) {
        const { session, dropped } = all.begin({ claimedSession: `s${id}` });
        expect(dropped).toBeNull();
        sessions.push(session);
        all.clock.advance(1);
      }
      return { ...all, sessions };
    }

    it('the one that was silent for longest goes', () => {
      const { registry, begin, sessions } = full();
      for (const session of sessions.slice(0, 3)) registry.touch(session);
      expect(begin({ claimedSession: 'new' }).dropped).toBe(sessions[3]);
      expect(registry.list()).toHaveLength(500);
      expect(registry.list()).not.toContain(sessions[3]);
    });

    it('of two that were silent as long, the first', () => {
      const { registry, begin, sessions } = full();
      for (const session of sessions) registry.touch(session);
      expect(begin({ claimedSession: 'new' }).dropped).toBe(sessions[0]);
    });

    it('one that has ended goes first, whenever it spoke, and is no loss', () => {
      const { registry, begin, sessions } = full();
      for (const at of [400, 300, 200]) {
        const session = sessions[at];
        if (session !== undefined) registry.end(session);
      }
      for (const at of [200, 300, 400]) {
        expect(begin({ claimedSession: `new${at}` }).dropped).toBeNull();
        expect(registry.list()).not.toContain(sessions[at]);
      }
      expect(begin({ claimedSession: 'last' }).dropped).toBe(sessions[0]);
    });

    it('of those that have ended, the one that was silent for longest', () => {
      const { registry, begin, sessions } = full();
      for (const at of [100, 200]) {
        const session = sessions[at];
        if (session === undefined) throw new Error('no session');
        registry.end(session);
        if (at === 100) registry.touch(session);
      }
      begin({ claimedSession: 'new' });
      expect(registry.list()).not.toContain(sessions[200]);
      expect(registry.list()).toContain(sessions[100]);
    });
  });
});
