/**
 * The presence factor: a PIN that only the person knows.
 *
 * Kept as a scrypt verifier, never as text. Tries are counted in the store, so that a restart does not give
 * new ones: after five wrong ones each further try waits, twice as long every time, up to 15 minutes.
 *
 * Each of three ways to show it counts for itself, so that an agent that guesses in a terminal does not keep the
 * person out of their page. There are three and no more, whatever processes and pages come: together they take at
 * most fifteen guesses at once and, soon, twelve an hour.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { GatehouseError } from '../platform/errors.ts';

export interface PresenceStore {
  read(): string | null;
  write(json: string): void;
}

/**
 * How a PIN is shown: in a terminal, in a page that came by a link made later (`gatehouse open`, which any program
 * can run), or in a page or window of the start.
 */
export type PresenceDoor = 'terminal' | 'new_page' | 'page';

interface Tries {
  readonly failures: number;
  /** Wall time in milliseconds before which no try is taken. */
  readonly notBefore: number;
}

interface Verifier {
  readonly kdf: 'scrypt';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly hash: string;
  readonly tries?: Readonly<Partial<Record<PresenceDoor, Tries>>>;
}

export const MIN_PIN_LENGTH = 6;
const FREE_TRIES = 5;
const FIRST_DELAY_MS = 10_000;
const MAX_DELAY_MS = 15 * 60_000;
const COST = { n: 2 ** 15, r: 8, p: 1 } as const;

export class Presence {
  readonly #store: PresenceStore;
  readonly #nowMs: () => number;
  /** Tries are taken one after the other, so that many at once do not slip under the count. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: PresenceStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  isSet(): boolean {
    return this.#read() !== null;
  }

  /**
   * Checks a PIN.
   *
   * @throws GatehouseError `no_pin`, `wrong_pin`, `rate_limited`
   */
  check(pin: string, door: PresenceDoor): Promise<void> {
    return this.#inTurn(() => this.#check(pin, door));
  }

  /**
   * Sets the PIN; a PIN that is set changes only with the current one.
   *
   * @throws GatehouseError `weak_pin`, `wrong_pin`, `rate_limited`
   */
  set(pin: string, current: string | null, door: PresenceDoor = 'page'): Promise<void> {
    return this.#inTurn(async () => {
      if ([...pin].length < MIN_PIN_LENGTH) {
        throw new GatehouseError(
          'weak_pin',
          `the PIN was not set: it is shorter than ${MIN_PIN_LENGTH} characters`,
        );
      }
      if (new Set(pin).size < 3) {
        throw new GatehouseError('weak_pin', 'the PIN was not set: it repeats one or two characters');
      }
      if (this.isSet()) await this.#check(current ?? '', door);
      const salt = randomBytes(16);
      const hash = await derive(pin, salt, COST);
      this.#write({
        kdf: 'scrypt',
        ...COST,
        salt: salt.toString('base64'),
        hash: hash.toString('base64'),
      });
    });
  }

  async #check(pin: string, door: PresenceDoor): Promise<void> {
    const verifier = this.#read();
    if (verifier === null)
      throw new GatehouseError('no_pin', 'no PIN is set', { hint: 'choose one in the Gatehouse page' });
    // A clock that was put back must not lengthen the wait beyond its bound.
    const tries = verifier.tries?.[door] ?? { failures: 0, notBefore: 0 };
    const wait = Math.min(tries.notBefore - this.#nowMs(), MAX_DELAY_MS);
    if (wait > 0) {
      throw new GatehouseError(
        'rate_limited',
        `too many wrong PINs: the next try is taken in ${Math.ceil(wait / 1000)} s`,
      );
    }
    // Counted before it is checked: a try that is cut off by a crash has been a try.
    const failures = tries.failures + 1;
    const delay =
      failures < FREE_TRIES ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_TRIES));
    const counted = { failures, notBefore: delay === 0 ? 0 : this.#nowMs() + delay };
    this.#write({ ...verifier, tries: { ...verifier.tries, [door]: counted } });
    const hash = await derive(pin, Buffer.from(verifier.salt, 'base64'), verifier);
    const expected = Buffer.from(verifier.hash, 'base64');
    if (hash.length !== expected.length || !timingSafeEqual(hash, expected)) {
      throw new GatehouseError('wrong_pin', 'the PIN is not right');
    }
    // The tries of the other ways stay counted: a person who comes in gives an agent no new ones.
    this.#write({ ...verifier, tries: { ...verifier.tries, [door]: { failures: 0, notBefore: 0 } } });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #read(): Verifier | null {
    const json = this.#store.read();
    if (json === null) return null;
    const verifier = JSON.parse(json) as Verifier;
    if (verifier.kdf !== 'scrypt' || typeof verifier.hash !== 'string' || typeof verifier.salt !== 'string') {
      throw new GatehouseError('presence_damaged', 'the PIN verifier cannot be read: it is damaged');
    }
    return verifier;
  }

  #write(verifier: Verifier): void {
    this.#store.write(JSON.stringify(verifier));
  }
}

function derive(pin: string, salt: Buffer, cost: { n: number; r: number; p: number }): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: 256 * cost.n * cost.r };
  scrypt(pin.normalize('NFC'), salt, 32, options, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return promise;
}
