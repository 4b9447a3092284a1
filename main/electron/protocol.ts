/**
 * `gatehouse://app`: the page's files under a scheme of their own, so that the page has a real origin and no
 * `file:` rights. A request is looked up in a fixed list; nothing is joined to a path.
 */
import { type CustomScheme, protocol, type Session } from 'electron';
import { contentSecurityPolicy, PAGE_HEADERS, type PageFile } from '../app/page-files.ts';

/** The one place our own windows may be at. */
export const SCHEME = 'gatehouse';
export const HOST = 'app';
export const ORIGIN = `${SCHEME}://${HOST}`;
export const START_URL = `${ORIGIN}/`;

/** Whether an address belongs to the page. What cannot be parsed does not. */
export function isOurs(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === `${SCHEME}:` && url.host === HOST && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

const PRIVILEGES = {
  standard: true,
  secure: true,
  supportFetchAPI: true,
} satisfies CustomScheme['privileges'];

/** Makes the scheme known. Before the app is ready, once. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: PRIVILEGES }]);
}

/** Serves the list in this session. */
export function servePage(session: Session, files: ReadonlyMap<string, PageFile>): void {
  session.protocol.handle(SCHEME, (request) => answer(request, files));
}

function answer(request: Request, files: ReadonlyMap<string, PageFile>): Response {
  const headers = {
    ...PAGE_HEADERS,
    'Content-Security-Policy': contentSecurityPolicy("'none'"),
    'Cache-Control': 'no-store',
  };
  if (!isOurs(request.url)) return new Response(null, { status: 403, headers });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new Response(null, { status: 405, headers });
  const file = files.get(new URL(request.url).pathname);
  if (file === undefined) return new Response(null, { status: 404, headers });
  const body = request.method === 'HEAD' ? null : new Uint8Array(file.body);
  return new Response(body, { status: 200, headers: { ...headers, 'Content-Type': file.type } });
}
