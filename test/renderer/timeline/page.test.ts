import { describe, expect } from 'vitest';
import { timelineRow } from '../../support/contract-rows.ts';
import { HOSTILE_COMMAND } from '../../support/contract-scene.ts';
import { eventually, it, type Stage } from '../harness.ts';
import { barsDrawn, field, firstSeq, lastFilter, lines, openTimeline, panel } from './timeline-stage.ts';

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
    await barsDrawn(stage);
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

  it('never marks a place beside itself, not for a moment, when it gets other bars', async ({ open }) => {
    const stage = await openTimeline(open, 200);
    await stage.page.getByText('stopped, below the line').waitFor();
    await barsDrawn(stage);
    const bars = () => strip(stage).getAttribute('aria-valuemax');
    for (const width of [1000, 760]) {
      await strip(stage).focus();
      await stage.page.keyboard.press('End');
      const mark = strip(stage).locator('.tl-brush');
      await mark.waitFor();
      await strip(stage).evaluate((element) => {
        const beside: string[] = [];
        new MutationObserver(() => {
          const style = element.querySelector<HTMLElement>('.tl-brush')?.style;
          for (const edge of [style?.left, style?.right])
            if (edge !== undefined && Number.parseFloat(edge) < -0.01) beside.push(edge);
        }).observe(element, { subtree: true, childList: true, attributes: true });
        Object.assign(globalThis, { beside });
      });
      const before = await bars();
      await stage.page.setViewportSize({ width, height: 720 });
      await eventually(bars).not.toBe(before);
      await mark.waitFor({ state: 'detached' });
      expect(await stage.page.evaluate(() => (globalThis as { beside?: string[] }).beside)).toEqual([]);
    }
  });

  it('is brushed with the pointer', async ({ open }) => {
    const stage = await openTimeline(open, 200);
    await barsDrawn(stage);
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
