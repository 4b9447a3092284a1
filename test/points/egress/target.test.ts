/** One spelling for each place; what can be read in two ways is refused. */
import { describe, expect, it } from 'vitest';
import { canonicalAddress, kindOfAddress } from '../../../main/points/egress/address.ts';
import { checkAddresses, checkTarget } from '../../../main/points/egress/reachable.ts';
import { absoluteUriOf, authorityOf, shownTarget } from '../../../main/points/egress/target.ts';
import { namedHost, placeOfUrl, urlOfPlace } from '../../../main/policy/sandbox-hosts.ts';

describe('a target', () => {
  it.each([
    ['Example.COM:443', 'example.com:443'],
    ['example.com.:443', 'example.com:443'],
    ['xn--bcher-kva.example:80', 'xn--bcher-kva.example:80'],
    ['a_b.example:1', 'a_b.example:1'],
    ['192.0.2.7:65535', '192.0.2.7:65535'],
    ['[2001:DB8:0:0::1]:443', '[2001:db8::1]:443'],
    ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]:80'],
  ])('%j is %s', (text, shown) => {
    expect(shownTarget(authorityOf(text))).toBe(shown);
  });

  it.each([
    ...[
      'evil.com\0.allowed.com:443',
      'a.com\r\nX: y:443',
      'a.com\t:443',
      ' a.com:443',
      'a.com :443',
      'bücher.example:443',
    ],
    ...[
      'user@a.com:443',
      'user:pw@a.com:443',
      'a.com/path:443',
      'a.com?x:443',
      'a.com#x:443',
      'a.com\\b:443',
      'a%2ecom:443',
    ],
    ...[
      '127.1:80',
      '0x7f.0.0.1:80',
      '0x7f000001:80',
      '017700000001:80',
      '2130706433:80',
      '0177.0.0.1:80',
      '127.0.0.01:80',
    ],
    ...[
      '256.1.1.1:80',
      '1.2.3.4.5:80',
      '1.2.3:80',
      'a.0x1:80',
      '1.2.3.4.:80',
      '⑫7.0.0.1:80',
      '127。0。0。1:80',
    ],
    ...[
      'a..com:443',
      '.a.com:443',
      'a.com..:443',
      '-a.com:443',
      'a-.com:443',
      '.:443',
      ':443',
      `${'a'.repeat(64)}.com:443`,
    ],
    ...['xn--a:443', 'xn--80ak6aa92e\0.com:443', 'xn--:443', 'xn--0.pt:443'],
    ...[
      'a.com',
      'a.com:',
      'a.com:0',
      'a.com:00443',
      'a.com:+443',
      'a.com: 443',
      'a.com:65536',
      'a.com:443x',
      'a.com:-1',
      'a.com:4 3',
    ],
    ...[
      '::1:80',
      '[::1:80',
      '::1]:80',
      '[::1%lo]:80',
      '[fe80::1%25eth0]:80',
      '[127.0.0.1]:80',
      '[a.com]:80',
      '[]:80',
      '[::1]',
    ],
    '*.example.com:443',
  ])('%j is refused', (text) => {
    expect(() => authorityOf(text)).toThrow();
  });

  it.each([
    ['http://a.com/x?y', 'a.com:80', '/x?y'],
    ['HTTP://A.com', 'a.com:80', '/'],
    ['http://a.com:8080?q', 'a.com:8080', '/?q'],
    ['http://[2001:db8::1]/x', '[2001:db8::1]:80', '/x'],
  ])('%j is an address', (text, shown, path) => {
    const found = absoluteUriOf(text);
    expect([shownTarget(found.target), found.path]).toEqual([shown, path]);
  });

  it.each([
    ...[
      'https://a.com/',
      'ftp://a.com/',
      '/path',
      'a.com/x',
      '*',
      'http:/a.com',
      'http:a.com',
      'http://',
      'http:///x',
    ],
    ...[
      'http://u@a.com/',
      'http://u:p@a.com/',
      'http://a.com/#x',
      'http://a.com/\\x',
      'http://a.com\\@b.com/',
      'http://a.com/ x',
    ],
    'gopher://a.com/',
  ])('%j is none', (text) => {
    expect(() => absoluteUriOf(text)).toThrow();
  });
});

