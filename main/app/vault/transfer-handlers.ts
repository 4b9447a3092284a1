/** What answers the page about files: those that it sends, and the vault that it takes out and in. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Handlers, ImportReport } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { checkPassphrase } from '../../vault/kdf.ts';
import { wipe } from '../../vault/seal.ts';
import type { ImportReport as Outcome } from '../../vault/transfer.ts';
import { type Page, success } from '../pages.ts';
import { tildePath } from '../views/words.ts';
import type { PageUploads } from './page-uploads.ts';
import type { TransferDesk } from './transfer-desk.ts';

type Answered = 'beginUpload' | 'uploadPart' | 'importVault' | 'exportVault' | 'downloadPart';

const NAMES_SHOWN = 100;

export interface TransferHandlerParts {
  readonly transfers: TransferDesk;
  readonly uploads: PageUploads;
  readonly home: string;
  readonly nowMs: () => number;
  /** Checks the PIN and writes down that it was tried. @throws GatehouseError */
  readonly showPin: (act: string, pin: string, page: Page) => Promise<void>;
}

export function transferHandlers(parts: TransferHandlerParts): Pick<Handlers<Page>, Answered> {
  const { transfers, uploads } = parts;
  return {
    beginUpload: async (page, { bytes }) => success({ id: uploads.begin(page.session, bytes) }),
    uploadPart: async (page, { id, at, base64 }) => {
      const part = Buffer.from(base64, 'base64');
      try {
        return success({ received: uploads.part(page.session, id, at, part) });
      } finally {
        wipe(part);
      }
    },
    importVault: async (page, { upload, plan, ...wish }) => {
      const bytes = uploads.read(page.session, upload);
      try {
        const file = { ...wish, bytes };
        if (plan === null) {
          const planned = await transfers.plan(file);
          return success(reportOf(planned.report, planned.plan, false));
        }
        const report = await transfers.import(file, plan, page.via);
        uploads.drop(upload);
        return success(reportOf(report, plan, true));
      } finally {
        wipe(bytes);
      }
    },
    exportVault: async (page, { pin, passphrase }) => {
      checkPassphrase(passphrase);
      await parts.showPin('export_vault', pin, page);
      const { bytes, count } = await transfers.export(passphrase, page.via);
      const name = `gatehouse-${new Date(parts.nowMs()).toISOString().slice(0, 19).replaceAll(':', '')}.vault`;
      // A window starts no downloads.
      if (page.via === 'window') {
        const file = join(folderFor(parts.home), name);
        if (existsSync(file)) throw new GatehouseError('refused', `${file} is there already`);
        writePrivateFile(file, bytes);
        return success({ count, name, saved: tildePath(file, parts.home), download: null });
      }
      const id = uploads.offer(page.session, bytes);
      return success({ count, name, saved: null, download: { id, bytes: bytes.length } });
    },
    downloadPart: async (page, id, at) => {
      const { part, last } = uploads.next(page.session, id, at);
      return success({ base64: part.toString('base64'), last });
    },
  };
}

function reportOf({ added, replaced, kept }: Outcome, plan: string, done: boolean): ImportReport {
  const shown = (names: readonly string[]) => ({ count: names.length, names: names.slice(0, NAMES_SHOWN) });
  return { done, plan, added: shown(added), replaced: shown(replaced), kept: shown(kept) };
}

function folderFor(home: string): string {
  const downloads = join(home, 'Downloads');
  return existsSync(downloads) ? downloads : home;
}
