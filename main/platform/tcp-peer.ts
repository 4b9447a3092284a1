/**
 * Who is at the other end of a loopback TCP connection.
 *
 * Such a socket carries no credentials. What the kernel does tell is who owns the other end (/proc/net/tcp: user
 * and inode) and which processes hold that inode open (/proc/PID/fd). That is what holds now, not who connected:
 * where several unrelated processes hold it, none is named. Elsewhere than on Linux nothing is known. Nothing
 * here throws.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Bounded } from './bounded.ts';
import type { Peer } from './peer.ts';
import { identifyProcess } from './peer-identity.ts';
import { readStat } from './process-facts.ts';

const SEARCH_MS = 1500;
const MAX_SEARCHES = 2;
/** The search gives way to other work after this long. */
const SLICE_MS = 3;
const MAX_DEPTH = 64;

const searches = new Bounded(MAX_SEARCHES);
/** Processes that were found lately, newest last: a client that comes again is one of them, mostly. */
let lately: readonly number[] = [];
const MAX_LATELY = 8;

const UNKNOWN: Peer = {
  source: 'claimed',
  pid: null,
  uid: null,
  process: null,
  requester: null,
  ancestry: [],
  terminal: null,
};

/** The other end of a connection as the kernel's table has it. */
export interface TcpOwner {
  readonly uid: number;
  readonly inode: number;
}

/** User and inode of the other end, at once; null when the system does not tell. */
export function tcpOwner(socket: Socket): TcpOwner | null {
  const { remotePort, localPort } = socket;
  if (remotePort === undefined || localPort === undefined) return null;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    try {
      const found = ownerIn(readFileSync(table, 'latin1'), remotePort, localPort);
      if (found !== null) return found;
    } catch {
      // No such table here.
    }
  }
  return null;
}

/**
 * The row of a table whose own end is 127.0.0.1:`own` and whose other end is 127.0.0.1:`other`. A program may
 * reach 127.0.0.1 through an IPv6 socket: then it stands in the other table, with a mapped address.
 */
export function ownerIn(table: string, own: number, other: number): TcpOwner | null {
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , uid, , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || inode === undefined || inode === '0') continue;
    if (portOfLoopback(local) === own && portOfLoopback(remote) === other)
      return { uid: Number(uid), inode: Number(inode) };
  }
  return null;
}

/** Addresses are hexadecimal, each 32-bit word in the machine's own byte order, which is little-endian everywhere. */
const LOOPBACKS: ReadonlySet<string> = new Set(['0100007F', '0000000000000000FFFF00000100007F']);

function portOfLoopback(address: string): number | null {
  const [ip = '', port = ''] = address.split(':');
  return LOOPBACKS.has(ip) ? Number.parseInt(port, 16) : null;
}

/** Describes the process that holds the other end of a connection. `kernel` as soon as its user is known. */
export async function identifyTcpPeer(socket: Socket): Promise<Peer> {
  const owner = tcpOwner(socket);
  if (owner === null) return UNKNOWN;
  const known: Peer = { ...UNKNOWN, source: 'kernel', uid: owner.uid };
  const pid = await holderOf(owner.inode);
  if (pid === null) return known;
  lately = [...lately.filter((one) => one !== pid), pid].slice(-MAX_LATELY);
  const described = await identifyProcess(pid, owner.uid);
  return holds(pid, owner.inode) ? described : known;
}

async function holderOf(inode: number): Promise<number | null> {
  const again = lately.findLast((pid) => holds(pid, inode));
  if (again !== undefined) return again;
  const pids = await searches.run(SEARCH_MS, () => holdersOf(inode));
  return pids === null ? null : firstOf(pids);
}

async function holdersOf(inode: number): Promise<readonly number[]> {
  const found: number[] = [];
  let since = performance.now();
  for (const name of namesIn('/proc')) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid <= 0) continue;
    if (holds(pid, inode)) found.push(pid);
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
  return found;
}

function holds(pid: number, inode: number): boolean {
  const wanted = `socket:[${inode}]`;
  const folder = `/proc/${pid}/fd`;
  for (const fd of namesIn(folder)) {
    try {
      if (readlinkSync(`${folder}/${fd}`) === wanted) return true;
    } catch {
      // Closed meanwhile.
    }
  }
  return false;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of processes that share a socket the one that all others come from; null when they are not one family. */
function firstOf(pids: readonly number[]): number | null {
  const [only] = pids;
  if (pids.length === 1 && only !== undefined) return only;
  return pids.find((pid) => pids.every((other) => other === pid || descends(other, pid))) ?? null;
}

function descends(pid: number, from: number): boolean {
  let at = readStat(pid)?.parent ?? 0;
  for (let depth = 0; depth < MAX_DEPTH && at > 0; depth++) {
    if (at === from) return true;
    at = readStat(at)?.parent ?? 0;
  }
  return false;
}
