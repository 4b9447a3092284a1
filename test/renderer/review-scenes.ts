/** The page of reviews: none, one open, and every state at once. */
import { reviewRows, reviewView } from '../support/review-views.ts';
import type { PageScene } from './page-scene.ts';

export const REVIEW_SCENES: readonly PageScene[] = [
  { name: 'no review', options: { at: 'reviews' } },
  {
    name: 'a session that can be taken back',
    options: {
      at: 'reviews',
      reviews: [
        reviewView('review_1', {
          kind: 'undo',
          files: 60,
          sentence:
            '60 paths changed in the project while it ran; can be taken back until 2026-12-04 04:40 UTC.',
        }),
      ],
      changes: reviewRows(60),
    },
  },
  {
    name: 'one review of one path, its difference open',
    options: { at: 'reviews', reviews: [reviewView('review_1', { files: 1 })], changes: reviewRows(1) },
    enter: async (stage) => {
      await stage.button(/release\.yml/).click();
      await stage.page.getByLabel(/Difference of/).waitFor();
    },
  },
  {
    name: 'reviews in every state, two hundred paths',
    options: {
      at: 'reviews',
      reviews: [
        reviewView('review_1', { files: 250 }),
        reviewView('review_2', {
          state: 'running',
          sentence: 'Its session still runs.',
          files: null,
          digest: null,
        }),
        reviewView('review_3', {
          state: 'applied',
          sentence: '2 paths carried over; can be undone until 12:00 UTC.',
        }),
        reviewView('review_4', {
          state: 'kept',
          sentence: `Half carried over: ${'src/a.ts: it is neither; '.repeat(12)}`,
        }),
        reviewView('review_5', {
          state: 'uncompared',
          sentence: 'Its session is over; it cannot be compared: the list of what was kept is damaged.',
          files: null,
          digest: null,
        }),
      ],
      changes: reviewRows(250),
    },
    enter: (stage) => stage.page.getByText('249 of 249 paths ticked, 1 left out').waitFor(),
  },
];
