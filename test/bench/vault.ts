/**
 * The vault: sealing and opening one credential, listing 10 000, wrapping them anew beside the bare primitives of
 * the same run, and redacting with 20 values. Prints one line of JSON.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../main/platform/clock.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { newKdf } from '../../main/vault/kdf.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { Redactor } from '../../main/vault/redaction/redactor.ts';
import { seal, unseal } from '../../main/vault/seal.ts';
import { Vault } from '../../main/vault/vault.ts';

const ROWS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-vault-bench-'));
const store = openVaultStore(join(folder, 'vault.db'));
const vault = new Vault({ store, clock: systemClock });
const source = keyFile(join(folder, 'vault.key'));
const kdf = newKdf({ N: 1024, r: 8, p: 1 });
await vault.create({ source, passphrase: 'a passphrase to measure by', kdf, recovery: false });

function time(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}
/** Processor time, which the neighbours of this process do not change much. Milliseconds. */
function cpuTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const round = (value: number): number => Number(value.toFixed(2));

const value = () => new Map([['api_key', Buffer.from(`sk-${randomBytes(24).toString('base64url')}`)]]);
vault.credentials.together(() => {
  for (let at = 0; at < ROWS; at += 1)
    vault.credentials.add(
      {
        name: `credential-${at}`,
        label: `Credential ${at}`,
        type: 'api_key',
        provider: null,
        scope: 'per_user',
        app: '',
        user: 'dev',
        expires: null,
        state: 'filled',
      },
      value(),
    );
});
const ids = vault.credentials.list().map(({ id }) => id);

// One credential: its data key and its field, sealed and opened, without the transaction round them.
const wrap = randomBytes(32);
const bound = {
  fmt: 'gatehouse/vault/1',
  what: 'field',
  vault: 'vault_x',
  row: 'cred_x',
  field: 'api_key',
  version: 1,
};
const sealOne = () => {
  const key = randomBytes(32);
  return [seal(wrap, key, bound), seal(key, Buffer.from('sk-0123456789abcdef0123456789'), bound)] as const;
};
const sealing: number[] = [];
const opening: number[] = [];
for (let at = 0; at < 5000; at += 1) {
  const kept: (readonly [Buffer, Buffer])[] = [];
  sealing.push(time(() => kept.push(sealOne())) * 1000);
  const [[first, second] = sealOne()] = kept;
  opening.push(time(() => void unseal(unseal(wrap, first, bound), second, bound)) * 1000);
}
const opened = ids.slice(0, 3000).map((id) => time(() => void vault.credentials.open(id)) * 1000);
const listing = Array.from({ length: 20 }, () => time(() => void vault.credentials.list()));

// Wrapping anew: what it must do at least, and what it does. The file is written outside both.
const rows = store.versions();
const primitives = () => {
  for (const { wrapped } of rows) {
    const decipher = createDecipheriv('aes-256-gcm', wrap, wrapped.subarray(0, 12), { authTagLength: 16 });
    const aad = Buffer.from(JSON.stringify({ ...bound, row: 'cred_0123456789abcdef0123456789' }));
    decipher.setAAD(aad);
    const key = decipher.update(wrapped.subarray(28));
    const cipher = createCipheriv('aes-256-gcm', wrap, randomBytes(12), { authTagLength: 16 });
    cipher.setAAD(aad);
    Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }
};
const another = randomBytes(32);
const wrapped = rows.map(() => seal(wrap, randomBytes(32), bound));
const ours = () => {
  for (const each of wrapped) seal(another, unseal(wrap, each, bound), bound);
};
const bare: number[] = [];
const rewrapping: number[] = [];
for (let round = 0; round < 5; round += 1) {
  bare.push(cpuTime(primitives));
  rewrapping.push(cpuTime(ours));
}
const rotation = process.hrtime.bigint();
await vault.rotate(source, 'a passphrase to measure by', kdf);
const rotated = Number(process.hrtime.bigint() - rotation) / 1e6;

const redactor = new Redactor();
for (let at = 0; at < 20; at += 1) redactor.add(randomBytes(24 + at).subarray());
const words = Array.from({ length: 150_000 }, () => randomBytes(4).toString('base64url')).join(' ');
const sample = `${words}\n{"path":"/home/dev/web","text":"a \\"quoted\\" line\\n"}\n`.repeat(8);
redactor.text(sample);
const redacting = Array.from(
  { length: 5 },
  () => sample.length / 1e6 / (cpuTime(() => void redactor.text(sample)) / 1000),
);

store.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `${JSON.stringify({
    name: 'vault',
    seal_us_p50: round(median(sealing)),
    open_us_p50: round(median(opening)),
    open_from_store_us_p50: round(median(opened)),
    list_10000_ms_p50: round(median(listing)),
    rewrap: {
      primitives_ms: round(median(bare)),
      ours_ms: round(median(rewrapping)),
      ratio: round(median(rewrapping) / median(bare)),
      whole_rotation_ms: round(rotated),
    },
    redactor_mb_per_cpu_s: round(median(redacting)),
  })}\n`,
);
