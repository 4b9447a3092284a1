/**
 * Which rows there are: one keyed digest a row, and their sum.
 *
 * Sealed values prove what they belong to, not that they are the newest. The sum does: a row that was removed,
 * added, or put back as it once was changes it. It stands in the header, which nobody can write without the key;
 * how rows are wrapped is left out, so that changing the master key changes no digest but by its key.
 */
import { createHash } from 'node:crypto';
import { GatehouseError } from '../platform/errors.ts';
import type { StoredCredential, StoredField, StoredVersion, VaultStore } from '../store/vault-store.ts';
import { mac, sameBytes } from './seal.ts';

const ZERO = '0'.repeat(64);

/** The sum of no rows. */
export const EMPTY_SUM = ZERO;

export class Manifest {
  readonly #key: Buffer;
  readonly #digests: Map<string, Buffer>;
  readonly #sum: Buffer;

  private constructor(key: Buffer, digests: Map<string, Buffer>, sum: Buffer) {
    this.#key = key;
    this.#digests = digests;
    this.#sum = sum;
  }

  /** Of the rows as they are in the file now. */
  static of(store: VaultStore, key: Buffer): Manifest {
    const manifest = new Manifest(key, new Map(), Buffer.alloc(32));
    for (const credential of store.list()) manifest.put(credential);
    for (const version of store.versions())
      manifest.putVersion(version, store.fields(version.credential, version.version));
    return manifest;
  }

  /** To be changed, and kept only when the change was written. */
  copy(): Manifest {
    return new Manifest(this.#key, new Map(this.#digests), Buffer.from(this.#sum));
  }

  get sum(): string {
    return this.#sum.toString('hex');
  }

  put(credential: StoredCredential): void {
    this.#set(`c/${credential.id}`, this.#ofCredential(credential));
  }

  putVersion(version: StoredVersion, fields: readonly StoredField[]): void {
    this.#set(`v/${version.credential}/${version.version}`, this.#ofVersion(version, fields));
  }

  remove(id: string, versions: readonly number[]): void {
    this.#set(`c/${id}`, null);
    for (const version of versions) this.removeVersion(id, version);
  }

  removeVersion(id: string, version: number): void {
    this.#set(`v/${id}/${version}`, null);
  }

  /** @throws GatehouseError `vault_tampered` when a row is not as it was written */
  check(credential: StoredCredential, version: StoredVersion, fields: readonly StoredField[]): void {
    const known = this.#digests.get(`c/${credential.id}`);
    const knownVersion = this.#digests.get(`v/${version.credential}/${version.version}`);
    if (
      known === undefined ||
      knownVersion === undefined ||
      !sameBytes(known, this.#ofCredential(credential)) ||
      !sameBytes(knownVersion, this.#ofVersion(version, fields))
    )
      throw tampered(`the credential ${credential.name} is not as it was written`);
  }

  #ofCredential(credential: StoredCredential): Buffer {
    const { id, name, label, type, provider, scope, app, user, current, next, lastVersion } = credential;
    return mac(this.#key, { id, name, label, type, provider, scope, app, user, current, next, lastVersion });
  }

  #ofVersion({ credential, version, dataKey }: StoredVersion, fields: readonly StoredField[]): Buffer {
    const digests = fields.map(({ name, sealed }) => [
      name,
      createHash('sha256').update(sealed).digest('hex'),
    ]);
    return mac(this.#key, { credential, version, dataKey, fields: digests });
  }

  #set(key: string, digest: Buffer | null): void {
    const before = this.#digests.get(key);
    if (before !== undefined) this.#add(before);
    if (digest === null) this.#digests.delete(key);
    else {
      this.#digests.set(key, digest);
      this.#add(digest);
    }
  }

  #add(digest: Buffer): void {
    for (let place = 0; place < 32; place += 1)
      this.#sum[place] = (this.#sum[place] ?? 0) ^ (digest[place] ?? 0);
  }
}

export function tampered(what: string): GatehouseError {
  return new GatehouseError('vault_tampered', `the vault was changed from outside: ${what}`, {
    hint: 'put a backup of vault.db in its place, or import an export',
  });
}
