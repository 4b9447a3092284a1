/** What kind of host an address names. */
import type { HostClass } from './result.ts';
import { HOLE } from './shell/text.ts';

export interface HostOf {
  readonly host: string | null;
  readonly class: HostClass;
}

/** Places whose purpose is to take in what somebody sends, from anywhere, without an account: a pattern's text. */
export const DROP_NAMES =
  'webhook\\.site|requestbin\\.(?:com|net)|pipedream\\.net|requestcatcher\\.com|beeceptor\\.com|hookbin\\.com|ngrok(?:-free)?\\.(?:io|app|dev)|trycloudflare\\.com|loca\\.lt|serveo\\.net|localhost\\.run|pastebin\\.com|paste\\.ee|hastebin\\.com|dpaste\\.(?:org|com)|termbin\\.com|ix\\.io|0x0\\.st|sprunge\\.us|transfer\\.sh|file\\.io|bashupload\\.com|oshi\\.at|temp\\.sh|catbox\\.moe|gofile\\.io|anonfiles\\.com|tmpfiles\\.org|interact\\.sh|oast\\.(?:pro|live|site|online|fun|me)|burpcollaborator\\.net|canarytokens\\.(?:com|org)|dnslog\\.cn|ceye\\.io|hooks\\.slack\\.com|api\\.telegram\\.org|ntfy\\.sh|mockbin\\.org|rentry\\.co|ghostbin\\.com|privatebin\\.net';
const DROPS = new RegExp(`(?:^|\\.)(?:${DROP_NAMES})$`, 'i');

/** Whether a host is one of those, or a chat service's address for messages. */
export function isDrop(url: string, host: string | null): boolean {
  return (
    (host !== null && DROPS.test(host)) ||
    /^https?:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\//i.test(url)
  );
}

/** A part of a name that is no word: letters and numbers of an encoding. */
const ENCODED = /^(?=.*\d)(?:[0-9a-f]{32,}|[a-z2-7]{40,}|(?=.*[A-Z])[A-Za-z0-9_-]{32,})$/;

/** Whether a name of a host carries data in one of its parts. */
export function hidesData(host: string): boolean {
  return host.split('.').some((label) => ENCODED.test(label));
}

/**
 * The host of an address or URL, in its settled spelling. As browsers read it (WHATWG URL): the first slash, question
 * mark or hash ends the part of the host, its last at sign ends the name before it, line ends and tabs are nothing, and
 * slashes behind a scheme of the web may be missing.
 * A backslash is a slash to browsers and a letter to other programs: which host is meant is not known then.
 */
export function hostOf(text: string): HostOf {
  const bare = text
    .replace(/[\t\n\r]/g, '')
    .trim()
    .replace(/^(https?|wss?):\/?(?=[^/\\])/i, '$1://');
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare) ? bare : `http://${bare}`;
  const whole = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
  const authority = whole.slice(whole.lastIndexOf('@') + 1);
  if (authority === '' || whole.includes('\\')) return { host: null, class: 'unknown' };
  const hole = authority.replace(/:[^:\]]*$/, '').indexOf(HOLE);
  if (hole >= 0) {
    // What stands before the hole may be the whole host: the hole may begin with a slash.
    const before = hole === 0 ? null : hostOf(authority.slice(0, hole));
    return before !== null && (before.class === 'metadata' || before.class === 'private')
      ? before
      : { host: null, class: 'unknown' };
  }
  try {
    const parsed = new URL(`http://${authority.replaceAll(HOLE, '')}/`);
    const host = parsed.hostname.toLowerCase().replace(/\.$/, '');
    return { host, class: classOf(host) };
  } catch {
    return { host: null, class: 'unknown' };
  }
}

const METADATA =
  /^(?:169\.254\.169\.25[34]|169\.254\.170\.2|100\.100\.100\.200|192\.0\.0\.192|metadata(?:\.google(?:\.internal)?)?|metadata\.google\.internal|\[fd00:ec2::254\]|instance-data(?:\.ec2\.internal)?)$/;

function classOf(host: string): HostClass {
  if (METADATA.test(host)) return 'metadata';
  const address = mapped(host) ?? host;
  if (METADATA.test(address)) return 'metadata';
  if (address === 'localhost' || address.endsWith('.localhost') || address === '[::1]' || address === '[::]')
    return 'own';
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)?.slice(1).map(Number);
  if (parts !== undefined) {
    const [a = 0, b = 0] = parts;
    if (a === 127 || a === 0) return 'own';
    if (a === 169 && b === 254) return 'metadata';
    if (
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128)
    )
      return 'private';
    return 'public';
  }
  if (/^\[f[cd]/.test(address) || /^\[fe80/.test(address)) return 'private';
  // Names of rebinding services carry the address they stand for.
  const inside = /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})\.(?:nip|sslip|xip)\.io$/.exec(
    address,
  );
  if (inside !== null) return classOf(inside.slice(1, 5).join('.'));
  if (/^(?:localtest\.me|lvh\.me)$|\.(?:localtest\.me|lvh\.me)$/.test(address)) return 'own';
  if (/\.(?:local|internal|lan|intranet|corp|home\.arpa)$/.test(address) || !address.includes('.'))
    return 'private';
  return 'public';
}

/** The IPv4 address inside a mapped IPv6 one. */
function mapped(host: string): string | null {
  const found = /^\[::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (found === null) return null;
  const [high, low] = [Number.parseInt(found[1] ?? '0', 16), Number.parseInt(found[2] ?? '0', 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
