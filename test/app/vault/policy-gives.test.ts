/** A server that a policy names in `auth`: what it is started with, who is asked, and what stands above the policy. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MovableClock } from '../../../main/platform/clock.ts';
import { readCard, soon } from '../../support/real-app.ts';
import { CANARY, PIN, POLICY, VaultHouse } from './house.ts';

let house: VaultHouse;
afterEach(() => house.end());

const SCHEMA = 'security: { credentials_schema: { providers: [{ name: openai }] } }\n';
const SERVERS = '{ servers: { Tells: { auth: { credential: openai, env_token_var: KEY } } } }';
const GIVING = `${POLICY.replace('mcp: {}', `mcp: { config: ${SERVERS} }`)}${SCHEMA}`;

/** A vault with the credential, and the server registered; nobody granted anything. */
async function start(policy: string, clock: MovableClock | null = null): Promise<string> {
  house = await VaultHouse.start(policy, clock);
  await house.make();
  const id = await house.add('openai', CANARY);
  await house.register();
  return id;
}
const gone = (pid: number) => soon(() => (existsSync(`/proc/${pid}`) ? null : true));
const pidOf = () => Number(house.said('started').at(-1));
const seen = async () => (await house.page.value('vault')).credentials[0];
const rows = (text: RegExp) =>
  soon(async () => (await house.rows('vault.changed')).find((row) => text.test(row)) ?? null);

