/** The page of reviews, as a person uses it. */
import { describe, expect } from 'vitest';
import { failure } from '../../main/app/pages.ts';
import { reviewRow, reviewRows, reviewView } from '../support/review-views.ts';
import { it } from './harness.ts';

const scene = { at: 'reviews', reviews: [reviewView('review_1')], changes: reviewRows(8) } as const;

describe('reviews', () => {
  it('carries over what is ticked, bound to the list that was shown', async ({ open }) => {
    const stage = await open(scene);
    await stage.button('Carry 7 paths over into web').waitFor();
    const box = stage.page.getByRole('checkbox', { name: 'Carry over src/gone.ts' });
    await box.focus();
    await stage.page.keyboard.press('Space');
    await stage.button('Carry 6 paths over into web').click();
    await stage.button('Take it out of web again').waitFor();
    expect(stage.double.calls.filter(({ method }) => method === 'applyReview')).toEqual([
      {
        method: 'applyReview',
        args: [{ id: 'review_1', digest: 'd'.repeat(64), pick: { kind: 'without', keys: ['src/gone.ts'] } }],
      },
    ]);
    await stage.button('Take it out of web again').click();
    await stage.button('Carry 6 paths over into web').waitFor();
  });

  it('carries some alone, and nothing when nothing is ticked', async ({ open }) => {
    const stage = await open(scene);
    await stage.button('Tick none').click();
    expect(await stage.button('Carry 0 paths over into web').isDisabled()).toBe(true);
    await stage.page.getByRole('checkbox', { name: 'Carry over bin/tool' }).check();
    await stage.button('Carry 1 path over into web').click();
    await stage.button('Take it out of web again').waitFor();
    expect(stage.double.calls.find(({ method }) => method === 'applyReview')?.args).toEqual([
      { id: 'review_1', digest: 'd'.repeat(64), pick: { kind: 'only', keys: ['bin/tool'] } },
    ]);
  });

  it('says of a folder that it is one, and of nothing else', async ({ open }) => {
    const change = { change: 'added', before: 'nothing' } as const;
    const changes = [
      reviewRow('out', { ...change, folder: true, after: 'folder, mode 755' }),
      reviewRow('Makefile', change),
    ];
    const stage = await open({ ...scene, changes });
    await stage.button('Added out a folder').waitFor();
    await stage.button('Added Makefile').waitFor();
    expect(await stage.page.getByText('a folder', { exact: true }).count()).toBe(1);
  });

  it('discards in one click', async ({ open }) => {
    const stage = await open(scene);
    await stage.button('Discard all of it').click();
    await stage.page.getByText('Nothing waits for a review.').waitFor();
    expect(stage.double.calls.find(({ method }) => method === 'discardReview')?.args).toEqual(['review_1']);
  });

  it('says why nothing was changed', async ({ open }) => {
    const stage = await open(scene);
    stage.double.once('applyReview', async () =>
      failure('changed', 'nothing was changed: src/a.ts: it changed meanwhile'),
    );
    await stage.button('Carry 7 paths over into web').click();
    await stage.page.getByRole('alert').getByText('it changed meanwhile').waitFor();
    await stage.button('Carry 7 paths over into web').waitFor();
  });

  it('shows a review that comes while the page is open', async ({ open }) => {
    const stage = await open({ at: 'reviews', changes: reviewRows(250) });
    await stage.page.getByText('Nothing waits for a review.').waitFor();
    stage.double.reviews = [reviewView('review_2', { files: 250 })];
    stage.double.pushReviews();
    await stage.button('Carry 249 paths over into web').waitFor();
  });

  it('draws what is in sight of 100 000 paths, and finds each by scrolling', async ({ open }) => {
    const changes = reviewRows(100_000);
    const stage = await open({ ...scene, reviews: [reviewView('review_1', { files: 100_000 })], changes });
    await stage
      .button('Carry 99999 paths over into web')
      .or(stage.button(/Carry 99.?999 paths/))
      .waitFor();
    const drawn = () => stage.page.locator('.review-rows > li').count();
    const asked = () => stage.double.calls.filter(({ method }) => method === 'reviewRows').length;
    expect(await drawn()).toBeLessThan(100);
    await stage.button(/src\/file-0\.ts/).click();
    await stage.page.getByLabel('Difference of src/file-0.ts').waitFor();
    const scroller = stage.page.locator('.review-scroll');
    await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    const last = stage.page.getByRole('checkbox', { name: 'Carry over src/file-99991.ts' });
    await last.uncheck();
    await stage.button(/Carry 99.?998 paths over into web/).waitFor();
    expect(await drawn()).toBeLessThan(100);
    expect(asked()).toBeLessThan(20);
    // The keyboard goes on from row to row: what gets the focus comes into sight.
    await last.focus();
    for (let step = 0; step < 60; step += 1) await stage.page.keyboard.press('Shift+Tab');
    await stage.page.locator('.review-rows :focus').waitFor();
    await scroller.evaluate((element) => element.scrollTo(0, 0));
    await stage.page.getByLabel('Difference of src/file-0.ts').waitFor();
    await stage.button(/src\/file-1\.ts/).waitFor();
  });
});

describe('a session that cannot be compared', () => {
  const sentence = 'Its session is over; it cannot be compared: the list of what was kept is damaged.';
  const why = { state: 'uncompared', sentence, files: null, digest: null } as const;

  it('waits for the person where its copy would be lost, and is thrown away', async ({ open }) => {
    const undo = reviewView('review_2', { ...why, kind: 'undo' });
    const stage = await open({ ...scene, reviews: [reviewView('review_1', why), undo] });
    await stage.page.getByText('1 of 2 reviews waiting').waitFor();
    await stage.button('Discard its copy').click();
    await stage.button('Discard what was kept').click();
    await stage.page.getByText('Nothing waits for a review.').waitFor();
  });
});

describe('a session that wrote to the project itself', () => {
  const undo = reviewView('review_1', {
    kind: 'undo',
    sentence: '3 paths changed in the project while it ran; can be taken back until then.',
  });

  it('waits for nobody, is taken back as far as it is ticked, and put in again', async ({ open }) => {
    const stage = await open({ ...scene, reviews: [undo] });
    await stage.page.getByText('0 of 1 review waiting').waitFor();
    await stage.page.getByText('1 path not looked at, and not taken back').click();
    await stage.page.getByText('node_modules: it was not kept').waitFor();
    await stage.page.getByRole('checkbox', { name: 'Take back src/gone.ts' }).uncheck();
    await stage.button('Take 6 paths back in web').click();
    await stage.button('Put it into web again').click();
    await stage.button('Let all of it stay').click();
    await stage.page.getByText('Nothing waits for a review.').waitFor();
    expect(
      stage.double.calls.map(({ method }) => method).filter((method) => method.endsWith('Review')),
    ).toEqual(['applyReview', 'undoReview', 'discardReview']);
  });
});
