/**
 * The real headless shell, put together from its parts so that a test can cut its connections: the same files,
 * headers, links and WebSocket as in `main/headless/shell.ts`, on a free loopback port.
 */
import type { Socket } from 'node:net';
import { readPageFiles } from '../../main/app/page-files.ts';
import type { App } from '../../main/app/shell-port.ts';
import { type HttpServer, openHttpServer } from '../../main/headless/http-server.ts';
import { Links } from '../../main/headless/links.ts';
import { PageSockets } from '../../main/headless/page-sockets.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { refuseUpgrade } from '../../main/platform/loopback-request.ts';

export interface PageServer {
  readonly origin: string;
  /** The address of the page with a new one-use link. */
  link(): string;
  /** Ends every WebSocket and takes no new one until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param folder of the built page */
export async function openPageServer(
  app: Pick<App, 'attachPage' | 'securityEvent' | 'notice'>,
  folder: string,
): Promise<PageServer> {
  const links = new Links(systemClock);
  const pages = new PageSockets({ app, links, clock: systemClock, onLinkUsed: () => undefined });
  const sockets = new Set<Socket>();
  let away = false;
  const server: HttpServer = await openHttpServer({
    files: readPageFiles(folder),
    port: 0,
    onForeign: (what, detail) => pages.foreign(what, detail),
    onUpgrade: (request, socket, head, port) => {
      if (away) {
        refuseUpgrade(socket, 503, 'Service Unavailable');
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      pages.upgrade(request, socket, head, port);
    },
  });
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    origin,
    link: () => `${origin}/#${links.mint('start-link')}`,
    cut: () => {
      away = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      away = false;
    },
    close: async () => {
      await Promise.all([pages.close(), server.close()]);
    },
  };
}