describe('what an address is', () => {
  it.each([
    [
      'public',
      '1.1.1.1',
      '8.8.8.8',
      '223.255.255.255',
      '100.63.255.255',
      '100.128.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '2606:4700::1111',
    ],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1', 'fec0::1'],
    ['shared', '100.64.0.1', '100.127.255.255'],
    ['link_local', '169.254.1.1', 'fe80::1', 'febf::1'],
    [
      'metadata',
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
      'fd00:ec2::254',
    ],
    ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
    [
      'reserved',
      '0.0.0.0',
      '0.1.2.3',
      '192.0.2.1',
      '198.18.0.1',
      '203.0.113.9',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '2001:db8::1',
      '100::1',
      '4000::1',
      '3fff::1',
    ],
    [
      'embedded',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2001:0:1::1',
      '::ffff:0:127.0.0.1',
      '2606:4700::5efe:127.0.0.1',
    ],
  ] as const)('%s', (kind, ...addresses) => {
    for (const address of addresses)
      expect([address, kindOfAddress(canonicalAddress(address) ?? '')]).toEqual([address, kind]);
  });
});

describe('what may be reached', () => {
  const at = (text: string) => authorityOf(text);
  it.each([
    'localhost:80',
    'a.localhost:80',
    'metadata:80',
    'metadata.google.internal:80',
    'printer.local:80',
    'git.corp:22',
    '127.0.0.1:80',
    '[::1]:80',
    '169.254.169.254:80',
    '10.0.0.1:80',
    '[64:ff9b::a00:1]:80',
    '[::ffff:169.254.169.254]:80',
  ])('%s is not, unless the policy names it exactly', (text) => {
    expect(() => checkTarget(at(text), null)).toThrow();
    expect(() => checkTarget(at(text), 'below')).toThrow();
    checkTarget(at(text), 'exactly');
  });

  it('goes by what a name stands for, and one bad address spoils all', () => {
    const name = at('a.example:443');
    checkAddresses(name, null, ['1.1.1.1', '2606:4700::1111']);
    for (const bad of [
      '127.0.0.1',
      '10.1.1.1',
      '169.254.169.254',
      '::ffff:7f00:1',
      '64:ff9b::a9fe:a9fe',
      '0.0.0.0',
    ])
      for (const named of [null, 'below'] as const)
        expect(() => checkAddresses(name, named, ['1.1.1.1', bad]), bad).toThrow(/stands for/);
  });

  it('lets a name that the policy names be of the company’s network, but not this computer or a cloud’s', () => {
    const name = at('git.corp:443');
    checkAddresses(name, 'exactly', ['10.1.1.1', '100.64.1.1']);
    for (const bad of ['127.0.0.1', '169.254.169.254', 'fe80::1', '::ffff:a01:101'])
      expect(() => checkAddresses(name, 'exactly', [bad]), bad).toThrow();
    checkAddresses(at('localhost:1'), 'exactly', ['127.0.0.1', '::1']);
    checkAddresses(at('127.0.0.1:1'), 'exactly', ['127.0.0.1']);
    expect(() => checkAddresses(at('127.0.0.1:1'), 'exactly', ['127.0.0.2'])).toThrow();
  });
});

describe('a list of hosts', () => {
  const list = (...hosts: readonly (readonly [string, number | null])[]) =>
    hosts.map(([host, port]) => ({ host, port }));
  it('names by host and port, in one spelling', () => {
    const hosts = list(['api.github.com', 443], ['*.npmjs.org', null], ['127.0.0.1', 8080], ['[::1]', null]);
    const named = (host: string, port: number) => namedHost(hosts, host, port);
    expect(named('api.github.com', 443)).toBe('exactly');
    expect(named('api.github.com', 80)).toBeNull();
    expect(named('registry.npmjs.org', 443)).toBe('below');
    for (const other of [
      'npmjs.org',
      'evilnpmjs.org',
      'npmjs.org.evil.com',
      'api.github.com.evil.com',
      'evilapi.github.com',
      'xapi.github.com',
    ])
      expect([other, named(other, 443)]).toEqual([other, null]);
    expect(named('127.0.0.1', 8080)).toBe('exactly');
    expect(named('::1', 9)).toBe('exactly');
    expect(named('::ffff:7f00:1', 8080)).toBeNull();
    expect(namedHost([], 'api.github.com', 443)).toBeNull();
    expect(namedHost(null, 'api.github.com', 443)).toBeNull();
  });

  it('reads back the place that a call names', () => {
    for (const [host, port] of [
      ['a.com', 443],
      ['::1', 80],
      ['127.0.0.1', 1],
    ] as const)
      expect(placeOfUrl(urlOfPlace(host, port))).toEqual({ host, port });
    for (const bad of [
      'https://a.com:443',
      'tcp://a.com',
      'tcp://u@a.com:1',
      'tcp://a.com:1/x',
      'tcp://A.com:1',
      7,
      null,
    ])
      expect(placeOfUrl(bad)).toBeNull();
  });
});
