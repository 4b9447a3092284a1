/**
 * The tokens that open the API.
 *
 * A token is 256 random bits, shown once when it is made; what is kept is its SHA-256. One that submits cannot
 * decide: an agent would answer its own requests. One that submits is for named projects, because the project of
 * a call must come from the person who made the token, not from the call.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';

/** `submit`: ask for calls and tell their results. `watch`: read. `decide`: answer requests. */
export const SCOPES = ['submit', 'watch', 'decide'] as const;
export type Scope = (typeof SCOPES)[number];

export const TOKEN_NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;
const PREFIX = 'gth_';
const TOKEN = /^gth_[A-Za-z0-9_-]{43}$/;
const MAX_TOKENS = 100;
const MAX_APPS = 50;
/** The time of last use is put on disk this seldom: it is worth no sync of the disk for every request. */
const USED_EVERY_MICROS = 60_000_000;

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Canonical project roots; null: every project. */
  readonly apps: readonly string[] | null;
  /** Microseconds since 1970. */
  readonly createdWallMicros: number;
  readonly lastUsedWallMicros: number | null;
}

/** What the book needs of the store. Synchronous: when it returns, it is on disk. */
export interface TokenStore {
  list(): readonly StoredToken[];
  insert(token: StoredToken): void;
  used(id: string, wallMicros: number): void;
  remove(id: string): void;
}

interface StoredToken extends Omit<Token, 'scopes'> {
  readonly digest: Buffer;
  readonly scopes: readonly string[];
}

interface Entry {
  readonly token: Token;
  readonly digest: Buffer;
  lastUsed: number | null;
  written: number | null;
}

export class TokenBook {
  readonly #store: TokenStore;
  readonly #clock: Pick<Clock, 'wallMicros'>;
  readonly #entries = new Map<string, Entry>();

  constructor(store: TokenStore, clock: Pick<Clock, 'wallMicros'>) {
    this.#store = store;
    this.#clock = clock;
    for (const stored of store.list()) {
      const { digest, scopes, ...rest } = stored;
      const token: Token = { ...rest, scopes: SCOPES.filter((scope) => scopes.includes(scope)) };
      this.#entries.set(token.id, {
        token,
        digest,
        lastUsed: token.lastUsedWallMicros,
        written: token.lastUsedWallMicros,
      });
    }
  }

  list(): readonly Token[] {
    return [...this.#entries.values()].map(({ token, lastUsed }) => ({
      ...token,
      lastUsedWallMicros: lastUsed,
    }));
  }

  /**
   * Makes a token. `secret` is the token itself; it is nowhere else.
   *
   * @throws GatehouseError `bad_token_request`, `name_taken`, `too_many_tokens`
   */
  make(
    name: string,
    scopes: readonly Scope[],
    apps: readonly string[] | null,
  ): { readonly token: Token; readonly secret: string } {
    this.#check(name, scopes, apps);
    const secret = PREFIX + randomBytes(32).toString('base64url');
    const token: Token = {
      id: newId('tok'),
      name,
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      apps: apps === null ? null : [...new Set(apps)],
      createdWallMicros: this.#clock.wallMicros(),
      lastUsedWallMicros: null,
    };
    const digest = digestOf(secret);
    this.#store.insert({ ...token, digest });
    this.#entries.set(token.id, { token, digest, lastUsed: null, written: null });
    return { token, secret };
  }

  /** Takes a token out of use, by id or name. @throws GatehouseError `not_found` */
  revoke(idOrName: string): Token {
    const found = [...this.#entries.values()].find(
      ({ token }) => token.id === idOrName || token.name === idOrName,
    );
    if (found === undefined)
      throw new GatehouseError('not_found', `there is no token ${JSON.stringify(idOrName.slice(0, 60))}`);
    this.#store.remove(found.token.id);
    this.#entries.delete(found.token.id);
    return found.token;
  }

  /**
   * The token that a request shows; null when it is none of ours. Compares with every one, so that the time taken
   * tells nothing.
   */
  find(secret: string): Token | null {
    const digest = digestOf(TOKEN.test(secret) ? secret : '');
    let found: Entry | null = null;
    for (const entry of this.#entries.values()) if (timingSafeEqual(entry.digest, digest)) found = entry;
    if (found === null) return null;
    this.#used(found);
    return found.token;
  }

  /** Whether the token is still good. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  #used(entry: Entry): void {
    const now = this.#clock.wallMicros();
    entry.lastUsed = now;
    if (entry.written !== null && Math.abs(now - entry.written) < USED_EVERY_MICROS) return;
    try {
      this.#store.used(entry.token.id, now);
      entry.written = now;
    } catch {
      // A full disk must not keep a good token out.
    }
  }

  #check(name: string, scopes: readonly Scope[], apps: readonly string[] | null): void {
    const bad = (what: string, hint: string) =>
      new GatehouseError('bad_token_request', `no token was made: ${what}`, { hint });
    if (!TOKEN_NAME.test(name))
      throw bad(
        `${JSON.stringify(name.slice(0, 60))} is no name for it`,
        'use 1 to 40 of a–z, 0–9, dot, dash and underscore, a letter or digit first',
      );
    if (scopes.length === 0) throw bad('it may do nothing', `choose from ${SCOPES.join(', ')}`);
    if (scopes.includes('submit') && scopes.includes('decide'))
      throw bad('a token that submits cannot decide: it would answer itself', 'make two tokens');
    if (scopes.includes('submit') && apps === null)
      throw bad('a token that submits must be for named projects', 'name a project');
    if (apps !== null && (apps.length === 0 || apps.length > MAX_APPS))
      throw bad('it is for no project, or too many', `name 1 to ${MAX_APPS} projects`);
    if ([...this.#entries.values()].some(({ token }) => token.name === name))
      throw new GatehouseError('name_taken', `no token was made: there is one of the name ${name}`, {
        hint: 'revoke it, or choose another name',
      });
    if (this.#entries.size >= MAX_TOKENS)
      throw new GatehouseError('too_many_tokens', `no token was made: there are ${MAX_TOKENS}`, {
        hint: 'revoke those you do not use',
      });
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
