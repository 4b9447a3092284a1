/** The credentials at the left: those of one stretch by whose they are, what waits, and what is asked for. */
import { useEffect, useRef, useState } from 'react';
import { CREDENTIALS_AT_ONCE, type CredentialView, type VaultView } from '../../../preload/contract.ts';
import { usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { groupOf, standingOf } from './credential-words.ts';
import { WaitingSignIns } from './sign-in.tsx';
import { StateMark } from './state-mark.tsx';
import { type Listed, lookFor } from './vault-store.ts';

/** From so many on there is a field to find one. */
const FIND_FROM = 9;

export function CredentialList({
  vault,
  listed,
  chosen,
  onChoose,
  onAdd,
}: {
  readonly vault: VaultView;
  readonly listed: Listed;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly onAdd: ((name: string) => void) | null;
}) {
  const letters = usePreferences((state) => state.prefs.letters);
  const [text, setText] = useState(listed.text);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLElement>(null);
  const { from, matching, credentials } = listed;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another stretch is read from its top
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = 0;
  }, [from]);
  useKeys({ '/': () => field.current?.focus() }, letters);
  const groups = Map.groupBy(credentials, groupOf);
  const end = from + credentials.length;
  return (
    <nav className="vault-list" aria-label="Credentials" ref={list}>
      {(vault.total >= FIND_FROM || text !== '') && (
        <div className="vault-find">
          <input
            ref={field}
            type="search"
            aria-label="Find a credential"
            placeholder="Find by name, service, project"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              void lookFor(event.currentTarget.value, 0);
            }}
          />
        </div>
      )}
      {[...groups].map(([group, members]) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          {members.map((credential) => (
            <Row
              key={credential.id}
              credential={credential}
              open={credential.id === chosen}
              onOpen={() => onChoose(credential.id)}
            />
          ))}
        </section>
      ))}
      {matching === 0 && vault.total > 0 && (
        <p className="vault-none t-ink2" role="status">
          None of {count(vault.total)} matches.
        </p>
      )}
      {matching > credentials.length && (
        <div className="vault-pages">
          <Button
            size="small"
            disabled={from === 0}
            onClick={() => void lookFor(text, Math.max(0, from - CREDENTIALS_AT_ONCE))}
          >
            Earlier
          </Button>
          <span role="status" className="t-12 t-ink2">
            {count(from + 1)} to {count(end)} of {count(matching)}
          </span>
          <Button size="small" disabled={end >= matching} onClick={() => void lookFor(text, end)}>
            Later
          </Button>
        </div>
      )}
      <WaitingSignIns vault={vault} />
      {vault.missing.length > 0 && (
        <section aria-label="Asked for, not here yet">
          <h2>Asked for, not here yet</h2>
          {vault.missing.map(({ name, label, scope, type }) => (
            <div className="vault-row" key={`${scope} ${name}`}>
              <b className="one">{label}</b>
              {onAdd !== null && (
                <Button size="small" onClick={() => onAdd(name)}>
                  {type === 'oauth2' ? 'Sign in…' : 'Add…'}
                </Button>
              )}
              <small className="one">{name}, by the policy</small>
            </div>
          ))}
        </section>
      )}
    </nav>
  );
}

function Row({
  credential,
  open,
  onOpen,
}: {
  readonly credential: CredentialView;
  readonly open: boolean;
  readonly onOpen: () => void;
}) {
  return (
    <button type="button" className="vault-row" aria-pressed={open} onClick={onOpen}>
      <b className="one">{credential.label}</b>
      <StateMark standing={standingOf(credential, Date.now())} />
      <small className="one">{credential.name}</small>
    </button>
  );
}
