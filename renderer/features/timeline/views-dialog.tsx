/** Filters that are kept under a name: shown again, kept, removed. */
import { Dialog } from '@base-ui/react/dialog';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { SavedView } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

export interface ViewsDialogProps {
  /** The filter in use, as the text of the field; empty when there is none. */
  readonly current: string;
  readonly onShow: (filter: string) => void;
  readonly onClose: () => void;
}

export function ViewsDialog({ current, onShow, onClose }: ViewsDialogProps) {
  const api = useApi();
  const [views, setViews] = useState<readonly SavedView[] | null>(null);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  /** What was kept before, for whoever keeps another before it has come. */
  const earlier = useRef<Promise<readonly SavedView[] | null>>(Promise.resolve(null));
  useEffect(() => {
    earlier.current = api.call('timelineViews').then((answer) => {
      if (answer.ok) setViews(answer.value);
      else setProblem(answer.error.message);
      return answer.ok ? answer.value : null;
    });
  }, [api]);
  const keep = async (next: readonly SavedView[]) => {
    const answer = await api.call('saveTimelineViews', [...next]);
    setProblem(answer.ok ? null : answer.error.message);
    if (answer.ok) setViews(answer.value);
    return answer.ok;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === '' || current === '') return;
    const known = views ?? (await earlier.current);
    if (known === null) return;
    const others = known.filter((view) => view.name !== wanted);
    if (await keep([...others, { name: wanted, filter: current }])) setName('');
  };
  const replaces = views?.some((view) => view.name === name.trim()) ?? false;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog" data-size="narrow">
          <Dialog.Title>Views</Dialog.Title>
          {views !== null && views.length === 0 && (
            <p className="t-ink2">No view is kept yet. A view is a filter with a name.</p>
          )}
          {views !== null && views.length > 0 && (
            <ul className="tl-views" aria-label="Kept views">
              {views.map((view) => (
                <li key={view.name}>
                  <button type="button" className="tl-view" onClick={() => onShow(view.filter)}>
                    <b className="one">
                      <VisibleText text={view.name} />
                    </b>
                    <code className="one">
                      <VisibleText text={view.filter} />
                    </code>
                  </button>
                  <Button
                    size="small"
                    variant="quiet"
                    onClick={() => void keep(views.filter((one) => one.name !== view.name))}
                  >
                    Remove <span className="vh">{view.name}</span>
                  </Button>
                </li>
              ))}
            </ul>
          )}
          <form className="field" onSubmit={(event) => void submit(event)}>
            <label htmlFor="tl-view-name">
              {current === '' ? 'Set a filter first, to keep it as a view' : `Keep “${current}” as`}
            </label>
            <div className="row">
              <input
                id="tl-view-name"
                className="grow"
                value={name}
                maxLength={60}
                autoComplete="off"
                disabled={current === ''}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <button type="submit" className="btn" disabled={current === '' || name.trim() === ''}>
                {replaces ? 'Replace this view' : 'Keep this view'}
              </button>
            </div>
          </form>
          {problem !== null && (
            <p className="t-stop" role="alert">
              {problem}
            </p>
          )}
          <div className="row">
            <Button variant="quiet" onClick={onClose} keys="Esc">
              Close
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
