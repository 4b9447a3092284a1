/** Making the vault, and unlocking it. */
import { useState } from 'react';
import type { VaultView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { KeychainTrouble } from './keychain-trouble.tsx';
import { passphraseProblem, Secret } from './secret-field.tsx';
import { setVault, take } from './vault-store.ts';

const LOCKED = 'Locked: names and states only. Servers that need a value are not started.';

export function MakeVault({
  vault,
  onMade,
}: {
  readonly vault: VaultView;
  readonly onMade: (recovery: string) => void;
}) {
  const [first, setFirst] = useState('');
  const [again, setAgain] = useState('');
  const [without, setWithout] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const problem = without ? null : passphraseProblem(first, again);
  const make = async () => {
    setBusy(true);
    const result = await call('makeVault', { passphrase: without ? null : first });
    setBusy(false);
    setFirst('');
    setAgain('');
    if (!result.ok) {
      setRefused(result.error.message);
      return;
    }
    setVault(result.value.vault);
    onMade(result.value.recoveryKey);
  };
  return (
    <form
      className="page vault-open"
      aria-label="Make the vault"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <h2>No vault yet</h2>
      <p className="t-ink2">
        Keys and tokens lie in it encrypted. Agents never see them: a server that you name is started with the
        value. What registered MCP servers are given now moves in. {vault.keptBy}
      </p>
      {vault.trouble !== null && vault.trouble !== 'no_service' && (
        <>
          <KeychainTrouble vault={vault} />
          <Button size="small" onClick={() => void call('vault').then(take)}>
            Look for the keychain again
          </Button>
        </>
      )}
      {!without && (
        <>
          <Secret label="Passphrase" value={first} onChange={setFirst} />
          <Secret label="Again" value={again} onChange={setAgain} />
        </>
      )}
      {vault.passphraseOptional && (
        <label className="vault-check">
          <input
            type="checkbox"
            checked={without}
            onChange={(event) => setWithout(event.currentTarget.checked)}
          />
          Without a passphrase: every program that runs as you can then open the vault through the keychain
        </label>
      )}
      <div className="row">
        <button type="submit" className="btn" data-variant="primary" disabled={busy || problem !== null}>
          Make the vault
        </button>
      </div>
      <p role="status" className={refused === null ? 't-12 t-ink2' : 't-stop'}>
        {refused ?? (busy ? 'deriving the key…' : first === '' ? '' : (problem ?? ''))}
      </p>
    </form>
  );
}

export function UnlockVault({ vault }: { readonly vault: VaultView }) {
  const [text, setText] = useState('');
  const [byRecovery, setByRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const asks = byRecovery || vault.needsPassphrase;
  const unlock = async () => {
    setBusy(true);
    const given = byRecovery
      ? { passphrase: null, recovery: text }
      : { passphrase: asks ? text : null, recovery: null };
    const result = await call('unlockVault', given);
    setBusy(false);
    setText('');
    // What the keychain answered is told above, with what to do.
    const view = result.ok ? result : await call('vault');
    if (view.ok) setVault(view.value);
    setRefused(
      result.ok || (!byRecovery && view.ok && view.value.trouble !== null) ? null : result.error.message,
    );
  };
  const told = vault.trouble !== null && !byRecovery;
  return (
    <form
      className="vault-unlock"
      aria-label="Unlock the vault"
      onSubmit={(event) => {
        event.preventDefault();
        void unlock();
      }}
    >
      {!byRecovery && <KeychainTrouble vault={vault} />}
      {asks && (
        <Secret
          label={byRecovery ? 'Recovery key' : 'Passphrase of the vault'}
          value={text}
          onChange={setText}
          focus
        />
      )}
      <button type="submit" className="btn" data-variant="primary" disabled={busy || (asks && text === '')}>
        {vault.trouble === null || byRecovery ? 'Unlock the vault' : 'Try again'}
      </button>
      {vault.hasRecovery && (
        <Button variant="quiet" onClick={() => setByRecovery(!byRecovery)}>
          {byRecovery ? 'With the passphrase' : 'With the recovery key'}
        </Button>
      )}
      <p role="status" className={busy || refused === null ? 't-12 t-ink2' : 't-stop'}>
        {busy ? 'deriving the key…' : (refused ?? (told ? '' : (vault.problem ?? LOCKED)))}
      </p>
    </form>
  );
}
