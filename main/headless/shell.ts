/**
 * The headless shell: the same supervisor and the same page, in a browser.
 *
 * It owns the port, the links and the pages; what they show and decide is the app's.
 */

import { Browser, type Launch } from '../app/browser.ts';
import { readPageFiles } from '../app/page-files.ts';
import type { App } from '../app/shell-port.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { DEFAULT_PORT, openHttpServer } from './http-server.ts';
import { type LinkOrigin, Links } from './links.ts';
import { PageSockets } from './page-sockets.ts';

export interface HeadlessOptions {
  readonly app: Pick<App, 'attachPage' | 'securityEvent' | 'notice' | 'onOpenRequested'>;
  /** The folder of the built page. */
  readonly pageFolder: string;
  /** Our run folder, 0700. */
  readonly runFolder: string;
  /** Null: 7843, or the next free one. 0: any free one. */
  readonly port: number | null;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  readonly platform?: NodeJS.Platform;
  readonly launch?: Launch;
}

export interface HeadlessShell {
  readonly port: number;
  /** The port that was meant and is taken, or null. */
  readonly busyPort: number | null;
  /** A new one-use link. @throws GatehouseError `rate_limited` */
  makeLink(origin: LinkOrigin): string;
  /** Opens the page in the person's browser by a link of its own; false when there is none to start. */
  openBrowser(): Promise<boolean>;
  /**
   * As openBrowser, by a link that was asked for later: its page must show the PIN before it may decide.
   *
   * @param request  the request that it is to open at; null for its first place
   */
  showPage(request: string | null): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the port and takes pages.
 *
 * @throws GatehouseError `no_page`, `port_busy`, `port_refused`
 */
export async function openHeadlessShell(options: HeadlessOptions): Promise<HeadlessShell> {
  const clock = options.clock ?? systemClock;
  const files = readPageFiles(options.pageFolder);
  const links = new Links(clock);
  const browser = new Browser({
    runFolder: options.runFolder,
    platform: options.platform ?? process.platform,
    env: options.env,
    ...(options.launch === undefined ? {} : { launch: options.launch }),
  });
  const pages = new PageSockets({
    app: options.app,
    links,
    clock,
    onLinkUsed: (token) => browser.used(token),
  });
  const server = await openHttpServer({
    files,
    port: options.port,
    onUpgrade: (request, socket, head, port) => pages.upgrade(request, socket, head, port),
    onForeign: (what, detail) => pages.foreign(what, detail),
  }).catch(async (error: unknown) => {
    await pages.close();
    throw error;
  });
  const urlOf = (token: string) => `http://127.0.0.1:${server.port}/#${token}`;
  const openBrowser = (origin: LinkOrigin, request: string | null) => {
    const token = links.mint(origin);
    const giveUp = () => links.void(token);
    const at = request !== null && /^[a-z0-9_]{1,64}$/.test(request) ? `/${request}` : '';
    const url = `${urlOf(token)}${at}`;
    return browser.open(url, token, giveUp).then((opened) => {
      if (!opened) giveUp();
      return opened;
    });
  };
  const shell: HeadlessShell = {
    port: server.port,
    busyPort: options.port === null && server.port !== DEFAULT_PORT ? DEFAULT_PORT : null,
    makeLink: (origin) => urlOf(links.mint(origin)),
    openBrowser: () => openBrowser('start-link', null),
    showPage: (request) => openBrowser('open-link', request),
    close: async () => {
      browser.close();
      await Promise.all([pages.close(), server.close()]);
    },
  };
  options.app.onOpenRequested(async () => ({ url: shell.makeLink('open-link') }));
  return shell;
}
