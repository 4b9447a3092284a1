/** What the keychain's process is asked, and what comes of it. */
import { z } from 'zod';

export const KeychainQuestion = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('get'), id: z.number(), service: z.string(), account: z.string() }),
  z.strictObject({
    ask: z.literal('set'),
    id: z.number(),
    service: z.string(),
    account: z.string(),
    secret: z.string(),
  }),
  z.strictObject({ ask: z.literal('remove'), id: z.number(), service: z.string(), account: z.string() }),
]);
export type KeychainQuestion = z.infer<typeof KeychainQuestion>;

export const KeychainReply = z.strictObject({
  id: z.number(),
  /** With `get`: the secret, null when the keychain gave none. */
  secret: z.string().nullable(),
  /** The keychain's own words when it failed; null when it did not. */
  failed: z.string().nullable(),
});
export type KeychainReply = z.infer<typeof KeychainReply>;

/**
 * Why the keychain cannot be used now.
 *
 * `locked`      it is locked, or was never made, and nobody could be asked for its password
 * `denied`      a person was asked and said no
 * `no_service`  this machine or session has none
 * `timed_out`   it, or a person, did not answer
 * `failed`      anything else; `why` has its words
 */
export type KeychainTrouble = 'locked' | 'denied' | 'no_service' | 'timed_out' | 'failed';

export type KeychainAnswer =
  | { readonly kind: 'found'; readonly secret: Buffer }
  | { readonly kind: 'missing' }
  | { readonly kind: 'done' }
  | { readonly kind: KeychainTrouble; readonly why: string };

/** dbus-daemon and dbus-broker each have their own words for a name that nobody offers. */
const NO_SERVICE =
  /not provided by any \.service files|name is not activatable|Cannot autolaunch|Could not connect|Failed to connect to socket|cannot open shared object|ERR_DLOPEN/i;
/** Secret Service: locked or not made yet. macOS: errSecInteractionNotAllowed. */
const SHUT = /locked collection|does not exist at path|object is locked|interaction is not allowed/i;
/** macOS: errSecUserCanceled, errSecAuthFailed. */
const REFUSED = /user cancell?ed|user name or passphrase|was dismissed|prompt dismissed/i;

/**
 * Sorts a keychain's own words. They are the same whether a person closed its window or no window could be
 * opened: `canPrompt` says which of the two it was.
 */
export function troubleOf(why: string, canPrompt: boolean): KeychainTrouble {
  if (NO_SERVICE.test(why)) return 'no_service';
  if (REFUSED.test(why)) return 'denied';
  if (SHUT.test(why)) return canPrompt ? 'denied' : 'locked';
  return 'failed';
}

const WORDS: Readonly<Record<KeychainTrouble, string>> = {
  locked: 'the keychain is locked',
  denied: 'the keychain was not opened: its question was answered with no',
  no_service: 'this session has no keychain',
  timed_out: 'the keychain did not answer',
  failed: 'the keychain failed',
};

/** What is wrong with the keychain, in words. */
export function troubleWords(trouble: KeychainTrouble): string {
  return WORDS[trouble];
}
