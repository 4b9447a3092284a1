/** Signing in as a person does it, in the page and in a terminal, against a real OAuth server; and what servers get. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialView } from '../../../preload/contract.ts';
import {
  browse,
  CLIENT_SECRET,
  OAuthTestServer,
  PUBLIC_CLIENT,
  SECRET_CLIENT,
} from '../../support/oauth-server.ts';
import { soon } from '../../support/real-app.ts';
import { holding, PIN, VaultHouse } from './house.ts';

let service: OAuthTestServer;
let house: VaultHouse;
let count = 0;
let name = '';
beforeAll(async () => {
  service = await OAuthTestServer.start();
  house = await VaultHouse.start();
  mkdirSync(house.real.paths.providers, { recursive: true });
  for (const [id, over] of [
    ['notes', ''],
    ['notes-made', '  client: registered\n'],
    ['notes-secret', '  auth: basic\n'],
  ] as const)
    writeFileSync(join(house.real.paths.providers, `${id}.yaml`), service.providerFile(id, over));
  await house.make();
});
afterAll(async () => {
  await house.end();
  await service.stop();
});
// Each has a name of its own in the one vault.
beforeEach(() => {
  count += 1;
  name = `notes-${count}`;
});

const wish = (over: object = {}) => ({
  ...{ credential: null, name, label: '', kind: 'notes', values: { client_id: PUBLIC_CLIENT } },
  ...over,
});
async function begin(over: object = {}) {
  const report = await house.page.value('connectCredential', wish(over));
  return report.signIn ?? expect.fail(JSON.stringify(report.problems));
}
const signIn = async (id: string) =>
  (await house.page.value('vault')).signIns.find((one) => one.id === id) ?? expect.fail('there is none');
const settled = (id: string) =>
  soon(async () => {
    const view = await signIn(id);
    return view.state === 'waiting' ? null : view;
  });
async function connect(over: object = {}): Promise<CredentialView> {
  const { id, url } = await begin(over);
  await browse(url);
  const view = await settled(id);
  expect(view).toMatchObject({ state: 'done', text: '' });
  const { credentials } = await house.page.value('vault');
  return credentials.find((one) => one.id === view.credential) ?? expect.fail('it is not in the vault');
}
const kept = async (id: string) => (await house.page.value('vault')).credentials.find((one) => one.id === id);
const reveal = async (id: string, field: string) =>
  (await house.page.value('revealCredential', { id, field, pin: PIN, how: 'revealed' })).value;
/** Its time is over, as after a night. */
function expire(id: string): void {
  const file = new Database(house.real.paths.vaultDb);
  file.prepare('UPDATE credentials SET expires = updated - 1 WHERE id = ?').run(id);
  file.close();
}
const rows = async () =>
  (await house.page.value('timeline', { text: '' }, null, 200)).rows.map(({ summary }) => summary);

describe('the page', () => {
  it.each([
    ['of the person', {}],
    [
      'with a secret',
      { kind: 'notes-secret', values: { client_id: SECRET_CLIENT, client_secret: CLIENT_SECRET } },
    ],
    ['that the service makes', { kind: 'notes-made', values: {} }],
    [
      'at a service that is in no catalog',
      { kind: 'type:oauth2', values: { client_id: PUBLIC_CLIENT, scope: 'offline_access openid' } },
    ],
  ])('connects by a client %s', async (_what, over) => {
    const values =
      'kind' in over && over.kind === 'type:oauth2' ? { ...over.values, issuer: service.issuer } : null;
    const made = await connect(values === null ? over : { ...over, values });
    expect(made).toMatchObject({
      name,
      scope: 'per_user',
      state: 'valid',
      renews: true,
      bySignIn: true,
    });
    expect(await service.isActive(await reveal(made.id, 'access_token'))).toBe(true);
    expect(await rows()).toContain(`Signed in for the credential ${name}`);
  });

  it('shows what is missing in the form, and begins nothing', async () => {
    const before = (await house.page.value('vault')).signIns;
    const report = await house.page.value('connectCredential', wish({ values: {} }));
    expect(report).toEqual({ signIn: null, problems: [{ field: 'client_id', text: 'is needed' }] });
    expect(await house.page.code('connectCredential', wish({ kind: 'github' }))).toBe('bad_argument');
    expect(await house.page.code('connectCredential', wish({ name: '../x' }))).toBe('bad_argument');
    expect((await house.page.value('vault')).signIns).toEqual(before);
  });

  it('shows a sign-in that was refused there, cancelled here, or ended by the lock, and keeps nothing of it', async () => {
    service.refuses = true;
    const refused = await begin();
    await browse(refused.url);
    expect(await settled(refused.id)).toMatchObject({
      state: 'cancelled',
      text: expect.stringContaining('told no'),
    });
    service.refuses = false;
    const cancelled = await begin();
    await house.page.value('cancelSignIn', cancelled.id);
    expect(await signIn(cancelled.id)).toMatchObject({ state: 'cancelled' });
    await expect(browse(cancelled.url)).rejects.toThrow();
    const locked = await begin();
    await house.page.value('lockVault');
    expect(await signIn(locked.id)).toMatchObject({ state: 'cancelled', text: 'the vault was locked' });
    await house.unlock();
    expect((await house.page.value('vault')).credentials.map((one) => one.name)).not.toContain(name);
  });

  it('takes the address that a browser of another computer ended at', async () => {
    const { id, url } = await begin();
    const seen = await browse(url, (at) => at.pathname === '/callback');
    expect(await house.page.code('pasteSignIn', id, 'http://127.0.0.1:1/callback?code=x')).toBe(
      'bad_argument',
    );
    const other = new URL(seen.at(-1)?.href ?? '');
    other.searchParams.set('state', 'another');
    expect(await house.page.code('pasteSignIn', id, other.href)).toBe('bad_argument');
    await house.page.value('pasteSignIn', id, seen.at(-1)?.href ?? '');
    expect(await settled(id)).toMatchObject({ state: 'done' });
  });

  it('takes no value for what is signed in to', async () => {
    const draft = {
      name: 'x',
      label: '',
      kind: 'notes',
      scope: 'per_user' as const,
      app: null,
      confirmed: true,
    };
    expect(
      await house.page.code('addCredential', { ...draft, values: { access_token: 'at-12345678' } }),
    ).toBe('bad_argument');
    expect(
      await house.page.code('addCredential', { ...draft, scope: 'system_wide', values: { client_id: 'x' } }),
    ).toBe('bad_argument');
  });

  it('takes the tokens back at the service when the credential is removed', async () => {
    const made = await connect();
    const token = await reveal(made.id, 'access_token');
    await house.page.value('removeCredential', made.id);
    expect(await service.isActive(token)).toBe(false);
  });
});

