/** What the parsers make of texts that nobody would send: an answer or a refusal, never another error. */
import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../main/platform/errors.ts';
import { serverName } from '../../../main/points/egress/client-hello.ts';
import { firstWords } from '../../../main/points/egress/first-words.ts';
import {
  forwardedHead,
  framingOf,
  headLength,
  parseHead,
  valuesOf,
} from '../../../main/points/egress/http-head.ts';
import { RequestBody } from '../../../main/points/egress/request-body.ts';
import { absoluteUriOf, authorityOf, shownTarget } from '../../../main/points/egress/target.ts';
import { clientHello } from '../../support/egress-house.ts';

const ROUNDS = 20_000;
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31)) || 1;
let state = seed;
function below(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

/** Pieces that mean something to one parser or another. */
const PIECES = [
  ...[
    'a',
    'example',
    '.com',
    '.',
    '..',
    'xn--',
    'xn--bcher-kva',
    '-',
    '_',
    '127.0.0.1',
    '0x7f',
    '017',
    '2130706433',
    '::1',
    '[::1]',
    '[',
    ']',
    '%',
    '%00',
  ],
  ...[
    '@',
    'u:p@',
    '/',
    '\\',
    '?',
    '#',
    ':',
    ':443',
    ':80',
    ':0',
    ':065',
    '*',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\x7f',
    'é',
    'ß',
    '。',
    '％',
    'http://',
    'HTTP/1.1',
    'Host',
    ': ',
    '1e3',
  ],
  ...[
    'Content-Length: ',
    'Transfer-Encoding: ',
    'chunked',
    ', ',
    '5',
    'GET ',
    'CONNECT ',
    'localhost',
    'evil.example',
  ],
];

function mutated(bytes: Buffer): Buffer {
  let now = bytes;
  for (let turn = 1 + below(3); turn > 0; turn--) {
    const at = below(now.length + 1);
    const piece = below(2) === 0 ? Buffer.from(pick(PIECES), 'latin1') : Buffer.from([below(256)]);
    const until = below(3) === 0 ? at : Math.min(now.length, at + below(4));
    now = Buffer.concat([now.subarray(0, at), below(4) === 0 ? Buffer.alloc(0) : piece, now.subarray(until)]);
  }
  return now;
}

/** The answer, or null for a refusal. Another error is a failure. */
function asked<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatehouseError) return null;
    throw error;
  }
}

describe(`seed ${seed}`, () => {
  it('reads a place as everybody else would read it, or refuses it', () => {
    for (let round = 0; round < ROUNDS; round++) {
      const text =
        below(3) === 0
          ? Array.from({ length: 1 + below(6) }, () => pick(PIECES)).join('')
          : mutated(
              Buffer.from(
                pick(['example.com:443', '[2001:db8::1]:80', '192.0.2.7:80', 'a.b-c.example:1']),
                'latin1',
              ),
            ).toString('latin1');
      const target = asked(() => authorityOf(text));
      if (target === null) continue;
      const shown = shownTarget(target);
      expect(authorityOf(shown), text).toEqual(target);
      const others = new URL(`http://${text}/`);
      expect([others.hostname.replace(/\.$/, ''), others.port || '80'], text).toEqual([
        target.isAddress && target.host.includes(':') ? `[${target.host}]` : target.host,
        String(target.port),
      ]);
      expect([others.username, others.password, others.pathname, others.search, others.hash], text).toEqual([
        '',
        '',
        '/',
        '',
        '',
      ]);
    }
  });

  it('reads an address as everybody else would read it, or refuses it', () => {
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutated(
        Buffer.from(
          pick(['http://example.com/a?b', 'http://[::1]:80/', 'HTTP://a.example:8080?x']),
          'latin1',
        ),
      ).toString('latin1');
      const found = asked(() => absoluteUriOf(text));
      if (found === null) continue;
      const others = new URL(text);
      expect([others.protocol, others.hostname.replace(/\.$/, ''), others.username], text).toEqual([
        'http:',
        found.target.host.includes(':') ? `[${found.target.host}]` : found.target.host,
        '',
      ]);
    }
  });

  it('passes on a head that is read in one way only', () => {
    const good = Buffer.from(
      'POST http://example.com/a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nX: y\r\n\r\n',
      'latin1',
    );
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutated(good);
      const length = headLength(bytes);
      const head = length === null ? null : asked(() => parseHead(bytes.subarray(0, length)));
      if (head === null || asked(() => framingOf(head)) === null) continue;
      const again = parseHead(forwardedHead(head, 'example.com', '/a'));
      expect(valuesOf(again, 'host')).toEqual(['example.com']);
      expect(framingOf(again)).toEqual(framingOf(head));
      expect(forwardedHead(head, 'example.com', '/a').toString('latin1').replaceAll('\r\n', '')).not.toMatch(
        /[\r\n\0]/,
      );
    }
  });

  it('finds the name in a ClientHello however it is cut, and says so of nothing else', () => {
    const target = authorityOf('example.com:443');
    for (let round = 0; round < ROUNDS / 4; round++) {
      const half = Math.floor((clientHello('example.com').length - 5) / 2);
      const cuts = [1 + below(half - 1), half + below(half - 1)].slice(0, below(3));
      const hello = clientHello('example.com', cuts);
      expect(serverName(hello)).toEqual({ kind: 'host', host: 'example.com' });
      const part = hello.subarray(0, below(hello.length));
      expect(serverName(part).kind).toBe('more');
      expect(['more', 'none', 'broken', 'host']).toContain(serverName(mutated(hello)).kind);
      firstWords(mutated(hello), target);
      firstWords(mutated(Buffer.from('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n')), target);
    }
  });

  it('takes a body apart in the same way wherever it is cut', async () => {
    const good = Buffer.from('3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n', 'latin1');
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.concat([
        below(3) === 0 ? good : mutated(good),
        Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      ]);
      const whole = await bodyOf([bytes]);
      const cut = below(bytes.length);
      expect(
        await bodyOf([bytes.subarray(0, cut), bytes.subarray(cut)]),
        JSON.stringify(bytes.toString('latin1')),
      ).toEqual(whole);
      if (whole !== null) expect(whole.endsWith('0\r\n\r\n')).toBe(true);
    }
  });
});

/** What comes out of a body of chunks; null when it is refused. */
async function bodyOf(chunks: readonly Buffer[]): Promise<string | null> {
  const body = Readable.from(chunks).pipe(new RequestBody({ kind: 'chunked' }));
  const out: Buffer[] = [];
  try {
    for await (const chunk of body) out.push(chunk as Buffer);
    return Buffer.concat(out).toString('latin1');
  } catch (error) {
    if (error instanceof GatehouseError) return null;
    throw error;
  }
}
