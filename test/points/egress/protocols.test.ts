/** What comes as a plain request, in a tunnel, or as SOCKS5, with real sockets through the proxy. */
import { afterEach, describe, expect, it } from 'vitest';
import { at, clientHello, connectTo, EgressHouse, type Talk } from '../../support/egress-house.ts';

let house: EgressHouse;
afterEach(() => house.remove());

/** A web server that says what it was sent; `hello` in its answer. */
async function webServer(seen: string[]): Promise<number> {
  return house.place((socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (seen.length === 0) seen.push('');
      seen[0] = text;
      if (text.includes('\r\n\r\n') && !/content-length: [1-9]|chunked/i.test(text))
        socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello');
    });
    socket.on('end', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'));
  });
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const echoes = () => house.place((socket) => socket.pipe(socket));
/** Opens a port for the test's server, which the policy names. */
async function named(serve: () => Promise<number>, more: readonly string[] = []): Promise<number> {
  house = new EgressHouse();
  const port = await serve();
  await house.open([at(port), ...more]);
  return port;
}
describe('a plain request', () => {
  it('goes on with the path of its own host, without what was meant for the proxy', async () => {
    const seen: string[] = [];
    const port = await named(() => webServer(seen));
    const answer = await house.http(
      `GET http://${at(port)}/a?b HTTP/1.1\r\nHost: ${at(port)}\r\nProxy-Authorization: Basic x\r\nProxy-Connection: keep-alive\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n`,
    );
    expect(answer).toContain('hello');
    expect(seen[0]).toBe(`GET /a?b HTTP/1.1\r\nHost: ${at(port)}\r\nX-End: 2\r\nConnection: close\r\n\r\n`);
  });

  it.each([
    ['a length', 'Content-Length: 5\r\n\r\nhello', 'hello'],
    [
      'chunks',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    ],
  ])('passes a body with %s on, and no second request behind it', async (_what, rest, body) => {
    const seen: string[] = [];
    const port = await named(() => webServer(seen));
    const talk = house.client();
    talk.send(
      `POST http://${at(port)}/ HTTP/1.1\r\nHost: ${at(port)}\r\n${rest}GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    );
    talk.socket.end();
    expect((await talk.all()).toString()).toContain('hello');
    expect(seen[0]?.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(body);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['chunks in another coding', 'Transfer-Encoding: gzip, chunked'],
    ['a coding spelled oddly', 'Transfer-Encoding: xchunked'],
    ['a coding twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['a length that is none', 'Content-Length: +5'],
    ['a length in a list', 'Content-Length: 5, 5'],
    ['a folded line', 'X: a\r\n b'],
    ['a bare line feed', 'X: a\nHost: evil.example'],
    ['a bare carriage return', 'X: a\rb'],
    ['a space before the colon', 'Content-Length : 5'],
    ['a zero byte', 'X: a\0b'],
    ['a line without a colon', 'hello'],
    ['another host', 'Host: evil.example'],
    ['another port', 'Host: 127.0.0.1:1'],
  ])('is refused with %s', async (_what, field) => {
    const seen: string[] = [];
    const port = await named(() => webServer(seen));
    const host = field.startsWith('Host:') ? '' : `Host: ${at(port)}\r\n`;
    expect(await house.http(`POST http://${at(port)}/ HTTP/1.1\r\n${host}${field}\r\n\r\nhello`)).toContain(
      '403',
    );
    expect(seen).toEqual([]);
    expect(await house.refused()).toHaveLength(1);
  });

  it('is refused with two hosts, in any case of the name', async () => {
    const port = await named(() => webServer([]));
    expect(
      await house.http(`GET http://${at(port)}/ HTTP/1.1\r\nHost: ${at(port)}\r\nhOST: ${at(port)}\r\n\r\n`),
    ).toContain('403');
  });

  it.each([
    'GET / HTTP/1.1',
    'GET http://a.example/ HTTP/2',
    'GET http://a.example/',
    'GET  http://a.example/ HTTP/1.1',
    'connect a.example:443 HTTP/1.1',
    'CONNECT http://a.example/ HTTP/1.1',
    '\x05\x01\x00',
    'PRI * HTTP/2.0',
  ])('refuses %j', async (line) => {
    await named(() => webServer([]));
    expect(await house.http(`${line}\r\nHost: a.example\r\n\r\n`)).toContain('403');
  });

  it('is cut off where its chunks are none', async () => {
    const seen: string[] = [];
    const port = await named(() => webServer(seen));
    const talk = house.client();
    talk.send(
      `POST http://${at(port)}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n`,
    );
    await talk.all();
    expect(seen[0] ?? '').not.toContain('hello');
    expect(await house.refused()).toMatchObject([{ why: 'a chunk whose size is none' }]);
  });

  it('passes an answer on as it is, one for each connection', async () => {
    const split = 'HTTP/1.1 200 OK\r\nX: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nsecond';
    const port = await named(() => house.place((socket) => socket.end(split)));
    expect(await house.http(`GET http://${at(port)}/ HTTP/1.1\r\n\r\n`)).toBe(split);
  });
});

