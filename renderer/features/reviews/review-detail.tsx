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
  readonly left: readonly string[];
  readonly leftAll: number;
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
        <p className="t-wait">Something of it could not be looked at: it is not in this list.</p>
      )}
      {loaded !== null && loaded.leftAll > 0 && <NotLookedAt left={loaded.left} all={loaded.leftAll} />}
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
            pickWord={review.kind === 'copy' ? 'Carry over' : 'Take back'}
            onPick={(key) => setPicked(toggled(picked, key))}
          />
        </>
      )}
      <Actions review={review} picked={picked} total={able} />
    </section>
  );
}

/** What nothing is told of. */
function NotLookedAt({ left, all }: { readonly left: readonly string[]; readonly all: number }) {
  return (
    <details className="t-12 t-ink2">
      <summary>{`${plural(all, 'path')} not looked at, and not taken back`}</summary>
      <ul>
        {left.map((one) => (
          <li key={one}>
            <VisibleText text={one} />
          </li>
        ))}
        {left.length < all && <li>{`and ${count(all - left.length)} more`}</li>}
      </ul>
    </details>
  );
}

interface ActionWords {
  readonly apply: (paths: string) => string;
  readonly discard: string;
  readonly undo: readonly [before: string, after: string];
  readonly settle: string;
}
const WORDS: Readonly<Record<ReviewView['kind'], ActionWords>> = {
  copy: {
    apply: (paths) => `Carry ${paths} over into `,
    discard: 'Discard all of it',
    undo: ['Take it out of ', ' again'],
    settle: 'Give the undo up',
  },
  undo: {
    apply: (paths) => `Take ${paths} back in `,
    discard: 'Let all of it stay',
    undo: ['Put it into ', ' again'],
    settle: 'Give that up',
  },
};

function Actions({
  review: { id, kind, app, digest, state },
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
  const words = WORDS[kind];
  if (digest === null && state !== 'uncompared') return null;
  return (
    <div className="row review-actions">
      {state === 'waits' && digest !== null && (
        <>
          <Button
            variant={kind === 'copy' ? 'primary' : 'plain'}
            disabled={off || chosen === 0}
            onClick={() => void answerReview('applyReview', { id, digest, pick: pickOf(picked) })}
          >
            {words.apply(plural(chosen, 'path'))}
            <VisibleText text={app.name} />
          </Button>
          <Button disabled={off} onClick={() => void answerReview('discardReview', id)}>
            {words.discard}
          </Button>
        </>
      )}
      {state === 'applied' && (
        <>
          <Button disabled={off} onClick={() => void answerReview('undoReview', id)}>
            {words.undo[0]}
            <VisibleText text={app.name} />
            {words.undo[1]}
          </Button>
          <Button variant="quiet" disabled={off} onClick={() => void answerReview('discardReview', id)}>
            {words.settle}
          </Button>
        </>
      )}
      {state === 'uncompared' && (
        <Button disabled={off} onClick={() => void answerReview('discardReview', id)}>
          {kind === 'copy' ? 'Discard its copy' : 'Discard what was kept'}
        </Button>
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
