/**
 * All pages that are connected: who may come in, how many, and for how long.
 *
 * A hello is answered by a link or by a session token. Wrong ones are recorded, but never lock a person out:
 * a right token is always looked at, because 256 bits cannot be guessed and an agent on this computer could
 * otherwise shut the page by guessing.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { WIRE_MAX_BYTES, WIRE_PATH } from '../../preload/contract/wire.ts';
import type { App } from '../app/shell-port.ts';
import { Budget } from '../platform/budget.ts';
import type { Clock } from '../platform/clock.ts';
import { assertNever } from '../platform/errors.ts';
import { rawHeader, refuseUpgrade, shown } from '../platform/loopback-request.ts';
import { ownOrigins } from './http-server.ts';
import type { Links } from './links.ts';
import { type Greeting, PageSocket } from './page-socket.ts';

export const MAX_PAGES = 8;
/** Connections without a hello. When one more comes, the oldest goes: silence must not keep a person out. */
const MAX_UNGREETED = 16;
const FAILURES_AT_ONCE = 10;
const FAILURES_PER_SECOND = 1 / 6;
const REUSES_AT_ONCE = 5;
const REUSES_PER_SECOND = 1 / 60;
const PING_MS = 20_000;
const GOODBYE_MS = 300;

const REUSED =
  'Somebody tried to open a page with a link that was used before, and was refused. If that was not you, a program on this computer has read the link.';

export interface PageSocketsOptions {
  readonly app: Pick<App, 'attachPage' | 'securityEvent' | 'notice'>;
  readonly links: Links;
  readonly clock: Clock;
  /** A link was turned into a session. */
  readonly onLinkUsed: (token: string) => void;
}

export class PageSockets {
  readonly #options: PageSocketsOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: WIRE_MAX_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    skipUTF8Validation: false,
  });
  readonly #pages = new Set<PageSocket>();
  readonly #failures: Budget;
  readonly #reuses: Budget;
  readonly #pings: NodeJS.Timeout;
  #quietAbout = false;

  constructor(options: PageSocketsOptions) {
    this.#options = options;
    this.#failures = new Budget(options.clock, FAILURES_AT_ONCE, FAILURES_PER_SECOND);
    this.#reuses = new Budget(options.clock, REUSES_AT_ONCE, REUSES_PER_SECOND);
    this.#pings = setInterval(() => this.#checkAll(), PING_MS);
    this.#pings.unref();
  }

  /** Takes over an upgrade request, or refuses it. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, port: number): void {
    if (request.url !== WIRE_PATH) {
      refuseUpgrade(socket, 404, 'Not Found');
      return;
    }
    const [origin, ...more] = rawHeader(request, 'origin');
    // The page's origin is the host it was asked from: 127.0.0.1 and localhost do not speak for one another.
    if (
      more.length > 0 ||
      origin === undefined ||
      origin !== `http://${request.headers.host}` ||
      !ownOrigins(port).includes(origin)
    ) {
      this.#fail('foreign_origin', `a WebSocket request came from the origin ${shown(origin)}`);
      refuseUpgrade(socket, 403, 'Forbidden');
      return;
    }
    if ((request.headers['sec-websocket-version'] ?? '') !== '13') {
      refuseUpgrade(socket, 426, 'Upgrade Required');
      return;
    }
    const silent = [...this.#pages].filter((page) => page.session === null);
    if (silent.length >= MAX_UNGREETED) silent[0]?.drop();
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const page: PageSocket = new PageSocket({
        socket: webSocket,
        app: this.#options.app,
        clock: this.#options.clock,
        greet: (hello) => this.#greet(hello),
        onActive: (session) => this.#options.links.touch(session.id),
        onEnd: () => this.#pages.delete(page),
      });
      this.#pages.add(page);
    });
  }

  /** Records something that no page of ours does; when it comes too often, once. */
  foreign(what: string, detail: string): void {
    this.#fail(what, detail);
  }

  /** Ends every connection; resolves when the last one has ended. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    this.#server.close();
    const ends = [...this.#pages].map((page) => page.leave());
    // A page that does not answer the goodbye must not hold the port.
    const patience = setTimeout(() => {
      for (const page of this.#pages) page.drop();
    }, GOODBYE_MS);
    await Promise.all(ends);
    clearTimeout(patience);
  }

  #greet(hello: { readonly link?: string | undefined; readonly session?: string | undefined }): Greeting {
    const { links, app } = this.#options;
    if ((hello.link === undefined) === (hello.session === undefined)) {
      return this.#refused(
        'bad_hello',
        'This page did not say who it is. Open it with a link that Gatehouse printed.',
        'a hello named neither or both of link and session',
      );
    }
    const connected = [...this.#pages].filter((page) => page.session !== null).length;
    if (connected >= MAX_PAGES) {
      // Before the link is looked at: it stays good for when there is room.
      return {
        kind: 'refused',
        code: 'too_many_pages',
        reason: `${MAX_PAGES} pages are open already. Close one, then try again.`,
      };
    }
    if (hello.session !== undefined) {
      const session = links.resume(hello.session);
      if (session !== null) return { kind: 'welcome', session, token: hello.session };
      return this.#refused(
        'session_unknown',
        'This page was opened by an earlier start of Gatehouse, or was idle for 12 hours. Open it with a new link.',
        null,
      );
    }
    const token = hello.link ?? '';
    const claim = links.claim(token);
    switch (claim.kind) {
      case 'claimed':
        this.#options.onLinkUsed(token);
        return { kind: 'welcome', session: claim.session, token: claim.token };
      case 'used':
        // Counted apart from other failures: noise made before must not hide this one.
        if (this.#reuses.take()) {
          app.securityEvent('link_reused', 'a link to the page was used a second time, and refused');
          app.notice(REUSED, 'stop');
        }
        return {
          kind: 'refused',
          code: 'link_used',
          reason: 'This link was used before: each one opens one page, once. Ask for a new one.',
        };
      case 'expired':
        return this.#refused('link_expired', 'This link is older than 5 minutes. Ask for a new one.', null);
      case 'unknown':
        return this.#refused(
          'link_unknown',
          'This link is not one of this Gatehouse. Ask for a new one.',
          'a link was shown that was never made',
          'link_guessed',
        );
      default:
        return assertNever(claim, 'claim of a link');
    }
  }

  /** @param detail what to put on the timeline, or null when it is an ordinary mishap */
  #refused(
    code: Extract<Greeting, { kind: 'refused' }>['code'],
    reason: string,
    detail: string | null,
    what = 'bad_hello',
  ): Greeting {
    if (detail === null)
      return this.#failures.take() ? { kind: 'refused', code, reason } : { kind: 'silent' };
    return this.#fail(what, detail) ? { kind: 'refused', code, reason } : { kind: 'silent' };
  }

  /** Counts a failure; false when there were too many lately. Then one row says so, and the rest is silence. */
  #fail(what: string, detail: string): boolean {
    if (this.#failures.take()) {
      this.#quietAbout = false;
      this.#options.app.securityEvent(what, detail);
      return true;
    }
    if (!this.#quietAbout) {
      this.#quietAbout = true;
      this.#options.app.securityEvent(
        'page_attempts_flood',
        'many wrong attempts to reach the page; further ones are not listed one by one',
      );
    }
    return false;
  }

  #checkAll(): void {
    for (const page of this.#pages) {
      if (page.session !== null && !this.#options.links.isAlive(page.session.id)) void page.leave();
      else page.checkAlive();
    }
  }
}