describe('the first words in a tunnel', () => {
  const hosts = 'localhost';
  async function through(first: Buffer | string): Promise<{ got: string; why: string | undefined }> {
    house = new EgressHouse();
    const port = await echoes();
    house.names.set(hosts, ['127.0.0.1']);
    await house.open([`${hosts}:${port}`]);
    const talk = house.client();
    talk.send(connectTo(`${hosts}:${port}`));
    await talk.upTo('\r\n\r\n');
    talk.send(typeof first === 'string' ? Buffer.from(first, 'latin1') : first);
    talk.socket.end();
    const got = (await talk.all()).toString('latin1');
    return { got, why: (await house.refused())[0]?.why };
  }

  it.each([
    ['TLS for the host', clientHello('localhost')],
    ['TLS for the host in capitals', clientHello('LOCALHOST')],
    ['TLS in many records', clientHello('localhost', [3, 4, 40, 60])],
    ['TLS in records of a byte each', clientHello('localhost', upTo(60))],
    ['TLS without a name', clientHello(null)],
    ['something else', Buffer.from('SSH-2.0-x\r\n')],
    ['a request for the host', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['nothing but a letter', Buffer.from('G')],
    ['nothing but an empty line', Buffer.from('\r\n')],
    ['what begins as a greeting of SOCKS and goes on otherwise', Buffer.from([5, 1, 0, 9, 9, 9])],
  ])('pass with %s', async (_what, first) => {
    expect(await through(first)).toEqual({ got: first.toString('latin1'), why: undefined });
  });

  it.each([
    ['TLS for another host', clientHello('evil.example'), /TLS asks for/],
    ['TLS for another host, cut up', clientHello('evil.example', [1, 50, 70]), /TLS asks for/],
    [
      'TLS for another host, in records of a byte each',
      clientHello('evil.example', upTo(60)),
      /TLS asks for/,
    ],
    ['TLS with a zero byte in its name', clientHello('evil.example\0localhost'), /TLS asks for/],
    [
      'a request for another host',
      Buffer.from('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
      /the request for/,
    ],
    [
      'CONNECT to a further proxy',
      Buffer.from('CONNECT evil.example:443 HTTP/1.1\r\n\r\n'),
      /asks another proxy/,
    ],
    [
      'connect in small letters',
      Buffer.from('connect evil.example:443 HTTP/1.1\r\n\r\n'),
      /asks another proxy/,
    ],
    [
      'an address for a further proxy',
      Buffer.from('GET http://evil.example/ HTTP/1.1\r\n\r\n'),
      /asks another proxy/,
    ],
    ['SOCKS5 for a further proxy', Buffer.from([5, 1, 0]), /asks another proxy/],
    ['SOCKS4 for a further proxy', Buffer.from([4, 1, 0, 80, 1, 1, 1, 1, 0]), /asks another proxy/],
    ['SOCKS5 whose request comes at once', Buffer.from([5, 1, 0, 5, 1, 0, 3, 1]), /asks another proxy/],
    ['SOCKS5 with many methods', Buffer.from([5, 12, ...Buffer.alloc(12)]), /asks another proxy/],
    [
      'SOCKS4 and what is for whoever is behind it',
      Buffer.from([4, 1, 0, 80, 1, 1, 1, 1, 0, 71, 69, 84]),
      /asks another proxy/,
    ],
    [
      'CONNECT after an empty line',
      Buffer.from('\r\n\r\nCONNECT evil.example:443 HTTP/1.1\r\n\r\n'),
      /asks another proxy/,
    ],
    ['CONNECT and a tab', Buffer.from('CONNECT\tevil.example:443 HTTP/1.1\r\n\r\n'), /asks another proxy/],
    [
      'an address for a further proxy, by a method that is seldom',
      Buffer.from('MKCOL http://evil.example/ HTTP/1.1\r\n\r\n'),
      /asks another proxy/,
    ],
    [
      'a request for another host whose head does not end',
      Buffer.from('GET / HTTP/1.1\nHost: evil.example\n\n'),
      /has no end/,
    ],
    [
      'a request that can be read in two ways',
      Buffer.from('GET / HTTP/1.1\nHost: localhost\r\n\r\n'),
      /two ways/,
    ],
  ])('end it with %s', async (_what, first, why) => {
    const found = await through(first);
    expect(found.got).toBe('');
    expect(found.why).toMatch(why);
  });
});

describe('SOCKS5', () => {
  const name = (host: string, port: number) => [
    ...[5, 1, 0, 3, Buffer.byteLength(host, 'latin1'), ...Buffer.from(host, 'latin1')],
    ...[port >> 8, port & 255],
  ];
  async function ask(bytes: readonly number[]): Promise<{ reply: number | undefined; talk: Talk }> {
    const talk = house.client('socks5');
    talk.send([5, 1, 0]);
    expect([...(await talk.bytes(2))]).toEqual([5, 0]);
    talk.send(bytes);
    return { reply: (await talk.bytes(10))[1], talk };
  }

  it('connects to an address and to a name', async () => {
    const port = await named(echoes);
    for (const bytes of [[5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255], name('127.0.0.1', port)]) {
      const { reply, talk } = await ask(bytes);
      expect(reply).toBe(0);
      talk.send('hi');
      expect((await talk.bytes(2)).toString()).toBe('hi');
    }
    expect(house.bench.log.ofType('call.decided')).toMatchObject([{ call: { toolName: 'SOCKS5' } }]);
  });

  it.each([
    ['a name with a zero byte', name('evil.example\0.allowed.example', 443), 2],
    ['a name with a line break', name('a.example\r\nb', 443), 2],
    ['a name that is no name', name('a b', 443), 2],
    ['an empty name', name('', 443), 2],
    ['an address in an odd spelling', name('2130706433', 443), 2],
    ['port 0', name('a.example', 0), 2],
    ['loopback in IPv6', [5, 1, 0, 4, ...Array.from({ length: 15 }, () => 0), 1, 0, 80], 2],
    [
      'a mapped address',
      [5, 1, 0, 4, ...Array.from({ length: 10 }, () => 0), 255, 255, 127, 0, 0, 1, 0, 80],
      2,
    ],
    ['metadata', [5, 1, 0, 1, 169, 254, 169, 254, 0, 80], 2],
    ['listening', [5, 2, 0, 1, 1, 1, 1, 1, 0, 80], 7],
    ['datagrams', [5, 3, 0, 1, 1, 1, 1, 1, 0, 80], 7],
    ['an unknown kind of address', [5, 1, 0, 9, 1, 1, 1, 1, 0, 80], 8],
    ['another version', [4, 1, 0, 1, 1, 1, 1, 1, 0, 80], 2],
  ])('refuses %s', async (_what, bytes, code) => {
    house = new EgressHouse();
    await house.open(null, 'default_policy: auto');
    expect((await ask(bytes)).reply).toBe(code);
    expect(house.bench.log.ofType('call.decided')).toEqual([]);
    expect(await house.refused()).toHaveLength(1);
  });

  it('has no other greeting than its own', async () => {
    house = new EgressHouse();
    await house.open(null);
    const password = house.client('socks5');
    password.send([5, 1, 2]);
    expect([...(await password.all())]).toEqual([5, 255]);
    const old = house.client('socks5');
    old.send([4, 1, 0, 80, 1, 1, 1, 1, 0]);
    expect((await old.all())[1]).toBe(2);
  });
});
