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
