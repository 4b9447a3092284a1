/** What both hook programs do at the doors of other users. */
import { spawn } from 'node:child_process';
import { chmod, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSupervisor, goodAnswer, listenAt } from './fake-supervisor.ts';
import { hookClients, privateFolder, runHook } from './hook-clients.ts';
import { isRoot, NOBODY, OtherUser } from './other-user.ts';

let folder = '';
let door = '';
let remove: () => Promise<void>;
let supervisor: FakeSupervisor | null = null;

beforeEach(async () => {
  ({ folder, remove } = await privateFolder());
  door = join(folder, 'door');
});

afterEach(async () => {
  await supervisor?.close();
  supervisor = null;
  await remove();
});

describe.each(hookClients)('$name', (client) => {
  describe('as another user', () => {
    let other: OtherUser;
    beforeAll(() => {
      if (isRoot) other = new OtherUser();
    });
    afterAll(() => {
      if (isRoot) other.remove();
    });
    beforeEach((context) => {
      if (!isRoot) context.skip('only root can act as another user: sudo npx vitest run test/native');
    });

    const asNobody = (path: string) => runHook(other.client(client), path);

    it('is answered at its own door', async () => {
      await chown(folder, NOBODY, NOBODY);
      const script = `require('node:net').createServer((s) => s.end()).listen(${JSON.stringify(door)}, () => console.log('up'))`;
      const own = spawn(...other.command(other.node, '-e', script), { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await new Promise((resolve, reject) => {
          own.stdout.once('data', resolve);
          own.once('close', reject);
        });
        // It is let through as far as the answer, which this server does not give.
        expect((await asNobody(door)).stderr).toMatch(/went away|without an answer/);
      } finally {
        own.kill('SIGKILL');
      }
    });

    it('blocks at a door whose folder belongs to someone else', async () => {
      supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
      await chmod(folder, 0o755);
      await chown(door, NOBODY, NOBODY);
      await chmod(door, 0o777);
      const result = await asNobody(door);
      expect(result).toMatchObject({
        exit: 2,
        stdout: '',
        stderr: expect.stringMatching(/folder belongs to another user/),
      });
    });

    it('blocks at a door that belongs to someone else', async () => {
      supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
      await chmod(door, 0o777);
      await chown(folder, NOBODY, NOBODY);
      const result = await asNobody(door);
      expect(result).toMatchObject({
        exit: 2,
        stdout: '',
        stderr: expect.stringMatching(/door belongs to another user/),
      });
    });

    it("blocks when another user's program answers at its own door", async () => {
      supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
      await chown(folder, NOBODY, NOBODY);
      await chown(door, NOBODY, NOBODY);
      const result = await asNobody(door);
      expect(result).toMatchObject({
        exit: 2,
        stdout: '',
        stderr: expect.stringMatching(/another user's program/),
      });
      expect(supervisor.visits).toHaveLength(0);
    });
  });
});
