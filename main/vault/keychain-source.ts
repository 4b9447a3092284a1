/** Secrets in the operating system's keychain. What it answers becomes a word and a hint for the person. */
import { GatehouseError } from '../platform/errors.ts';
import { type KeychainAnswer, type KeychainTrouble, troubleWords } from '../platform/keychain/answers.ts';
import type { Keychain } from '../platform/keychain/keychain.ts';
import type { SecretSource } from './key-ring.ts';

type Port = Pick<Keychain, 'get' | 'set' | 'remove'>;

const HINTS: Readonly<Record<KeychainTrouble, string>> = {
  locked: 'unlock the keyring of your desktop session, then try again',
  denied: 'try again and allow it',
  no_service: 'log in to a desktop session, or unlock with the recovery key',
  timed_out: 'look for its window, then try again',
  failed: 'try again; gatehouse vault unlock --recovery opens the vault without it',
};

/**
 * The keychain as a place for the vault's secrets.
 *
 * @throws GatehouseError (from its methods) `no_secret` when it is not there, `keychain_locked`, `keychain_denied`,
 *   `keychain_no_service`, `keychain_timed_out`, `keychain_failed`
 */
export function keychainSource(keychain: Port): SecretSource {
  return {
    kind: 'keychain',
    read: async (account) => {
      const answer = await keychain.get(account);
      if (answer.kind === 'found') return answer.secret;
      if (answer.kind === 'missing')
        throw new GatehouseError(
          'no_secret',
          'the vault stays locked: the keychain does not hold its secret',
          {
            hint: 'unlock with the recovery key',
          },
        );
      throw keychainError(answer);
    },
    write: async (account, secret) => {
      const answer = await keychain.set(account, secret);
      if (answer.kind !== 'done') throw keychainError(answer);
    },
    remove: async (account) => {
      const answer = await keychain.remove(account);
      if (answer.kind !== 'done') throw keychainError(answer);
    },
  };
}

/** An answer that is none of the good ones, as an error. */
export function keychainError(answer: KeychainAnswer): GatehouseError {
  const kind: KeychainTrouble =
    answer.kind === 'found' || answer.kind === 'missing' || answer.kind === 'done' ? 'failed' : answer.kind;
  const why = kind === 'failed' && 'why' in answer ? `: ${answer.why.slice(0, 200)}` : '';
  return new GatehouseError(`keychain_${kind}`, `${troubleWords(kind)}${why}`, { hint: HINTS[kind] });
}

/** What a good answer is not; null for one of the good ones. */
export function troubleIn(answer: KeychainAnswer): KeychainTrouble | null {
  return answer.kind === 'done' || answer.kind === 'found' || answer.kind === 'missing' ? null : answer.kind;
}

/** The trouble that an error of this source was, or of a secret that is not there; null for any other error. */
export function troubleOfCode(code: string): KeychainTrouble | 'no_secret' | null {
  if (code === 'no_secret') return code;
  if (code === 'keychain_unreliable') return 'failed';
  const kind = code.startsWith('keychain_') ? code.slice('keychain_'.length) : '';
  return Object.hasOwn(HINTS, kind) ? (kind as KeychainTrouble) : null;
}