describe('a server that the policy names', { timeout: 300_000 }, () => {
  it('is given the declared credential in the declared variable after a yes, until the policy says it no more', async () => {
    await start(GIVING);
    expect(await seen()).toMatchObject({
      uses: [{ server: 'tells', name: 'KEY', by: 'policy', standing: [] }],
    });
    const connecting = house.client();
    const card = await readCard(house.page);
    expect(JSON.stringify(card)).toContain('variable KEY, as the policy says');
    expect(house.said('started')).toEqual([]);
    await house.allow();
    const client = await connecting;
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual([CANARY]);
    expect(await house.rows('credential.used')).toEqual(['The credential openai was given to an MCP server']);
    const pid = pidOf();
    house.real.writePolicy(POLICY);
    await house.page.value('reloadPolicy');
    await gone(pid);
    expect(await rows(/A use of the credential openai was ended/)).toBeTruthy();
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual([CANARY, '(nothing)']);
    expect(await seen()).toMatchObject({ uses: [], leases: [] });
    await client.close();
  });

  it('is given it no more once the person took it away, until they grant it by hand', async () => {
    const id = await start(GIVING);
    // Granted by hand as well, in the same place: what is taken away is taken away from both.
    const wish = { id, server: 'tells', into: 'env', name: 'KEY', standing: true } as const;
    await house.page.value('grantCredential', wish);
    expect(await seen()).toMatchObject({ uses: [{ name: 'KEY', by: 'grant' }] });
    const client = await house.client();
    const pid = pidOf();
    await house.page.value('revokeCredential', id, null);
    await gone(pid);
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)']);
    expect(await seen()).toMatchObject({ uses: [], leases: [] });
    const granting = ['vault', 'grant', 'openai', '--to', 'tells', '--always', '--for', '2h'];
    expect(await house.real.command(granting, [PIN])).toMatchObject({ exit: 0 });
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)', CANARY]);
    const lent = await seen();
    expect(lent).toMatchObject({ uses: [{ name: 'KEY', by: 'grant', leaseMinutes: 120 }] });
    const [lease] = lent?.leases ?? [];
    expect((lease?.until ?? 0) - (lease?.since ?? 0)).toBe(2 * 3_600_000);
    expect((await house.real.command(['vault', 'list'])).stdout).toMatch(
      /given to tells as KEY\n {4}in use by .* through tells in .*, until \d{4}-\d\d-\d\d \d\d:\d\d at the latest/,
    );
    await client.close();
  });

  it('is not started when a grant gives it another value in the same place', async () => {
    await start(GIVING);
    const other = await house.add('other', `${CANARY}-2`);
    const wish = { id: other, server: 'tells', into: 'env', name: 'KEY', standing: true } as const;
    await house.page.value('grantCredential', wish);
    await expect(house.client()).rejects.toThrow(/gives it openai as KEY, and it was granted other as that/);
    expect(house.said('started')).toEqual([]);
    await house.page.value('revokeCredential', other, 'tells');
    const connecting = house.client();
    await house.allow();
    await (await connecting).close();
  });

  it('by a project’s own file is given nothing before that file is trusted, and is asked about then', async () => {
    await start(POLICY);
    const project = join(house.real.folder, 'project');
    mkdirSync(project);
    const file = join(project, 'gatehouse.yaml');
    writeFileSync(file, `tools: { modules: { mcp: { config: ${SERVERS} } }, capabilities: {} }\n${SCHEMA}`);
    const untrusted = await house.client();
    await untrusted.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)']);
    expect(await seen()).toMatchObject({ uses: [] });
    await untrusted.close();
    const trusted = await house.real.command(['policy', 'trust', file], [PIN, 'y']);
    expect(`${trusted.stdout}${trusted.questions.join('')}`).toContain(
      'The server tells is started with the credential openai as KEY',
    );
    const connecting = house.client();
    await house.allow();
    const client = await connecting;
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)', CANARY]);
    await client.close();
  });

  it('stays without what was taken from it while nobody worked in the project whose file gives it', async () => {
    const id = await start(POLICY);
    const project = join(house.real.folder, 'project');
    mkdirSync(project);
    const file = join(project, 'gatehouse.yaml');
    writeFileSync(file, `tools: { modules: { mcp: { config: ${SERVERS} } }, capabilities: {} }\n${SCHEMA}`);
    expect(await house.real.command(['policy', 'trust', file], [PIN, 'y'])).toMatchObject({ exit: 0 });
    const mistyped = await house.real.command(['vault', 'revoke', 'openai', '--from', 'tels']);
    expect(mistyped).toMatchObject({ exit: 1, stdout: '' });
    expect(mistyped.stderr).toContain('no MCP server tels is registered');
    await house.page.value('revokeCredential', id, 'tells');
    // Not even asked about: connecting would wait for the answer.
    const client = await house.client();
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)']);
    await client.close();
  });

  it('ends with the time of its use, which is a row, and is asked about again', async () => {
    const clock = new MovableClock();
    const id = await start(POLICY, clock);
    const wish = {
      id,
      server: 'tells',
      into: 'env',
      name: 'KEY',
      standing: false,
      leaseMinutes: 10,
    } as const;
    await house.page.value('grantCredential', wish);
    const connecting = house.client();
    await house.allow();
    const client = await connecting;
    const pid = pidOf();
    clock.advance(10 * 60_000);
    await gone(pid);
    expect(await rows(/A use of the credential openai was ended/)).toBeTruthy();
    await soon(async () => (await seen())?.leases.length === 0 || null);
    expect(await seen()).toMatchObject({ uses: [{ name: 'KEY', leaseMinutes: 10 }] });
    const calling = client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    await house.allow();
    await calling;
    expect(house.said('environment')).toEqual([CANARY]);
    expect(await seen()).toMatchObject({ leases: [{ by: 'you, for the session' }] });
    await client.close();
  });

  it('keeps the vault open only where a person was asked: not by being started of its own', async () => {
    const clock = new MovableClock();
    const id = await start(POLICY, clock);
    const wish = { id, server: 'tells', into: 'env', name: 'KEY' } as const;
    const locksAt = async (): Promise<number> => (await house.page.value('vault')).locksAt ?? 0;
    await house.page.value('grantCredential', { ...wish, standing: true });
    const granted = await locksAt();
    clock.advance(5 * 60_000);
    const first = await house.client();
    expect(house.said('started')).toHaveLength(1);
    expect((await locksAt()) - granted).toBeLessThan(60_000);
    await first.close();
    await house.page.value('grantCredential', { ...wish, standing: false });
    const again = await locksAt();
    clock.advance(5 * 60_000);
    const connecting = house.client();
    await house.allow();
    const second = await connecting;
    expect((await locksAt()) - again).toBeGreaterThanOrEqual(4 * 60_000);
    await second.close();
  });
});
