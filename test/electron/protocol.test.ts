import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from 'electron';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentSecurityPolicy, readPageFiles } from '../../main/app/page-files.ts';
import { registerScheme, servePage } from '../../main/electron/protocol.ts';
import { resetElectron, SessionStub, schemes } from '../support/electron-stub.ts';

let folder: string;
let session: SessionStub;

beforeEach(() => {
  resetElectron();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'page', 'index.html'), '<title>Gatehouse</title>');
  writeFileSync(join(folder, 'page', 'app.css'), 'body{}');
  writeFileSync(join(folder, 'page', 'app.css.map'), '{}');
  writeFileSync(join(folder, 'page', 'run.exe'), 'MZ');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'page', 'link.html'));
  symlinkSync(folder, join(folder, 'page', 'up'));
  session = new SessionStub('gatehouse');
  servePage(session as unknown as Session, readPageFiles(join(folder, 'page')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function ask(url: string, method = 'GET'): Promise<Response> {
  const handler = session.handlers.get('gatehouse');
  if (handler === undefined) throw new Error('no handler');
  // Chromium hands over the address as it normalised it; a Request of Node would do so too, so the raw one is given.
  return handler({ url, method } as Request);
}

describe('the scheme', () => {
  it('has exactly the rights it needs', () => {
    registerScheme();
    expect(schemes).toEqual([
      { scheme: 'gatehouse', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });
});

describe('gatehouse://app', () => {
  it('serves the page with headers that hold it; it may connect to nothing', async () => {
    const response = await ask('gatehouse://app/');
    expect([response.status, await response.text()]).toEqual([200, '<title>Gatehouse</title>']);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask('gatehouse://app/app.css')).headers.get('content-type')).toBe(
      'text/css; charset=utf-8',
    );
  });

  it.each([
    'gatehouse://app/../secret.txt',
    'gatehouse://app/..%2fsecret.txt',
    'gatehouse://app/link.html',
    'gatehouse://app/up/secret.txt',
    'gatehouse://app/app.css.map',
    'gatehouse://app/run.exe',
    'gatehouse://app//etc/passwd',
    'gatehouse://app/__proto__',
  ])('%s is not there', async (url) => {
    expect((await ask(url)).status).toBe(404);
  });

  it('answers no other host, method or nonsense', async () => {
    expect((await ask('gatehouse://evil/')).status).toBe(403);
    expect((await ask('gatehouse://app.evil/index.html')).status).toBe(403);
    expect((await ask('nonsense')).status).toBe(403);
    expect((await ask('gatehouse://app/', 'POST')).status).toBe(405);
    expect(await (await ask('gatehouse://app/', 'HEAD')).text()).toBe('');
  });

  it('is not served at all when nothing was built', () => {
    rmSync(join(folder, 'page', 'index.html'));
    expect(() => readPageFiles(join(folder, 'page'))).toThrowError(
      expect.objectContaining({ code: 'no_page' }),
    );
    expect(() => readPageFiles(join(folder, 'gone'))).toThrowError(
      expect.objectContaining({ code: 'no_page' }),
    );
  });
});

it('both shells hold the page by one policy but for where it connects', () => {
  expect(contentSecurityPolicy("'self'").replace("connect-src 'self'", "connect-src 'none'")).toBe(
    contentSecurityPolicy("'none'"),
  );
  expect(contentSecurityPolicy("'self'")).not.toMatch(/unsafe|\*|https?:/);
});
