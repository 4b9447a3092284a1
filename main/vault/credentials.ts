/** The credentials in the vault: taken in, replaced, opened, removed. Names and states can be read while it is locked. */
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { StoredCredential, StoredState, StoredVersion } from '../store/vault-store.ts';
import { fieldBound, keyBound } from './bounds.ts';
import type { Open, Values, VaultCore } from './core.ts';
import { type Manifest, tampered } from './manifest.ts';
import { checkName, type Place } from './scope.ts';
import { KEY_BYTES, seal, unseal, wipe } from './seal.ts';

export interface CredentialDraft extends Place {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly provider: string | null;
  /** Microseconds since 1970. */
  readonly expires: number | null;
  readonly state: StoredState;
}

export class Credentials {
  readonly #core: VaultCore;

  constructor(core: VaultCore) {
    this.#core = core;
  }

  list(): readonly StoredCredential[] {
    return this.#core.options.store.list();
  }

  get(id: string): StoredCredential | null {
    return this.#core.options.store.get(id);
  }

  /** Names of the fields that are filled in; not their values. Empty: none. */
  fieldNames(id: string): readonly string[] {
    const { store } = this.#core.options;
    const credential = store.get(id);
    if (credential?.current == null) return [];
    return store.fieldNames(id, credential.current);
  }

  /** By name in exactly this place. */
  find(name: string, { scope, app, user }: Place): StoredCredential | null {
    return this.#core.options.store.find(name, scope, app, user);
  }

