/** What answers the page about the vault. */
import type { Handlers } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type Page, type Pages, success } from '../pages.ts';
import type { Presence } from '../presence.ts';
import type { VaultParts } from './create-vault.ts';
import { transferHandlers } from './transfer-handlers.ts';

type Answered =
  | 'vault'
  | 'credentials'
  | 'credentialCatalog'
  | 'makeVault'
  | 'unlockVault'
  | 'lockVault'
  | 'connectCredential'
  | 'cancelSignIn'
  | 'pasteSignIn'
  | 'addCredential'
  | 'renewCredential'
  | 'settleCredential'
  | 'revealCredential'
  | 'testCredential'
  | 'removeCredential'
  | 'grantCredential'
  | 'revokeCredential'
  | 'endLease'
  | 'beginUpload'
  | 'uploadPart'
  | 'importVault'
  | 'exportVault'
  | 'downloadPart';

export interface VaultHandlerParts {
  readonly vault: VaultParts;
  readonly presence: Presence;
  readonly pages: Pick<Pages, 'doorOf'>;
  readonly home: string;
  readonly recordPresence: (act: string, code: string, page: Page) => Promise<void>;
}

export function vaultHandlers(parts: VaultHandlerParts): Pick<Handlers<Page>, Answered> {
  const { keeper, desk, kinds, secrets, equip, signIns, browser, view, transfers, uploads } = parts.vault;
  const showPin = async (act: string, pin: string, page: Page) => {
    try {
      await parts.presence.check(pin, parts.pages.doorOf(page));
    } catch (error) {
      await parts.recordPresence(act, error instanceof GatehouseError ? error.code : 'failed', page);
      throw error;
    }
    await parts.recordPresence(act, '', page);
  };
  /** With what was filled in and what was sent as files; those are wiped when the work is done. */
  const withFiles = async <T>(
    page: Page,
    given: { readonly values: Record<string, string>; readonly files: Record<string, string> },
    work: (values: ReadonlyMap<string, string | Buffer>) => Promise<T>,
  ): Promise<T> => {
    const files = Object.entries(given.files).map(
      ([field, id]) => [field, uploads.read(page.session, id)] as const,
    );
    try {
      return await work(new Map<string, string | Buffer>([...Object.entries(given.values), ...files]));
    } finally {
      for (const [, bytes] of files) bytes.fill(0);
      for (const id of Object.values(given.files)) uploads.drop(id);
    }
  };
  return {
    ...transferHandlers({ transfers, uploads, showPin, home: parts.home, nowMs: Date.now }),
    vault: async () => {
      // What a new one would be kept by is asked of the keychain, once.
      if (keeper.state === 'none') await keeper.keychainWorks();
      return success(view());
    },
    credentials: async (_page, wish) => success(parts.vault.credentials(wish)),
    credentialCatalog: async () => success(kinds.view()),
    makeVault: async (page, { passphrase }) => {
      const { recoveryKey } = await keeper.make(passphrase, page.via);
      await secrets.moveIn(page.via);
      return success({ recoveryKey, vault: view() });
    },
    unlockVault: async (page, { passphrase, recovery }) => {
      await keeper.unlock({ passphrase, recovery }, page.via);
      await secrets.moveIn(page.via);
      return success(view());
    },
    lockVault: async (page) => {
      await keeper.lock('asked to', page.via);
      return success(view());
    },
    connectCredential: async (page, draft) => {
      const wish = desk.signInWish(draft);
      if (!('kind' in wish)) return success({ signIn: null, problems: [...wish] });
      const { id, url } = await signIns.begin(wish, page.via);
      // A page in a browser opens it there itself; a window of ours opens nothing.
      const opened = page.via === 'window' && (await browser.open(url, id, () => undefined));
      return success({ signIn: { id, url, opened }, problems: [] });
    },
    cancelSignIn: async (_page, id) => {
      signIns.cancel(id);
      return success(view());
    },
    pasteSignIn: async (_page, id, address) => {
      await signIns.paste(id, address);
      return success(view());
    },
    addCredential: async (page, { values, files, ...draft }) =>
      success(
        await withFiles(page, { values, files }, (given) => desk.add({ ...draft, values: given }, page.via)),
      ),
    renewCredential: async (page, { id, how, values, files, confirmed }) => {
      const state = how === 'stage' ? 'staged' : 'replaced';
      const saved = await withFiles(page, { values, files }, (given) =>
        desk.renew(id, state, given, confirmed, page.via),
      );
      if (saved.saved && how === 'replace') await secrets.changed(desk.known(id));
      return success(saved);
    },
    settleCredential: async (page, id, how) => {
      if (how === 'promote') {
        await desk.promote(id, page.via);
        await secrets.changed(desk.known(id));
      } else await desk.discard(id, page.via);
      return success(view());
    },
    revealCredential: async (page, { id, field, pin, how }) => {
      const act = how === 'copied' ? 'copy_credential' : 'reveal_credential';
      await showPin(act, pin, page);
      return success({ value: await desk.reveal(id, field, how, page.via) });
    },
    testCredential: async (_page, id, which) => success(await desk.test(id, which)),
    removeCredential: async (page, id) => {
      await parts.vault.remove(desk.known(id), page.via);
      return success(view());
    },
    grantCredential: async (page, { id, server, into, name, standing, leaseMinutes = null }) => {
      const credential = desk.known(id);
      const wish = { server, into, name, standing: standing ? ['*'] : [], leaseMinutes };
      await secrets.grant(credential, desk.kindOf(credential), wish, page.via);
      return success(view());
    },
    revokeCredential: async (page, id, server) => {
      await secrets.revoke(desk.known(id), server, page.via);
      return success(view());
    },
    endLease: async (_page, id) => {
      const lease = equip.leases.list().find((one) => one.id === id);
      if (lease === undefined) throw new GatehouseError('not_found', 'this use has ended already');
      const credential = keeper.vault.credentials.get(lease.credential);
      await keeper.record({
        ...{ type: 'vault.changed', v: 1, change: 'lease_ended', credential: credential?.name ?? null },
        ...{ scope: credential?.scope ?? null, detail: lease.server, via: 'page' },
      });
      await equip.endLeases((one) => one.id === id, 'the person ended it');
      return success(view());
    },
  };
}
