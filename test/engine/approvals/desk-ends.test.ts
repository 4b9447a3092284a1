/** How requests leave the desk, and what of them is kept, stored and told. */
import { describe, expect, it } from 'vitest';
import type { Approval, ApprovalEnd } from '../../../main/engine/approvals/approval.ts';
import {
  ApprovalDesk,
  endWords,
  MAX_PENDING,
  MAX_PENDING_PER_SESSION,
} from '../../../main/engine/approvals/desk.ts';
import { MemoryApprovalStore } from '../../support/approval-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryApprovalStore();
  const desk = new ApprovalDesk({ store, clock });
  let changes = 0;
  const off = desk.onChange(() => {
    changes += 1;
  });
  const approval = (id: string, session = 's1') =>
    ({
      id,
      call: { id: `call_${id}`, session },
      fingerprint: 'f',
      createdWallMicros: clock.wall,
      createdMonotonicMs: clock.monotonic,
      expiresMonotonicMs: clock.monotonic + 60_000,
      end: null,
      endedWallMicros: null,
    }) as unknown as Approval;
  const never = new AbortController().signal;
  return { clock, store, desk, approval, never, off, changed: () => changes };
}

const YES: ApprovalEnd = { state: 'allowed', by: 'person', via: 'page', scope: 'once', grant: null };

describe('an end', () => {
  it.each<[ApprovalEnd, string]>([
    [YES, 'allowed'],
    [{ state: 'allowed', by: 'grant', grant: 'g' }, 'allowed'],
    [{ state: 'denied', via: 'page', reason: null }, 'denied'],
    [{ state: 'expired', why: 'time' }, 'expired'],
    [{ state: 'expired', why: 'restart' }, 'expired'],
    [{ state: 'cancelled', why: 'gone' }, 'cancelled'],
    [{ state: 'refused', gate: 'gate4_policy', reason: 'no' }, 'refused'],
  ])('%j reaches whoever waits, the store and the list', async (end, state) => {
    const { desk, store, approval, never, clock } = setUp();
    const waiting = desk.wait(approval('a'), never);
    expect(store.listPending()).toMatchObject([{ id: 'a', expiresWallMicros: clock.wall + 60_000_000 }]);
    clock.advance(5);
    desk.end('a', end);
    await expect(waiting).resolves.toEqual(end);
    expect(store.rows.get('a')?.state).toBe(state);
    expect(desk.pending()).toEqual([]);
    expect(desk.get('a')).toMatchObject({ id: 'a', end, endedWallMicros: clock.wall });
  });

  it('comes once, and what never waited has none', () => {
    const { desk, approval, never } = setUp();
    void desk.wait(approval('a'), never);
    desk.end('a', YES);
    expect(() => desk.end('a', YES)).toThrow(expect.objectContaining({ code: 'already_decided' }));
    expect(() => desk.end('b', YES)).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(desk.get('b')).toBeNull();
  });

  it('does not come again when the agent gives up later', async () => {
    const { desk, approval } = setUp();
    const aborter = new AbortController();
    const waiting = desk.wait(approval('a'), aborter.signal);
    desk.end('a', YES);
    aborter.abort();
    await expect(waiting).resolves.toEqual(YES);
    expect(desk.get('a')?.end).toEqual(YES);
  });

  it('can be put right afterwards, for the one that it is of', () => {
    const { desk, approval, never } = setUp();
    void desk.wait(approval('a'), never);
    void desk.wait(approval('b'), never);
    desk.end('a', YES);
    desk.end('b', YES);
    const instead = { state: 'refused', gate: 'gate4_policy', reason: 'not written' } as const;
    desk.amend('a', instead);
    expect([desk.get('a')?.end, desk.get('b')?.end]).toEqual([instead, YES]);
  });
});

it.each<[ApprovalEnd, string]>([
  [YES, 'allowed'],
  [{ state: 'allowed', by: 'grant', grant: 'g' }, 'allowed by a remembered answer'],
  [{ state: 'denied', via: 'page', reason: null }, 'denied'],
  [{ state: 'expired', why: 'time' }, 'nobody answered in time'],
  [{ state: 'expired', why: 'restart' }, 'Gatehouse stopped while it waited'],
  [{ state: 'cancelled', why: 'gone' }, 'gone'],
  [{ state: 'refused', gate: 'gate4_policy', reason: 'no' }, 'refused: no'],
])('%j reads as %s', (end, words) => {
  expect(endWords(end)).toBe(words);
});

it('keeps the last that ended, newest first', () => {
  const { desk, approval, never } = setUp();
  for (let id = 0; id < 250; id += 1) {
    void desk.wait(approval(`r${id}`), never);
    desk.end(`r${id}`, YES);
  }
  expect(desk.recent().map(({ id }) => id)).toEqual(
    Array.from({ length: desk.recent().length }, (_, back) => `r${249 - back}`),
  );
  expect(desk.recent().length).toBeLessThan(250);
});

it('has room for so many, those on the desk and those on their way together', () => {
  const { desk, approval, never } = setUp();
  const places = Array.from({ length: MAX_PENDING_PER_SESSION }, () => desk.admit('s1'));
  expect(places.every((place) => !('refused' in place))).toBe(true);
  expect(desk.admit('s1')).toEqual({ refused: 'session_full', limit: MAX_PENDING_PER_SESSION });
  const [first] = places;
  if (first !== undefined && !('refused' in first)) first.giveUp();
  void desk.wait(approval('a'), never);
  expect(desk.admit('s1')).toMatchObject({ refused: 'session_full' });
  for (let n = 0; n < MAX_PENDING - MAX_PENDING_PER_SESSION; n += 1)
    expect(desk.admit(`other${n}`)).not.toHaveProperty('refused');
  expect(desk.admit('one more')).toEqual({ refused: 'full', limit: MAX_PENDING });
  desk.endAll({ state: 'expired', why: 'restart' });
});

describe('whoever listens', () => {
  it('hears of what waits, ends and is put right, until they stop', () => {
    const { desk, approval, never, off, changed } = setUp();
    void desk.wait(approval('a'), never);
    expect(changed()).toBe(1);
    desk.end('a', YES);
    expect(changed()).toBe(2);
    desk.amend('a', { state: 'refused', gate: 'gate4_policy', reason: 'x' });
    expect(changed()).toBe(3);
    off();
    void desk.wait(approval('b'), never);
    desk.endAll({ state: 'expired', why: 'restart' });
    expect(changed()).toBe(3);
  });
});