  /**
   * Takes a credential in.
   *
   * @param values empty: nothing is filled in yet
   * @throws GatehouseError `vault_locked`, `bad_name`, `name_taken`
   */
  add(draft: CredentialDraft, values: Values): StoredCredential {
    const { store, clock } = this.#core.options;
    checkName(draft.name);
    const now = clock.wallMicros();
    const { name, label, type, provider, scope, app, user, expires, state } = draft;
    const filled = values.size > 0;
    const credential: StoredCredential = {
      ...{ id: newId('cred'), name, label, type, provider, scope, app, user, expires, lastUsed: null },
      ...{ current: filled ? 1 : null, next: null, lastVersion: filled ? 1 : 0 },
      ...{ state: filled ? state : 'pending', created: now, updated: now },
    };
    return this.#core.change((manifest, open) => {
      if (store.find(name, scope, app, user) !== null)
        throw new GatehouseError(
          'name_taken',
          `there is a credential ${name} with the scope ${scope} already`,
        );
      store.insert(credential);
      manifest.put(credential);
      if (filled) this.#putVersion(open, manifest, credential, 1, values);
      return credential;
    });
  }

  /**
   * Puts new values in force at once; the version before is destroyed, and one that waited too: it is older than
   * these, and must not come in force after them.
   *
   * @throws GatehouseError `vault_locked`, `not_found`
   */
  replace(
    id: string,
    values: Values,
    facts: { readonly expires?: number | null; readonly state?: StoredState } = {},
  ): StoredCredential {
    return this.#core.change((manifest, open) => {
      const before = this.#core.known(id);
      const version = before.lastVersion + 1;
      const { expires = before.expires, state = 'filled' } = facts;
      const after = { ...before, current: version, next: null, lastVersion: version, expires, state };
      this.#putVersion(open, manifest, after, version, values);
      for (const old of [before.current, before.next]) if (old !== null) this.#dropVersion(manifest, id, old);
      return this.#write(manifest, after);
    });
  }

  /** Takes in new values beside those in force, to be tested first. One that waited is destroyed. */
  stage(id: string, values: Values): StoredCredential {
    return this.#core.change((manifest, open) => {
      const before = this.#core.known(id);
      const version = before.lastVersion + 1;
      this.#putVersion(open, manifest, before, version, values);
      if (before.next !== null) this.#dropVersion(manifest, id, before.next);
      return this.#write(manifest, { ...before, next: version, lastVersion: version });
    });
  }

  /** Puts the values that waited in force and destroys those before. @throws GatehouseError `nothing_staged` */
  promote(id: string): StoredCredential {
    return this.#core.change((manifest) => {
      const before = this.#core.known(id);
      if (before.next === null)
        throw new GatehouseError('nothing_staged', `no new value of ${before.name} waits to be put in force`);
      if (before.current !== null) this.#dropVersion(manifest, id, before.current);
      return this.#write(manifest, { ...before, current: before.next, next: null, state: 'filled' });
    });
  }

  /** Destroys the values that waited. */
  discard(id: string): StoredCredential {
    return this.#core.change((manifest) => {
      const before = this.#core.known(id);
      if (before.next !== null) this.#dropVersion(manifest, id, before.next);
      return this.#write(manifest, { ...before, next: null });
    });
  }

  remove(id: string): void {
    const { store } = this.#core.options;
    this.#core.change((manifest) => {
      const before = this.#core.known(id);
      manifest.remove(
        id,
        [before.current, before.next].filter((version) => version !== null),
      );
      store.remove(id);
    });
    store.settle();
  }

  /** Facts that are not sealed: how it stands, and until when. */
  note(id: string, facts: { readonly state?: StoredState; readonly expires?: number | null }): void {
    const before = this.#core.known(id);
    this.#core.options.store.update({ ...before, ...facts, updated: this.#core.options.clock.wallMicros() });
  }

  used(id: string): void {
    this.#core.options.store.touch(id, this.#core.options.clock.wallMicros());
  }

  /**
   * Decrypts.
   *
   * @throws GatehouseError `vault_locked`, `not_found`, `nothing_filled`, `vault_tampered`, `not_authentic`
   */
  open(id: string, which: 'current' | 'next' = 'current'): Values {
    const { store } = this.#core.options;
    const open = this.#core.needOpen();
    const credential = this.#core.known(id);
    const number = credential[which];
    if (number === null)
      throw new GatehouseError(
        'nothing_filled',
        `nothing is filled in for the credential ${credential.name}`,
      );
    const version = store.version(id, number);
    if (version === null) throw tampered(`a value of ${credential.name} is missing`);
    const fields = store.fields(id, number);
    open.manifest.check(credential, version, fields);
    const dataKey = this.#core.unwrap(open, version);
    const values = new Map<string, Buffer>();
    for (const { name, sealed } of fields)
      values.set(name, unseal(dataKey, sealed, fieldBound(open.header.vault, credential, version, name)));
    wipe(dataKey);
    this.#core.options.onPlain?.(credential, values);
    return values;
  }

  /** Several changes as one: all of them are written, or none. */
  together<T>(work: () => T): T {
    return this.#core.change(() => work());
  }

  #putVersion(
    open: Open,
    manifest: Manifest,
    credential: StoredCredential,
    number: number,
    values: Values,
  ): void {
    const { store, clock, onPlain } = this.#core.options;
    const master = this.#core.masterOf(open, open.header.master);
    const dataKey = randomBytes(KEY_BYTES);
    const facts = {
      credential: credential.id,
      version: number,
      dataKey: `dk_${randomBytes(9).toString('hex')}`,
      masterKey: master.id,
      created: clock.wallMicros(),
    };
    const version: StoredVersion = {
      ...facts,
      wrapped: seal(master.wrap, dataKey, keyBound(open.header.vault, facts)),
    };
    const fields = [...values]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({
        name,
        sealed: seal(dataKey, value, fieldBound(open.header.vault, credential, version, name)),
      }));
    wipe(dataKey);
    store.putVersion(version, fields);
    manifest.putVersion(version, fields);
    onPlain?.(credential, values);
  }

  #dropVersion(manifest: Manifest, id: string, version: number): void {
    this.#core.options.store.removeVersion(id, version);
    manifest.removeVersion(id, version);
  }

  #write(manifest: Manifest, credential: StoredCredential): StoredCredential {
    const written = { ...credential, updated: this.#core.options.clock.wallMicros() };
    this.#core.options.store.update(written);
    manifest.put(written);
    return written;
  }
}
