/**
 * A process whose memory is closed, as the supervisor's is: what it still finds out of who connects to it, of itself,
 * and of the ports that it listens on. Prints that as JSON.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { closeMemory } from '../../main/platform/closed-memory.ts';
import { identifyPeer, identifySelf } from '../../main/platform/peer-identity.ts';
import { listensHere } from '../../main/platform/tcp-listeners.ts';

const hardened = closeMemory().length === 0;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-peer-'));
const path = join(folder, 'door');
const door = createServer();
const connected = new Promise<Socket>((resolve) => door.once('connection', resolve));
door.listen(path, () => {
  spawn(process.execPath, ['-e', `require('node:net').connect(${JSON.stringify(path)})`], {
    stdio: 'ignore',
  });
});
const port = createServer();
await new Promise<void>((resolve) => port.listen(0, '127.0.0.1', resolve));
const address = port.address();
const socket = await connected;
const peer = await identifyPeer(socket);
const self = await identifySelf();
const listens =
  typeof address === 'object' && address !== null && listensHere(address.port) && !listensHere(1);
process.stdout.write(
  JSON.stringify({
    hardened,
    source: peer.source,
    executable: peer.process?.executable ?? null,
    self: self.process?.executable ?? null,
    listens,
  }),
);
socket.destroy();
door.close();
port.close();
rmSync(folder, { recursive: true, force: true });
