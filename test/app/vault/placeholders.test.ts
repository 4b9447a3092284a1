/** A server whose registration names its values: the whole supervisor, a real server. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCard } from '../../support/real-app.ts';
import { CANARY, holding, VaultHouse } from './house.ts';

let house: VaultHouse;
beforeEach(async () => {
  house = await VaultHouse.start();
});
afterEach(() => house.end());

const leaks = (text: string) => ({ name: 'leak', arguments: { text } });

describe('a placeholder', () => {
  it('of the vault is found by name in the scope of the person, asked about, and not told to the agent', async () => {
    await house.make();
    await house.register('tells', { KEY: 'Bearer {{secret.openai}}' });
    const [view] = await house.page.value('mcpServers');
    expect(view).toMatchObject({
      secrets: ['KEY'],
      warning: expect.stringContaining('KEY is {{secret.openai}}'),
    });
    // Of that name, and not the person's: no neighbour is taken in its place.
    const other = await house.add('openai', `${CANARY}-system`, { scope: 'system_wide' });
    await expect(house.client()).rejects.toThrow(/credential missing: openai \(per_user\)/);
    await house.add('openai', CANARY);
    const connecting = house.client();
    await house.allow();
    const client = await connecting;
    const told = await client.callTool(leaks('KEY'));
    expect(house.said('environment')).toEqual([`Bearer ${CANARY}`]);
    expect(JSON.stringify(told)).toContain('KEY is Bearer [REDACTED]');
    expect(JSON.stringify(told)).not.toContain(CANARY);
    const { credentials } = await house.page.value('vault');
    expect(credentials.find(({ id }) => id === other)?.uses).toEqual([]);
    expect(credentials.find(({ scope }) => scope === 'per_user')).toMatchObject({
      uses: [{ server: 'tells', into: 'env', name: 'KEY' }],
    });
    // Taken away on the page like any other.
    await house.page.value(
      'revokeCredential',
      credentials.find(({ scope }) => scope === 'per_user')?.id ?? '',
      null,
    );
    await client.callTool(leaks('KEY'));
    expect(house.said('environment').at(-1)).toBe('(nothing)');
    await client.close();
  });

  it('of the environment is filled in for the server alone, after a question, while the vault is open', async () => {
    await house.make();
    await house.register('tells', { KEY: '{{env.TEAM_TOKEN}}' });
    await expect(house.client()).rejects.toThrow(/credential missing: the environment variable TEAM_TOKEN/);
    house.real.env['TEAM_TOKEN'] = CANARY;
    const connecting = house.client();
    expect(JSON.stringify(await readCard(house.page))).toContain('TEAM_TOKEN');
    await house.allow();
    const client = await connecting;
    const told = await client.callTool(leaks('KEY'));
    expect(house.said('environment')).toEqual([CANARY]);
    expect(JSON.stringify(told)).toContain('KEY is [REDACTED], in base64 [REDACTED]');
    expect(holding(house.real.folder, CANARY)).toEqual([join(house.server, 'environment')]);
    expect(await house.rows('credential.used')).toEqual([
      'The credential env:TEAM_TOKEN was given to an MCP server',
    ]);
    await house.page.value('lockVault');
    await expect(client.callTool(leaks('KEY'))).rejects.toThrow(/the vault is locked/);
    await client.close();
  });
});
