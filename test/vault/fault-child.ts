/**
 * Opens a vault, takes away what it needs to write, does one thing and prints the code that it ended with.
 *
 * `fault-child.ts FOLDER FAULT ACT PASSPHRASE`; how large files may be is set by who starts it.
 */
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../main/platform/clock.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { newKdf } from '../../main/vault/kdf.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { importVault } from '../../main/vault/transfer.ts';
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
  if (act === 'rotate') await vault.rotate(source, 'the passphrase after 2', newKdf({ N: 1024, r: 8, p: 1 }));
  else if (act === 'import')
    await importVault(vault, exported, passphrase, { replace: true, ownUser: 'dev' });
  else if (act === 'replace') vault.credentials.replace(first?.id ?? '', value);
}

try {
  await run();
  process.stdout.write('done\n');
} catch (error) {
  const code = error instanceof GatehouseError ? error.code : String((error as { code?: unknown }).code);
  process.stdout.write(`${code}\n`);
}
