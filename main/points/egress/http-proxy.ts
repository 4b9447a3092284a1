/** The HTTP side of the proxy: tunnels (CONNECT) and plain requests with an absolute address, one a connection. */
import type { Duplex } from 'node:stream';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Client } from './egress.ts';
import {
  forwardedHead,
  framingOf,
  headLength,
  LONGEST_HEAD,
  parseHead,
  type RequestHead,
  valuesOf,
} from './http-head.ts';
import { RequestBody } from './request-body.ts';
import { absoluteUriOf, authorityOf, refusal, shownTarget, type Target } from './target.ts';
import { FirstLook, tunnel } from './tunnel.ts';

const HEAD_MS = 15_000;
/** A client that has been refused may take so long to hear it. */
const LAST_WORDS_MS = 5000;
const STATUS: Readonly<Record<string, string>> = {
  egress_refused: '403 Forbidden',
  egress_denied: '403 Forbidden',
  egress_failed: '502 Bad Gateway',
};

export async function serveHttp(client: Client): Promise<void> {
  const { socket, intake } = client;
  let asked = '';
  try {
    const head = parseHead(await intake.within(HEAD_MS, () => intake.until(headLength, LONGEST_HEAD)));
    asked = head.target;
    const wanted = wantedBy(head);
    const { place, pass } = await reached(client, wanted.target, wanted.body === null ? 'CONNECT' : 'HTTP');
    const { target, body } = wanted;
    if (body === null) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    else place.write(forwardedHead(head, hostField(target), body.path));
    const gate = body === null ? new FirstLook(target) : new RequestBody(body.framing);
    const end = await tunnel(socket, place, gate, intake.rest());
    if (end.refused) client.refused(shownTarget(target), end.problem ?? '');
    pass.left(end);
  } catch (error) {
    // What the engine or the check of the target refused is written down there.
    if (!(error instanceof Told)) client.refused(asked, messageOf(error));
    const cause = error instanceof Told ? error.cause : error;
    answer(socket, cause);
    if (!(cause instanceof GatehouseError)) throw cause;
  }
}

class Told extends Error {}

async function reached(client: Client, target: Target, how: string): ReturnType<Client['reach']> {
  try {
    return await client.reach(target, how);
  } catch (error) {
    throw new Told('', { cause: error });
  }
}

interface Wanted {
  readonly target: Target;
  /** Null for a tunnel. */
  readonly body: { readonly path: string; readonly framing: ReturnType<typeof framingOf> } | null;
}

/** @throws GatehouseError `egress_refused` for everything that is not exactly one of the two forms */
function wantedBy(head: RequestHead): Wanted {
  const hosts = valuesOf(head, 'host');
  if (hosts.length > 1) throw refusal('a request with two hosts');
  if (head.method === 'CONNECT') {
    const target = authorityOf(head.target);
    const framing = framingOf(head);
    if (framing.kind === 'chunked' || framing.bytes > 0) throw refusal('CONNECT with a body');
    sameHost(target, hosts[0], String(target.port));
    return { target, body: null };
  }
  if (head.method.toUpperCase() === 'CONNECT')
    throw refusal('a method that is not CONNECT and looks like it');
  const { target, path } = absoluteUriOf(head.target);
  sameHost(target, hosts[0], '80');
  return { target, body: { path, framing: framingOf(head) } };
}

/** The address that a request is for and the host that it names must be one. */
function sameHost(target: Target, host: string | undefined, defaultPort: string): void {
  if (host === undefined) return;
  const named = authorityOf(host, defaultPort);
  if (named.host !== target.host || named.port !== target.port)
    throw refusal('the address names one host and the Host field another');
}

function hostField(target: Target): string {
  const whole = shownTarget(target);
  return target.port === 80 ? whole.slice(0, -':80'.length) : whole;
}

/** Says why not, in words that an agent can act on, and ends. */
function answer(socket: Duplex, error: unknown): void {
  if (socket.destroyed || !socket.writable) return;
  const status = (error instanceof GatehouseError ? STATUS[error.code] : undefined) ?? '502 Bad Gateway';
  const text = `Gatehouse did not make the connection: ${messageOf(error).replace(/[^\x20-\x7e]/g, '?')}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
  socket.resume();
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}
