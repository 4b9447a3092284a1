/**
 * The pages that are open and what each of them may do.
 *
 * Everything a page sends is parsed against the contract here, whatever shell carried it. A page may look as
 * soon as it is attached; it may decide when it is our own window, when its session has shown the PIN, or,
 * while no PIN is set, when it is the first one that came by a link of the start. A link that `gatehouse open`
 * made can be had by whoever can run a command.
 */
import { randomBytes } from 'node:crypto';
import {
  type ChannelName,
  type ChannelPayload,
  type ErrorCode,
  type Handlers,
  type MethodName,
  methods,
  type Result,
  type WindowAct,
} from '../../preload/contract.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Presence, PresenceDoor } from './presence.ts';
import type { PageHandle, PageOptions } from './shell-port.ts';

/** The nonce of a card that a page was shown, and since when. */
interface Shown {
  readonly nonce: string;
  readonly sinceMonotonicMs: number;
}

/** Input on a card is ignored this long after it appeared: a key that was meant for something else. */
export const DEAD_TIME_MS = 400;

export interface Page {
  readonly id: string;
  readonly via: 'page' | 'window';
  readonly origin: PageOptions['origin'];
  readonly session: string;
  readonly shown: Map<string, Shown>;
  /** Does what the page asks of its window; null in a browser. */
  readonly act: ((act: WindowAct) => void) | null;
  send<C extends ChannelName>(channel: C, payload: ChannelPayload<C>): void;
}

export interface PagesOptions {
  readonly presence: Presence;
  readonly monotonicMs: () => number;
  /** Takes values that are known to be secret out of what a page is sent. */
  readonly clean?: <T>(value: T) => T;
  /** A defect of ours, for the log file. */
  readonly onDefect: (where: string, error: unknown) => void;
  readonly onLocked: (method: string) => void;
}

export class Pages {
  readonly #options: PagesOptions;
  readonly #pages = new Set<Page>();
  readonly #unlocked = new Set<string>();
  #first: string | null = null;
  #handlers: Handlers<Page> | null = null;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** Sets what answers the calls; once, before the first page comes. */
  serve(handlers: Handlers<Page>): void {
    this.#handlers = handlers;
  }

