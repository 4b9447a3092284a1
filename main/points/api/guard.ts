/**
 * Who may come in: a good token, with the scope that the route needs, from the person's own account.
 *
 * Wrong tokens are recorded with the process that showed them, and answered with patience when there are many. A
 * good token is always looked at: 256 bits cannot be guessed, and somebody else's guessing must not shut it out.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Budget } from '../../platform/budget.ts';
import { namesOwnHost, rawHeader, shown } from '../../platform/loopback-request.ts';
import type { Peer } from '../../platform/peer.ts';
import { ApiError } from './api-error.ts';
import type { ApiParts } from './parts.ts';
import type { Scope, Token } from './token-book.ts';

const FAILURES_AT_ONCE = 20;
const FAILURES_PER_SECOND = 1 / 6;
const REQUESTS_AT_ONCE = 200;
const REQUESTS_PER_SECOND = 100;

/** What the system tells of the other end of a connection. */
export interface PeerFacts {
  /** The user at the other end, at once; null when it is not known. */
  user(socket: Socket): number | null;
  identify(socket: Socket): Promise<Peer>;
}

export class Guard {
  readonly #parts: Pick<ApiParts, 'tokens' | 'clock' | 'onSecurityEvent'>;
  readonly #facts: PeerFacts;
  readonly #ownUser: number | null;
  /** Three counts: guessing must not hide attempts to decide, nor a token that does what it may not. */
  readonly #failures: Budget;
  readonly #decisions: Budget;
  readonly #misuse: Budget;
  readonly #requests = new Map<string, Budget>();
  readonly #peers = new WeakMap<Socket, Promise<Peer>>();
  readonly #users = new WeakMap<Socket, number | null>();
  /** Budgets that are used up, and that was told. */
  readonly #quiet = new Set<Budget>();

  constructor(parts: Pick<ApiParts, 'tokens' | 'clock' | 'onSecurityEvent'>, facts: PeerFacts) {
    this.#parts = parts;
    this.#facts = facts;
    this.#ownUser = process.getuid?.() ?? null;
    this.#failures = new Budget(parts.clock, FAILURES_AT_ONCE, FAILURES_PER_SECOND);
    this.#decisions = new Budget(parts.clock, FAILURES_AT_ONCE, FAILURES_PER_SECOND);
    this.#misuse = new Budget(parts.clock, FAILURES_AT_ONCE, FAILURES_PER_SECOND);
  }

  /** The process at the other end; looked for once a connection. */
  peer(socket: Socket): Promise<Peer> {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const looked = this.#facts.identify(socket);
    this.#peers.set(socket, looked);
    return looked;
  }

  /** Refuses what a page of a browser sends. @throws ApiError `misdirected`, `forbidden` */
  async checkWay(request: IncomingMessage, port: number): Promise<void> {
    if (!namesOwnHost(request, port)) {
      await this.#note(
        this.#failures,
        'api_foreign_host',
        `a request to the API named the host ${shown(request.headers.host)}`,
        request,
      );
      throw new ApiError('misdirected', `the Host header must be 127.0.0.1:${port}`);
    }
    const [origin] = rawHeader(request, 'origin');
    if (origin !== undefined) {
      await this.#note(
        this.#failures,
        'api_foreign_origin',
        `a page of ${shown(origin)} asked the API`,
        request,
      );
      throw new ApiError(
        'forbidden',
        'the API is not for pages in a browser: requests with an Origin are refused',
      );
    }
  }

  /**
   * The token of a request that may do this.
   *
   * @throws ApiError `unauthorized`, `forbidden`, `too_many_requests`
   */
  async admit(request: IncomingMessage, scope: Scope): Promise<Token> {
    const [header, ...more] = rawHeader(request, 'authorization');
    const secret = more.length > 0 ? null : (/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null);
    const token = secret === null ? null : this.#parts.tokens.find(secret);
    const user = this.#user(request.socket);
    if (token === null) {
      const budget = scope === 'decide' ? this.#decisions : this.#failures;
      const what = header === undefined ? 'without a token' : 'with a token that is none of ours';
      const kind = scope === 'decide' ? 'api_decision_refused' : 'api_bad_token';
      const heard = await this.#note(
        budget,
        kind,
        `somebody asked the API to ${DOES[scope]} ${what}`,
        request,
      );
      if (!heard)
        throw new ApiError('too_many_requests', 'too many wrong attempts: wait', { retryAfterSeconds: 6 });
      throw new ApiError(
        'unauthorized',
        header === undefined
          ? 'a token is needed: Authorization: Bearer …'
          : 'this token is not, or no longer, good',
      );
    }
    if (user !== null && this.#ownUser !== null && user !== this.#ownUser) {
      const detail = `user ${user} came to the API with the token ${token.name}`;
      await this.#note(this.#misuse, 'api_foreign_user', detail, request);
      throw new ApiError('forbidden', 'the API is for the person’s own account only');
    }
    if (!token.scopes.includes(scope)) {
      const kind = scope === 'decide' ? 'api_decision_refused' : 'api_wrong_scope';
      const detail = `the token ${token.name}, which may ${token.scopes.join(' and ')}, was used to ${DOES[scope]}`;
      await this.#note(scope === 'decide' ? this.#decisions : this.#misuse, kind, detail, request);
      throw new ApiError(
        'forbidden',
        `this token may not ${DOES[scope]}: it has the scopes ${token.scopes.join(', ')}`,
      );
    }
    this.#count(token);
    return token;
  }

  #user(socket: Socket): number | null {
    const known = this.#users.get(socket);
    if (known !== undefined) return known;
    const user = this.#facts.user(socket);
    this.#users.set(socket, user);
    return user;
  }

  #count(token: Token): void {
    let budget = this.#requests.get(token.id);
    if (budget === undefined) {
      budget = new Budget(this.#parts.clock, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
      this.#requests.set(token.id, budget);
    }
    if (!budget.take())
      throw new ApiError('too_many_requests', 'this token asks too much at once', { retryAfterSeconds: 1 });
  }

  /** Records what should not happen. False when there was too much of it lately: then one row says so. */
  async #note(budget: Budget, what: string, detail: string, request: IncomingMessage): Promise<boolean> {
    if (budget.take()) {
      this.#quiet.delete(budget);
      this.#parts.onSecurityEvent(what, detail, await this.peer(request.socket));
      return true;
    }
    if (!this.#quiet.has(budget)) {
      this.#quiet.add(budget);
      this.#parts.onSecurityEvent(
        'api_attempts_flood',
        'many wrong attempts to use the API; further ones are not listed one by one',
        null,
      );
    }
    return false;
  }
}

const DOES: Readonly<Record<Scope, string>> = {
  submit: 'submit a call',
  watch: 'read',
  decide: 'answer a request',
};
