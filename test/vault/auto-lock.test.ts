import { describe, expect, it } from 'vitest';
import { AutoLock } from '../../main/vault/auto-lock.ts';
import { FakeClock } from '../support/fake-clock.ts';

function made(idleMs: number | null) {
  const clock = new FakeClock();
  const locked: string[] = [];
  let tell: (why: 'sleep' | 'screen') => void = () => undefined;
  const away = {
    onAway: (listener: typeof tell) => {
      tell = listener;
      return () => {
        tell = () => undefined;
      };
    },
  };
  const lock = new AutoLock({ clock, away, idleMs: () => idleMs, lock: (why) => locked.push(why) });
  return { clock, locked, lock, away: (why: 'sleep' | 'screen') => tell(why) };
}

describe('the vault locks by itself', () => {
  it('after a time without use, counted from the last one', () => {
    const { clock, locked, lock } = made(60_000);
    clock.advance(40_000);
    lock.used();
    clock.advance(59_000);
    lock.tick();
    expect(locked).toEqual([]);
    clock.advance(1000);
    lock.tick();
    expect(locked).toEqual(['nobody used it']);
  });

  it('when the wall clock ran ahead or back: the machine slept, or somebody moved it', () => {
    const { clock, locked, lock } = made(null);
    clock.advance(3_600_000);
    lock.tick();
    expect(locked).toEqual([]);
    clock.wall += 40_000_000;
    lock.tick();
    clock.wall -= 3_600_000_000;
    lock.tick();
    expect(locked).toEqual(['the clock jumped by 40 s', 'the clock jumped by -3600 s']);
  });

  it('when the shell says that the machine sleeps or the screen is locked, until it is stopped', () => {
    const { locked, lock, away } = made(null);
    lock.start();
    away('sleep');
    away('screen');
    lock.stop();
    away('screen');
    expect(locked).toEqual(['the machine goes to sleep', 'the screen was locked']);
  });
});
