/**
 * Signing in at a service for a credential: one attempt each, with a listener, an end and a state that the page
 * shows. What an attempt knows (state, verifier) is in this process alone: a kill ends it, and nothing is kept.
 */
import type { SignInView } from '../../../preload/contract.ts';
import { assertNever, GatehouseError, messageOf } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import {
  type Connection,
  connectionValues,
  type OAuthClient,
  type OAuthServer,
  readConnection,
  type Tokens,
} from '../../vault/oauth/connection.ts';
import {
  type Attempt,
  beginSignIn,
  checkEndpoint,
  discover,
  finishSignIn,
  registerClient,
  revokeTokens,
} from '../../vault/oauth/protocol.ts';
import { openRedirect, type Redirect } from '../../vault/oauth/redirect.ts';
import { checkName, placeOf } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import type { Kind } from './catalog.ts';
import type { VaultKeeper, Via } from './vault-keeper.ts';

/** How long a person may take at the service. */
const LIMIT_MS = 10 * 60_000;
const MAX_WAITING = 4;
const MAX_SHOWN = 8;

export interface SignInWish {
  /** Of the credential that is signed in for again; null: a new one. */
  readonly credential: StoredCredential | null;
  readonly name: string;
  readonly label: string;
  readonly kind: Kind;
  /** What the form had, checked. */
  readonly values: ReadonlyMap<string, string>;
}

interface Running {
  view: SignInView;
  readonly wish: SignInWish;
  readonly attempt: Attempt;
  readonly redirect: Redirect;
  readonly via: Via;
  readonly timer: NodeJS.Timeout;
  /** The answer is being worked on: there is none to take any more. */
  taken: boolean;
  readonly settled: PromiseWithResolvers<SignInView>;
}

export interface SignInsOptions {
  readonly keeper: VaultKeeper;
  readonly nowMs: () => number;
  /** Servers that have the old tokens start anew. */
  readonly changed: (credential: StoredCredential) => Promise<void>;
  readonly onProblem: (text: string) => void;
}

export class SignIns {
  readonly #options: SignInsOptions;
  readonly #running = new Map<string, Running>();
  readonly #over: SignInView[] = [];

