/** What MCP servers are started with out of the vault, and when that ends: the whole supervisor, a real server. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { answerTo, readCard, soon } from '../../support/real-app.ts';
import { CANARY, holding, VaultHouse } from './house.ts';

let house: VaultHouse;
beforeEach(async () => {
  house = await VaultHouse.start();
});
afterEach(() => house.end());

/** A vault with one credential, given to the server that tells. Answers the credential's id. */
async function given(how: { readonly as: string; readonly standing: boolean }): Promise<string> {
  await house.make();
  const id = await house.add('openai', CANARY);
  await house.register();
  const { as: name, standing } = how;
  await house.page.value('grantCredential', { id, server: 'tells', into: 'env', name, standing });
  return id;
}

/** Resolves when a process has ended. */
const gone = (pid: number) => soon(() => (existsSync(`/proc/${pid}`) ? null : true));

describe('a server', { timeout: 180_000 }, () => {
  it('33 gets the value once the person said yes; no file, argument or environment of anybody else does', async () => {
    await given({ as: 'OPENAI_API_KEY', standing: false });
    const connecting = house.client();
    await house.allow();
    const client = await connecting;
    const calling = client.callTool({ name: 'leak', arguments: { text: 'OPENAI_API_KEY' } });
    const result = await calling;
    expect(house.said('environment')).toEqual([CANARY]);
    expect(JSON.stringify(result)).toContain('OPENAI_API_KEY is [REDACTED], in base64 [REDACTED]');
    expect((await house.page.value('vault')).credentials[0]).toMatchObject({
      uses: [{ server: 'tells', name: 'OPENAI_API_KEY', standing: [] }],
      leases: [{ server: 'tells', by: 'you, for the session' }],
    });
    expect(await house.rows('credential.used')).toEqual(['The credential openai was given to an MCP server']);
    // Nowhere on the disk, in no page, in nobody's arguments or environment but the server's.
    expect(holding(house.real.folder, CANARY)).toEqual([join(house.server, 'environment')]);
    const finder = new Redactor();
    finder.add(Buffer.from(CANARY));
    expect(finder.find(JSON.stringify(house.page.sent))).toEqual([]);
    const server = Number(house.said('started').at(-1));
    const holders = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return (
            finder.find(
              readFileSync(`/proc/${pid}/environ`, 'latin1') + readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
            ).length > 0
          );
        } catch {
          return false;
        }
      })
      .map(Number);
    expect(holders).toEqual([server]);
    await client.close();
  });

  it('42 is ended in the moment in which the credential is taken away, and is not started with it again', async () => {
    const id = await given({ as: 'KEY', standing: true });
    const client = await house.client();
    const pid = Number(house.said('started').at(-1));
    await house.page.value('revokeCredential', id, 'tells');
    await gone(pid);
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual(['(nothing)']);
    expect((await house.page.value('vault')).credentials[0]).toMatchObject({ uses: [], leases: [] });
    await client.close();
  });

  it('42 is ended at once also while another server of the same credential waits for a person', async () => {
    const id = await given({ as: 'KEY', standing: false });
    await house.register('zeta');
    const grant = { id, server: 'zeta', into: 'env', name: 'KEY', standing: true } as const;
    await house.page.value('grantCredential', grant);
    const client = await house.client('zeta');
    const pid = Number(house.said('started').at(-1));
    const connecting = house.client().then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    const card = await readCard(house.page);
    const revoking = house.page.value('revokeCredential', id, null);
    await gone(pid);
    await house.page.call('answer', answerTo(card));
    await Promise.all([revoking, connecting]);
    expect((await house.page.value('vault')).credentials[0]).toMatchObject({ uses: [], leases: [] });
    await client.close();
  });

  it('41 is ended when the vault locks, and says why it does not start', async () => {
    await given({ as: 'KEY', standing: true });
    const client = await house.client();
    const pid = Number(house.said('started').at(-1));
    await house.page.value('lockVault');
    await gone(pid);
    await expect(client.callTool({ name: 'leak', arguments: { text: 'KEY' } })).rejects.toThrow(
      /the vault is locked/,
    );
    await client.close();
  });

  it('41 is not started when the vault locks between the question and the yes', async () => {
    await given({ as: 'KEY', standing: false });
    const connecting = house.client().then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    const card = await readCard(house.page);
    await house.page.value('lockVault');
    // The question may have ended with the lock; a yes to it must start nothing either way.
    await house.page.call('answer', answerTo(card));
    expect(await connecting).toMatch(/the vault is locked/);
    expect(house.said('started')).toEqual([]);
    expect((await house.page.value('vault')).leases).toBe(0);
  });

  it('42 is not started with what was taken away between the question and the yes', async () => {
    const id = await given({ as: 'KEY', standing: false });
    const connecting = house.client().then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    const card = await readCard(house.page);
    // It is taken away at once; what ends the server waits for the start that is under way.
    const revoking = house.page.value('revokeCredential', id, 'tells');
    await soon(async () => (await house.page.value('vault')).credentials[0]?.uses.length === 0 || null);
    await house.page.call('answer', answerTo(card));
    await Promise.all([revoking, connecting]);
    expect(house.said('environment')).not.toContain(CANARY);
    expect((await house.page.value('vault')).credentials[0]).toMatchObject({ uses: [], leases: [] });
    expect(await house.rows('credential.used')).toEqual([]);
  });

  it('starts anew with the new value when it changes', async () => {
    const id = await given({ as: 'KEY', standing: true });
    const client = await house.client();
    const renew = { id, how: 'stage', values: { api_key: `${CANARY}-2` }, confirmed: true } as const;
    await house.page.value('renewCredential', renew);
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    await house.page.value('settleCredential', id, 'promote');
    await client.callTool({ name: 'leak', arguments: { text: 'KEY' } });
    expect(house.said('environment')).toEqual([CANARY, `${CANARY}-2`]);
    await client.close();
  });

  it('is refused by the person and not started; a missing credential is told at once', async () => {
    const id = await given({ as: 'KEY', standing: false });
    const connecting = house.client().then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    const card = await readCard(house.page);
    expect(JSON.stringify(card)).toContain('openai');
    await house.page.value('answer', answerTo(card, { kind: 'deny', reason: 'not today' }));
    expect(await connecting).toMatch(/not today/);
    expect(house.said('started')).toEqual([]);
    await house.page.value('removeCredential', id);
    expect((await house.page.value('mcpServers'))[0]?.secrets).toEqual([]);
  });

  it('has what stood in its registration moved into the vault, and still gets it', async () => {
    await house.register('tells', { TOKEN: CANARY, EMPTY: '' });
    expect(holding(house.real.paths.data, CANARY).length).toBeGreaterThan(0);
    await house.make();
    expect(holding(house.real.paths.data, CANARY)).toEqual([]);
    expect((await house.page.value('vault')).credentials).toMatchObject([
      { name: 'mcp/tells', uses: [{ server: 'tells', name: 'TOKEN', standing: ['*'] }] },
    ]);
    const client = await house.client();
    await client.callTool({ name: 'leak', arguments: { text: 'TOKEN' } });
    expect(house.said('environment')).toEqual([CANARY]);
    await client.close();
    await house.page.value('removeMcpServer', 'tells');
    await house.register('later', { LATER: CANARY });
    expect(holding(house.real.paths.data, CANARY)).toEqual([]);
  });

  it('of the name of one that was removed is asked about anew, and so is one whose grant is given again', async () => {
    const id = await given({ as: 'KEY', standing: true });
    await house.page.value('removeMcpServer', 'tells');
    // As an entry would say it that an agent had a person import.
    await house.register('tells', { KEY: '{{secret.openai}}' });
    const uses = async () => (await house.page.value('vault')).credentials[0]?.uses;
    expect(await uses()).toMatchObject([{ server: 'tells', standing: [] }]);
    const connecting = house.client();
    await house.allow();
    await (await connecting).close();
    const grant = { id, server: 'tells', into: 'env', name: 'KEY' } as const;
    await house.page.value('grantCredential', { ...grant, standing: true });
    expect(await uses()).toMatchObject([{ standing: ['*'] }]);
    await house.page.value('grantCredential', { ...grant, standing: false });
    expect(await uses()).toMatchObject([{ standing: [] }]);
  });

  it('that is reached over plain http on another computer is granted nothing', async () => {
    await house.make();
    const id = await house.add('openai', CANARY);
    for (const [name, url] of [
      ['far', 'http://mcp.example/'],
      ['near', 'http://127.0.0.1:9/'],
    ] as const)
      await house.page.value('addMcpServer', { text: JSON.stringify({ url }), name });
    const grant = { id, into: 'header', name: 'Authorization', standing: false } as const;
    const granted = (server: string) => house.page.call('grantCredential', { ...grant, server });
    expect(await granted('far')).toMatchObject({
      error: { message: expect.stringContaining('far is reached over plain http') },
    });
    expect(await granted('near')).toMatchObject({ ok: true });
  });
});
