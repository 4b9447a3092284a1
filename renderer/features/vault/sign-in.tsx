/** Signing in at a service: the browser is sent there, and this waits for it to come back. */
import { useEffect, useRef, useState } from 'react';
import type {
  ConnectReport,
  ConnectWish,
  Result,
  SavedCredential,
  VaultView,
} from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { take, useVault } from './vault-store.ts';

/** A page in a browser can open another; a window of the desktop app opens nothing, and the app does it. */
const IN_BROWSER = location.protocol.startsWith('http');

export type Begun = NonNullable<ConnectReport['signIn']>;

/** Begins one, and sends the browser there where the supervisor did not. */
export async function beginSignIn(
  wish: ConnectWish,
  onBegun: (begun: Begun) => void,
): Promise<Result<SavedCredential>> {
  const result = await call('connectCredential', wish);
  if (!result.ok) return result;
  const { signIn, problems } = result.value;
  if (signIn !== null) {
    if (IN_BROWSER) window.open(signIn.url, '_blank', 'noopener,noreferrer');
    onBegun(signIn);
  }
  return { ok: true, value: { saved: signIn !== null, id: signIn?.id ?? null, problems, warnings: [] } };
}

export function SignInPanel({
  begun,
  onDone,
  onLeft,
}: {
  readonly begun: Begun;
  readonly onDone: (credential: string) => void;
  readonly onLeft: () => void;
}) {
  const view = useVault(({ vault }) => vault?.signIns.find(({ id }) => id === begun.id) ?? null);
  const [pasted, setPasted] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const done = useRef(onDone);
  done.current = onDone;
  const filled = view?.state === 'done' ? view.credential : null;
  useEffect(() => {
    if (filled !== null) done.current(filled);
  }, [filled]);
  if (view === null) return <p className="t-ink2">looking…</p>;
  if (view.state !== 'waiting')
    return (
      <div className="vault-form">
        <p role="status" className={view.state === 'failed' ? 't-stop' : 't-ink2'}>
          {view.state === 'done' && `Signed in at ${view.host}.`}
          {view.state === 'cancelled' && `Not signed in: ${view.text}.`}
          {view.state === 'failed' && `The sign-in failed: ${view.text}.`}
        </p>
        <div className="row">
          <Button onClick={onLeft}>{view.state === 'done' ? 'Done' : 'Try again'}</Button>
        </div>
      </div>
    );
  const paste = async () => {
    const result = await call('pasteSignIn', begun.id, pasted);
    setSaid(result.ok ? null : result.error.message);
    if (result.ok) take(result);
  };
  return (
    <div className="vault-form">
      <p role="status">
        Waiting for you to sign in at <code>{view.host}</code>.
      </p>
      {begun.opened && <p className="t-12 t-ink2">Your browser was sent there.</p>}
      {IN_BROWSER && (
        <p className="t-12 t-ink2">
          It opens in another tab, where the browser allows that.{' '}
          <a href={begun.url} target="_blank" rel="noreferrer">
            Open it again
          </a>
        </p>
      )}
      {!IN_BROWSER && !begun.opened && (
        <p className="t-12 t-ink2">
          No browser could be started. Open this address in one:{' '}
          <code className="vault-plain">{begun.url}</code>
        </p>
      )}
      <form
        className="vault-paste"
        onSubmit={(event) => {
          event.preventDefault();
          void paste();
        }}
      >
        <label className="field">
          On another computer? Paste the address that the browser ends at
          <input
            autoComplete="off"
            spellCheck={false}
            placeholder="http://127.0.0.1…/callback?code=…"
            value={pasted}
            onChange={(event) => setPasted(event.currentTarget.value)}
          />
        </label>
        <div className="row">
          <button type="submit" className="btn" disabled={pasted.trim() === ''}>
            Take this address
          </button>
          <Button variant="quiet" onClick={() => void call('cancelSignIn', begun.id).then(take)}>
            Cancel the sign-in
          </Button>
        </div>
      </form>
      <p role="alert" className="t-12 t-stop">
        {said ?? ''}
      </p>
    </div>
  );
}

/** Those that wait, wherever they were begun. */
export function WaitingSignIns({ vault }: { readonly vault: VaultView }) {
  const waiting = vault.signIns.filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return null;
  return (
    <section aria-label="Being signed in to">
      <h2>Being signed in to</h2>
      {waiting.map(({ id, name, host }) => (
        <div className="vault-row" key={id}>
          <b className="one">{name}</b>
          <Button size="small" onClick={() => void call('cancelSignIn', id).then(take)}>
            Cancel
          </Button>
          <small className="one">{host}, waiting</small>
        </div>
      ))}
    </section>
  );
}
