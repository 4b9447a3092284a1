/**
 * New values that a service gives once: an answer must not be lost because the vault locked, or the program was
 * killed, while it was on its way.
 *
 * A data key is made and wrapped, and its row is durable, before the service is asked. The answer is sealed under
 * it at once, which needs no master key: it also works when the vault was locked meanwhile. It is put in force as
 * one change of the vault, now or when the vault is opened next. A row without an answer says that the service
 * may have been asked and may have changed something.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../platform/canonical-json.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { StoredInbox } from '../store/inbox-table.ts';
import type { StoredCredential } from '../store/vault-store.ts';
import { keyBound } from './bounds.ts';
import type { Open, Values, VaultCore } from './core.ts';
import type { Credentials } from './credentials.ts';
import { FORMAT, KEY_BYTES, seal, unseal, wipe } from './seal.ts';

export interface Arrived {
  readonly values: Values;
  /** Microseconds since 1970. */
  readonly expires: number | null;
}

/** Takes one answer, or none. */
export interface Slot {
  /** Seals an answer; it is not written yet. */
  take(arrived: Arrived): void;
  /** Durable when it returns; may be tried again. Nothing is written where the credential has gone. */
  write(): void;
  /** Nothing came, and the service has changed nothing. */
  drop(): void;
}

const Content = z.strictObject({
  values: z.record(z.string(), z.base64()),
  expires: z.number().int().nullable(),
});

export class Inbox {
  readonly #core: VaultCore;
  readonly #credentials: Credentials;

  constructor(core: VaultCore, credentials: Credentials) {
    this.#core = core;
    this.#credentials = credentials;
  }

  /** Whether an earlier request was cut off before its answer was kept. */
  wasCutOff(id: string): boolean {
    const row = this.#core.options.store.inbox.get(id);
    return row !== null && row.sealed === null;
  }

  /** Makes room for one answer. Durable when it returns. @throws GatehouseError `vault_locked`, `not_found` */
  prepare(id: string): Slot {
    const { store, clock, onStep } = this.#core.options;
    const open = this.#core.needOpen();
    const credential = this.#core.known(id);
    const master = this.#core.masterOf(open, open.header.master);
    const dataKey = randomBytes(KEY_BYTES);
    const facts = {
      credential: id,
      version: credential.lastVersion + 1,
      dataKey: `dk_${randomBytes(9).toString('hex')}`,
      masterKey: master.id,
      created: clock.wallMicros(),
    };
    const { vault } = open.header;
    store.inbox.put({
      ...facts,
      wrapped: seal(master.wrap, dataKey, keyBound(vault, facts)),
      sealed: null,
    });
    onStep?.('inbox made');
    let sealed: Buffer | null = null;
    return {
      take: ({ values, expires }) => {
        const content = Buffer.from(
          JSON.stringify({
            values: Object.fromEntries([...values].map(([name, value]) => [name, value.toString('base64')])),
            expires,
          }),
        );
        sealed = seal(dataKey, content, contentBound(vault, facts));
        wipe(content, dataKey);
      },
      write: () => {
        if (sealed === null) return;
        // No row any more: it was removed, or somebody signed in anew.
        if (!store.inbox.fill(id, facts.dataKey, sealed)) return;
        onStep?.('kept');
      },
      drop: () => {
        wipe(dataKey);
        if (store.inbox.get(id)?.dataKey === facts.dataKey) store.inbox.remove(id);
      },
    };
  }

  /**
   * Puts an answer that was kept in force; null when there is none.
   *
   * @throws GatehouseError `vault_locked`, `not_authentic`, `vault_tampered` when the row is not what was kept;
   *   it is gone then
   */
  adopt(id: string): StoredCredential | null {
    const { store } = this.#core.options;
    const open = this.#core.needOpen();
    const row = store.inbox.get(id);
    if (row === null || row.sealed === null) return null;
    const { values, expires } = this.#read(open, row, row.sealed);
    try {
      return this.#credentials.together(() => {
        store.inbox.remove(id);
        return this.#credentials.replace(id, values, { expires, state: 'valid' });
      });
    } finally {
      wipe(...values.values());
    }
  }

  /** Forgets what is on its way, as somebody signed in anew. Within a change of the vault. */
  clear(id: string): void {
    this.#core.options.store.inbox.remove(id);
  }

  /** Adopts all that was kept. Answers the credentials whose answer cannot be used. */
  adoptAll(): readonly string[] {
    const lost: string[] = [];
    for (const { credential } of this.#core.options.store.inbox.list()) {
      try {
        this.adopt(credential);
      } catch (error) {
        if (!(error instanceof GatehouseError) || error.code === 'vault_changed') throw error;
        this.#credentials.note(credential, { state: 'invalid' });
        lost.push(credential);
      }
    }
    return lost;
  }

  #read(open: Open, row: StoredInbox, sealed: Buffer): Arrived {
    const { vault } = open.header;
    try {
      // An older answer, put back into the file, was for another version.
      if (row.version !== this.#core.known(row.credential).lastVersion + 1)
        throw new GatehouseError('vault_tampered', 'a value that was on its way is not of this version');
      const dataKey = this.#core.unwrap(open, row);
      const content = unseal(dataKey, sealed, contentBound(vault, row));
      wipe(dataKey);
      const { values, expires } = Content.parse(JSON.parse(content.toString('utf8')));
      wipe(content);
      return {
        values: new Map(Object.entries(values).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
        expires,
      };
    } catch (error) {
      this.#core.options.store.inbox.remove(row.credential);
      throw error;
    }
  }
}

function contentBound(
  vault: string,
  { credential, version, dataKey }: Pick<StoredInbox, 'credential' | 'version' | 'dataKey'>,
): JsonObject {
  return { fmt: FORMAT, what: 'inbox', vault, row: credential, version, key: dataKey };
}
