/**
 * Opens a vault, takes away what it needs to write, does one thing and prints the code that it ended with.
 *
 * `fault-child.ts FOLDER FAULT ACT PASSPHRASE`; how large files may be, or the disk is, is set by who starts it.
 * With `no space but N` it fills the disk itself, and leaves N KiB of it; with `dying disk` it makes the file at
 * which the library that is preloaded lets writes fail.
 */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../main/platform/clock.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { newKdf } from '../../main/vault/kdf.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { openExport, takeIn } from '../../main/vault/transfer.ts';
import { Vault } from '../../main/vault/vault.ts';

const [folder = '', fault = '', act = '', passphrase = ''] = process.argv.slice(2);
const NOBODY = 65_534;

async function run(): Promise<void> {
  if (fault === 'read-only' && process.getuid?.() === 0) {
    // Root may write anywhere.
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
  }
  const vault = new Vault({ store: openVaultStore(join(folder, 'vault.db')), clock: systemClock });
  const source = keyFile(join(folder, 'vault.key'));
  await vault.unlock({ by: 'source', source, passphrase });
  process.stdout.write('open\n');
  const exported = readFileSync(join(folder, 'export'));
  const [first] = vault.credentials.list();
  const value = new Map([['api_key', Buffer.alloc(200_000, 'n')]]);
  if (fault === 'no files left') {
    try {
      for (;;) openSync('/dev/null', 'r');
    } catch {
      // None is left now.
    }
  }
  if (fault === 'dying disk') die(process.env['GH_FAULT'] ?? '');
  const left = /^no space but (\d+)$/.exec(fault)?.[1];
  if (left !== undefined) fillDisk(join(folder, 'filler'), Number(left) * 1024);
  if (act === 'rotate') await vault.rotate(source, 'the passphrase after 2', newKdf({ N: 1024, r: 8, p: 1 }));
  else if (act === 'import') takeIn(vault, await openExport(exported, passphrase, 'dev'), true);
  else if (act === 'replace') vault.credentials.replace(first?.id ?? '', value);
}

/** From now on the disk fails: in place, for the preloaded library has the byte mapped. */
function die(control: string): void {
  const handle = openSync(control, 'r+');
  writeSync(handle, Buffer.from([constants.errno.EIO]), 0, 1, 0);
  closeSync(handle);
}

/** Takes all that is left of the disk but so many bytes. */
function fillDisk(file: string, left: number): void {
  const filler = openSync(file, 'wx');
  let bytes = 0;
  for (const step of [65_536, 4096, 1])
    try {
      for (;;) bytes += writeSync(filler, Buffer.alloc(step, 1));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
    }
  truncateSync(file, Math.max(0, bytes - left));
}

try {
  await run();
  process.stdout.write('done\n');
} catch (error) {
  const code = error instanceof GatehouseError ? error.code : String((error as { code?: unknown }).code);
  process.stdout.write(`${code}\n`);
}
