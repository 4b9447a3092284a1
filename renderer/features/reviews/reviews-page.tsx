/** What sandboxed sessions changed in projects or their copies: what waits for a yes or a no, and what can be undone. */
import { useEffect, useState } from 'react';
import type { ReviewView } from '../../../preload/contract.ts';
import { plural } from '../../ui/format.ts';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { ReviewDetail } from './review-detail.tsx';
import { useReviews, waitingReviews } from './reviews-store.ts';
import './reviews.css';

export function ReviewsPage() {
  const { reviews, problem } = useReviews();
  const [open, setOpen] = useState<string | null>(placeOf());
  useEffect(() => {
    const change = () => setOpen((now) => placeOf() ?? now);
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  if (reviews === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const shown = reviews.find(({ id }) => id === open) ?? reviews[0] ?? null;
  const waiting = waitingReviews(reviews);
  return (
    <>
      <header className="head">
        <h1 className="grow">Reviews</h1>
        <p className="t-12 t-ink3" role="status">
          {reviews.length === 0 ? '' : `${waiting} of ${plural(reviews.length, 'review')} waiting`}
        </p>
      </header>
      <div className="page reviews">
        {reviews.length === 0 && (
          <p className="t-ink2">
            Nothing waits for a review. What sessions in a sandbox change in a project stands here for a week
            and can be taken back. With the level maximum, or with <code>workspace_snapshot: true</code> in
            the policy, they write to a copy instead, and nothing changes before your yes.
          </p>
        )}
        {problem !== null && (
          <p className="t-stop reviews-problem" role="alert">
            <VisibleText text={problem} />
          </p>
        )}
        {reviews.length > 1 && (
          <ul className="reviews-list" aria-label="Reviews">
            {reviews.map((review) => (
              <Row
                key={review.id}
                review={review}
                open={review.id === shown?.id}
                onOpen={() => setOpen(review.id)}
              />
            ))}
          </ul>
        )}
        {shown !== null && <ReviewDetail key={`${shown.id} ${shown.digest ?? ''}`} review={shown} />}
      </div>
    </>
  );
}

function Row({
  review,
  open,
  onOpen,
}: {
  readonly review: ReviewView;
  readonly open: boolean;
  readonly onOpen: () => void;
}) {
  return (
    <li>
      <button type="button" className="choice-row reviews-row" aria-pressed={open} onClick={onOpen}>
        <span className="one">
          <VisibleText text={`${review.client.name} in ${review.app.name}`} />
        </span>
        <span className="one t-ink2" title={visible(review.sentence)}>
          <VisibleText text={review.sentence} />
        </span>
      </button>
    </li>
  );
}

/** The review that the address names. */
function placeOf(): string | null {
  const [, id = ''] = location.hash.slice(1).split('/');
  return id === '' ? null : id;
}
