/** What was decided lately, with its end, and the way back while there is one. */
import { create } from 'zustand';
import type { Decided } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { clockTime } from '../../ui/format.ts';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { useKeys } from '../../ui/keys.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

export const OUTCOME_WORDS = {
  allowed: 'Allowed',
  denied: 'Denied',
  refused: 'Refused',
  expired: 'Expired',
  cancelled: 'Cancelled',
} as const;

/** How taking it back went. */
interface Undone {
  readonly ok: boolean;
  readonly words: string;
}

/** Kept for as long as the page: what was taken back is not shown as remembered when one comes back to the inbox. */
const useUndone = create<{ readonly undone: ReadonlyMap<string, Undone> }>()(() => ({ undone: new Map() }));

export function Recent({
  recent,
  letters,
}: {
  readonly recent: readonly Decided[];
  readonly letters: boolean;
}) {
  const { undone } = useUndone();
  const undo = async (id: string) => {
    const result = await call('undo', id);
    const words = result.ok ? 'Taken back. The next one asks again.' : result.error.message;
    useUndone.setState((known) => ({ undone: new Map(known.undone).set(id, { ok: result.ok, words }) }));
  };
  const newest = recent.find((decided) => isUndoable(decided) && !undone.has(decided.id));
  useKeys({ u: newest === undefined ? undefined : () => void undo(newest.id) }, letters);
  if (recent.length === 0) return null;
  return (
    <>
      <h2>Just decided</h2>
      <ul>
        {recent.map((decided) => (
          <Past
            key={decided.id}
            decided={decided}
            undone={undone.get(decided.id) ?? null}
            onUndo={() => void undo(decided.id)}
            first={decided.id === newest?.id}
          />
        ))}
      </ul>
    </>
  );
}

function Past({
  decided,
  undone,
  onUndo,
  first,
}: {
  readonly decided: Decided;
  readonly undone: Undone | null;
  readonly onUndo: () => void;
  /** The one that the key takes back. */
  readonly first: boolean;
}) {
  return (
    <li className="past">
      <OutcomeGlyph outcome={decided.outcome} />
      <span className="what">
        {OUTCOME_WORDS[decided.outcome]}: <VisibleText text={decided.title} />
      </span>
      {undone === null && isUndoable(decided) ? (
        <Button size="small" onClick={onUndo} {...(first ? { keys: 'U' } : {})}>
          Undo <span className="secs">{secondsToUndo(decided)} s</span>
        </Button>
      ) : (
        <time className="t-ink3">{clockTime(decided.at)}</time>
      )}
      <small {...(undone?.ok === false ? { className: 't-stop', role: 'alert' } : {})}>
        <VisibleText text={undone?.words ?? decided.note} />
      </small>
    </li>
  );
}

function isUndoable({ undoUntil }: Decided): boolean {
  return undoUntil !== null && undoUntil > Date.now();
}

function secondsToUndo({ undoUntil }: Decided): number {
  return Math.max(1, Math.ceil(((undoUntil ?? 0) - Date.now()) / 1000));
}
