/** One changed path, and under it its difference. */
import { type Ref, useEffect, useState } from 'react';
import type { ReviewDiff, ReviewRow } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { VisibleText, visible } from '../../ui/visible-text.tsx';

const WORDS: Readonly<Record<ReviewRow['change'], string>> = {
  added: 'Added',
  changed: 'Changed',
  deleted: 'Deleted',
  mode: 'Mode',
  'left out': 'Left out',
};

export function ChangeRow({
  review,
  row,
  open,
  picked,
  onOpen,
  onPick,
  at,
  total,
  pickWord,
  ref,
}: {
  readonly review: string;
  readonly row: ReviewRow;
  readonly open: boolean;
  /** Null when there is nothing to choose. */
  readonly picked: boolean | null;
  readonly onOpen: () => void;
  readonly onPick: () => void;
  /** What ticking it means. */
  readonly pickWord: string;
  /** Where it stands among how many. */
  readonly at: number;
  readonly total: number;
  readonly ref: Ref<HTMLLIElement>;
}) {
  const path = visible(row.path);
  const notes = [
    row.folder ? 'a folder' : null,
    row.first,
    row.moved ? 'changed in the project meanwhile' : null,
  ].filter((part) => part !== null);
  return (
    <li data-open={open} ref={ref} aria-setsize={total} aria-posinset={at + 1}>
      <div className="review-row">
        {picked !== null && (
          <input
            type="checkbox"
            aria-label={`${pickWord} ${path}`}
            checked={picked && row.change !== 'left out'}
            disabled={row.change === 'left out'}
            onChange={onPick}
          />
        )}
        <button type="button" className="review-what" aria-expanded={open} title={path} onClick={onOpen}>
          <span className="review-word" data-change={row.change}>
            {WORDS[row.change]}
          </span>
          <code className="one">{path}</code>
          {notes.length > 0 && (
            <small className={row.moved ? 't-stop' : row.first !== null ? 't-wait' : 't-ink2'}>
              <VisibleText text={notes.join('; ')} />
            </small>
          )}
        </button>
      </div>
      {open && <Difference review={review} row={row} />}
    </li>
  );
}

function Difference({ review, row }: { readonly review: string; readonly row: ReviewRow }) {
  const [diff, setDiff] = useState<ReviewDiff | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void call('reviewDiff', review, row.key).then((result) => {
      if (gone) return;
      if (result.ok) setDiff(result.value);
      else setProblem(result.error.message);
    });
    return () => {
      gone = true;
    };
  }, [review, row.key]);
  return (
    <div className="review-more">
      <p className="t-12 t-ink2">
        <VisibleText text={`${row.before} → ${row.after}${row.first === null ? '' : `; ${row.first}`}`} />
      </p>
      {problem !== null && <p className="t-stop">{problem}</p>}
      {diff !== null && diff.note !== '' && <p className="t-12 t-ink2">{diff.note}</p>}
      {diff !== null && diff.lines !== null && diff.lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <pre className="review-diff" tabIndex={0} aria-label={`Difference of ${visible(row.path)}`}>
          {diff.lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a difference have no identity but their place.
            <i key={index} data-kind={line.kind}>
              {line.kind === 'add' ? '+ ' : line.kind === 'remove' ? '- ' : '  '}
              <VisibleText text={line.text} />
              {'\n'}
            </i>
          ))}
        </pre>
      )}
    </div>
  );
}
