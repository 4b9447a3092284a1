/**
 * Who is at the other end of a connection: the kernel's word for the process, /proc's for the rest.
 *
 * A pid alone names nobody for long. Each step is checked against its reuse: the connecting process by a pidfd
 * where the kernel has one, else by having started before the connection; a parent by still being the parent
 * after it was read. What fails a check is left out. Nothing here throws.
 */
import { closeSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { uptime } from 'node:os';
import type { Peer, ProcessFacts } from './peer.ts';
import { peerCredentials } from './peer-addon.ts';
import { ExecutableDigests } from './peer-digest.ts';
import { isHookProgram, isShell, onlyStarts } from './peer-requester.ts';
import {
  type ProcessStat,
  readCommandLine,
  readProcessLink,
  readStat,
  startedBefore,
  terminalName,
} from './process-facts.ts';

const MAX_ANCESTORS = 16;
const digests = new ExecutableDigests();

const UNKNOWN: Peer = {
  source: 'claimed',
  pid: null,
  uid: null,
  process: null,
  requester: null,
  ancestry: [],
  terminal: null,
};

/**
 * Describes the process that connected. Call it as the connection is accepted: what it compares with is now.
 *
 * Digests of executables seen for the first time are null and known a moment later. Without the addon the peer
 * is `claimed` and nothing of it is known.
 */
export async function identifyPeer(socket: Socket): Promise<Peer> {
  const accepted = uptime();
  const credentials = peerCredentials(socket);
  if (credentials === null) return UNKNOWN;
  const known: Peer = { ...UNKNOWN, source: 'kernel', pid: credentials.pid, uid: credentials.uid };
  try {
    if (credentials.pid === null) return known;
    const described = await describe(credentials.pid, known, accepted);
    return credentials.pidfd === null || pidfdStillNames(credentials.pidfd, credentials.pid)
      ? described
      : known;
  } catch {
    return known;
  } finally {
    if (credentials.pidfd !== null) closeSync(credentials.pidfd);
  }
}

/** The user id of the process that connected, at once; null without the addon. */
export function peerUser(socket: Socket): number | null {
  const credentials = peerCredentials(socket);
  if (credentials !== null && credentials.pidfd !== null) closeSync(credentials.pidfd);
  return credentials?.uid ?? null;
}

/** This process as a peer of itself: the one behind a request that a person makes in the page. */
export async function identifySelf(): Promise<Peer> {
  const known: Peer = { ...UNKNOWN, source: 'kernel', pid: process.pid, uid: process.getuid?.() ?? null };
  try {
    const described = await describe(process.pid, known, uptime());
    return { ...described, requester: described.process };
  } catch {
    return known;
  }
}

/** A process that was found to be at the other end in another way than over a Unix socket, and its user. */
export async function identifyProcess(pid: number, uid: number): Promise<Peer> {
  const known: Peer = { ...UNKNOWN, source: 'kernel', pid, uid };
  try {
    return await describe(pid, known, uptime());
  } catch {
    return known;
  }
}

async function describe(pid: number, known: Peer, acceptedAt: number): Promise<Peer> {
  const stat = readStat(pid);
  if (stat === null || !startedBefore(stat.startTime, acceptedAt)) return known;
  const stats = [stat, ...ancestors(stat)];
  const raw = stats.map((one) => ({
    stat: one,
    exe: readProcessLink(one.pid, 'exe'),
    cwd: readProcessLink(one.pid, 'cwd'),
  }));
  // The links were read after the stat lines: only a process that is still the same one keeps them.
  const sure = raw.map((one) => (isStill(one.stat) ? one : { ...one, exe: null, cwd: null }));
  const asking = await requesterIndex(sure);
  const facts = await Promise.all(
    sure.map(async ({ stat: one, exe, cwd }, at): Promise<ProcessFacts> => {
      const digest = at === 0 || at === asking ? await digests.of(one.pid, exe) : null;
      return { pid: one.pid, startTime: one.startTime, name: one.name, executable: exe, digest, cwd };
    }),
  );
  return {
    ...known,
    process: facts[0] ?? null,
    requester: asking === null ? null : (facts[asking] ?? null),
    ancestry: facts.slice(1),
    terminal: terminalName(stat.terminal),
  };
}

/** From the parent upwards. Ends where a link cannot be trusted. */
function ancestors(stat: ProcessStat): readonly ProcessStat[] {
  const chain: ProcessStat[] = [];
  let child = stat;
  while (chain.length < MAX_ANCESTORS && child.parent > 0) {
    const parent = readStat(child.parent);
    // A pid cannot be given away while its owner is still the parent of the child read before it.
    if (parent === null || !isStill(child)) break;
    chain.push(parent);
    child = parent;
  }
  return chain;
}

function isStill(stat: ProcessStat): boolean {
  const now = readStat(stat.pid);
  return now !== null && now.startTime === stat.startTime && now.parent === stat.parent;
}

interface Seen {
  readonly stat: ProcessStat;
  readonly exe: string | null;
}

/** Position of the agent in the chain; the connecting process itself when that is not our hook program. */
async function requesterIndex(chain: readonly Seen[]): Promise<number | null> {
  const first = chain[0];
  if (first === undefined) return null;
  if (!isHookProgram(first.exe, null) && !isHookProgram(first.exe, await readCommandLine(first.stat.pid)))
    return 0;
  for (let at = 1; at < chain.length; at++) {
    const [child, candidate] = [chain[at - 1], chain[at]];
    if (child === undefined || candidate === undefined) break;
    if (!isShell(candidate.exe)) return at;
    const started = await readCommandLine(child.stat.pid);
    const shell = await readCommandLine(candidate.stat.pid);
    if (shell === null || started === null || !onlyStarts(shell, started)) return at;
  }
  return null;
}

/** False once the process has ended and been reaped: its pid may be someone else's since. */
function pidfdStillNames(pidfd: number, pid: number): boolean {
  try {
    const told = /^Pid:\s*(-?\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, 'utf8'));
    return told !== null && Number(told[1]) === pid;
  } catch {
    return false;
  }
}
