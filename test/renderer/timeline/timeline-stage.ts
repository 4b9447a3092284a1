/** What the tests of the timeline look at on the page. */
import { rows } from '../../support/contract-rows.ts';
import { eventually, type Open, type Stage } from '../harness.ts';

export const grid = (stage: Stage) => stage.page.getByRole('grid', { name: /newest first/ });
export const lines = (stage: Stage) => grid(stage).locator('[data-seq]');
export const field = (stage: Stage) => stage.page.getByRole('searchbox');
export const panel = (stage: Stage) => stage.page.getByRole('complementary', { name: /^Row/ });
export const firstSeq = (stage: Stage) => lines(stage).first().getAttribute('data-seq');

/** The page at the timeline with so many rows, read. */
export async function openTimeline(open: Open, count: number): Promise<Stage> {
  const stage = await open({ rows: rows(count), at: 'timeline' });
  await eventually(() => firstSeq(stage)).toBe(String(count));
  return stage;
}
/** Waits for the strip's bars: before them, its keys and its pointer do nothing. */
export async function barsDrawn({ page }: Stage): Promise<void> {
  await page.locator('.tl-bars svg').waitFor();
}
/** The filter of the newest call that asked for the newest page. */
export function lastFilter(stage: Stage) {
  return stage.double.called('timelineAt').findLast(([, first]) => first === null)?.[0];
}
