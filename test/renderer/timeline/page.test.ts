import { describe, expect } from 'vitest';
import { rows, timelineRow } from '../../support/contract-rows.ts';
import { HOSTILE_COMMAND } from '../../support/contract-scene.ts';
import { eventually, it, type Open, type Stage } from '../harness.ts';

const grid = (stage: Stage) => stage.page.getByRole('grid', { name: /newest first/ });
const lines = (stage: Stage) => grid(stage).locator('[data-seq]');
const field = (stage: Stage) => stage.page.getByRole('searchbox');
const panel = (stage: Stage) => stage.page.getByRole('complementary', { name: /^Row/ });
const firstSeq = (stage: Stage) => lines(stage).first().getAttribute('data-seq');

async function openTimeline(open: Open, count: number): Promise<Stage> {
  const stage = await open({ rows: rows(count), at: 'timeline' });
  await eventually(() => firstSeq(stage)).toBe(String(count));
  return stage;
}
/** The filter of the newest call that asked for the newest page. */
function lastFilter(stage: Stage) {
  return stage.double.called('timeline').findLast(([, before]) => before === null)?.[0];
}

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
    for (let turn = 0; turn < 30; turn++) {
      await stage.page.getByRole('grid').evaluate((element) => element.scrollBy(0, 20_000));
      if ((await stage.page.locator('[data-seq="1"]').count()) > 0) break;
    }
    await eventually(() => stage.page.locator('[data-seq="1"]').count()).toBe(1);
    expect(await lines(stage).count()).toBeLessThan(80);
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
});

describe('the filter', () => {
  it('reads key:value and words, makes chips of them, and takes them back', async ({ open }) => {
    const stage = await openTimeline(open, 80);
    await stage.page.keyboard.press('/');
    await stage.page.keyboard.type('outcome:refused step-1 gate:4');
    await stage.page.keyboard.press('Enter');
    await eventually(() => lastFilter(stage)).toMatchObject({
      outcome: ['refused'],
      gate: [4],
      text: 'step-1',
    });
    const chips = stage.page.getByRole('list', { name: 'Filters in use' }).getByRole('listitem');
    expect(await chips.allInnerTexts()).toEqual([
      expect.stringMatching(/outcome\s*refused/),
      expect.stringMatching(/gate\s*4 Policy/),
    ]);
    await eventually(async () =>
      (await lines(stage).allInnerTexts()).every((text) => text.includes('Refused')),
    ).toBe(true);
    await stage.button('Remove the filter gate 4').click();
    await eventually(() => lastFilter(stage)).toMatchObject({ outcome: ['refused'], gate: [] });
    await field(stage).focus();
    await stage.page.keyboard.press('Escape');
    expect(await field(stage).inputValue()).toBe('');
    await stage.page.keyboard.press('Backspace');
    await eventually(() => lastFilter(stage)).toMatchObject({ outcome: [], text: '' });
    await eventually(() => firstSeq(stage)).toBe('80');
  });

  it('says what it cannot use, where it was typed, and that nothing matches', async ({ open }) => {
    const stage = await openTimeline(open, 5);
    await field(stage).fill('outcome:lost');
    await stage.page.keyboard.press('Enter');
    await stage.page
      .getByRole('alert')
      .filter({ hasText: 'outcome:lost is not known. Allowed: waits' })
      .waitFor();
    expect(await field(stage).getAttribute('aria-invalid')).toBe('true');
    await field(stage).fill('nothingofthekind ');
    await stage.page.getByText('Nothing matches. Remove a filter to see more.').waitFor();
  });

  it('can be chosen from a menu, by keys alone, and is kept while another page is looked at', async ({
    open,
  }) => {
    const stage = await openTimeline(open, 40);
    await stage.page.keyboard.press('f');
    await stage.page.getByRole('menu').waitFor();
    await stage.page.getByRole('menuitem', { name: 'Denied' }).press('Enter');
    await eventually(() => lastFilter(stage)).toMatchObject({ outcome: ['denied'] });
    await stage.page.getByRole('link', { name: 'Settings' }).click();
    await stage.page.getByRole('link', { name: 'Timeline' }).click();
    await stage.button('Remove the filter outcome denied').waitFor();
  });
});

describe('the panel', () => {
  it('tells all of a refused call, and says what could not be read', async ({ open }) => {
    const stage = await openTimeline(open, 20);
    await stage.page.locator('[data-seq="18"]').click();
    const words = panel(stage);
    await words.getByText('The agent was told').waitFor();
    const text = await words.innerText();
    for (const part of [
      'Refused',
      'filesystem.read',
      'src/page-18.ts',
      'gate 4 said so',
      'not asked',
      'Folder',
      '/home/me/code/web',
      'agent’s words',
      'One record in the log',
    ])
      expect(text).toContain(part);
    await words.getByText('call.decided').click();
    await words.getByText('"summary": "src/page-18.ts"').waitFor();
    await stage.button('Close').click();
    await words.waitFor({ state: 'detached' });
    stage.double.fail('timelineDetail', 'internal', 'the row is not there');
    await stage.page.locator('[data-seq="3"]').click();
    await panel(stage).getByRole('alert').filter({ hasText: 'the row is not there' }).waitFor();
    await stage.button('Read it again').click();
    await panel(stage).getByText('One record in the log').waitFor();
  });

  it('shows what hides in a call, in the row and in the panel', async ({ open }) => {
    const stage = await open({
      rows: [timelineRow(1, Date.now(), { summary: HOSTILE_COMMAND })],
      at: 'timeline',
    });
    const row = stage.page.locator('[data-seq="1"]');
    for (const name of ['U+001B', 'U+202E', 'U+200B', 'U+0007', 'U+2066'])
      await row.getByText(name).first().waitFor();
    await row.click();
    await panel(stage).getByRole('heading', { level: 2 }).waitFor();
    await eventually(() => panel(stage).getByText('U+202E').count()).toBeGreaterThan(0);
    const raw = await stage.page.getByRole('main').innerText();
    expect(
      [...raw].filter(
        (character) => /[\p{Cc}\p{Cf}]/u.test(character) && character !== '\n' && character !== '\t',
      ),
    ).toEqual([]);
  });
});

describe('verifying', () => {
  it('says that the log is intact, or names the first bad row and shows it', async ({ open }) => {
    const stage = await openTimeline(open, 20);
    await stage.button('Verify the log').click();
    await stage.page.getByText('The log is intact: all 1\u00A0284 rows were read').waitFor();
    await stage.button('Put away').click();
    await stage.page.getByText('The log is intact').waitFor({ state: 'detached' });
    stage.double.verify = {
      ok: false,
      rows: 20,
      problem: { seq: 7, kind: 'hash', text: 'Its text was changed.' },
    };
    await stage.button('Verify the log').click();
    await stage.page
      .getByRole('alert')
      .filter({ hasText: 'broken at row 7: Its text was changed.' })
      .waitFor();
    await stage.button('Show row 7').click();
    await stage.page.getByRole('complementary', { name: 'Row 7' }).waitFor();
  });
});
