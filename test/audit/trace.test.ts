import { expect, it } from 'vitest';
import type { LineGate } from '../../main/audit/line.ts';
import { readTrace, traceText } from '../../main/audit/trace.ts';

const STATES: readonly LineGate['state'][] = ['passed', 'allowed', 'stopped', 'waits', 'lapsed', 'not_asked'];

it('a track comes back from its text as it went in', () => {
  const ticks = STATES.flatMap((state) =>
    [null, '', 'asks you, line 14', '["p"]'].flatMap((note) =>
      [false, true].map((person): LineGate => ({ state, note, person })),
    ),
  );
  expect(readTrace(traceText(ticks))).toEqual(ticks);
});

it('ticks that say nothing take a letter each', () => {
  const silent = STATES.map((state): LineGate => ({ state, note: null, person: false }));
  expect(traceText(silent)).toBe('["p","a","s","w","l","n"]');
  expect(readTrace(null)).toBeNull();
});
