import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RedactingStream, Redactor } from '../../main/vault/redaction/redactor.ts';

const SECRETS = [
  'sk-live-4f9C2d7e8B1a/x+y=',
  'pa"ss\\wo rd & <more>',
  'Grüße-aus-Köln-42',
  'npm_0123456789abcdefABCDEF0123456789abcd',
];
const redactor = new Redactor();
for (const secret of SECRETS) redactor.add(Buffer.from(secret));

const percent = (text: string, all: boolean, upper = true) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (!all && /[A-Za-z0-9._-]/.test(character)) return character;
      const hex = byte.toString(16).padStart(2, '0');
      return `%${upper ? hex.toUpperCase() : hex}`;
    })
    .join('');
const unicode = (text: string) =>
  [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
/** As Python's json writes it. */
const asciiJson = (text: string) =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
/** As JavaScript's escape() wrote it. */
const escaped = (text: string) =>
  [...text]
    .map((each) => {
      const unit = each.charCodeAt(0);
      if (/[A-Za-z0-9]/.test(each)) return each;
      return unit > 0x7f
        ? `%u${unit.toString(16).padStart(4, '0')}`
        : `%${unit.toString(16).padStart(2, '0')}`;
    })
    .join('');
const html = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** In the middle of a file of two hundred bytes, wrapped. */
const mime = (text: string, width: number) =>
  (
    Buffer.from(`${'head '.repeat(12)}${text}${' tail'.repeat(15)}`)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  ).join('\r\n');
const lines = (text: string, width: number) => text.replace(new RegExp(`(.{${width}})`, 'g'), '$1\n');

/** Every way in which a value was ever seen to leave. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'base64 0': (text) => Buffer.from(text).toString('base64'),
  'base64 1': (text) => Buffer.from(`a${text}zz`).toString('base64'),
  'base64 2': (text) => Buffer.from(`ab${text}z`).toString('base64'),
  'base64 of a pair': (text) => Buffer.from(`user:${text}`).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in lines': (text) => lines(Buffer.from(text).toString('base64'), 11),
  'base64 without padding': (text) => Buffer.from(text).toString('base64').replaceAll('=', ''),
  'base64 as MIME has it, 64': (text) => mime(text, 64),
  'base64 as MIME has it, 76': (text) => mime(text, 76),
  'base64 as MIME has it, in JSON': (text) => JSON.stringify(mime(text, 76)),
  'base64 in JSON of PHP': (text) => Buffer.from(text).toString('base64').replaceAll('/', '\\/'),
  'base64 in an address': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  'base64 of JSON': (text) => Buffer.from(JSON.stringify({ a: 1, text })).toString('base64url'),
  'base64 of JSON, ASCII alone': (text) => Buffer.from(asciiJson(text)).toString('base64'),
  'base64 of an address': (text) => Buffer.from(`v=${encodeURIComponent(text)}&w`).toString('base64'),
  'base64 of hex': (text) => Buffer.from(Buffer.from(text).toString('hex')).toString('base64'),
  'base64 twice': (text) => Buffer.from(Buffer.from(`x:${text}`).toString('base64')).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'hex in pairs': (text) => Buffer.from(text).toString('hex').replace(/(..)/g, '$1 '),
  uri: (text) => encodeURIComponent(text),
  'percent, what must be': (text) => percent(text, false),
  'percent, all': (text) => percent(text, true),
  'percent, lower': (text) => percent(text, true, false),
  'percent, mixed': (text) =>
    percent(text, true).replace(/%(.)(.)/g, (_all, a: string, b: string) => `%${a.toLowerCase()}${b}`),
  'percent, as escape() has it': escaped,
  'percent twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'percent three times, all': (text) => encodeURIComponent(encodeURIComponent(percent(text, true))),
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  'base64 of UTF-16 in a command': (text) => Buffer.from(`$k=${text};`, 'utf16le').toString('base64'),
  form: (text) => new URLSearchParams({ v: text }).toString().slice(2),
  JSON: (text) => JSON.stringify(text),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify({ text })),
  'JSON three times': (text) => JSON.stringify(JSON.stringify(JSON.stringify(text))),
  'JSON, ASCII alone': asciiJson,
  'JSON, ASCII alone, upper': (text) =>
    asciiJson(text).replace(/\\u(....)/g, (all) => `\\u${all.slice(2).toUpperCase()}`),
  '\\u': unicode,
  '\\u{}': (text) => [...text].map((each) => `\\u{${each.charCodeAt(0).toString(16)}}`).join(''),
  '\\x': (text) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  'octal, as a shell has it': (text) =>
    `$'${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`,
  backwards: (text) => [...text].toReversed().join(''),
  'quoted-printable': (text) => lines(text, 7).replaceAll('\n', '=\r\n'),
  'a letter a line': (text) => [...text].join('\n'),
  spaced: (text) => [...text].join(' '),
  coloured: (text) => [...text].map((each, at) => `\u001b[${30 + (at % 8)};1m${each}\u001b[0m`).join(''),
  'coloured in JSON': (text) => JSON.stringify([...text].map((each) => `\u001b[31m${each}`).join('')),
  'zero width': (text) => [...text].join('\u200b'),
  'with marks that do not show': (text) =>
    [...text]
      .map((each, at) => each + String.fromCharCode([0x200e, 0x202c, 0xfe0f, 0x034f, 0x2063][at % 5] ?? 0))
      .join(''),
  'UTF-16 as bytes': (text) => Buffer.from(text, 'utf16le').toString('latin1'),
  'UTF-8 as latin1': (text) => Buffer.from(text).toString('latin1'),
  HTML: html,
  'HTML, numbers': (text) => [...text].map((each) => `&#${each.charCodeAt(0)};`).join(''),
  'HTML, hex': (text) =>
    [...text].map((each) => `&#x${each.charCodeAt(0).toString(16).toUpperCase()};`).join(''),
  'HTML twice': (text) => html(html(text)),
  'after a percent sign': (text) => `100%${text}`,
  'after a backslash': (text) => `C:\\${text}`,
};

describe('a value is found', () => {
  for (const [name, spell] of Object.entries(SPELLINGS)) {
    it(`35 36 as ${name}, whole and in two pieces cut anywhere`, () => {
      for (const secret of SECRETS) {
        const before = 'The answer is ';
        const after = ' and that is all.';
        const text = before + spell(secret) + after;
        const clean = redactor.text(text);
        expect(clean).toContain('[REDACTED]');
        expect(clean.startsWith(before)).toBe(true);
        // What stands round the value in its spelling may be left, and little more.
        const rest = before.length + after.length + spell('').length;
        expect(clean.length).toBeLessThanOrEqual(rest + 10 + 20);
        for (let cut = 0; cut <= text.length; cut += 1) {
          const stream = new RedactingStream(redactor);
          const out = stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end();
          if (out !== clean) expect([name, secret, cut, out]).toEqual([name, secret, cut, clean]);
        }
      }
    });
  }

  it('in pieces of one character', () => {
    const stream = new RedactingStream(redactor);
    const text = SECRETS.map((secret) => JSON.stringify(secret)).join(' then ');
    expect([...text].map((each) => stream.push(each)).join('') + stream.end()).toBe(redactor.text(text));
  });

  it('in names and values of JSON, also under __proto__, and nothing else is touched', () => {
    const [secret = ''] = SECRETS;
    const given = JSON.parse(
      `{"__proto__":{"a":${JSON.stringify(secret)}},"list":[1,null,true,"x${secret}y"],"${'k'}${'ey'}":"plain"}`,
    );
    const clean = redactor.json(given);
    expect(JSON.stringify(clean)).toBe(
      '{"__proto__":{"a":"[REDACTED]"},"list":[1,null,true,"x[REDACTED]y"],"key":"plain"}',
    );
    expect(JSON.stringify(redactor.json({ [secret]: 1 }))).toBe('{"[REDACTED]":1}');
    const innocent = { a: ['b', { c: 1 }] };
    expect(redactor.json(innocent)).toBe(innocent);
  });

  it('when it is a key of many lines: the whole of it, and each line alone', () => {
    const own = new Redactor();
    const body = Array.from({ length: 12 }, (_, at) => Buffer.alloc(48, at * 7 + 3).toString('base64'));
    const pem = ['-----BEGIN PRIVATE KEY-----', ...body, '-----END PRIVATE KEY-----'].join('\n');
    own.add(
      Buffer.from(
        JSON.stringify({ type: 'service_account', private_key: pem, client_email: 'robot@project.example' }),
      ),
    );
    for (const line of body) {
      expect(own.text(`head: ${line}`)).toBe('head: [REDACTED]');
      for (const text of [pem, JSON.stringify(pem), Buffer.from(pem).toString('base64')])
        expect(own.text(text)).not.toContain(line);
    }
    expect(own.text(Buffer.from(pem).toString('base64')).length).toBeLessThan(80);
    expect(own.text('write to robot@project.example')).toBe('write to robot@project.example');
  });
});

describe('nothing else is', () => {
  it('taken out of ordinary text, and a value is forgotten when told to', () => {
    const own = new Redactor();
    own.add(Buffer.from('a-secret-of-mine'));
    const text = 'It says a-secret of mine, and a-secret-of-min.\n%41%ZZ \\u00 \u001b[';
    expect(own.text(text)).toBe(text);
    expect(own.text('a-secret-of-mine')).toBe('[REDACTED]');
    own.forget();
    expect(own.text('a-secret-of-mine')).toBe('a-secret-of-mine');
    expect(own.isEmpty).toBe(true);
  });

  it('a line of a key file of Google’s that stands in everybody’s; its key and what stands beside it are', () => {
    const own = new Redactor();
    const key = Buffer.alloc(48, 5).toString('base64');
    const common = ['"type": "service_account",', '"auth_uri": "https://accounts.google.com/o/oauth2/auth",'];
    const secret = ['"client_secret": "GOCSPX-0a1b",', `"type": "x", "private_key": "${key}"`];
    own.add(Buffer.from(`{\n${[...common, `"private_key": "${key}",`, ...secret].join('\n  ')}\n}\n`));
    for (const line of common) expect(own.text(`  ${line}\n`)).toBe(`  ${line}\n`);
    expect(own.text(key)).not.toContain(key);
    for (const line of secret) expect(own.text(line)).not.toContain(line);
  });

  it('looked for when it has fewer than eight characters', () => {
    const own = new Redactor();
    own.add(Buffer.from('1234567'));
    expect(own.text('1234567')).toBe('1234567');
  });

  it('found in what is compressed: that is known and said in SECURITY.md', () => {
    const [secret = ''] = SECRETS;
    const text = gzipSync(secret.repeat(3)).toString('base64');
    expect(redactor.text(text)).toBe(text);
  });
});

it('finds ten thousand values as it finds one', () => {
  const own = new Redactor();
  const secrets = Array.from({ length: 10_000 }, (_, at) => `key-${at}-${(at * 2654435761) >>> 0}-abcdef`);
  for (const secret of secrets) own.add(Buffer.from(secret));
  for (const secret of secrets.filter((_secret, at) => at % 997 === 0))
    expect(own.text(`x ${Buffer.from(secret).toString('hex')} y`)).toBe('x [REDACTED] y');
});
