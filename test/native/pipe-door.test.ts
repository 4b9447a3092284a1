/** `gatehouse mcp NAME` at a door of ours: one too many, and a supervisor that stops. */
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPipe } from '../../main/platform/door-client.ts';
import { openDoor } from '../../main/points/door/door-server.ts';
import { hookClients, privateFolder } from './hook-clients.ts';
import { expectOneLine, finish, startClient, startPipe } from './pipe-clients.ts';

let door = '';
let remove: () => Promise<void>;

beforeEach(async () => {
  const made = await privateFolder();
  remove = made.remove;
  door = join(made.folder, 'door');
});

afterEach(() => remove());

describe.each(hookClients)('$name', (client) => {
  it('is the sixty-fifth at a door of ours, and refused', async () => {
    const real = await openDoor({
      path: door,
      kind: 'agent',
      handler: async () => ({ exit: 0, stdout: '', stderr: '' }),
      onPipe: (pipe) => {
        const stream = pipe.accept();
        stream.pipe(stream);
      },
    });
    try {
      const others = await Promise.all(Array.from({ length: 63 }, (_, at) => openPipe(door, `server-${at}`)));
      expect(await finish(startPipe(client, door), 'the 64th')).toMatchObject({
        exit: 0,
        stdout: 'the 64th',
      });
      await expect.poll(() => real.pipes, { timeout: 30_000 }).toBe(63);
      others.push(await openPipe(door, 'one-more'));
      const result = await finish(startPipe(client, door), 'the 65th');
      expect(result.stdout).toBe('');
      expectOneLine(result, 2, /64 MCP pipes are open already/);
      for (const other of others) other.destroy();
    } finally {
      await real.close('the test is over');
    }
  });

  it('ends with the supervisor that stops: refused while it waits, cut while it is open', async () => {
    const waits = Promise.withResolvers<void>();
    const real = await openDoor({
      path: door,
      kind: 'agent',
      handler: async () => ({ exit: 0, stdout: '', stderr: '' }),
      onPipe: (pipe) => {
        if (pipe.name === 'github') waits.resolve();
        else pipe.accept().write('up');
      },
    });
    const waiting = startPipe(client, door);
    await waits.promise;
    const open = startClient(client, ['mcp', `--door=${door}`, 'other']);
    await once(open.stdout, 'data');
    await real.close('Gatehouse stopped');
    expectOneLine(await waiting.ended, 2, /Gatehouse stopped/);
    expectOneLine(await open.ended, 1, /the supervisor ended it/);
  });
});
