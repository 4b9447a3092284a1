/**
 * What the kernel says of a launch, apart from what the launcher says: who connected, and how the waiting command
 * stands. A program that only claims to have confined itself is found out here.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from '../../platform/errors.ts';
import type { Peer, ProcessFacts } from '../../platform/peer.ts';
import { processRuns, readStat } from '../../platform/process-facts.ts';

/** The process that connected is our launcher, and nobody steers it. @throws GatehouseError `not_the_launcher` */
export function checkLauncher(peer: Peer, launcher: string): number {
  if (peer.source !== 'kernel' || peer.process === null || peer.process.executable !== launcher)
    throw new GatehouseError('not_the_launcher', 'the program that asked is not the sandbox launcher', {
      hint: 'use `gatehouse run`',
    });
  if (statusOf(peer.process.pid).get('TracerPid') !== '0')
    throw new GatehouseError('not_the_launcher', 'the launcher is being traced by another program');
  return peer.process.pid;
}

/**
 * The command that waits in a sandbox: the only child of process 1 of it, which is the launcher's child.
 *
 * @param first  process 1 of the sandbox, as the launcher tells it
 * @throws GatehouseError `not_confined` when the kernel knows it as anything less
 */
export function checkCommand(launcher: number, first: number, name: string): ProcessFacts {
  const one = statusOf(first);
  const wrong = (what: string) =>
    new GatehouseError('not_confined', `the kernel does not confirm the sandbox: ${what}`);
  if (one.get('PPid') !== String(launcher)) throw wrong('its first process is not the launcher’s child');
  const pid = childOf(first);
  if (pid === null) throw wrong('its command does not wait');
  const command = statusOf(pid);
  const inside = (command.get('NSpid') ?? '').split('\t').filter((part) => part !== '');
  if (command.get('PPid') !== String(first) || inside.length < 2)
    throw wrong('no process namespace of its own');
  if (command.get('Seccomp') !== '2') throw wrong('no filter of system calls');
  if (command.get('NoNewPrivs') !== '1') throw wrong('it could gain privileges');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    if (!/^0+$/.test(command.get(set) ?? '')) throw wrong('capabilities are left');
  return {
    pid,
    startTime: readStat(pid)?.startTime ?? null,
    name,
    executable: null,
    digest: null,
    cwd: null,
  };
}

/** Resolves when a process has ended, or after two seconds in which it did not. */
export async function processGone(pid: number): Promise<void> {
  for (let turn = 0; turn < 200 && processRuns(pid, null); turn++) await sleep(10);
}

function childOf(pid: number): number | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.length === 1 && /^\d+$/.test(children[0] ?? '') ? Number(children[0]) : null;
  } catch {
    return null;
  }
}

function statusOf(pid: number): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
    return new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      }),
    );
  } catch {
    return new Map();
  }
}
