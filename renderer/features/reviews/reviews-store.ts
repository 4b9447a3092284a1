/** Reviews as the supervisor told of them last. */
import { create } from 'zustand';
import type { MethodArgs, ReviewView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

interface ReviewsState {
  /** Null before the first word. */
  readonly reviews: readonly ReviewView[] | null;
  readonly problem: string | null;
  /** An answer is on its way. */
  readonly busy: boolean;
}

export const useReviews = create<ReviewsState>()(() => ({ reviews: null, problem: null, busy: false }));

/** Listens as long as the page lives: the navigation says how many wait. */
export function listenToReviews(): () => void {
  const ask = async () => {
    const result = await call('reviews');
    useReviews.setState(
      result.ok ? { reviews: result.value, problem: null } : { problem: result.error.message },
    );
  };
  const ends = [
    api.on('reviews', (reviews) => useReviews.setState({ reviews })),
    api.onConnection((state) => {
      if (state === 'open') void ask();
    }),
  ];
  void ask();
  return () => {
    for (const end of ends) end();
  };
}

/** A person's answer. What could not be done stands above the list. */
export async function answerReview<M extends 'applyReview' | 'undoReview' | 'discardReview'>(
  method: M,
  ...args: MethodArgs<M>
): Promise<void> {
  useReviews.setState({ busy: true, problem: null });
  const result = await call(method, ...args);
  useReviews.setState(
    result.ok
      ? { reviews: result.value as readonly ReviewView[], busy: false }
      : { problem: result.error.message, busy: false },
  );
}

/** How many wait for the person. */
export function waitingReviews(reviews: readonly ReviewView[] | null): number {
  const waits = ({ kind, state }: ReviewView) =>
    (kind === 'copy' && (state === 'waits' || state === 'uncompared')) || state === 'kept';
  return reviews?.filter(waits).length ?? 0;
}
