/** One field of a credential: always 24 dots, the value for 30 seconds after the PIN, or a copy for as long. */
import { useEffect, useRef, useState } from 'react';
import { call } from '../../app/api.ts';
import { hideFromPictures, useSecretShown } from '../../app/secret-shown.ts';
import { usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';

export const SHOWN_MS = 30_000;
export const DOTS = '•'.repeat(24);

type Wish = 'revealed' | 'copied';

export function ValueRow({
  id,
  field,
  label,
  first,
  locked,
}: {
  readonly id: string;
  readonly field: string;
  readonly label: string;
  /** Keys act on it. */
  readonly first: boolean;
  readonly locked: boolean;
}) {
  const letters = usePreferences((state) => state.prefs.letters);
  const [wish, setWish] = useState<Wish | null>(null);
  const [pin, setPin] = useState('');
  /** In this component and nowhere else, and only while it is shown. */
  const [value, setValue] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const clear = useRef<(() => void) | null>(null);
  useEffect(() => {
    if (value === null) return;
    const hide = setTimeout(() => setValue(null), SHOWN_MS);
    return () => clearTimeout(hide);
  }, [value]);
  useSecretShown(value !== null);
  // A value does not outlive the view of it, nor a copy the lock.
  useEffect(() => {
    if (!locked) return;
    setValue(null);
    clear.current?.();
  }, [locked]);
  useEffect(() => () => clear.current?.(), []);
  useKeys(
    { v: () => setWish('revealed'), c: () => setWish('copied') },
    letters && first && !locked && wish === null,
  );
  const ask = async () => {
    if (wish === null) return;
    const result = await call('revealCredential', { id, field, pin, how: wish });
    setPin('');
    if (!result.ok) {
      setSaid(result.error.message);
      return;
    }
    setSaid(null);
    setWish(null);
    if (wish === 'revealed') {
      await hideFromPictures();
      setValue(result.value.value);
    } else {
      try {
        await navigator.clipboard.writeText(result.value.value);
        setCopied(true);
        clear.current = clearLater(() => setCopied(false));
      } catch {
        setSaid('The browser did not let it be copied: reveal it instead.');
      }
    }
  };
  return (
    <div className="vault-value" role="group" aria-label={label}>
      <span className="t-12 t-ink3">{label}</span>
      <div className="vault-box">
        {value === null ? (
          <span className="vault-dots" role="img" aria-label="hidden">
            {DOTS}
          </span>
        ) : (
          <code className="vault-plain">{value}</code>
        )}
        {value === null ? (
          <>
            <Button
              size="small"
              {...(first ? { keys: 'V' } : {})}
              disabled={locked}
              onClick={() => setWish('revealed')}
            >
              Reveal
            </Button>
            <Button
              size="small"
              {...(first ? { keys: 'C' } : {})}
              disabled={locked}
              onClick={() => setWish('copied')}
            >
              {copied ? 'Copied, for 30 s' : 'Copy for 30 s'}
            </Button>
          </>
        ) : (
          <Button size="small" onClick={() => setValue(null)}>
            Hide
          </Button>
        )}
        {value !== null && <i className="vault-left" aria-hidden="true" />}
      </div>
      {wish !== null && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void ask();
          }}
        >
          <label className="field">
            {wish === 'revealed' ? 'PIN, to show it for 30 s' : 'PIN, to copy it for 30 s'}
            <input
              type="password"
              autoComplete="off"
              autoFocus
              value={pin}
              onChange={(event) => setPin(event.currentTarget.value)}
            />
          </label>
          <button type="submit" className="btn" data-size="small" disabled={pin === ''}>
            {wish === 'revealed' ? 'Show it' : 'Copy it'}
          </button>
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              setWish(null);
              setPin('');
              setSaid(null);
            }}
          >
            Leave it
          </Button>
        </form>
      )}
      <p role="status" className="t-12 t-stop">
        {said ?? ''}
      </p>
    </div>
  );
}

/** Empties the clipboard after a while, or at once when it is called for; as soon as the page has the focus again. */
function clearLater(done: () => void): () => void {
  let isOver = false;
  const now = () => {
    if (isOver) return;
    void navigator.clipboard.writeText('').then(
      () => {
        isOver = true;
        removeEventListener('focus', now);
        done();
      },
      () => addEventListener('focus', now),
    );
  };
  const timer = setTimeout(now, SHOWN_MS);
  return () => {
    clearTimeout(timer);
    now();
  };
}
