/** What is done to the log once a day: checked whole, and only one that is in order loses what is past its time. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepLog } from '../../main/app/log-keeping.ts';
import { MovableClock } from '../../main/platform/clock.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function kept(isInOrder: () => boolean) {
  const clock = new MovableClock();
  let note: string | null = null;
  const done: string[] = [];
  const end = keepLog({
    seal: {
      prune: async (_before, by) => {
        done.push(`pruned by ${by}`);
        return 1;
      },
    },
    clock,
    setting: {
      read: () => note,
      write: (text) => {
        note = text;
      },
    },
    verify: async () => {
      done.push('checked');
      return { ok: isInOrder() };
    },
    onDefect: (error) => done.push(String(error)),
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await vi.advanceTimersByTimeAsync(ms);
    return done.splice(0);
  };
  return { pass, end };
}

it('checks soon after the start and every day, and removes what was past its time at the look before', async () => {
  const { pass, end } = kept(() => true);
  expect(await pass(5 * 60_000 - 1)).toEqual([]);
  expect(await pass(1)).toEqual(['checked']);
  expect(await pass(DAY_MS)).toEqual(['checked', 'pruned by retention']);
  expect(await pass(DAY_MS)).toEqual(['checked', 'pruned by retention']);
  end();
  expect(await pass(3 * DAY_MS)).toEqual([]);
});

it('removes nothing from a log that is not in order', async () => {
  let inOrder = true;
  const { pass, end } = kept(() => inOrder);
  await pass(5 * 60_000);
  inOrder = false;
  expect(await pass(DAY_MS)).toEqual(['checked']);
  expect(await pass(DAY_MS)).toEqual(['checked']);
  end();
});
