/**
 * The peer-identity addon: what the kernel tells of the process at the other end of a Unix socket.
 *
 * Compiled at install (native/addon/peer.c). Where it is missing every function answers null or false; nothing
 * here throws.
 */
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { nativeBuildFolder } from './native-status.ts';

export interface PeerCredentials {
  /** Null where the kernel tells the user only, or the process is outside our pid namespace. */
  readonly pid: number | null;
  readonly uid: number;
  readonly gid: number;
  /** A descriptor that names exactly this process (Linux 6.5 or newer). The caller closes it. */
  readonly pidfd: number | null;
}

interface PeerAddon {
  peerCredentials(fd: number): PeerCredentials;
  setNonDumpable(): boolean;
}

let loaded: PeerAddon | null | undefined;

/** Who is at the other end, or null when there is no addon, or the socket is closed or not a Unix socket. */
export function peerCredentials(socket: Socket): PeerCredentials | null {
  const addon = load();
  const fd = descriptorOf(socket);
  if (addon === null || fd === null) return null;
  try {
    return addon.peerCredentials(fd);
  } catch {
    return null;
  }
}

/**
 * Keeps other processes of the same user from reading this one's memory (ptrace, /proc/PID/mem) and the kernel
 * from writing a core file. False where that cannot be done.
 */
export function setNonDumpable(): boolean {
  try {
    return load()?.setNonDumpable() ?? false;
  } catch {
    return false;
  }
}

function load(): PeerAddon | null {
  if (loaded === undefined) loaded = open();
  return loaded;
}

function open(): PeerAddon | null {
  const folder = nativeBuildFolder();
  if (folder === null) return null;
  const library = join(folder, 'peer.node');
  if (!existsSync(library)) return null;
  const target: { exports: Partial<PeerAddon> } = { exports: {} };
  try {
    process.dlopen(target, library);
  } catch {
    return null;
  }
  const { peerCredentials: ask, setNonDumpable: harden } = target.exports;
  return ask === undefined || harden === undefined ? null : { peerCredentials: ask, setNonDumpable: harden };
}

/** Node has no public way to a socket's descriptor; its handle has carried it under this name since 0.x. */
function descriptorOf(socket: Socket): number | null {
  const handle = (socket as unknown as { _handle?: { fd?: unknown } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}
