/** http get and post of the governed tools: decided, through the proxy, and nowhere else. */
import { existsSync } from 'node:fs';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namedCall } from '../../../main/points/tools/tool-list.ts';
import { launcherMissing } from '../../support/launcher.ts';
import { type OutsideServer, outsideServer } from '../../support/outside-server.ts';
import { answerTo, readCard } from '../../support/real-app.ts';
import { call, ToolsHouse, toolsPolicy } from '../../support/tools-house.ts';

const SERVER = `
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => { body += text; }).on('end', () => {
    if (request.url === '/away') return response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    if (request.url === '/slow') return;
    if (request.url === '/endless') {
      const more = () => { while (response.write('y'.repeat(65536))); };
      return response.on('drain', more), more();
    }
    if (request.url === '/bomb') {
      response.setHeader('content-encoding', 'gzip');
      return response.end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 'A')));
    }
    if (request.url === '/headers') {
      for (let at = 0; at < 2000; at += 1) response.setHeader('x-' + at, 'h'.repeat(1000));
      return response.end('through');
    }
    if (request.url === '/lies') {
      request.socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nContent-Length: 900000000\\r\\n\\r\\nshort');
      return;
    }
    response.setHeader('x-was', request.method + ' ' + request.url + ' ' + (request.headers['content-type'] ?? ''));
    response.end(request.url === '/long' ? 'x'.repeat(1000000) : 'got ' + body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const missing = launcherMissing() ?? (existsSync('/usr/bin/curl') ? null : 'no curl: apt-get install curl');
let house: ToolsHouse;
let client: Client;
let server: OutsideServer;
const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;

beforeAll(async () => {
  if (missing !== null) return;
  server = await outsideServer(SERVER);
  house = await ToolsHouse.start(
    toolsPolicy(
      `default_policy: auto
approve: [{ module: web, actions: [request], reason: "Sending asks." }]`,
      `security:\n  sandbox: { level: strict, pool_size: 1, network: { allow: ["127.0.0.1:${server.port}"] } }\n`,
    ),
  );
  client = await house.client();
});
afterAll(async () => {
  await house?.remove();
  server?.close();
});

describe('http', () => {
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });
  const get = (url: string, more: Record<string, unknown> = {}) => call(client, 'http_get', { url, ...more });

  it('gets what is there, with status and headers', async () => {
    const { text, failed } = await get(at('/a/../b?x=1#part'));
    expect(failed).toBe(false);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('x-was: GET /b?x=1 ');
    expect(text).toContain('got ');
    expect(await house.rows('web.fetch')).toHaveLength(1);
  });

  it('sends only after a person has said yes, and then what was shown', async () => {
    const page = house.real.page('person');
    const sent = call(client, 'http_post', { url: at('/in'), body: '{"a":"é\'$(x)"}' });
    const card = await readCard(page);
    expect(JSON.stringify(card)).toContain('/in');
    await page.value('answer', answerTo(card));
    const { text } = await sent;
    expect(text).toContain('x-was: POST /in application/json');
    expect(text).toContain(`got {"a":"é'$(x)"}`);
  });

  it('follows no redirection', async () => {
    const { text } = await get(at('/away'));
    expect(text).toMatch(/^HTTP\/1\.1 302 /);
    expect(text).toMatch(/location: http:\/\/169\.254\.169\.254\//i);
  });

  it('bounds what comes back, and how long it takes', async () => {
    const { text } = await get(at('/long'));
    expect(text.length).toBeLessThan(140 * 1024);
    expect(text).toContain('bytes are left out');
    const late = await get(at('/slow'), { timeout: 1 });
    expect(late).toMatchObject({ failed: true, text: expect.stringMatching(/timed out/i) });
  });

  it('takes nothing apart that is packed, and ends what never ends, is all headers or contradicts itself', async () => {
    const bomb = await get(at('/bomb'));
    expect(bomb.text.length).toBeLessThan(200 * 1024);
    expect(bomb.text).not.toContain('A'.repeat(1000));
    const endless = await get(at('/endless'), { timeout: 2 });
    expect(endless.failed).toBe(true);
    expect(endless.text.length).toBeLessThan(140 * 1024);
    for (const path of ['/headers', '/lies']) {
      const told = await get(at(path), { timeout: 5 });
      expect(told.text.length, path).toBeLessThan(140 * 1024);
      expect(told.text, path).not.toContain('through');
    }
    expect((await get(at('/after'))).text).toContain('got ');
  });

  it('sends no header that a call puts into its words', async () => {
    const told = await get(`${at('/x')}%0d%0aX-In:1\r\nX-In: 2`);
    expect(told.text).toMatch(/^HTTP\/1.1 200/);
    expect(told.text).toContain('x-was: GET /x%0d%0aX-In:1X-In:%202 ');
  });

  it.each([
    'http://169.254.169.254/latest/',
    'http://127.0.0.1:9/',
    'http://[::1]:9/',
    'http://2130706433:9/',
    'http://0.0.0.0:9/',
    'http://localhost:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://[::127.0.0.1]:9/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:7f00:1::]:9/',
    'http://[fe80::1]:9/',
    'http://[fd00:ec2::254]/',
    'http://10.0.0.1/',
    'http://100.100.100.200/',
    'http://metadata.google.internal/',
  ])('does not reach %s', async (url) => {
    const told = await get(url);
    expect(told.text).not.toMatch(/200 OK/);
    expect(told.failed || told.text.includes('403')).toBe(true);
  });
});

describe('an address', () => {
  it.each([
    'file:///etc/passwd',
    'gopher://x/',
    'http://user:pw@example.com/',
    'example.com',
    '-o/tmp/x',
    '@/etc/passwd',
  ])('%s is none', (url) => {
    expect(namedCall('http_get', { url }, '/p')).toHaveProperty('problem');
  });

  it('has one spelling, which is decided and asked for', () => {
    const named = (url: string) => {
      const found = namedCall('http_get', { url }, '/p');
      return 'problem' in found ? found.problem : found.params['url'];
    };
    expect(named('HTTP://EXAMPLE.com:80/a/%2e%2e/b#x')).toBe('http://example.com/b');
    expect(named('http://0x7f.1/')).toBe('http://127.0.0.1/');
    expect(named('http://bücher.example/')).toBe('http://xn--bcher-kva.example/');
    expect(named('http:\\\\example.com\\a')).toBe('http://example.com/a');
    expect(
      namedCall('http_post', { url: 'http://a/', body: '', content_type: 'a/b\r\nX: y' }, '/p'),
    ).toHaveProperty('problem');
  });
});
