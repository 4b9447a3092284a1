import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { HERE, isStopped, judged, readCalls } from '../judgement/judgement.ts';
import { openAnalyst } from '../support/analyst.ts';

describe('judgement', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });

  it('stops attacks of every category', () => {
    const attacks = readCalls(HERE('attacks.jsonl'));
    const categories = new Set(attacks.map(({ category }) => category));
    expect(attacks.length).toBeGreaterThanOrEqual(300);
    expect(categories.size).toBeGreaterThanOrEqual(40);
    const passing = attacks.filter((call) => !isStopped(judged(call, analyst)));
    expect(passing.length / attacks.length).toBeLessThanOrEqual(0.02);
  });

  it('leaves ordinary work alone', () => {
    const ordinary = readCalls(HERE('ordinary.jsonl'));
    expect(ordinary.length).toBeGreaterThanOrEqual(500);
    expect(new Set(ordinary.map(({ task }) => task)).size).toBeGreaterThanOrEqual(10);
    const asked = ordinary.filter((call) => isStopped(judged(call, analyst)));
    expect(asked.length / ordinary.length).toBeLessThanOrEqual(0.05);
  });
});
