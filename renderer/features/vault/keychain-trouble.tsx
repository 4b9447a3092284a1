/** Why the keychain cannot be used now, and what a person does about it. */
import type { KeychainTroubleView, VaultView } from '../../../preload/contract.ts';

interface Words {
  readonly what: string;
  readonly todo: string;
}

const WORDS: Readonly<Record<KeychainTroubleView, Words>> = {
  locked: {
    what: 'The keychain is locked',
    todo: 'Unlock the keyring of your desktop session, in its own program or by logging in anew; then try again.',
  },
  denied: {
    what: 'The keychain’s question was answered with no',
    todo: 'Try again, and allow it in the window that the keychain opens.',
  },
  no_service: {
    what: 'This session has no keychain',
    todo: 'Start Gatehouse in a desktop session whose keyring runs (GNOME Keyring, KWallet); then try again.',
  },
  timed_out: {
    what: 'The keychain did not answer',
    todo: 'It may have opened a window behind this one. Look for it, answer it, then try again.',
  },
  failed: {
    what: 'The keychain failed',
    todo: 'Try again. If it stays so, start the keyring of your session anew.',
  },
  no_secret: {
    what: 'The keychain does not hold what opens this vault',
    todo: 'Was it made anew, or is this another account? Then only the recovery key opens the vault.',
  },
};

const WHILE_OPEN =
  'The vault is open and stays so until it locks. Until the keychain answers again, only the recovery key opens it then.';

/** Nothing while the keychain is well. */
export function KeychainTrouble({ vault }: { readonly vault: VaultView }) {
  if (vault.trouble === null) return null;
  const { what, todo } = WORDS[vault.trouble];
  const rest =
    vault.state === 'locked' && vault.hasRecovery && vault.trouble !== 'no_secret'
      ? 'Nothing is lost: the recovery key opens the vault without it.'
      : '';
  return (
    <div className="vault-trouble" role="status">
      <b>{what}</b>
      <p>{vault.state === 'open' ? WHILE_OPEN : `${todo} ${rest}`}</p>
    </div>
  );
}
