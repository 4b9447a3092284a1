/**
 * Does one thing to a vault and kills itself, as nothing else can be caught, when it comes to the step of the
 * number it was given. Prints the steps that it passed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../main/platform/clock.ts';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { newKdf } from '../../main/vault/kdf.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { exportVault, openExport, takeIn } from '../../main/vault/transfer.ts';
import { Vault } from '../../main/vault/vault.ts';

const [folder = '', act = '', passphrase = '', step = '0'] = process.argv.slice(2);
let passed = 0;
const vault = new Vault({
  store: openVaultStore(join(folder, 'vault.db')),
  clock: systemClock,
  onStep: (name) => {
    passed += 1;
    process.stdout.write(`${name}\n`);
    if (passed === Number(step)) process.kill(process.pid, 'SIGKILL');
  },
});
const source = keyFile(join(folder, 'vault.key'));
await vault.unlock({ by: 'source', source, passphrase });
const [first] = vault.credentials.list();
const id = first?.id ?? '';
const value = new Map([['api_key', Buffer.from('new-value-of-it')]]);
if (act === 'rotate') await vault.rotate(source, 'the passphrase after 2', newKdf({ N: 1024, r: 8, p: 1 }));
else if (act === 'import')
  takeIn(vault, await openExport(readFileSync(join(folder, 'export')), passphrase, 'dev'), true);
else if (act === 'export') {
  // Over and over: it is killed from outside, wherever it is then.
  for (;;) {
    const file = await exportVault(vault, passphrase, systemClock, newKdf({ N: 1024, r: 8, p: 1 }));
    writePrivateFile(join(folder, 'export'), file);
    process.stdout.write('written\n');
  }
} else if (act === 'stage') vault.credentials.stage(id, value);
else if (act === 'promote') vault.credentials.promote(id);
else if (act === 'replace') vault.credentials.replace(id, value);
else if (act === 'remove') vault.credentials.remove(id);
process.stdout.write('done\n');