describe('a server', () => {
  const said = () => {
    const file = join(house.server, 'environment');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };

  it('gets a token that was renewed before it was given; when the sign-in is over it gets none, and the person is told', async () => {
    const made = await connect();
    await house.register();
    await house.page.value('grantCredential', {
      ...{ id: made.id, server: 'tells', into: 'env', name: 'NOTES', standing: true },
    });
    const before = await reveal(made.id, 'access_token');
    expire(made.id);
    const client = await house.client();
    await client.callTool({ name: 'leak', arguments: { text: 'NOTES' } });
    const [given = ''] = said();
    expect(given).not.toBe(before);
    expect(await service.isActive(given)).toBe(true);
    expect(await rows()).toContain(`The credential ${name} was refreshed`);
    // Tokens are where they must be, and nowhere else: the server's own file, and the vault, sealed.
    const renewing = await reveal(made.id, 'refresh_token');
    expect(holding(house.real.folder, given)).toEqual([join(house.server, 'environment')]);
    expect(holding(house.real.folder, renewing)).toEqual([]);
    for (const token of [given, renewing]) expect(JSON.stringify(house.page.sent)).not.toContain(token);
    // Somebody used the refresh token a second time: the service ends the grant.
    const stolen = await reveal(made.id, 'refresh_token');
    const steal = () =>
      fetch(`${service.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'refresh_token', refresh_token: stolen, client_id: PUBLIC_CLIENT },
        }),
      });
    expect((await steal()).status).toBe(200);
    expect((await steal()).status).toBe(400);
    await house.page.value('lockVault');
    await house.unlock();
    expire(made.id);
    await expect(client.callTool({ name: 'leak', arguments: { text: 'NOTES' } })).rejects.toThrow(
      new RegExp(`the sign-in of ${name} has ended`),
    );
    expect(await kept(made.id)).toMatchObject({ state: 'invalid', leases: [] });
    expect(house.page.sent.notice.map(({ text }) => text).join()).toContain(
      `The sign-in of ${name} has ended`,
    );
    expect(await rows()).toContain(`The sign-in of the credential ${name} ended`);
    // The same credential, signed in for again: its servers have it again.
    await connect({ credential: made.id, values: {} });
    expect(await kept(made.id)).toMatchObject({ state: 'valid' });
    await client.close();
    const again = await house.client();
    await again.callTool({ name: 'leak', arguments: { text: 'NOTES' } });
    expect(await service.isActive(said().at(-1) ?? '')).toBe(true);
    await again.close();
  });
});

describe('gatehouse vault connect', () => {
  it('prints the address, waits for the browser, and takes what is pasted', async () => {
    const run = (argv: readonly string[], answers: (prompt: string) => Promise<string | null>) =>
      house.real.command(['vault', ...argv], answers);
    const url = (prompt: string) => /http:\S+/.exec(prompt)?.[0] ?? '';
    const first = await run(['connect', name, '--service', 'notes'], async (prompt) => {
      if (prompt.startsWith('PIN')) return PIN;
      if (prompt.startsWith('Client ID')) return PUBLIC_CLIENT;
      if (!prompt.startsWith('Open this')) return null;
      await browse(url(prompt));
      return null;
    });
    expect([first.stdout, first.stderr]).toEqual([
      `${name} is signed in to ${new URL(service.issuer).host}, and in the vault.\n`,
      '',
    ]);
    const pasted = await run(['connect', name], async (prompt) => {
      if (prompt.startsWith('PIN')) return PIN;
      return (await browse(url(prompt), (at) => at.pathname === '/callback')).at(-1)?.href ?? null;
    });
    expect(pasted.stdout).toContain(`${name} is signed in`);
    const wrong = await run(['connect', name], async (prompt) =>
      prompt.startsWith('PIN') ? PIN : 'http://127.0.0.1:9/callback?code=x',
    );
    expect(wrong).toMatchObject({ exit: 1, stderr: expect.stringContaining('that is no address') });
    expect((await house.page.value('vault')).signIns.filter(({ state }) => state === 'waiting')).toEqual([]);
    expect((await run(['connect', name], async () => null)).exit).toBe(1);
    const removed = await run(['remove', name], async () => PIN);
    expect(removed.stdout).toContain('was taken back at the service');
  });
});
