/**
 * What kind of place an IP address is. Only `public` is on the internet as everybody knows it; each other kind is
 * reached when the policy names it, and otherwise never.
 *
 * The ranges are those of the IANA registries of special-purpose addresses (IPv4 and IPv6, RFC 6890 and what
 * updates it), and the addresses at which clouds answer with a machine's credentials.
 */
import { isIPv4, isIPv6 } from 'node:net';

export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  /** Carrier-grade NAT, which overlay networks use too. */
  | 'shared'
  | 'link_local'
  /** Where a cloud's machine finds its credentials. */
  | 'metadata'
  | 'multicast'
  | 'reserved'
  /** An IPv6 address that stands for an IPv4 one: mapped, compatible, translated, 6to4, Teredo. */
  | 'embedded';

type Range = readonly [prefix: string, bits: number, kind: AddressKind];

const IP4: readonly Range[] = [
  ['169.254.169.254', 32, 'metadata'],
  ['169.254.169.253', 32, 'metadata'],
  ['169.254.170.2', 32, 'metadata'],
  ['168.63.129.16', 32, 'metadata'],
  ['100.100.100.200', 32, 'metadata'],
  ['192.0.0.192', 32, 'metadata'],
  ['0.0.0.0', 8, 'reserved'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link_local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

const IP6: readonly Range[] = [
  ['fd00:ec2::254', 128, 'metadata'],
  ['fd20:ce::254', 128, 'metadata'],
  ['::1', 128, 'loopback'],
  ['::', 128, 'reserved'],
  ['::', 96, 'embedded'],
  ['::ffff:0:0', 96, 'embedded'],
  ['::ffff:0:0:0', 96, 'embedded'],
  ['64:ff9b::', 96, 'embedded'],
  ['64:ff9b:1::', 48, 'embedded'],
  ['2001::', 32, 'embedded'],
  ['2002::', 16, 'embedded'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['3fff::', 20, 'reserved'],
  ['2000::', 3, 'public'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link_local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
];

const TABLES = new Map([
  [4, IP4.map(([prefix, bits, kind]) => ({ bytes: bytesOf(prefix), bits, kind }))],
  [16, IP6.map(([prefix, bits, kind]) => ({ bytes: bytesOf(prefix), bits, kind }))],
]);

/** What an address is; `reserved` for what is none. The narrowest range that it lies in is named first above. */
export function kindOfAddress(address: string): AddressKind {
  const bytes = bytesOf(address);
  const found = TABLES.get(bytes.length)?.find((range) => lies(bytes, range.bytes, range.bits));
  if (found !== undefined) return isIsatap(bytes) ? 'embedded' : found.kind;
  return bytes.length === 4 ? 'public' : 'reserved';
}

/** The bytes of an address as it is written: four, sixteen, or none when it is no address. */
export function bytesOf(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) return new Uint8Array(0);
  const [head = '', tail] = withoutDots(address).split('::');
  const before = wordsOf(head);
  const after = wordsOf(tail ?? '');
  const gap = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...gap, ...after].flatMap((word) => [word >> 8, word & 255]));
}

/** An address in its one spelling (RFC 5952); null when it is none. */
export function canonicalAddress(address: string): string | null {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes('%')) return null;
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** `::1.2.3.4` as `::102:304`. */
function withoutDots(address: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted === null) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
  const words = [a * 256 + b, c * 256 + d].map((word) => word.toString(16)).join(':');
  return `${address.slice(0, dotted.index)}${words}`;
}

function wordsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
}

function lies(bytes: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255;
    if ((((bytes[bit / 8] ?? 0) ^ (prefix[bit / 8] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** An interface part that stands for an IPv4 address: `0:5efe:a.b.c.d` (RFC 5214). */
function isIsatap(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}
