/**
 * Renews the sign-in of a vault and kills itself when it comes to the step of the number it was given. Prints the
 * steps that it passed.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Refresher } from '../../main/app/vault/refresher.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { Vault } from '../../main/vault/vault.ts';

const [folder = '', passphrase = '', step = '0'] = process.argv.slice(2);
let passed = 0;
const onStep = (name: string) => {
  passed += 1;
  process.stdout.write(`${name}\n`);
  if (passed === Number(step)) process.kill(process.pid, 'SIGKILL');
};
const vault = new Vault({ store: openVaultStore(join(folder, 'vault.db')), clock: systemClock, onStep });
await vault.unlock({ by: 'source', source: keyFile(join(folder, 'vault.key')), passphrase });
const refresher = new Refresher({
  keeper: {
    vault,
    log: async (event) => appendFileSync(join(folder, 'log'), `${JSON.stringify(event)}\n`),
    renewed: () => onStep('in force'),
  },
  nowMs: () => Date.now(),
  changed: () => onStep('told'),
  ended: async () => undefined,
  onProblem: () => undefined,
  onStep,
});
const [credential] = vault.credentials.list();
await refresher.refresh(credential?.id ?? '');
process.stdout.write('done\n');
