import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identifyTcpPeer, ownerIn, tcpOwner } from '../../main/platform/tcp-peer.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, remote: string, uid: number, inode: number) =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;

describe('the table of connections', () => {
  it('gives user and inode of the other end, not of our own', () => {
    const table =
      HEAD +
      row('0100007F:1E99', '0100007F:C001', 1000, 11) +
      row('0100007F:C001', '0100007F:1E99', 1001, 22) +
      row('0100007F:C002', '0100007F:1E99', 1002, 33);
    expect(ownerIn(table, 0xc001, 0x1e99)).toEqual({ uid: 1001, inode: 22 });
    expect(ownerIn(table, 0xc003, 0x1e99)).toBeNull();
  });

  it('knows 127.0.0.1 behind an IPv6 socket, and takes no other address for it', () => {
    const mapped = '0000000000000000FFFF00000100007F';
    expect(ownerIn(HEAD + row(`${mapped}:C001`, `${mapped}:1E99`, 5, 6), 0xc001, 0x1e99)).toEqual({
      uid: 5,
      inode: 6,
    });
    expect(ownerIn(HEAD + row('0200007F:C001', '0100007F:1E99', 5, 6), 0xc001, 0x1e99)).toBeNull();
    expect(ownerIn(HEAD + row('0100007F:C001', '0101A8C0:1E99', 5, 6), 0xc001, 0x1e99)).toBeNull();
  });

  it('names nobody for an end that no process holds, nor from a strange table', () => {
    expect(ownerIn(HEAD + row('0100007F:C001', '0100007F:1E99', 5, 0), 0xc001, 0x1e99)).toBeNull();
    for (const text of ['', '\n\n', HEAD, 'a b c', '0: x:y z:w']) expect(ownerIn(text, 1, 2)).toBeNull();
  });
});

function heirsOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function holds(pid: number, inode: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
    );
  } catch {
    return false;
  }
}

describe.runIf(process.platform === 'linux')('a real connection', () => {
  let server: Server;
  let port = 0;
  const accepted: Socket[] = [];
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      accepted.push(socket);
      server.emit('accepted');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  const next = async (begin: () => void): Promise<Socket> => {
    const came = once(server, 'accepted');
    begin();
    await came;
    const socket = accepted.at(-1);
    if (socket === undefined) throw new Error('nobody came');
    return socket;
  };

  /** A process that connects and holds the connection until its stdin ends; `more` runs once it is connected. */
  const client = (more = '') =>
    spawn(
      process.execPath,
      [
        '-e',
        `const c=require('net').connect(${port},'127.0.0.1',()=>{${more}});c.on('error',()=>{});process.stdin.resume().on('end',()=>process.exit())`,
      ],
      { stdio: ['pipe', 'ignore', 'inherit'] },
    );

  it('is known by the process at its other end, with where it comes from', async () => {
    const child = client();
    const socket = await next(() => undefined);
    expect(tcpOwner(socket)?.uid).toBe(process.getuid?.());
    const peer = await identifyTcpPeer(socket);
    expect(peer).toMatchObject({
      source: 'kernel',
      pid: child.pid,
      uid: process.getuid?.(),
      requester: { pid: child.pid, executable: process.execPath, cwd: process.cwd() },
    });
    expect(peer.ancestry[0]?.pid).toBe(process.pid);
    child.stdin?.end();
    await once(child, 'exit');
  });

  it('through an IPv6 socket too', async () => {
    let other: Socket | null = null;
    const socket = await next(() => {
      other = connect(port, '::ffff:127.0.0.1');
      other.on('error', () => undefined);
    });
    expect(await identifyTcpPeer(socket)).toMatchObject({ source: 'kernel', pid: process.pid });
    (other as Socket | null)?.destroy();
  });

  it('is known by the parent when a child has inherited it', async () => {
    const heir = `const s=require('child_process').spawn('sleep',['60'],{stdio:['ignore','ignore','ignore',c._handle]});process.on('exit',()=>s.kill())`;
    const child = client(heir);
    const socket = await next(() => undefined);
    const inode = tcpOwner(socket)?.inode ?? 0;
    await expect.poll(() => heirsOf(child.pid ?? 0).some((pid) => holds(pid, inode))).toBe(true);
    expect((await identifyTcpPeer(socket)).pid).toBe(child.pid);
    child.stdin?.end();
    await once(child, 'exit');
  });

  it('names no process once it has gone', async () => {
    const child = client();
    const socket = await next(() => undefined);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const peer = await identifyTcpPeer(socket);
    expect([peer.pid, peer.process, peer.requester]).toEqual([null, null, null]);
  });
});
