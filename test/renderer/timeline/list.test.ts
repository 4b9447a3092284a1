import { describe, expect } from 'vitest';
import { success } from '../../../main/app/pages.ts';
import { timelineRow } from '../../support/contract-rows.ts';
import { eventually, it } from '../harness.ts';
import { firstSeq, grid, lines, openTimeline, panel } from './timeline-stage.ts';

describe('the list', () => {
  it('lays out what is on the screen of 5000 rows, and reads the rest when it is scrolled to', async ({
    open,
  }) => {
    const stage = await openTimeline(open, 5000);
    await stage.page.getByText(/5\u00A0000 rows/).waitFor();
    expect(await lines(stage).count()).toBeLessThan(80);
    await grid(stage).focus();
    await stage.page.keyboard.press('End');
    await stage.page.keyboard.press('Home');
    await eventually(() => firstSeq(stage)).toBe('5000');
    await stage.page.getByRole('grid').evaluate((element) => element.scrollTo(0, 2500 * 28));
    await eventually(() => stage.page.locator('[data-seq="2500"]').count()).toBe(1);
    await stage.page.getByRole('grid').evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await eventually(() => stage.page.locator('[data-seq="1"]').count()).toBe(1);
    expect(await lines(stage).count()).toBeLessThan(80);
  });

  it('stays where it was scrolled to, also at the moment when it believes to stand still', async ({
    open,
  }) => {
    const stage = await openTimeline(open, 5000);
    await stage.page.getByText(/5\u00A0000 rows/).waitFor();
    for (const [still, row] of [
      [157, 1000],
      [158, 2000],
      [159, 3000],
    ] as const) {
      await stage.page.getByRole('grid').evaluate(
        async (element, { wait, top }) => {
          element.scrollTo(0, 100);
          await new Promise((resolve) => element.addEventListener('scroll', resolve, { once: true }));
          await new Promise((resolve) => setTimeout(resolve, wait));
          element.scrollTo(0, top);
          // The event of it comes with the next frame; whatever is due before that runs now.
          for (const end = performance.now() + 5; performance.now() < end; );
        },
        { wait: still, top: row * 28 },
      );
      await stage.page.waitForTimeout(400);
      expect(await stage.page.getByRole('grid').evaluate((element) => element.scrollTop)).toBe(row * 28);
    }
  });

  it('is moved through by keys, and the panel follows', async ({ open }) => {
    const stage = await openTimeline(open, 60);
    const { keyboard } = stage.page;
    await keyboard.press('j');
    await panel(stage)
      .getByText('npm run step')
      .first()
      .or(panel(stage).getByText('security'))
      .first()
      .waitFor();
    const selectedSeq = () => grid(stage).locator('[aria-selected="true"]').getAttribute('data-seq');
    expect(await selectedSeq()).toBe('60');
    await keyboard.press('j');
    expect(await selectedSeq()).toBe('59');
    await keyboard.press('k');
    expect(await selectedSeq()).toBe('60');
    await grid(stage).focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    expect(await selectedSeq()).toBe('58');
    await keyboard.press('End');
    await eventually(selectedSeq).toBe('1');
    const [last, list] = await Promise.all([
      stage.page.locator('[data-seq="1"]').boundingBox(),
      grid(stage).boundingBox(),
    ]);
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual((list?.y ?? 0) + (list?.height ?? 0));
    await keyboard.press('PageUp');
    expect(Number(await selectedSeq())).toBeGreaterThan(5);
    await keyboard.press('Home');
    await eventually(selectedSeq).toBe('60');
    await keyboard.press('Escape');
    await panel(stage).waitFor({ state: 'detached' });
    expect(await grid(stage).evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('takes new rows in at the top, changes a row in its place, and stays where the reader is further down', async ({
    open,
  }) => {
    const stage = await openTimeline(open, 300);
    stage.double.write(timelineRow(301, Date.now(), { summary: 'echo the newest' }));
    await eventually(() => firstSeq(stage)).toBe('301');
    const waits = stage.page.locator('[data-seq="295"]');
    expect(await waits.innerText()).toContain('Waits');
    stage.double.write(timelineRow(295, Date.now(), { outcome: 'allowed', byPerson: true }));
    await eventually(() => waits.innerText()).toContain('Allowed by you');
    const scroller = stage.page.getByRole('grid');
    await scroller.evaluate((element) => element.scrollTo(0, 1400));
    const place = (seq: number) => stage.page.locator(`[data-seq="${seq}"]`).boundingBox();
    await eventually(() => place(245)).not.toBeNull();
    const before = await place(245);
    stage.double.write(timelineRow(302, Date.now()), timelineRow(303, Date.now()));
    await stage.button('2 newer rows').waitFor();
    expect(await place(245)).toEqual(before);
    await stage.button('2 newer rows').click();
    await eventually(() => firstSeq(stage)).toBe('303');
  });

  it('catches up after the connection was lost', async ({ open }) => {
    const stage = await openTimeline(open, 20);
    stage.server.cut();
    await stage.page.getByRole('alert').first().waitFor();
    stage.double.write(timelineRow(21, Date.now()));
    stage.server.mend();
    await eventually(() => firstSeq(stage)).toBe('21');
    stage.excuse(/WebSocket connection/);
  });

  it('reads again what failed, and says when nothing is there', async ({ open }) => {
    const stage = await open();
    stage.double.fail('timeline', 'unavailable', 'the log is being rebuilt');
    await stage.page.getByRole('link', { name: 'Timeline' }).click();
    await stage.page.getByRole('alert').filter({ hasText: 'the log is being rebuilt' }).waitFor();
    await stage.button('Read again').click();
    await stage.page.getByText('Nothing is on the log yet.').waitFor();
  });

  it('says that it looks while a large log takes its time', async ({ open }) => {
    const stage = await open();
    const { promise, resolve } = Promise.withResolvers<void>();
    stage.double.once('timeline', async () => {
      await promise;
      return success({ matched: 0, total: 0, stopped: 0, asked: 0, rows: [] });
    });
    await stage.page.getByRole('link', { name: 'Timeline' }).click();
    await stage.page.getByText('looking…').waitFor();
    resolve();
    await stage.page.getByText('Nothing is on the log yet.').waitFor();
    expect(await stage.page.getByText('looking…').count()).toBe(0);
  });
});
