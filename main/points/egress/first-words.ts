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
/** What begins with one of these and white space is taken for a request: IANA's registry of methods. */
const METHODS = (
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK ' +
  'REPORT SEARCH MERGE ACL BIND UNBIND REBIND LINK UNLINK LABEL UPDATE CHECKIN CHECKOUT UNCHECKOUT MKACTIVITY ' +
  'MKWORKSPACE MKCALENDAR MKREDIRECTREF UPDATEREDIRECTREF ORDERPATCH BASELINE-CONTROL VERSION-CONTROL'
).split(' ');
const LONGEST_METHOD = Math.max(...METHODS.map(({ length }) => length));

/** @param ended  no more comes: what was not clear so far is not going to be */
export function firstWords(held: Buffer, target: Target, ended = false): FirstWords {
  if (held.length === 0) return MORE;
  if (held[0] === 0x16) return tlsWords(held, target);
  if (held[0] === 0x05 || held[0] === 0x04) return socksWords(held);
  // Servers skip empty lines before a request (RFC 9112, 2.2).
  let begin = 0;
  while (held[begin] === 0x0d || held[begin] === 0x0a) begin += 1;
  if (begin === held.length) return MORE;
  const words = held.subarray(begin);
  const start = words
    .subarray(0, LONGEST_METHOD + 1)
    .toString('latin1')
    .toUpperCase();
  // Some take other white space than one space (RFC 9112, 3); what is read as a request then is strict.
  if (METHODS.some((one) => start.startsWith(one) && /^[ \t\v\f\r]$/.test(start.charAt(one.length))))
    return httpWords(words, target, ended);
  return METHODS.some((one) => one.startsWith(start)) ? MORE : PASS;
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

function httpWords(held: Buffer, target: Target, ended: boolean): FirstWords {
  if (/^CONNECT\s/i.test(held.subarray(0, 8).toString('latin1')))
    return { kind: 'refuse', why: 'a tunnel that asks another proxy for a tunnel' };
  const length = headLength(held);
  if (length === null)
    return ended ? { kind: 'refuse', why: 'a request through the tunnel whose head has no end' } : MORE;
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

/** A greeting of SOCKS: version, how many methods, these. What follows at once is the request. */
function socksWords(held: Buffer): FirstWords {
  if (held.length < 3) return MORE;
  const methods = held[1] ?? 0;
  const [version = 5, command = 1, reserved = 0] = held.subarray(2 + methods);
  const goesOn = version === 5 && command >= 1 && command <= 3 && reserved === 0;
  const greets = held[0] === 0x05 && methods > 0 && held.length >= 2 + methods && goesOn;
  // Command, a port, an address, and the user's name up to a zero byte.
  const asks = held[0] === 0x04 && (held[1] === 1 || held[1] === 2) && held.indexOf(0, 8) >= 0;
  return greets || asks ? { kind: 'refuse', why: 'a tunnel that asks another proxy for a connection' } : PASS;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
