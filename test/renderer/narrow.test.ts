/** The window at 800 px: signs stay whole beside their numbers, and a row's moment is read to its end. */
import type { Locator } from 'playwright';
import { describe, expect } from 'vitest';
import { timelineRow } from '../support/contract-rows.ts';
import { cards, overview } from '../support/contract-scene.ts';
import { reviewView } from '../support/review-views.ts';
import { eventually, it } from './harness.ts';

const NARROW = { width: 800, height: 720 } as const;
const DAY_MS = 86_400_000;

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not shown');
  return box;
}

describe('at 800 px', () => {
  it('a number covers no part of the sign that it belongs to', async ({ open }) => {
    const stage = await open({
      pending: cards(200),
      overview: overview({ waiting: 200 }),
      reviews: Array.from({ length: 3 }, (_one, index) => reviewView(`review_${index}`)),
    });
    await stage.page.setViewportSize(NARROW);
    for (const [name, shown] of [
      ['Inbox', '200'],
      ['Reviews', '3'],
    ] as const) {
      const link = stage.page.getByRole('link', { name: new RegExp(`^${name}`) });
      await link.locator('.n').getByText(shown, { exact: true }).waitFor();
      const [sign, number, whole] = [
        await boxOf(link.locator('svg')),
        await boxOf(link.locator('.n')),
        await boxOf(link),
      ];
      const apart = number.y + number.height <= sign.y || number.x >= sign.x + sign.width;
      expect(apart, `${name}: ${JSON.stringify({ sign, number })}`).toBe(true);
      expect(number.x).toBeGreaterThanOrEqual(whole.x);
      expect(number.y).toBeGreaterThanOrEqual(whole.y);
    }
  });

  it('the moment of a row of today and of one of last week stands in full beside it', async ({ open }) => {
    const now = Date.now();
    const by = { outcome: 'allowed', byPerson: true } as const;
    const stage = await open({
      at: 'timeline',
      rows: [timelineRow(1, now - 7 * DAY_MS, by), timelineRow(2, now, by)],
    });
    for (const width of [1280, 800, 520]) {
      await stage.page.setViewportSize({ ...NARROW, width });
      for (const seq of [1, 2]) {
        await stage.page.locator(`[data-seq="${seq}"]`).click();
        const panel = stage.page.getByRole('complementary', { name: `Row ${seq}` });
        const moment = panel.locator('time').first();
        await eventually(() => moment.innerText()).toMatch(/\d\d:\d\d:\d\d\.\d{3}$/);
        const fits = await moment.evaluate(
          (element) =>
            element.scrollWidth <= element.clientWidth &&
            element.getBoundingClientRect().right <=
              (element.parentElement as HTMLElement).getBoundingClientRect().right + 1,
        );
        expect(fits, `row ${seq} at ${width}`).toBe(true);
        await panel.getByRole('button', { name: 'Close' }).click();
      }
    }
  });
});
