/** Files that a page sends to the double, and the vault that it takes out and in. */
import { failure, type Page, success } from '../../main/app/pages.ts';
import type { transferHandlers } from '../../main/app/vault/transfer-handlers.ts';
import { FILE_PART_BYTES, type Result, type VaultView } from '../../preload/contract.ts';
import { credential, type VaultWorld } from './vault-views.ts';

/** What an exported file of the double holds. */
export const EXPORTED = Buffer.from(`{"format":"double"}\n${'x'.repeat(FILE_PART_BYTES)}\n`);
/** The passphrase that opens a file in the double. */
export const FILE_PASSPHRASE = 'a passphrase for the way';

/** Files as a person chooses them. */
export const DOTENV = { name: 'a.env', mimeType: 'text/plain', buffer: Buffer.from('MAILGUN=x\nSENTRY=y\n') };
export const SEALED = { name: 'old.vault', mimeType: 'application/octet-stream', buffer: EXPORTED };

export function doubleTransfers(
  world: VaultWorld,
  set: (change: Partial<VaultView>) => Result<VaultView>,
): ReturnType<typeof transferHandlers> {
  const uploads = new Map<string, number>();
  const names = (...all: readonly string[]) => ({ count: all.length, names: [...all] });
  return {
    beginUpload: async () => {
      const id = `file_${uploads.size + 1}`;
      uploads.set(id, 0);
      return success({ id });
    },
    uploadPart: async (_page: Page, { id, at, base64 }) => {
      if (uploads.get(id) !== at) return failure('bad_argument', 'its parts do not come in order');
      const received = at + Buffer.from(base64, 'base64').length;
      uploads.set(id, received);
      return success({ received });
    },
    importVault: async (_page: Page, { passphrase, replace, plan }) => {
      if (passphrase !== null && passphrase !== FILE_PASSPHRASE)
        return failure('wrong_pin', 'nothing was taken in: the passphrase is not right');
      if (plan !== null)
        set({ credentials: [...world.vault.credentials, credential('mailgun'), credential('sentry')] });
      return success({
        ...{ done: plan !== null, plan: `plan ${replace}`, added: names('mailgun', 'sentry') },
        ...(replace
          ? { replaced: names('github'), kept: names() }
          : { replaced: names(), kept: names('github') }),
      });
    },
    exportVault: async (_page: Page, { pin }) => {
      if (world.presence.isSet()) await world.presence.check(pin, 'page');
      const { length: count } = world.vault.credentials;
      return success({
        ...{ count, name: 'gatehouse-2026-11-26.vault', saved: null },
        download: { id: 'file_out', bytes: EXPORTED.length },
      });
    },
    downloadPart: async (_page: Page, _id, at) => {
      const part = EXPORTED.subarray(at, at + FILE_PART_BYTES);
      return success({ base64: part.toString('base64'), last: at + part.length >= EXPORTED.length });
    },
  };
}
