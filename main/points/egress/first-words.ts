/**
 * The first words that a client sends through a tunnel: whom it believes to talk to. A tunnel is for the host that
 * was decided, so another name in TLS or in a request ends it, and so does one that asks for a further proxy.
 *
 * Only the beginning is looked at. What comes encrypted after it is not seen.
 */

import { serverName } from './client-hello.ts';
import { headLength, parseHead, valuesOf } from './http-head.ts';
import { authorityOf, type Target } from './target.ts';

export type FirstWords =
  /** Not enough has come to tell. */
  { readonly kind: 'more' } | { readonly kind: 'pass' } | { readonly kind: 'refuse'; readonly why: string };

/** As much is held back until it is clear. */
export const LONGEST_FIRST_WORDS = 64 * 1024;

const PASS: FirstWords = { kind: 'pass' };
const MORE: FirstWords = { kind: 'more' };
/** Only what begins with one of these and a space is taken for a request. */
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'PROPFIND',
  'REPORT',
];

export function firstWords(held: Buffer, target: Target): FirstWords {
  if (held.length === 0) return MORE;
  if (held[0] === 0x16) return tlsWords(held, target);
  if (held[0] === 0x05 || held[0] === 0x04) return socksWords(held);
  const start = held.subarray(0, 10).toString('latin1').toUpperCase();
  const method = METHODS.find((one) => start.startsWith(`${one} `));
  if (method !== undefined) return httpWords(held, target);
  return METHODS.some((one) => `${one} `.startsWith(start)) ? MORE : PASS;
}

function tlsWords(held: Buffer, target: Target): FirstWords {
  const name = serverName(held);
  if (name.kind === 'more') return MORE;
  if (name.kind === 'none') return PASS;
  if (name.kind === 'broken') return { kind: 'refuse', why: 'a beginning of TLS that nobody can read' };
  // Who was allowed an address was allowed whatever answers there.
  if (target.isAddress || name.host === target.host) return PASS;
  return { kind: 'refuse', why: `the tunnel is for ${target.host}, and TLS asks for ${shown(name.host)}` };
}

function httpWords(held: Buffer, target: Target): FirstWords {
  if (/^CONNECT /i.test(held.subarray(0, 8).toString('latin1')))
    return { kind: 'refuse', why: 'a tunnel that asks another proxy for a tunnel' };
  const length = headLength(held);
  if (length === null) return MORE;
  try {
    const head = parseHead(held.subarray(0, length));
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(head.target))
      return { kind: 'refuse', why: 'a tunnel that asks another proxy for an address' };
    const hosts = valuesOf(head, 'host');
    if (hosts.length > 1) return { kind: 'refuse', why: 'a request with two hosts' };
    const [host] = hosts;
    if (host === undefined || target.isAddress || authorityOf(host, '80').host === target.host) return PASS;
    return { kind: 'refuse', why: `the tunnel is for ${target.host}, and the request for ${shown(host)}` };
  } catch {
    return { kind: 'refuse', why: 'a request through the tunnel that can be read in two ways' };
  }
}

/** A greeting of SOCKS: version, how many methods, these. */
function socksWords(held: Buffer): FirstWords {
  if (held.length < 3) return MORE;
  const methods = held[1] ?? 0;
  const greets = held[0] === 0x05 && methods > 0 && methods < 10 && held.length === 2 + methods;
  const asks = held[0] === 0x04 && (held[1] === 1 || held[1] === 2) && held.length >= 9 && held.at(-1) === 0;
  return greets || asks ? { kind: 'refuse', why: 'a tunnel that asks another proxy for a connection' } : PASS;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
