/** Hosts of addresses, in the one form in which they can be compared, and patterns for them. */

/** `*.example.com`, `example.com`, an IP address. */
const HOST = /^(?:\*\.)?[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?$/u;

/**
 * The host of an address as the network sees it: lower case, punycode, without port and trailing dot; IPv4 in
 * dotted form whatever it was written in, also inside IPv6. Null when the text is no address.
 */
export function hostOf(address: string): string | null {
  const text = address.trim();
  const found = parse(text) ?? (text.includes('://') ? null : parse(`https://${text}`));
  return found === null || found === '' ? null : plain(found);
}

function parse(text: string): string | null {
  try {
    return new URL(text).hostname;
  } catch {
    return null;
  }
}

function plain(host: string): string {
  const bare = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (mapped === null) return bare;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** A pattern in its canonical form; null when it is none. A leading `*.` means every name below. */
export function hostPattern(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.includes(':')) return /^\[?[0-9a-f:.]+\]?$/i.test(trimmed) ? hostOf(bracketed(trimmed)) : null;
  if (!HOST.test(trimmed)) return null;
  const below = trimmed.startsWith('*.');
  const host = hostOf(below ? trimmed.slice(2) : trimmed);
  return host === null ? null : `${below ? '*.' : ''}${host}`;
}

function bracketed(text: string): string {
  return `https://[${text.replace(/^\[|\]$/g, '')}]`;
}

export function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
