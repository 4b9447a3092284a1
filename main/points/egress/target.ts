/**
 * Where a client wants to connect, read strictly: one spelling for each place, and whatever could be read in two
 * ways is refused. What comes out is what is decided, shown, written down and dialled.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { GatehouseError } from '../../platform/errors.ts';
import { canonicalAddress } from './address.ts';

export interface Target {
  /** Lower case, without trailing dot and brackets. */
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
}

const LONGEST_NAME = 253;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** What a client sent that is not let through, whatever the policy says. */
export function refusal(why: string): GatehouseError {
  return new GatehouseError('egress_refused', why);
}

/** @throws GatehouseError `egress_refused` */
export function targetOf(hostText: string, portText: string): Target {
  const port = portOf(portText);
  const bracketed = hostText.startsWith('[') && hostText.endsWith(']');
  const inner = bracketed ? hostText.slice(1, -1) : hostText;
  if (bracketed || inner.includes(':')) {
    // Without brackets nobody can tell where the port begins.
    if (!bracketed || !isIPv6(inner)) throw refusal('an IPv6 address that is none, or without brackets');
    return address(inner, port);
  }
  if (isIPv4(inner)) return address(inner, port);
  return { host: nameOf(inner), port, isAddress: false };
}

/** `host:port`. @throws GatehouseError `egress_refused` */
export function authorityOf(text: string, defaultPort: string | null = null): Target {
  const colon = text.lastIndexOf(':');
  const hasPort = colon >= 0 && !text.endsWith(']');
  if (!hasPort && defaultPort === null) throw refusal('no port is named');
  return hasPort ? targetOf(text.slice(0, colon), text.slice(colon + 1)) : targetOf(text, defaultPort ?? '');
}

/** `http://host[:port]/path`, as a proxy is asked for. @throws GatehouseError `egress_refused` */
export function absoluteUriOf(text: string): { readonly target: Target; readonly path: string } {
  const match = /^http:\/\/([^/?#]*)([^#]*)$/i.exec(text);
  if (match?.[1] === undefined)
    throw refusal('not an http address without a fragment; use CONNECT for everything else');
  const [, authority, rest = ''] = match;
  if (authority.includes('@')) throw refusal('a name or password stands in the address');
  if (/[^\x21-\x7e]|[\\<>"{}|^`]/.test(rest)) throw refusal('characters in the path that must be encoded');
  return { target: authorityOf(authority, '80'), path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** `host:port` for people. */
export function shownTarget({ host, port }: Target): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function address(text: string, port: number): Target {
  const host = canonicalAddress(text);
  if (host === null) throw refusal('an address that is none');
  return { host, port, isAddress: true };
}

function portOf(text: string): number {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw refusal('a port that is none');
  return port;
}

function nameOf(text: string): string {
  if (/[^\x21-\x7e]/.test(text))
    throw refusal('characters that no host name has; other scripts are written in punycode');
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > LONGEST_NAME || !labels.every((label) => LABEL.test(label)))
    throw refusal('not a host name');
  // 127.1, 0x7f000001, 017700000001, 2130706433: a resolver would take them for addresses.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? ''))
    throw refusal('an address in an odd spelling; write four decimal numbers');
  if (labels.some((label) => label.startsWith('xn--')) && !isPunycode(name))
    throw refusal('punycode that stands for no name');
  return name;
}

/** Every part that says so stands for characters, and these are written so and in no other way. */
function isPunycode(name: string): boolean {
  const plain = domainToUnicode(name);
  return !/(?:^|\.)xn--/.test(plain) && domainToASCII(plain) === name;
}
