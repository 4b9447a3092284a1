import { describe, expect, it } from 'vitest';
import { Equip, type EquipOptions } from '../../../main/app/vault/equip.ts';
import { LEASE_MINUTES, Leases } from '../../../main/app/vault/standing.ts';
import { FakeClock } from '../../support/fake-clock.ts';

it('sweeping needs no engine while nothing is lent: there is none yet while the app starts', () => {
  const equip = new Equip({
    keeper: { onLock: () => () => undefined },
    clock: new FakeClock(),
    engine: () => {
      throw new ReferenceError('there is no engine yet');
    },
  } as unknown as EquipOptions);
  expect(() => equip.sweep()).not.toThrow();
});

it('a use whose time is over keeps its lease while its server finishes, so that a lock ends it at once', async () => {
  const clock = new FakeClock();
  const restarts: string[] = [];
  const told: string[] = [];
  let lock: () => void = () => undefined;
  let finish: () => void = () => undefined;
  const binding = { into: 'env', name: 'KEY', credential: 'github', scope: 'per_user', template: '{*}' };
  const equip = new Equip({
    keeper: {
      onLock: (listener: () => void) => {
        lock = listener;
      },
      vault: { credentials: { get: () => ({ name: 'github', scope: 'per_user' }) } },
      log: async ({ change, detail }: { change: string; detail: string }) => told.push(`${change} ${detail}`),
      touched: () => undefined,
    },
    clock,
    engine: () => ({ sessions: { list: () => [{ id: 'ses_1', ended: false }] } }),
    registered: (name: string) => ({ name, transport: { kind: 'stdio', env: {} }, secrets: [binding] }),
    declared: { of: () => [] },
    restart: (_server: string, _why: string, which = 'any') => {
      restarts.push(which);
      return which === 'idle' ? new Promise<void>((resolve) => (finish = resolve)) : Promise.resolve();
    },
  } as unknown as EquipOptions);
  const use = { credential: 'cred_1', server: 'notes', session: 'ses_1', client: 'c', app: '/p' } as const;
  equip.leases.begin({ ...use, by: 'you', names: ['KEY'], minutes: 10 });
  equip.sweep();
  expect(restarts).toEqual([]);
  clock.advance(10 * 60_000);
  equip.sweep();
  equip.sweep();
  expect([restarts, told]).toEqual([['idle'], ['lease_ended notes: its time was over']]);
  expect(equip.leases.find(use.credential, use.server, use.session)).toBeNull();
  lock();
  expect(restarts).toEqual(['idle', 'any']);
  finish();
  expect(equip.leases.list()).toEqual([]);
});

describe('a lease', () => {
  const use = { credential: 'cred_1', server: 'notes', session: 'ses_1', client: 'c', app: '/p' } as const;
  const begin = (leases: Leases, minutes: number = LEASE_MINUTES) =>
    leases.begin({ ...use, by: 'you', names: ['KEY'], minutes });
  const lasts = (leases: Leases) => leases.find(use.credential, use.server, use.session) !== null;

  it.each([
    ['both clocks', (clock: FakeClock, ms: number) => clock.advance(ms)],
    ['the wall clock alone, as over sleep', (clock: FakeClock, ms: number) => (clock.wall += ms * 1000)],
    [
      'the monotonic clock, when the other is set back',
      (clock: FakeClock, ms: number) => {
        clock.monotonic += ms;
        clock.wall -= 3_600_000_000;
      },
    ],
  ])('ends by %s, in the moment it says', (_name, pass) => {
    const clock = new FakeClock();
    const leases = new Leases(clock);
    const { since, until } = begin(leases);
    expect(until - since).toBe(8 * 3_600_000);
    pass(clock, LEASE_MINUTES * 60_000 - 1);
    expect(lasts(leases)).toBe(true);
    pass(clock, 1);
    expect(lasts(leases)).toBe(false);
  });

  it('that is used again ends when it was to end; after its end it is another one', () => {
    const clock = new FakeClock();
    const leases = new Leases(clock);
    const first = begin(leases, 10);
    clock.advance(9 * 60_000);
    expect(begin(leases, 10)).toMatchObject({ id: first.id, until: first.until });
    clock.advance(60_000);
    expect(lasts(leases)).toBe(false);
    expect(begin(leases, 10).id).not.toBe(first.id);
    expect(leases.list()).toHaveLength(1);
  });
});
