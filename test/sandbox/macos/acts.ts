/** What the kernel asks Seatbelt for a system call: each entry has to be allowed for the call to go through. */
import type { Ask } from './seatbelt.ts';

export type Acts = readonly Ask[];

export const read = (path: string): Acts => [{ operation: 'file-read-data', path }];
export const list = (path: string): Acts => [{ operation: 'file-read-data', path, vnode: 'DIRECTORY' }];
export const stat = (path: string): Acts => [{ operation: 'file-read-metadata', path }];
export const change = (path: string): Acts => [{ operation: 'file-write-data', path }];
export const create = (path: string): Acts => [{ operation: 'file-write-create', path }];
export const remove = (path: string): Acts => [{ operation: 'file-write-unlink', path }];
export const chmod = (path: string): Acts => [{ operation: 'file-write-mode', path }];
export const times = (path: string): Acts => [{ operation: 'file-write-times', path }];
export const xattr = (path: string): Acts => [{ operation: 'file-write-xattr', path }];
export const owner = (path: string): Acts => [{ operation: 'file-write-owner', path }];
export const flags = (path: string): Acts => [{ operation: 'file-write-flags', path }];
export const setuid = (path: string): Acts => [...chmod(path), { operation: 'file-write-setugid', path }];
export const mount = (path: string): Acts => [{ operation: 'file-mount', path }];
export const unmount = (path: string): Acts => [{ operation: 'file-unmount', path }];
export const exec = (path: string): Acts => [{ operation: 'process-exec', path }];
/** What is at the new name is removed for it. */
export const rename = (from: string, to: string, over = false): Acts => [
  ...remove(from),
  ...create(to),
  ...(over ? remove(to) : []),
];
/** RENAME_SWAP. */
export const exchange = (one: string, other: string): Acts => [...rename(one, other), ...rename(other, one)];
export const link = (file: string, name: string): Acts => [
  { operation: 'file-link', path: file },
  ...create(name),
];
export const clone = (from: string, to: string): Acts => [...read(from), ...create(to)];
export const device = (path: string): Acts => [{ operation: 'file-read-data', path, vnode: 'BLOCK-DEVICE' }];
export const makeNode = (path: string): Acts => [{ operation: 'file-mknod', path }];
export const connect = (remote: string): Acts => [{ operation: 'network-outbound', remote }];
export const bind = (local: string): Acts => [{ operation: 'network-bind', local }];
export const connectSocket = (remoteSocket: string): Acts => [
  { operation: 'system-socket', domain: 'AF_UNIX' },
  { operation: 'network-outbound', remoteSocket },
];
export const bindSocket = (localSocket: string): Acts => [
  { operation: 'system-socket', domain: 'AF_UNIX' },
  { operation: 'network-bind', localSocket },
  ...create(localSocket),
];
export const socket = (domain: string): Acts => [{ operation: 'system-socket', domain }];
export const signalOthers = (): Acts => [{ operation: 'signal', target: 'others' }];
export const lookAt = (): Acts => [{ operation: 'process-info-pidinfo', target: 'others' }];
export const control = (): Acts => [{ operation: 'process-info-setcontrol', target: 'others' }];
export const taskPort = (): Acts => [{ operation: 'mach-priv-task-port', target: 'others' }];
export const lookup = (name: string): Acts => [{ operation: 'mach-lookup', name }];
export const sysctl = (name: string): Acts => [{ operation: 'sysctl-read', name }];
export const setSysctl = (name: string): Acts => [{ operation: 'sysctl-write', name }];
export const privilege = (operation: string): Acts => [{ operation }];
