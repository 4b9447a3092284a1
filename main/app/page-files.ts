/**
 * The built page as a fixed list of files, read once at the start.
 *
 * A request is looked up in the list; no path is ever joined from it, so there is nothing to traverse to.
 * Both shells serve from this list and send the same kind of headers.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatehouseError } from '../platform/errors.ts';

export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  /** Strong validator, with its quotes. */
  readonly etag: string;
  /** The name holds a digest of the content: it never changes. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
};

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a folder into the list: `/index.html` also as `/`. Symbolic links, source maps and files whose type is
 * not known are left out.
 *
 * @throws GatehouseError `no_page` when the folder or its index.html is missing or larger than 64 MiB
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  let bytes = 0;
  const walk = (at: string, url: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(join(at, entry.name), `${url}${entry.name}/`);
      if (!entry.isFile()) continue;
      const type = TYPES[entry.name.slice(entry.name.lastIndexOf('.') + 1)];
      if (type === undefined) continue;
      const body = readFileSync(join(at, entry.name));
      bytes += body.length;
      if (bytes > MAX_BYTES)
        throw new GatehouseError('no_page', `the page in ${folder} is larger than ${MAX_BYTES} bytes`);
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      files.set(encodeURI(url + entry.name), {
        body,
        type,
        etag,
        immutable: /-[\w-]{8,}\.\w+$/.test(entry.name),
      });
    }
  };
  try {
    walk(folder, '/');
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause;
    throw missing(folder, cause);
  }
  const index = files.get('/index.html');
  if (index === undefined) throw missing(folder, undefined);
  files.set('/', index);
  return files;
}

/**
 * The Content-Security-Policy of the page. Only what it may connect to differs between the shells: its own
 * WebSocket in the browser, nothing under Electron.
 */
export function contentSecurityPolicy(connect: "'self'" | "'none'"): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** Headers that go with every answer of either shell. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy':
    'accelerometer=(), autoplay=(), bluetooth=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), web-share=(), xr-spatial-tracking=()',
};

function missing(folder: string, cause: unknown): GatehouseError {
  return new GatehouseError('no_page', `there is no built page in ${folder}`, {
    hint: 'run npm run build',
    cause,
  });
}
