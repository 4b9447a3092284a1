import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PORT } from '../../main/headless/http-server.ts';
import { fetchPath, freePort, openRig, type Rig } from '../support/headless-rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig.stop());

const host = () => `127.0.0.1:${rig.shell.port}`;

/** Sends bytes as they are and answers everything that comes back until the end. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(rig.shell.port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

describe('the page', () => {
  it('is served with every header that holds it', async () => {
    const { status, headers, body } = await fetchPath(rig.shell.port, '/');
    expect(status).toBe(200);
    expect(body).toContain('<title>Gatehouse</title>');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['permissions-policy']).toContain('camera=()');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['set-cookie']).toBeUndefined();
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined();
  });

  it('keeps the headers on refusals', async () => {
    const { status, headers } = await fetchPath(rig.shell.port, '/nothing');
    expect(status).toBe(404);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('is not sent again to a browser that has it', async () => {
    const first = await fetchPath(rig.shell.port, '/');
    const again = await fetchPath(rig.shell.port, '/', {
      headers: { 'If-None-Match': first.headers.etag ?? '' },
    });
    expect([again.status, again.body]).toEqual([304, '']);
    const stale = await fetchPath(rig.shell.port, '/', { headers: { 'If-None-Match': '"other"' } });
    expect(stale.status).toBe(200);
  });

  it('has its parts by their own types, and may be kept where the name holds a digest', async () => {
    const { headers, body } = await fetchPath(rig.shell.port, '/assets/index-AbCdEf12.js');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toContain('immutable');
    expect(body).toBe('export const page = 1;');
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, body } = await fetchPath(rig.shell.port, '/', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
  });
});

describe('what is not of the page', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '//etc/passwd',
    '/etc/passwd',
    '/%00',
    '/index.html%00.js',
    '/./index.html',
    '/INDEX.HTML',
    '/assets',
    '/assets/',
    '/__proto__',
    '/constructor',
    '/assets/index-AbCdEf12.js.map',
    'http://127.0.0.1/secret.txt',
    '*',
  ])('%s is not there', async (path) => {
    const { status, body } = await fetchPath(rig.shell.port, path);
    expect([status, body]).toEqual([404, '']);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])(
    '%s is no method',
    async (method) => {
      const { status, headers } = await fetchPath(rig.shell.port, '/', { method });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    },
  );

  it('CONNECT ends at once', async () => {
    expect(await raw(`CONNECT ${host()} HTTP/1.1\r\nHost: ${host()}\r\n\r\n`)).not.toContain('200');
  });

  it('takes no body and no endless address', async () => {
    expect(
      (await fetchPath(rig.shell.port, '/', { headers: { 'Content-Length': '5' }, body: 'hello' })).status,
    ).toBe(413);
    expect(
      (await fetchPath(rig.shell.port, '/', { headers: { 'Transfer-Encoding': 'chunked' }, body: 'hello' }))
        .status,
    ).toBe(413);
    expect((await fetchPath(rig.shell.port, `/${'a'.repeat(2000)}`)).status).toBe(414);
  });

  it('takes no 20 KB of headers and no broken request', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${host()}\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 4\d\d /,
    );
    expect(await raw('\u0016\u0003\u0001\u0002 not http\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await raw(
        `GET / HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('another host', () => {
  it.each([
    ['a domain that resolves here', (port: number) => `evil.example:${port}`],
    ['no port', () => '127.0.0.1'],
    ['another port', (port: number) => `127.0.0.1:${port + 1}`],
    ['a longer name', (port: number) => `localhost:${port}.evil.example`],
    ['upper case', (port: number) => `LOCALHOST:${port}`],
    ['a trailing dot', (port: number) => `localhost.:${port}`],
    ['IPv6 loopback', (port: number) => `[::1]:${port}`],
    ['the number form', (port: number) => `2130706433:${port}`],
    ['user info', (port: number) => `x@127.0.0.1:${port}`],
  ])('%s gets nothing and is recorded', async (_name, hostOf) => {
    const { status, body } = await fetchPath(rig.shell.port, '/', {
      headers: { Host: hostOf(rig.shell.port) },
    });
    expect([status, body]).toEqual([421, '']);
    expect(rig.app.events.map(({ what }) => what)).toEqual(['foreign_host']);
  });

  it('named beside ours is foreign', async () => {
    expect(
      await raw(`GET / HTTP/1.1\r\nHost: ${host()}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw('GET / HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('localhost with our port is ours', async () => {
    expect(
      (await fetchPath(rig.shell.port, '/', { headers: { Host: `localhost:${rig.shell.port}` } })).status,
    ).toBe(200);
  });

  it('may send a person here but not build our files in', async () => {
    const from = (site: string, dest: string) =>
      fetchPath(rig.shell.port, '/', { headers: { 'Sec-Fetch-Site': site, 'Sec-Fetch-Dest': dest } });
    expect((await from('cross-site', 'document')).status).toBe(200);
    expect((await from('same-origin', 'script')).status).toBe(200);
    expect((await from('none', 'document')).status).toBe(200);
    for (const dest of ['script', 'iframe', 'image', 'empty'])
      expect((await from('cross-site', dest)).status).toBe(403);
    expect((await from('same-site', 'script')).status).toBe(403);
  });

  it('is put on the timeline a few times, then once as a flood', async () => {
    for (let i = 0; i < 30; i++) await fetchPath(rig.shell.port, '/', { headers: { Host: 'evil.example' } });
    const what = rig.app.events.map((event) => event.what);
    expect(what.filter((each) => each === 'page_attempts_flood')).toHaveLength(1);
    expect(what.length).toBeLessThan(15);
  });
});

describe('the port', () => {
  it('is on 127.0.0.1 and nowhere else', async () => {
    const reach = async (address: string) => {
      const socket = connect(rig.shell.port, address);
      const result = await Promise.race([
        once(socket, 'connect').then(() => 'open'),
        once(socket, 'error').then(() => 'closed'),
      ]).catch(() => 'closed');
      socket.destroy();
      return result;
    };
    expect(await reach('127.0.0.1')).toBe('open');
    expect(await reach('::1')).toBe('closed');
    const others = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4')
        .map(({ address }) => address),
    );
    for (const address of others) expect(await reach(address)).toBe('closed');
  });

  it('is the next free one when the usual one is taken, and says so', async () => {
    // Another test may have it, and give it back at any moment: then all is done anew.
    const take = async () => {
      const blocker = createServer();
      const isOurs = await new Promise<boolean>((resolve) => {
        blocker.on('error', () => resolve(false));
        blocker.listen(DEFAULT_PORT, '127.0.0.1', () => resolve(true));
      });
      const second = await openRig({ port: null });
      if (isOurs || second.shell.port !== DEFAULT_PORT) return { blocker, second };
      await second.stop();
      return null;
    };
    let taken = await take();
    while (taken === null) taken = await take();
    const { blocker, second } = taken;
    try {
      expect(second.shell.port).not.toBe(DEFAULT_PORT);
      expect(second.shell.busyPort).toBe(DEFAULT_PORT);
      expect((await fetchPath(second.shell.port, '/')).status).toBe(200);
    } finally {
      await second.stop();
      blocker.close();
    }
  });

  it('given by number is that one or none', async () => {
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    await expect(openRig({ port })).rejects.toMatchObject({
      code: 'port_busy',
      message: expect.stringContaining(String(port)),
    });
    blocker.close();
    expect((await freePort()) > 0).toBe(true);
  });

  it('is closed for good when the shell is, with a half-sent request open', async () => {
    const other = await openRig();
    const socket = connect(other.shell.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET / HT');
    await other.stop();
    await closed;
    await expect(fetchPath(other.shell.port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
