import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appNameOf } from '../../../main/points/api/apps.ts';
import type { ApiView, MadeToken, Result } from '../../../preload/contract.ts';
import { buildOnce } from '../../support/built.ts';
import { freePort, PageClient } from '../../support/headless-rig.ts';
import { httpAsk } from '../../support/http-ask.ts';
import { Home, linkIn, type Run } from '../../support/supervisor-process.ts';

const PIN = 'horse-staple-9';

let home: Home;
let root: string;
beforeAll(buildOnce, 240_000);
beforeEach(() => {
  home = new Home();
  mkdirSync(join(home.folder, 'home', 'web', '.git'), { recursive: true });
  root = realpathSync(join(home.folder, 'home', 'web'));
});
afterEach(() => home.remove());

/** A page on the link that a start printed. */
async function pageOf(run: Run): Promise<PageClient> {
  const { port, token } = linkIn(run.stdout);
  const { client } = await PageClient.hello(port, { link: token });
  return client;
}

let calls = 0;
async function call<T>(page: PageClient, method: string, ...args: readonly unknown[]): Promise<T> {
  calls += 1;
  const result = (await page.call(calls, method, args)) as Result<T>;
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** The supervisor is the launcher's child. */
function kill(run: Run): Promise<unknown> {
  const pid = run.child.pid ?? 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  process.kill(Number(children[0]), 'SIGKILL');
  return run.ended;
}

const start = async () => home.start('--headless', '--port', String(await freePort()));
const portOf = ({ address }: ApiView) => (address === null ? 0 : Number(new URL(address).port));
const path = (rest: string) => `/api/apps/${appNameOf(root).app_id}/${rest}`;

describe('the API of a supervisor that was killed', { timeout: 300_000 }, () => {
  it.runIf(process.platform === 'linux')(
    'opens again on its port with its tokens, and what waited has expired',
    async () => {
      const first = await start();
      const page = await pageOf(first);
      expect(await call<ApiView>(page, 'api')).toMatchObject({ enabled: false, address: null, tokens: [] });
      await call(page, 'setPin', { pin: PIN, current: null });
      const wish = { name: 'agent', scopes: ['submit', 'watch'], app: root, pin: null };
      const { secret: token, api } = await call<MadeToken>(page, 'makeToken', wish);
      const port = portOf(api);
      const body = { tool_name: 'shell.bash', params: { command: 'make' }, session: 's', call_id: 'c' };
      const waiting = await httpAsk(port, path('calls'), { token, body: { ...body, wait_seconds: 0 } });
      expect(waiting.status).toBe(202);
      const session = waiting.body.session_id;
      await kill(first);
      await expect(httpAsk(port, path('approvals'), { token })).rejects.toThrow('ECONNREFUSED');

      const second = await start();
      const after = await httpAsk(port, path('approvals'), { token });
      expect([after.status, after.body]).toEqual([200, { approvals: [] }]);
      const { body: story } = await httpAsk(port, path(`sessions/${session}/events`), { token });
      expect(story.events.map(({ type }: { type: string }) => type)).toEqual([
        'session_started',
        'approval_pending',
        'auto_denied',
      ]);
      expect(story.events[2]).toMatchObject({ by: 'restart', outcome: 'expired', approved: false });
      const gone = await httpAsk(port, path(`calls/${waiting.body.call_id}`), { token });
      expect(gone.status).toBe(404);
      const anew = await httpAsk(port, path('calls'), { token, body: { ...body, wait_seconds: 0 } });
      expect(anew.status).toBe(202);
      expect(anew.body.session_id).not.toBe(session);

      // Revoked means revoked, also after a kill.
      const revoked = await home.done(['token', 'revoke', 'agent']);
      expect([revoked.code, revoked.stdout]).toEqual([0, 'The token agent is good no longer.\n']);
      await kill(second);
      await start();
      expect((await httpAsk(port, path('approvals'), { token })).status).toBe(401);
    },
  );

  it.runIf(process.platform === 'linux')(
    'stays closed when somebody else listens on its port, and says so',
    async () => {
      const first = await start();
      const page = await pageOf(first);
      const { address } = await call<ApiView>(page, 'switchApi', true);
      const port = Number(new URL(address ?? '').port);
      await kill(first);
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
      try {
        const second = await start();
        const listed = await home.done(['token', 'list']);
        expect(listed.stdout).toContain(`port ${port} is taken by another program`);
        const found = await home.done(['audit', 'query', '--text', 'not open']);
        expect(found.stdout).toContain(`port ${port} is taken by another program`);
        const person = await pageOf(second);
        expect(await call<ApiView>(person, 'api')).toMatchObject({ enabled: true, address: null });
        // Only the person moves it.
        const moved = await call<ApiView>(person, 'switchApi', true);
        expect(moved).toMatchObject({ enabled: true, problem: null });
        expect(portOf(moved)).not.toBe(port);
        const { status } = await httpAsk(portOf(moved), '/api/openapi.json');
        expect(status).toBe(200);
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    },
  );
});
