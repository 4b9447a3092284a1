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
  return stage.double.called('timelineAt').findLast(([, first]) => first === null)?.[0];
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

describe('the strip', () => {
  const strip = (stage: Stage) => stage.page.getByRole('slider', { name: /^Time/ });

  it('narrows the rows by keys alone, zooms, and lets go', async ({ open }) => {
    const stage = await openTimeline(open, 200);
    await stage.page.getByText('stopped, below the line').waitFor();
    await strip(stage).focus();
    const { keyboard } = stage.page;
    await keyboard.press('Home');
    for (let step = 0; step < 30; step += 1) await keyboard.press('Shift+ArrowRight');
    await eventually(() => strip(stage).getAttribute('aria-valuetext')).toMatch(
      / to .*: \d+ calls? let through, \d+ asked, \d+ stopped/,
    );
    await keyboard.press('Enter');
    await eventually(() => lastFilter(stage)).toMatchObject({
      since: expect.any(Number) as number,
      until: expect.any(Number) as number,
    });
    await eventually(async () => Number(await firstSeq(stage))).toBeLessThan(60);
    await keyboard.press('+');
    await stage.button('Show all').waitFor();
    await eventually(() => stage.double.called('timelineDensity').at(-1)?.[1]).toMatchObject({
      from: expect.any(Number) as number,
    });
    await keyboard.press('-');
    await stage.button('Show all').waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await eventually(() => lastFilter(stage)).toMatchObject({ since: null, until: null });
    await eventually(() => firstSeq(stage)).toBe('200');
  });

  it('is brushed with the pointer', async ({ open }) => {
    const stage = await openTimeline(open, 200);
    await eventually(() => strip(stage).locator('path').count()).toBeGreaterThan(0);
    const box = await strip(stage).boundingBox();
    if (box === null) throw new Error('the strip is not there');
    await stage.page.mouse.move(box.x + box.width * 0.25, box.y + 20);
    await stage.page.mouse.down();
    await stage.page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 4 });
    await stage.page.mouse.up();
    await eventually(async () => Number(await firstSeq(stage))).toBeLessThan(110);
    await stage.button(/Remove the filter since/).waitFor();
  });
});

describe('groups, stories, views and numbers', () => {
  it('groups by session, opens a group, and tells it as a story, by keys', async ({ open }) => {
    const stage = await openTimeline(open, 120);
    await stage.page.keyboard.press('g');
    const choice = stage.page.getByRole('combobox', { name: 'Show' });
    expect(await choice.evaluate((element) => element === document.activeElement)).toBe(true);
    await choice.selectOption('turn');
    const list = stage.page.getByRole('list', { name: 'Calls by turn, newest first' });
    await list
      .getByRole('button', { name: /Prompt 5/ })
      .first()
      .press('Enter');
    await eventually(() => lastFilter(stage)).toMatchObject({ turn: [5] });
    await stage.button('Remove the filter turn 5').click();
    await choice.selectOption('session');
    await stage.button('Story').first().press('Enter');
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByText('Prompt 1').waitFor();
    const download = stage.page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save as an HTML file' }).press('Enter');
    expect((await download).suggestedFilename()).toMatch(/^gatehouse-s_(web|api)\.html$/);
    await stage.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('keeps a filter as a view, shows it again and removes it', async ({ open }) => {
    const stage = await openTimeline(open, 40);
    await field(stage).fill('outcome:denied step ');
    await eventually(() => lastFilter(stage)).toMatchObject({ outcome: ['denied'], text: 'step' });
    await field(stage).press('Enter');
    await stage.page.keyboard.press('v');
    await stage.page.getByLabel(/^Keep “outcome:denied step” as/).fill('No, by me');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByRole('list', { name: 'Kept views' }).waitFor();
    expect(stage.double.views).toEqual([{ name: 'No, by me', filter: 'outcome:denied step' }]);
    await stage.page.keyboard.press('Escape');
    await stage.button('Remove the filter outcome denied').click();
    await stage.page.keyboard.press('v');
    await stage.button(/^No, by me/).click();
    await stage.button('Remove the filter outcome denied').waitFor();
    await stage.page.keyboard.press('v');
    await stage.button('Remove No, by me').click();
    await stage.page.getByText('No view is kept yet').waitFor();
    expect(stage.double.views).toEqual([]);
  });

  it('tells what adds up, and that cost is not guessed', async ({ open }) => {
    const stage = await openTimeline(open, 4);
    await stage.button('Numbers').click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByRole('row', { name: /web 2026-11-26 3/ }).waitFor();
    await dialog.getByText('Cost is not counted').waitFor();
  });

  it('goes to a row far away and shows it in its place', async ({ open }) => {
    const stage = await openTimeline(open, 2000);
    stage.double.verify = { ok: false, rows: 2000, problem: { seq: 77, kind: 'edited', text: 'Changed.' } };
    await stage.button('Verify the log').click();
    await stage.button('Show row 77').click();
    await eventually(() => stage.page.locator('[data-seq="77"][aria-selected="true"]').count()).toBe(1);
  });

  it('makes a rule of a row, by keys, and says the whole consequence on the button', async ({ open }) => {
    const stage = await openTimeline(open, 8);
    await stage.page.locator('[data-seq="7"]').click();
    await stage.button('Make a rule from this').press('Enter');
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByRole('radio', { name: '1 day' }).press(' ');
    const button = dialog.getByRole('button', { name: /^Allow .* for 1 day$/ });
    await button.press('Enter');
    await dialog.getByRole('status').filter({ hasText: 'can be taken back' }).waitFor();
    const [wish] = stage.double.called('makeRule').at(-1) ?? [];
    expect(wish).toMatchObject({ seq: 7, scope: 'project', remember: { forSeconds: 86_400 } });
    await stage.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});
