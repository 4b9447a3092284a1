/**
 * The key that signs checkpoints, and the one that will follow it.
 *
 * A hand-over takes three steps: the next key is kept, the file says so under the old key, the old key is
 * forgotten. A crash between any two of them leaves a state from which the next start goes on.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { keyName } from './checkpoint.ts';

/** Where the secret is kept: the keychain, or a file for its owner alone. */
export interface SecretStore {
  /** Null when there is none yet. @throws GatehouseError when that cannot be known */
  read(): Promise<string | null>;
  /** Durable when it resolves. */
  write(secret: string): Promise<void>;
}

const Kept = z.strictObject({ v: z.literal(1), current: z.string(), next: z.string().nullable() });

export class SigningKey {
  readonly #store: SecretStore;
  #current: KeyObject | null = null;
  #next: KeyObject | null = null;
  /** Whether the key before the current one is kept no more. */
  #forgotten = true;

  constructor(store: SecretStore) {
    this.#store = store;
  }

  /**
   * Reads the key and makes it the one that the file expects.
   *
   * @param expected the key that signs next according to the file; null for a file that is yet to begin
   * @throws GatehouseError `no_signing_key` when there is none, `signing_key_replaced` when it is not the expected
   *   one; what the store throws
   */
  async open(expected: string | null): Promise<void> {
    const secret = await this.#store.read();
    if (secret !== null) this.#take(secret);
    if (expected === null) return;
    if (this.name === expected) return;
    if (this.#next !== null && keyName(this.#next) === expected) return this.#forgetOld();
    throw secret === null
      ? new GatehouseError('no_signing_key', 'the log cannot be signed: the key for it is not kept here', {
          hint: 'put the key back, or begin anew with `gatehouse audit reseal`',
        })
      : new GatehouseError(
          'signing_key_replaced',
          'the log cannot be signed: another key is kept in the place of its own',
          { hint: 'put the key back, or begin anew with `gatehouse audit reseal`' },
        );
  }

  /** The public half, as records name it; null while there is none. */
  get name(): string | null {
    return this.#current === null ? null : keyName(this.#current);
  }

  /** @throws GatehouseError `no_signing_key` */
  get key(): KeyObject {
    if (this.#current === null) throw new GatehouseError('no_signing_key', 'there is no key to sign with');
    return this.#current;
  }

  #take(secret: string): void {
    try {
      const { current, next } = Kept.parse(JSON.parse(secret));
      this.#current = privateKey(current);
      this.#next = next === null ? null : privateKey(next);
    } catch {
      // What is no key at all is another one than ours.
      this.#current = null;
      this.#next = null;
    }
  }

  /** Makes a first key, in the place of any other. */
  async begin(): Promise<void> {
    this.#current = generateKeyPairSync('ed25519').privateKey;
    this.#next = null;
    await this.#keep();
  }

  /**
   * Hands over to a new key.
   *
   * @param say puts the hand-over into the file, signed with the old key, durably
   * @returns why it could not be, when the next key cannot be kept now; null when it was
   */
  async handOver(say: (next: string) => Promise<void> | void): Promise<string | null> {
    this.#next = generateKeyPairSync('ed25519').privateKey;
    try {
      await this.#keep();
    } catch (error) {
      this.#next = null;
      return messageOf(error);
    }
    await say(keyName(this.#next));
    await this.#forgetOld();
    return null;
  }

  /** Keeps it where keys are kept now. */
  async keepAgain(): Promise<void> {
    if (this.#current !== null) await this.#keep();
  }

  async #forgetOld(): Promise<void> {
    this.#current = this.#next;
    this.#next = null;
    this.#forgotten = false;
    await this.tidy().catch(() => undefined);
  }

  /** Tries again to forget the key before, where that failed. */
  async tidy(): Promise<void> {
    if (this.#forgotten) return;
    await this.#keep();
    this.#forgotten = true;
  }

  async #keep(): Promise<void> {
    const kept = { v: 1, current: der(this.key), next: this.#next === null ? null : der(this.#next) };
    await this.#store.write(JSON.stringify(kept));
  }
}

function der(key: KeyObject): string {
  return key.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

function privateKey(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
}
