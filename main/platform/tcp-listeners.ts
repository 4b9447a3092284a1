/** Which TCP ports of this computer this program listens on itself. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENS = '0A';

/**
 * Whether this process listens on a port, on any address. Where the system does not tell, it is taken to: what asks
 * is about to connect.
 */
export function listensHere(port: number): boolean {
  try {
    const inodes = new Set(
      ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((table) => inodesIn(tableText(table), port)),
    );
    return (
      inodes.size > 0 &&
      readdirSync('/proc/self/fd').some((fd) => inodes.has(socketOf(`/proc/self/fd/${fd}`)))
    );
  } catch {
    return true;
  }
}

/** The inodes of sockets that listen on a port, as a table of the kernel has them. */
export function inodesIn(table: string, port: number): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const own = Number.parseInt(local?.split(':')[1] ?? '', 16);
    return state === LISTENS && own === port && inode !== undefined ? [inode] : [];
  });
}

/** IPv6 may be switched off. */
function tableText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (path.endsWith('6')) return '';
    throw error;
  }
}

function socketOf(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? '';
  } catch {
    return '';
  }
}
