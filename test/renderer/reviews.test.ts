/** The page of reviews, as a person uses it. */
import { describe, expect } from 'vitest';
import { failure } from '../../main/app/pages.ts';
import { reviewRows, reviewView } from '../support/review-views.ts';
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

  it('shows a review that comes while the page is open, and more of a long one when asked', async ({
    open,
  }) => {
    const stage = await open({ at: 'reviews', changes: reviewRows(250) });
    await stage.page.getByText('Nothing waits for a review.').waitFor();
    stage.double.reviews = [reviewView('review_2', { files: 250 })];
    stage.double.pushReviews();
    await stage.button('Show 50 more of 250').click();
    await stage.button(/src\/file-241\.ts/).waitFor();
  });
});