  constructor(options: SignInsOptions) {
    this.#options = options;
    options.keeper.onLock(() => this.#endAll('the vault was locked'));
  }

  /** Those that wait, and the last that ended. */
  list(): readonly SignInView[] {
    return [...[...this.#running.values()].map(({ view }) => view), ...this.#over.toReversed()];
  }

  /**
   * Begins one. The address is for the person who asked, and for nobody else.
   *
   * @throws GatehouseError `vault_locked`, `name_taken`, `bad_name`, `bad_endpoint`, `busy`, `port_busy`, and what
   *   the service says when it is asked about itself
   */
  async begin(wish: SignInWish, via: Via): Promise<{ readonly id: string; readonly url: string }> {
    const { keeper, nowMs } = this.#options;
    this.#checkOpen();
    if (wish.credential === null) this.#checkFree(wish.name);
    if (this.#running.size >= MAX_WAITING)
      throw new GatehouseError('busy', `${MAX_WAITING} sign-ins wait already`, {
        hint: 'end one of them first',
      });
    const { host, port } = wish.kind.provider?.oauth?.redirect ?? { host: '127.0.0.1' as const, port: 0 };
    const redirect = await openRedirect(host, port);
    try {
      const { server, client } = await this.#partners(wish, redirect.uri);
      const { url, attempt } = await beginSignIn({
        ...{ server, client, redirectUri: redirect.uri, scopes: scopesOf(wish) },
        parameters: wish.kind.provider?.oauth?.parameters ?? {},
      });
      this.#checkOpen();
      redirect.expect(attempt.state);
      const id = newId('signin');
      const running: Running = {
        ...{ wish, attempt, redirect, via, taken: false, settled: Promise.withResolvers<SignInView>() },
        view: {
          ...{ id, name: wish.name, credential: wish.credential?.id ?? null, host: new URL(url).host },
          ...{ state: 'waiting', text: '', endsAt: Math.round(nowMs() + LIMIT_MS) },
        },
        timer: setTimeout(
          () => this.#end(id, 'failed', 'nobody signed in within ten minutes'),
          LIMIT_MS,
        ).unref(),
      };
      this.#running.set(id, running);
      void redirect.arrived.then((arrived) => this.#arrive(running, arrived));
      keeper.used();
      keeper.touched();
      return { id, url };
    } catch (error) {
      redirect.close();
      throw error;
    }
  }

  /** The address that the browser ended at, where it runs on another computer. @throws GatehouseError */
  async paste(id: string, text: string): Promise<void> {
    const running = this.#waiting(id);
    const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
    if (url === null || !text.trim().startsWith(`${running.redirect.uri}?`))
      throw new GatehouseError('bad_address', `that is no address that begins with ${running.redirect.uri}?`);
    if (url.searchParams.get('state') !== running.attempt.state)
      throw new GatehouseError('bad_address', 'that is the answer to another sign-in');
    await this.#arrive(running, url);
  }

  cancel(id: string): void {
    this.#waiting(id);
    this.#end(id, 'cancelled', 'you ended it');
  }

  /** How it ended; resolves when it has. @throws GatehouseError `not_found` */
  settled(id: string): Promise<SignInView> {
    const over = this.#over.find((one) => one.id === id);
    return over === undefined ? this.#waiting(id).settled.promise : Promise.resolve(over);
  }

  /** Takes the tokens of a credential back at its service. Answers how that went, in words. */
  async revoke(credential: StoredCredential): Promise<string> {
    const values = this.#options.keeper.vault.credentials.open(credential.id);
    try {
      const connection = readConnection(values);
      return (await revokeTokens(connection))
        ? 'taken back at the service'
        : 'the service cannot take it back: end it there';
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'not_signed_in')
        return 'nothing was signed in to';
      return `not taken back at the service (${messageOf(error)})`;
    } finally {
      wipe(...values.values());
    }
  }

  close(): void {
    this.#endAll('Gatehouse stopped');
  }

  async #partners(
    { credential, kind, values }: SignInWish,
    redirectUri: string,
  ): Promise<{ readonly server: OAuthServer; readonly client: OAuthClient }> {
    const known = credential === null ? null : this.#known(credential);
    const oauth = kind.provider?.oauth;
    // At a service that makes clients, each has its own redirect address: ours of today is another one.
    if (known !== null && oauth?.client !== 'registered') return known;
    const text = (name: string) => (oauth === undefined ? (values.get(name) ?? null) : null);
    const issuer = oauth?.issuer ?? text('issuer');
    const authorize = oauth?.authorize ?? text('authorization_endpoint');
    const token = oauth?.token ?? text('token_endpoint');
    const revoke = oauth?.revoke ?? text('revocation_endpoint');
    for (const endpoint of [issuer, authorize, token, revoke]) if (endpoint !== null) checkEndpoint(endpoint);
    const told =
      authorize !== null && token !== null
        ? { server: { issuer, authorize, token, revoke, namesIssuer: false }, register: null }
        : await discover(issuer ?? missing('an issuer, or both addresses'));
    const id = values.get('client_id') ?? null;
    const secret = values.get('client_secret') ?? null;
    if (id !== null) {
      const auth = secret === null ? 'none' : (oauth?.auth ?? 'basic');
      return { server: told.server, client: { id, secret, auth } };
    }
    if (told.register === null) missing('a client ID: this service makes none for us');
    return {
      server: told.server,
      client: await registerClient(told.server, told.register, redirectUri, scopesOf({ kind, values })),
    };
  }

  #known(credential: StoredCredential): Connection | null {
    const { credentials } = this.#options.keeper.vault;
    if (credential.current === null) return null;
    const values = credentials.open(credential.id);
    try {
      return readConnection(values);
    } finally {
      wipe(...values.values());
    }
  }

  async #arrive(running: Running, arrived: URL): Promise<void> {
    const { id } = running.view;
    if (running.taken || !this.#running.has(id)) return;
    running.taken = true;
    try {
      const tokens = await finishSignIn(running.attempt, arrived, this.#options.nowMs());
      if (this.#running.has(id)) await this.#keep(running, tokens);
      // It was ended meanwhile: nobody has these tokens, and nobody shall.
      else await revokeTokens({ ...running.attempt, tokens });
    } catch (error) {
      const cancelled = error instanceof GatehouseError && error.code === 'sign_in_cancelled';
      this.#end(id, cancelled ? 'cancelled' : 'failed', messageOf(error));
    }
  }

  async #keep({ view, wish, attempt, via }: Running, tokens: Tokens): Promise<void> {
    const { keeper, changed } = this.#options;
    const { credentials, inbox } = keeper.vault;
    const { server, client } = attempt;
    const values = connectionValues({ server, client, tokens });
    const expires = tokens.expiresAt === null ? null : Math.round(tokens.expiresAt * 1000);
    const { credential: before, name, kind } = wish;
    const place = placeOf('per_user', { app: null, user: keeper.user });
    const label = wish.label.trim() === '' ? kind.label : wish.label.trim();
    const row = {
      change: 'signed_in',
      credential: { name, scope: 'per_user' },
      detail: view.host,
      via,
    } as const;
    try {
      const kept = await keeper.change(row, () => {
        if (before !== null) {
          return credentials.together(() => {
            inbox.clear(before.id);
            return credentials.replace(before.id, values, { expires, state: 'valid' });
          });
        }
        return credentials.add(
          {
            ...place,
            ...{
              name,
              label,
              type: kind.type.id,
              provider: kind.provider?.id ?? null,
              expires,
              state: 'valid',
            },
          },
          values,
        );
      });
      this.#end(view.id, 'done', '', kept.id);
      if (before !== null) await changed(kept);
    } catch (error) {
      await revokeTokens({ server, client, tokens }).catch(() => false);
      throw error;
    } finally {
      wipe(...values.values());
    }
  }

  #end(id: string, state: Exclude<SignInView['state'], 'waiting'>, text: string, credential?: string): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    clearTimeout(running.timer);
    running.redirect.close();
    const view = { ...running.view, state, text, credential: credential ?? running.view.credential };
    switch (state) {
      case 'failed':
        this.#options.onProblem(`the sign-in for ${view.name} failed: ${text}`);
        break;
      case 'done':
      case 'cancelled':
        break;
      default:
        assertNever(state, 'end of a sign-in');
    }
    this.#over.push(view);
    if (this.#over.length > MAX_SHOWN) this.#over.shift();
    running.settled.resolve(view);
    this.#options.keeper.touched();
  }

  #endAll(why: string): void {
    for (const id of [...this.#running.keys()]) this.#end(id, 'cancelled', why);
  }

  #waiting(id: string): Running {
    const running = this.#running.get(id);
    if (running === undefined) throw new GatehouseError('not_found', 'this sign-in has ended already');
    return running;
  }

  #checkOpen(): void {
    if (!this.#options.keeper.vault.isOpen)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'unlock it first' });
  }

  #checkFree(name: string): void {
    const { keeper } = this.#options;
    checkName(name);
    const place = placeOf('per_user', { app: null, user: keeper.user });
    if (keeper.vault.credentials.find(name, place) !== null)
      throw new GatehouseError('name_taken', `there is a credential ${name} with the scope per_user already`);
  }
}

function scopesOf({ kind, values }: Pick<SignInWish, 'kind' | 'values'>): readonly string[] {
  const own = (values.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
  return own.length > 0 ? own : (kind.provider?.oauth?.scopes ?? []);
}

function missing(what: string): never {
  throw new GatehouseError('bad_endpoint', `the sign-in needs ${what}`);
}
