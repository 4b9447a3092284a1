/**
 * Where there is no keychain: a file (0600) whose secrets only the passphrase opens.
 *
 * Each secret is sealed by the key that scrypt makes of the passphrase; how it was made stands beside it.
 */
import { z } from 'zod';
import { GatehouseError } from '../platform/errors.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import { Kdf } from './kdf.ts';
import type { SecretSource } from './key-ring.ts';
import { FORMAT, seal, unseal } from './seal.ts';

const KeyFileText = z.strictObject({
  format: z.literal(`${FORMAT}/key-file`),
  secrets: z.record(z.string().max(200), z.strictObject({ kdf: Kdf, sealed: z.string() })),
});
type KeyFileText = z.infer<typeof KeyFileText>;

const MAX_BYTES = 256 * 1024;

/**
 * Secrets in a file.
 *
 * @throws GatehouseError (from its methods) `no_secret` when it is not there, `wrong_passphrase`, `unsafe_file`,
 *   `vault_damaged`, `not_written`
 */
export function keyFile(file: string): SecretSource {
  const read = (): KeyFileText => {
    const bytes = readPrivateFile(file, MAX_BYTES);
    if (bytes === null) return { format: `${FORMAT}/key-file`, secrets: {} };
    try {
      return KeyFileText.parse(JSON.parse(bytes.toString('utf8')));
    } catch (cause) {
      throw new GatehouseError(
        'vault_damaged',
        `${file} cannot be read: it is damaged or of a later version`,
        {
          hint: 'put a backup in its place, or unlock with the recovery key',
          cause,
        },
      );
    }
  };
  const write = (text: KeyFileText) => writePrivateFile(file, `${JSON.stringify(text)}\n`);
  const boundTo = (account: string) => ({ fmt: FORMAT, what: 'key-file', account });
  return {
    kind: 'file',
    read: async (account, passphrase) => {
      const { secrets } = read();
      const entry = Object.hasOwn(secrets, account) ? secrets[account] : undefined;
      if (entry === undefined)
        throw new GatehouseError('no_secret', `the vault stays locked: ${file} does not hold its secret`, {
          hint: 'put the file back, or unlock with the recovery key',
        });
      if (passphrase === null)
        throw new GatehouseError('wrong_passphrase', 'the vault stays locked: it needs the passphrase');
      try {
        return unseal(passphrase, Buffer.from(entry.sealed, 'base64'), boundTo(account));
      } catch {
        throw new GatehouseError('wrong_passphrase', 'the vault stays locked: the passphrase is not right');
      }
    },
    write: async (account, secret, passphrase, kdf) => {
      if (passphrase === null || kdf === null)
        throw new GatehouseError('weak_passphrase', 'a key file needs a passphrase');
      const sealed = seal(passphrase, secret, boundTo(account)).toString('base64');
      const before = read();
      write({ ...before, secrets: { ...before.secrets, [account]: { kdf, sealed } } });
    },
    remove: async (account) => {
      const before = read();
      const { [account]: _gone, ...secrets } = before.secrets;
      write({ ...before, secrets });
    },
  };
}