  list(): readonly Page[] {
    return [...this.#pages];
  }

  /** Takes a page in. `greet` is called once it can be sent to. */
  attach(options: PageOptions, greet: (page: Page) => void): PageHandle {
    if (options.via === 'window') this.#unlocked.add(options.session);
    else if (options.origin === 'start-link') this.#first ??= options.session;
    const page: Page = {
      id: newId('page'),
      via: options.via,
      origin: options.origin,
      session: options.session,
      shown: new Map(),
      act: options.act === undefined ? null : (act) => options.act?.(act),
      send: (channel, payload) => options.send(channel, this.#clean(payload)),
    };
    this.#pages.add(page);
    queueMicrotask(() => {
      try {
        greet(page);
      } catch (error) {
        this.#options.onDefect('greeting a page', error);
      }
    });
    return {
      id: page.id,
      call: (method, args) => this.#call(page, method, args),
      detach: () => {
        this.#pages.delete(page);
      },
    };
  }

  /** Why this page may not decide, in words with the way out; null when it may. */
  lockedReason(page: Page): string | null {
    if (page.via === 'window' || this.#unlocked.has(page.session)) return null;
    if (this.#options.presence.isSet())
      return 'This page was opened anew. Enter the PIN to answer requests here.';
    if (this.#first === page.session) return null;
    if (page.origin === 'open-link')
      return 'This page came by a link that was made later, and no PIN is set. Answer in the page of the first link and choose a PIN there, or start Gatehouse again for a fresh first link.';
    return 'Another page was opened first and no PIN is set. Answer there and choose a PIN, or start Gatehouse again for a fresh first link.';
  }

  /** Whose wrong PINs this page's count with: a page of a later link may be an agent's, until it has shown the PIN. */
  doorOf(page: Page): PresenceDoor {
    return page.origin === 'open-link' && page.via !== 'window' && !this.#unlocked.has(page.session)
      ? 'new_page'
      : 'page';
  }

  /** The page has shown the PIN. */
  unlock(page: Page): void {
    this.#unlocked.add(page.session);
  }

  /** A PIN was just set by this page: it stays unlocked, every other page must show it. */
  lockOthers(page: Page): void {
    this.#unlocked.clear();
    this.#unlocked.add(page.session);
    for (const other of this.#pages) if (other.via === 'window') this.#unlocked.add(other.session);
  }

  /** The nonce of a card for this page, made when it is first shown there. */
  nonceFor(page: Page, approvalId: string): string {
    const known = page.shown.get(approvalId);
    if (known !== undefined) return known.nonce;
    const nonce = randomBytes(16).toString('base64url');
    page.shown.set(approvalId, { nonce, sinceMonotonicMs: this.#options.monotonicMs() });
    return nonce;
  }

  /**
   * Checks that this page was shown this card, long enough ago.
   *
   * @throws GatehouseError `changed`, `too_soon`
   */
  checkShown(page: Page, approvalId: string, nonce: string): void {
    const known = page.shown.get(approvalId);
    if (known === undefined || known.nonce !== nonce) {
      throw new GatehouseError('changed', 'this card was not shown to this page', {
        hint: 'look at the request again',
      });
    }
    if (this.#options.monotonicMs() - known.sinceMonotonicMs < DEAD_TIME_MS) {
      throw new GatehouseError('too_soon', 'the request was only just shown', {
        hint: 'read it, then answer',
      });
    }
  }

  /** Sends to every page what is made for it. A page that cannot take it does not keep it from the others. */
  broadcast<C extends ChannelName>(channel: C, payloadFor: (page: Page) => ChannelPayload<C>): void {
    for (const page of this.#pages) {
      try {
        page.send(channel, payloadFor(page));
      } catch (error) {
        this.#options.onDefect(`sending ${channel}`, error);
      }
    }
  }

  async #call(page: Page, name: unknown, rawArgs: unknown): Promise<Result<unknown>> {
    // Whoever closed the page sees no answer any more, and what comes from it was not sent by who looked at it.
    if (!this.#pages.has(page)) return failure('unavailable', 'this page is closed');
    if (typeof name !== 'string' || !Object.hasOwn(methods, name))
      return failure(
        'bad_argument',
        `no method ${typeof name === 'string' ? JSON.stringify(name.slice(0, 40)) : `that is a ${typeof name}`}`,
      );
    const methodName = name as MethodName;
    const parsed = methods[methodName].args.safeParse(rawArgs);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return failure(
        'bad_argument',
        `${name}: ${issue === undefined ? 'wrong arguments' : `${issue.path.join('.')}: ${issue.message}`}`,
      );
    }
    const locked = methods[methodName].decides ? this.lockedReason(page) : null;
    if (locked !== null) {
      this.#options.onLocked(name);
      return failure('locked', locked);
    }
    try {
      const handler = this.#handlers?.[methodName] as
        | ((page: Page, ...args: readonly unknown[]) => Promise<Result<unknown>>)
        | undefined;
      if (handler === undefined)
        return failure('unavailable', 'Gatehouse is starting: try again in a moment');
      const result = await handler(page, ...(parsed.data as readonly unknown[]));
      return UNCLEANED.has(methodName) ? result : this.#clean(result);
    } catch (error) {
      return this.#failed(name, error);
    }
  }

  #clean<T>(value: T): T {
    return this.#options.clean?.(value) ?? value;
  }

  #failed(name: string, error: unknown): Result<never> {
    if (error instanceof GatehouseError)
      return failure(CODES.get(error.code) ?? 'unavailable', error.message);
    this.#options.onDefect(`answering ${name}`, error);
    return failure('internal', `${name} failed: ${messageOf(error)}; hint: the log file has more`);
  }
}

/** The person asks for exactly these values, shows the PIN for them, and nothing keeps them. */
const UNCLEANED: ReadonlySet<MethodName> = new Set(['revealCredential']);

/** Codes of our errors as the contract names them; any other is `unavailable`. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>(
  Object.entries({
    not_found: 'not_found',
    already_decided: 'already_decided',
    changed: 'changed',
    plan_changed: 'changed',
    changed_meanwhile: 'changed',
    not_the_list: 'changed',
    not_waiting: 'already_decided',
    nothing_picked: 'bad_argument',
    not_applied: 'refused',
    half_applied: 'refused',
    still_runs: 'too_soon',
    too_soon: 'too_soon',
    wrong_pin: 'wrong_pin',
    weak_pin: 'bad_argument',
    no_pin: 'refused',
    bad_token_request: 'bad_argument',
    name_taken: 'bad_argument',
    no_folder: 'bad_argument',
    bad_pause: 'bad_argument',
    stopped: 'refused',
    rate_limited: 'rate_limited',
    wrong_passphrase: 'wrong_pin',
    bad_recovery_key: 'wrong_pin',
    weak_passphrase: 'bad_argument',
    bad_name: 'bad_argument',
    bad_grant: 'bad_argument',
    bad_scope: 'bad_argument',
    bad_argument: 'bad_argument',
    bad_endpoint: 'bad_argument',
    bad_address: 'bad_argument',
    no_project: 'bad_argument',
    not_an_export: 'bad_argument',
    unknown_kdf: 'bad_argument',
    bad_env_file: 'bad_argument',
    refused: 'refused',
  }),
);

export function failure(code: ErrorCode, message: string): Result<never> {
  return { ok: false, error: { code, message } };
}

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}
