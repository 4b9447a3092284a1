/** One review: what changed, path by path, and what can be done with it. */
import { useEffect, useMemo, useState } from 'react';
import type { ReviewView } from '../../../preload/contract.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count, plural } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { EVERYTHING, NOTHING, type Picked, pickedCount, pickOf, toggled } from './pick.ts';
import { answerReview, useReviews } from './reviews-store.ts';
import { RowList } from './row-list.tsx';
import { RowPages } from './row-pages.ts';

interface Loaded {
  readonly total: number;
  readonly leftOut: number;
  readonly whole: boolean;
}

export function ReviewDetail({ review }: { readonly review: ReviewView }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [picked, setPicked] = useState<Picked>(EVERYTHING);
  const { id, digest, state } = review;
  const pages = useMemo(
    () =>
      new RowPages(id, (told, why) => {
        if (told !== null) setLoaded(told);
        setProblem(why);
      }),
    [id],
  );
  useEffect(() => {
    if (digest !== null) pages.want(0, 1);
  }, [digest, pages]);
  const waits = state === 'waits';
  /** What can be carried over. */
  const able = loaded === null ? 0 : loaded.total - loaded.leftOut;
  return (
    <section className="review" aria-label={`${review.client.name} in ${review.app.name}`}>
      <h2>
        <VisibleText text={`${review.client.name} in ${review.app.name}`} />
      </h2>
      <p className="t-ink2">
        <VisibleText text={`${review.sentence} ${review.app.root}`} />
      </p>
      {problem !== null && (
        <p className="t-stop" role="alert">
          {problem}
        </p>
      )}
      {loaded !== null && !loaded.whole && (
        <p className="t-wait">Something of the copy could not be looked at: it is not in this list.</p>
      )}
      {loaded !== null && (
        <>
          {waits && loaded.total > 1 && (
            <p className="row review-pick">
              <span className="grow t-12 t-ink2" role="status">
                {`${count(pickedCount(picked, able))} of ${plural(able, 'path')} ticked`}
                {loaded.leftOut > 0 && `, ${count(loaded.leftOut)} left out`}
              </span>
              <Button size="small" variant="quiet" onClick={() => setPicked(EVERYTHING)}>
                Tick all
              </Button>
              <Button size="small" variant="quiet" onClick={() => setPicked(NOTHING)}>
                Tick none
              </Button>
            </p>
          )}
          <RowList
            review={id}
            pages={pages}
            total={loaded.total}
            picked={waits ? picked : null}
            onPick={(key) => setPicked(toggled(picked, key))}
          />
        </>
      )}
      <Actions review={review} picked={picked} total={able} />
    </section>
  );
}

function Actions({
  review: { id, app, digest, state },
  picked,
  total,
}: {
  readonly review: ReviewView;
  readonly picked: Picked;
  readonly total: number;
}) {
  const mayDecide = useOverview()?.presence.mayDecide ?? false;
  const busy = useReviews((one) => one.busy);
  const off = !mayDecide || busy;
  const chosen = pickedCount(picked, total);
  if (digest === null) return null;
  return (
    <div className="row review-actions">
      {state === 'waits' && (
        <>
          <Button
            variant="primary"
            disabled={off || chosen === 0}
            onClick={() => void answerReview('applyReview', { id, digest, pick: pickOf(picked) })}
          >
            {`Carry ${plural(chosen, 'path')} over into `}
            <VisibleText text={app.name} />
          </Button>
          <Button disabled={off} onClick={() => void answerReview('discardReview', id)}>
            Discard all of it
          </Button>
        </>
      )}
      {state === 'applied' && (
        <>
          <Button disabled={off} onClick={() => void answerReview('undoReview', id)}>
            {'Take it out of '}
            <VisibleText text={app.name} />
            {' again'}
          </Button>
          <Button variant="quiet" disabled={off} onClick={() => void answerReview('discardReview', id)}>
            Give the undo up
          </Button>
        </>
      )}
      {state === 'kept' && (
        <Button disabled={off} onClick={() => void answerReview('discardReview', id)}>
          Discard it with its backup
        </Button>
      )}
      {!mayDecide && <span className="t-12 t-ink2">This page may look and not decide.</span>}
    </div>
  );
}
