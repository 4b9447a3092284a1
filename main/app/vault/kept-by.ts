/** How a vault’s key is kept, in words, and whose the vault is. */
import { userInfo } from 'node:os';
import { type KeychainTrouble, troubleWords } from '../../platform/keychain/answers.ts';
import type { Vault } from '../../vault/vault.ts';

/** In a sentence for the person. */
export function sentenceOf({ source, passphrase }: Vault['keptBy']): string {
  if (source === 'file') return 'The key lies in a file that your passphrase opens: no keychain was here.';
  return passphrase
    ? 'The key needs the keychain and your passphrase.'
    : 'The key lies in the keychain; every program of yours can ask for it.';
}

/** How the key of a vault that is not made yet would be kept. @param trouble  null: the keychain can be used */
export function sentenceOfNone(trouble: KeychainTrouble | 'no_secret' | null): string {
  if (trouble === null) return 'The key will lie in the keychain.';
  const why =
    trouble === 'no_service' || trouble === 'no_secret'
      ? 'No keychain is here'
      : `${troubleWords(trouble).replace(/^t/, 'T')}, so it is left out`;
  return `${why}: the key will lie in a file that your passphrase opens.`;
}

/** The name of the account that this runs as; its number where it has none. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
