import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Approval, ApprovalEnd } from '../../../main/engine/approvals/approval.ts';
import { ApprovalDesk, MAX_PENDING, MAX_PENDING_PER_SESSION } from '../../../main/engine/approvals/desk.ts';
import { MemoryApprovalStore } from '../../support/approval-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { peerOf } from '../../support/peers.ts';

let clock: FakeClock;
let store: MemoryApprovalStore;
let desk: ApprovalDesk;
let count = 0;

function request(overrides: Partial<{ session: string; seconds: number }> = {}): Approval {
  count += 1;
  return {
    id: `req_${count}`,
    call: {
      id: `call_${count}`,
      app: '/p',
      agent: 'main',
      client: 'claude-code',
      session: overrides.session ?? 'ses_1',
      turn: 1,
      module: 'shell',
      action: 'bash',
      params: { command: 'ls' },
      cwd: '/p',
      caller: 'llm',
      point: 'hook',
      toolName: 'Bash',
    },
    decision: {
      kind: 'approve',
      gate: 'gate4_policy',
      rule: null,
      reason: 'asks',
      risk: 'high',
      trace: [],
      retryAfterMs: null,
      behavior: [],
      approvalTimeoutSeconds: 60,
    },
    fingerprint: 'f'.repeat(64),
    peer: peerOf(),
    createdWallMicros: clock.wallMicros(),
    createdMonotonicMs: clock.monotonicMs(),
    expiresMonotonicMs: clock.monotonicMs() + (overrides.seconds ?? 60) * 1000,
    end: null,
    endedWallMicros: null,
  };
}

const never = () => new AbortController().signal;
const allow: ApprovalEnd = { state: 'allowed', by: 'person', via: 'page', scope: 'once', grant: null };
const deny: ApprovalEnd = { state: 'denied', via: 'page', reason: 'no' };

beforeEach(() => {
  vi.useFakeTimers();
  clock = new FakeClock();
  store = new MemoryApprovalStore();
  desk = new ApprovalDesk({ store, clock });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the approval desk', () => {
  it('ends a request once, and tells whoever comes second', async () => {
    const approval = request();
    const waiting = desk.wait(approval, never());
    desk.end(approval.id, allow);
    await expect(waiting).resolves.toEqual(allow);
    expect(() => desk.end(approval.id, deny)).toThrow(expect.objectContaining({ code: 'already_decided' }));
    expect(desk.get(approval.id)?.end).toEqual(allow);
    expect(store.rows.get(approval.id)?.state).toBe('allowed');
  });

  it('does not know a request that never was', () => {
    expect(() => desk.end('req_none', allow)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('expires by itself', async () => {
    const waiting = desk.wait(request({ seconds: 30 }), never());
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(waiting).resolves.toEqual({ state: 'expired', why: 'time' });
    expect(desk.pending()).toHaveLength(0);
  });

  it('does not let a yes through after the deadline when the timer is late', async () => {
    const approval = request({ seconds: 30 });
    const waiting = desk.wait(approval, never());
    clock.advance(30_000);
    expect(() => desk.end(approval.id, allow)).toThrow(expect.objectContaining({ code: 'already_decided' }));
    await expect(waiting).resolves.toEqual({ state: 'expired', why: 'time' });
  });

  it('expires what is past its deadline by the clock when it is looked at, and nothing else', async () => {
    const short = desk.wait(request({ seconds: 30 }), never());
    const long = request({ seconds: 90 });
    void desk.wait(long, never());
    clock.advance(29_999);
    desk.expireDue();
    expect(desk.pending()).toHaveLength(2);
    clock.advance(1);
    desk.expireDue();
    await expect(short).resolves.toEqual({ state: 'expired', why: 'time' });
    expect(desk.pending().map(({ id }) => id)).toEqual([long.id]);
  });

  it('cancels when the agent gives up, and no yes revives it', async () => {
    const aborter = new AbortController();
    const approval = request();
    const waiting = desk.wait(approval, aborter.signal);
    aborter.abort();
    await expect(waiting).resolves.toMatchObject({ state: 'cancelled' });
    expect(() => desk.end(approval.id, allow)).toThrow(expect.objectContaining({ code: 'already_decided' }));
  });

  it('cancels at once when the agent had given up before', async () => {
    const aborter = new AbortController();
    aborter.abort();
    await expect(desk.wait(request(), aborter.signal)).resolves.toMatchObject({ state: 'cancelled' });
  });

  it('refuses at once what cannot be stored', async () => {
    store.failInsert = true;
    await expect(desk.wait(request(), never())).resolves.toMatchObject({
      state: 'refused',
      reason: 'the request could not be stored (disk is full)',
    });
    expect(desk.pending()).toHaveLength(0);
  });

  it('turns a yes that cannot be stored into a refusal', async () => {
    const approval = request();
    const waiting = desk.wait(approval, never());
    store.failResolve = true;
    desk.end(approval.id, allow);
    await expect(waiting).resolves.toMatchObject({ state: 'refused' });
  });

  it('expires what an earlier supervisor left, and nothing that waits now', () => {
    const own = request();
    void desk.wait(own, never());
    store.insertPending({
      id: 'req_old',
      callId: 'call_old',
      session: 's',
      fingerprint: 'f',
      createdWallMicros: 1,
      expiresWallMicros: 2,
    });
    desk.expireLost();
    expect(store.rows.get('req_old')?.state).toBe('expired');
    expect(store.rows.get(own.id)?.state).toBe('pending');
  });

  it('bounds what waits, per session and in all', () => {
    for (let i = 0; i < MAX_PENDING_PER_SESSION; i += 1) void desk.wait(request({ session: 'one' }), never());
    expect(desk.admit('one')).toEqual({ refused: 'session_full', limit: MAX_PENDING_PER_SESSION });
    const place = desk.admit('two');
    expect(place).toMatchObject({ session: 'two' });
    if ('giveUp' in place) place.giveUp();
    for (let i = MAX_PENDING_PER_SESSION; i < MAX_PENDING; i += 1)
      void desk.wait(request({ session: `s${i}` }), never());
    expect(desk.admit('two')).toEqual({ refused: 'full', limit: MAX_PENDING });
  });

  it('counts places that are kept for requests on their way', () => {
    for (let i = 0; i < MAX_PENDING_PER_SESSION; i += 1) desk.admit('one');
    expect(desk.admit('one')).toEqual({ refused: 'session_full', limit: MAX_PENDING_PER_SESSION });
    const other = desk.admit('two');
    if ('giveUp' in other) other.giveUp();
    expect(desk.admit('two')).toMatchObject({ session: 'two' });
  });

  it('ends all at once', async () => {
    const all = [desk.wait(request(), never()), desk.wait(request(), never())];
    desk.endAll({ state: 'expired', why: 'restart' });
    await expect(Promise.all(all)).resolves.toEqual([
      { state: 'expired', why: 'restart' },
      { state: 'expired', why: 'restart' },
    ]);
  });
});
