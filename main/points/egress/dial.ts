/** Names looked up once, and a connection to exactly the addresses that were checked. */
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { bytesOf, canonicalAddress } from './address.ts';
import type { Target } from './target.ts';

const LOOKUP_MS = 10_000;
const CONNECT_MS = 10_000;
const MOST_ADDRESSES = 4;

/** What a name stands for, at least one. @throws on failure */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** As the system looks names up. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address);

/** The addresses of a target, each in its one spelling. @throws GatehouseError `egress_failed` */
export async function addressesOf(target: Target, resolve: Resolve): Promise<readonly string[]> {
  if (target.isAddress) return [target.host];
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), LOOKUP_MS);
  try {
    const found = await Promise.race([resolve(target.host), late]);
    const addresses = [...new Set(found.map(canonicalAddress))].filter((address) => address !== null);
    if (addresses.length > 0) return addresses;
    throw new Error('it has no address');
  } catch (error) {
    throw new GatehouseError('egress_failed', `${target.host} is not found: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection to the first address that takes one. @throws GatehouseError `egress_failed` */
export async function dial(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  let last = '';
  for (const address of addresses.slice(0, MOST_ADDRESSES)) {
    try {
      return await dialOne(address, port, signal);
    } catch (error) {
      last = messageOf(error);
      if (signal.aborted) break;
    }
  }
  throw new GatehouseError('egress_failed', `no connection: ${last}`);
}

function dialOne(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      allowHalfOpen: true,
      autoSelectFamily: false,
      // An address is not looked up; if ever one were, it would go nowhere.
      lookup: (_name, _options, callback) => callback(new Error('names are not looked up here'), '', 0),
    });
    const fail = (error: Error) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const gone = () => fail(new Error('the client went away'));
    const timer = setTimeout(() => fail(new Error(`${address} does not answer`)), CONNECT_MS);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      socket.removeAllListeners('error');
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      if (!same(socket.remoteAddress ?? '', address)) return fail(new Error('it is connected elsewhere'));
      settle();
      resolve(socket);
    });
    signal.addEventListener('abort', gone, { once: true });
    if (signal.aborted) gone();
  });
}

function same(a: string, b: string): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}
