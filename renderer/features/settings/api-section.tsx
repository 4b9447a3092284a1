/** The HTTP API: on or off, its tokens, and making one. A new token is shown here once and kept nowhere. */
import { useEffect, useState } from 'react';
import type { ApiToken, ApiView, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useSecretShown } from '../../app/secret-shown.ts';
import { Button } from '../../ui/button.tsx';
import { TokenForm } from './token-form.tsx';
import { tokenWords, usedWords } from './token-words.ts';

const REFRESH_MS = 5000;

export function ApiSection({ pinSet }: { readonly pinSet: boolean }) {
  const [view, setView] = useState<ApiView | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  useSecretShown(secret !== null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let shown = true;
    const look = async () => {
      const result = await call('api');
      if (shown && result.ok) setView(result.value);
    };
    void look();
    // Tokens are made and used elsewhere too.
    const again = setInterval(() => void look(), REFRESH_MS);
    return () => {
      shown = false;
      clearInterval(again);
    };
  }, []);
  const take = (result: Result<ApiView>) => {
    setProblem(result.ok ? null : result.error.message);
    if (result.ok) setView(result.value);
  };
  if (view === null) return <p className="t-ink3">looking…</p>;
  const { enabled, address, tokens } = view;
  return (
    <>
      <p>
        {address === null ? (
          enabled ? (
            'On, but not open.'
          ) : (
            'Off. Programs ask and watch over it with a token, on this computer only.'
          )
        ) : (
          <>
            Open at <code>{address}</code>, on this computer only.
          </>
        )}
      </p>
      {view.problem !== null && <p className="t-stop">{view.problem}</p>}
      <div className="form">
        {enabled && address === null && (
          <Button onClick={() => void call('switchApi', true).then(take)}>Use another port</Button>
        )}
        <Button onClick={() => void call('switchApi', !enabled).then(take)}>
          {enabled ? 'Switch the API off' : 'Switch the API on'}
        </Button>
        {problem !== null && (
          <span className="t-stop" role="alert">
            {problem}
          </span>
        )}
      </div>
      {tokens.length > 0 && (
        <ul className="rows" aria-label="Tokens">
          {tokens.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onRevoke={() => void call('revokeToken', token.id).then(take)}
            />
          ))}
        </ul>
      )}
      {secret === null ? (
        <TokenForm
          projects={view.projects}
          pinSet={pinSet}
          onMade={(made) => {
            setSecret(made.secret);
            setView(made.api);
          }}
        />
      ) : (
        <div className="form" role="status">
          <label className="field">
            The token, shown this once
            <input readOnly size={48} value={secret} onFocus={(event) => event.currentTarget.select()} />
          </label>
          <Button onClick={() => setSecret(null)}>I have copied it</Button>
        </div>
      )}
    </>
  );
}

function TokenRow({ token, onRevoke }: { readonly token: ApiToken; readonly onRevoke: () => void }) {
  return (
    <li>
      <span>
        <b>{token.name}</b>
        <small>{usedWords(token.lastUsedAt, Date.now())}</small>
      </span>
      <span className={token.scopes.includes('decide') ? 't-wait' : 't-ink2'}>{tokenWords(token)}</span>
      <span className="row">
        <Button size="small" onClick={onRevoke}>
          Revoke {token.name}
        </Button>
      </span>
    </li>
  );
}
