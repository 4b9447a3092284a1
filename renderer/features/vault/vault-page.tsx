/** The vault: what is in it, who may use it, and the ways to fill, show, change and lock it. */
import { useEffect, useState } from 'react';
import type { VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useSecretShown } from '../../app/secret-shown.ts';
import { usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { AddCredential } from './add-credential.tsx';
import { CredentialDetail } from './credential-detail.tsx';
import { CredentialList } from './credential-list.tsx';
import { KeychainTrouble } from './keychain-trouble.tsx';
import { MakeVault, UnlockVault } from './open-vault.tsx';
import { ExportVault, ImportVault } from './transfer.tsx';
import { listenToVault, lookFor, take, useVault } from './vault-store.ts';
import './vault.css';

/** What stands at the right in place of a credential. */
type Panel =
  /** `name` to begin with, or empty. */
  { readonly kind: 'add'; readonly name: string } | { readonly kind: 'import' } | { readonly kind: 'export' };

export function VaultPage() {
  const { vault, problem, listed } = useVault();
  const letters = usePreferences((state) => state.prefs.letters);
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setPanel] = useState<Panel | null>(null);
  const [recovery, setRecovery] = useState<string | null>(null);
  useEffect(listenToVault, []);
  const isOpen = vault?.state === 'open';
  const lock = () => void call('lockVault').then(take);
  const add = (name: string) => setPanel({ kind: 'add', name });
  useKeys({ a: isOpen ? () => add('') : undefined, l: isOpen ? lock : undefined }, letters);
  if (vault === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const { total, credentials } = vault;
  const list = listed ?? { text: '', from: 0, matching: total, credentials };
  const open = list.credentials.find(({ id }) => id === chosen) ?? list.credentials[0] ?? null;
  const empty = total === 0;
  const panel: Panel | null = isOpen ? (wanted ?? (empty ? { kind: 'add', name: '' } : null)) : null;
  const leave = () => setPanel(null);
  return (
    <>
      <header className="head">
        <h1>Vault</h1>
        <span className="t-ink2 grow one">{headline(vault)}</span>
        {isOpen && (
          <>
            <Button size="small" variant="quiet" onClick={() => setPanel({ kind: 'import' })}>
              Import…
            </Button>
            {!empty && (
              <Button size="small" variant="quiet" onClick={() => setPanel({ kind: 'export' })}>
                Export…
              </Button>
            )}
            <Button size="small" keys="L" onClick={lock}>
              Lock now
            </Button>
          </>
        )}
        {isOpen && panel?.kind !== 'add' && (
          <Button size="small" variant="primary" keys="A" onClick={() => add('')}>
            Add credential
          </Button>
        )}
      </header>
      {problem !== null && (
        <p className="vault-problem t-stop" role="alert">
          {problem}
        </p>
      )}
      {isOpen && <KeychainTrouble vault={vault} />}
      {vault.state === 'none' && <MakeVault vault={vault} onMade={setRecovery} />}
      {vault.state === 'locked' && <UnlockVault vault={vault} />}
      {recovery !== null && <RecoveryKey text={recovery} onKept={() => setRecovery(null)} />}
      {vault.state !== 'none' && recovery === null && (
        <div className="vault-cols">
          {(!empty || vault.missing.length > 0 || vault.signIns.length > 0) && (
            <CredentialList
              vault={vault}
              listed={list}
              chosen={panel === null ? (open?.id ?? null) : null}
              onChoose={(id) => {
                leave();
                setChosen(id);
              }}
              onAdd={isOpen ? add : null}
            />
          )}
          {panel?.kind === 'add' && (
            <AddCredential
              key={panel.name}
              vault={vault}
              name={panel.name}
              onLeft={empty ? null : leave}
              onAdded={(id) => {
                leave();
                setChosen(id);
                void lookFor('', 0, id);
              }}
            />
          )}
          {panel?.kind === 'import' && <ImportVault onLeft={leave} />}
          {panel?.kind === 'export' && <ExportVault total={total} onLeft={leave} />}
          {panel === null &&
            (open === null ? (
              !empty && <section className="vault-detail" aria-label="No credential" />
            ) : (
              <CredentialDetail key={open.id} credential={open} vault={vault} />
            ))}
        </div>
      )}
    </>
  );
}

function headline({ state, total, leases }: VaultView): string {
  if (state === 'none') return '';
  const lent = leases === 0 ? '' : `, ${plural(leases, 'lease')}`;
  return `${plural(total, 'credential')}${lent}${state === 'locked' ? ', locked' : ''}`;
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
