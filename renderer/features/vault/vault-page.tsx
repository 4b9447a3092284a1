/** The vault: what is in it, who may use it, and the ways to fill, show, change and lock it. */
import { useEffect, useState } from 'react';
import type { CredentialView, VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useSecretShown } from '../../app/secret-shown.ts';
import { usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { AddCredential } from './add-credential.tsx';
import { CredentialDetail } from './credential-detail.tsx';
import { groupOf, standingOf } from './credential-words.ts';
import { MakeVault, UnlockVault } from './open-vault.tsx';
import { WaitingSignIns } from './sign-in.tsx';
import { StateMark } from './state-mark.tsx';
import { listenToVault, take, useVault } from './vault-store.ts';
import './vault.css';

export function VaultPage() {
  const { vault, problem } = useVault();
  const letters = usePreferences((state) => state.prefs.letters);
  const [chosen, setChosen] = useState<string | null>(null);
  /** A name to begin with, or empty; null: nothing is being added. */
  const [adding, setAdding] = useState<string | null>(null);
  const [recovery, setRecovery] = useState<string | null>(null);
  useEffect(listenToVault, []);
  const isOpen = vault?.state === 'open';
  const lock = () => void call('lockVault').then(take);
  useKeys({ a: isOpen ? () => setAdding('') : undefined, l: isOpen ? lock : undefined }, letters);
  if (vault === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const open = vault.credentials.find(({ id }) => id === chosen) ?? vault.credentials[0] ?? null;
  const empty = vault.credentials.length === 0;
  const isAdding = isOpen && (adding !== null || empty);
  return (
    <>
      <header className="head">
        <h1>Vault</h1>
        <span className="t-ink2 grow one">{headline(vault)}</span>
        {isOpen && (
          <Button size="small" keys="L" onClick={lock}>
            Lock now
          </Button>
        )}
        {isOpen && !isAdding && (
          <Button size="small" variant="primary" keys="A" onClick={() => setAdding('')}>
            Add credential
          </Button>
        )}
      </header>
      {problem !== null && (
        <p className="vault-problem t-stop" role="alert">
          {problem}
        </p>
      )}
      {vault.state === 'none' && <MakeVault vault={vault} onMade={setRecovery} />}
      {vault.state === 'locked' && <UnlockVault vault={vault} />}
      {recovery !== null && <RecoveryKey text={recovery} onKept={() => setRecovery(null)} />}
      {vault.state !== 'none' && recovery === null && (
        <div className="vault-cols">
          {(!empty || vault.missing.length > 0 || vault.signIns.length > 0) && (
            <List
              vault={vault}
              chosen={isAdding ? null : (open?.id ?? null)}
              onChoose={(id) => {
                setAdding(null);
                setChosen(id);
              }}
              onAdd={isOpen ? setAdding : null}
            />
          )}
          {isAdding ? (
            <AddCredential
              key={adding ?? ''}
              vault={vault}
              name={adding ?? ''}
              onLeft={empty ? null : () => setAdding(null)}
              onAdded={(id) => {
                setAdding(null);
                setChosen(id);
              }}
            />
          ) : (
            open !== null && <CredentialDetail key={open.id} credential={open} vault={vault} />
          )}
        </div>
      )}
    </>
  );
}

function headline({ state, credentials }: VaultView): string {
  if (state === 'none') return '';
  const leases = credentials.reduce((sum, one) => sum + one.leases.length, 0);
  const many = `${count(credentials.length)} ${credentials.length === 1 ? 'credential' : 'credentials'}`;
  return `${many}${leases === 0 ? '' : `, ${leases === 1 ? '1 lease' : `${leases} leases`}`}${state === 'locked' ? ', locked' : ''}`;
}

function RecoveryKey({ text, onKept }: { readonly text: string; readonly onKept: () => void }) {
  useSecretShown(true);
  return (
    <section className="page vault-open" aria-label="Recovery key">
      <h2>Write this recovery key down</h2>
      <p className="t-ink2">
        It opens the vault when keychain or passphrase are lost. It is shown now and never again.
      </p>
      <pre className="vault-recovery" tabIndex={0} aria-label="Recovery key">
        {text}
      </pre>
      <div className="row">
        <Button variant="primary" onClick={onKept}>
          I have it on paper
        </Button>
      </div>
    </section>
  );
}

function List({
  vault,
  chosen,
  onChoose,
  onAdd,
}: {
  readonly vault: VaultView;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly onAdd: ((name: string) => void) | null;
}) {
  const groups = Map.groupBy(vault.credentials, groupOf);
  return (
    <nav className="vault-list" aria-label="Credentials">
      {[...groups].map(([group, credentials]) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          {credentials.map((credential) => (
            <Row
              key={credential.id}
              credential={credential}
              open={credential.id === chosen}
              onOpen={() => onChoose(credential.id)}
            />
          ))}
        </section>
      ))}
      <WaitingSignIns vault={vault} />
      {vault.missing.length > 0 && (
        <section aria-label="Asked for, not here yet">
          <h2>Asked for, not here yet</h2>
          {vault.missing.map(({ name, label, scope }) => (
            <div className="vault-row" key={`${scope} ${name}`}>
              <b className="one">{label}</b>
              {onAdd !== null && (
                <Button size="small" onClick={() => onAdd(name)}>
                  Add…
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
