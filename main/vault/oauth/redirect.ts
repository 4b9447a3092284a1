/**
 * The address on this computer that a browser is sent back to (RFC 8252 §7.3): one listener for each sign-in, on
 * 127.0.0.1 alone, which takes one answer with the right state and is gone.
 *
 * Other programs of this computer can reach it too. What they send without the state is refused and changes
 * nothing; an answer that they catch is worth nothing without the verifier.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { listenOnLoopback, namesOwnHost } from '../../platform/loopback-request.ts';

const PATH = '/callback';
const MAX_HEADER_BYTES = 32 * 1024;

export interface Redirect {
  readonly uri: string;
  /** Answers that bear this state are taken from now on. */
  expect(state: string): void;
  /** Resolves with the whole address, once. Rejects never; it stays open when the redirect is closed. */
  readonly arrived: Promise<URL>;
  close(): void;
}

/**
 * Opens it.
 *
 * @param host  as the service knows us; both mean 127.0.0.1
 * @param port  exactly this one, or 0
 * @throws GatehouseError `port_busy`, `port_refused`
 */
export async function openRedirect(host: '127.0.0.1' | 'localhost', port: number): Promise<Redirect> {
  const { promise: arrived, resolve } = Promise.withResolvers<URL>();
  let expected: string | null = null;
  let origin = '';
  let bound = 0;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 10_000 },
    (request, response) => {
      const url = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : null;
      if (request.method !== 'GET' || !namesOwnHost(request, bound)) return page(response, 400, REFUSED);
      if (url?.origin !== origin || url.pathname !== PATH) return page(response, 404, REFUSED);
      const states = url.searchParams.getAll('state');
      if (expected === null || states.length !== 1 || !same(states[0] ?? '', expected))
        return page(response, 400, REFUSED);
      expected = null;
      page(response, 200, DONE);
      return resolve(url);
    },
  );
  bound = await listenOnLoopback(server, port, {
    busy: 'end what uses it: this service sends browsers to exactly this port',
  });
  origin = `http://${host}:${bound}`;
  return {
    uri: `${origin}${PATH}`,
    expect: (state) => {
      expected = state;
    },
    arrived,
    close: () => {
      expected = null;
      server.close();
      // What is being sent is sent; nothing is waited for.
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1000).unref();
    },
  };
}

const DONE = 'Gatehouse has the answer. You can close this page.';
const REFUSED = 'This is not the answer that Gatehouse waits for.';

function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gatehouse</title><p>${text}</p></html>\n`,
  );
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
