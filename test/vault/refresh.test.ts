/** Renewal against a server that takes each refresh token once: kills, lost answers, locks and races. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refresher } from '../../main/app/vault/refresher.ts';
import { connectionValues, readConnection } from '../../main/vault/oauth/connection.ts';
import { beginSignIn, discover, finishSignIn } from '../../main/vault/oauth/protocol.ts';
import { openRedirect } from '../../main/vault/oauth/redirect.ts';
import { browse, OAuthTestServer, PUBLIC_CLIENT } from '../support/oauth-server.ts';
import { codeOf, draft, PASSPHRASE, type VaultHouse, vaultHouse } from '../support/vault-house.ts';

let service: OAuthTestServer;
let house: VaultHouse;
let id: string;
let told: string[];
let logged: string[];
beforeEach(async () => {
  service = await OAuthTestServer.start();
  house = await vaultHouse();
  id = await signIn(house);
  told = [];
  logged = [];
});
afterEach(async () => {
  house.end();
  await service.stop();
});

async function signIn(into: VaultHouse): Promise<string> {
  const { server } = await discover(service.issuer);
  const client = { id: PUBLIC_CLIENT, secret: null, auth: 'none' } as const;
  const redirect = await openRedirect('127.0.0.1', 0);
  const { url, attempt } = await beginSignIn({
    ...{ server, client, redirectUri: redirect.uri, scopes: ['offline_access', 'openid'], parameters: {} },
  });
  redirect.expect(attempt.state);
  await browse(url);
  const tokens = await finishSignIn(attempt, await redirect.arrived, Date.now());
  redirect.close();
  return into.vault.credentials.add(
    draft('notes', { type: 'oauth2', expires: Math.round((tokens.expiresAt ?? 0) * 1000), state: 'valid' }),
    connectionValues({ server, client, tokens }),
  ).id;
}

/** @param aheadMs so far is the clock ahead: by an hour, and the token is to be renewed */
function refresherOf({ vault }: VaultHouse, aheadMs = 0): Refresher {
  return new Refresher({
    keeper: { vault, log: async (event) => void logged.push(event.type), renewed: () => undefined },
    nowMs: () => Date.now() + aheadMs,
    changed: () => void told.push('changed'),
    ended: async (_credential, why) => void told.push(why),
    onProblem: (text) => void told.push(text),
  });
}

const tokensOf = ({ vault }: VaultHouse) => readConnection(vault.credentials.open(id)).tokens;
const stateOf = ({ vault }: VaultHouse) => vault.credentials.get(id)?.state;
const refreshes = () => service.requests.filter((type) => type === 'refresh_token').length;

describe('39 a kill at each step of a renewal', () => {
  async function killedAt(step: number): Promise<readonly string[] | null> {
    house.store.settle();
    house.store.close();
    // Not the synchronous one: the service runs in this process.
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'refresh-child.ts'),
      ...[house.folder, PASSPHRASE, String(step)],
    ]);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const steps = out.trim().split('\n');
    if (signal === null) {
      expect([code, err, steps.at(-1)]).toEqual([0, '', 'done']);
      return null;
    }
    expect(signal).toBe('SIGKILL');
    return steps;
  }

  it('leaves the old tokens, the new ones, or a sign-in that is told to be over; never one that is thought to be good', async () => {
    const seen: [string, string][] = [];
    for (let step = 1; ; step += 1) {
      if (step > 1) {
        house.end();
        house = await vaultHouse();
        id = await signIn(house);
        told = [];
      }
      const before = tokensOf(house);
      const asked = refreshes();
      const steps = await killedAt(step);
      if (steps === null) break;
      await house.restart();
      await house.unlock();
      const wasAsked = refreshes() > asked;
      const adopted = tokensOf(house).access !== before.access;
      // Whatever it is: the next renewal either works, or says that it is over.
      const code = await codeOf(() => refresherOf(house).refresh(id));
      const works = code === 'done' && (await service.isActive(tokensOf(house).access));
      expect([steps.at(-1), works || (code === 'sign_in_over' && stateOf(house) === 'invalid')]).toEqual([
        steps.at(-1),
        true,
      ]);
      if (!works) expect(told.join()).toContain('was cut off');
      seen.push([steps.at(-1) ?? '', adopted ? 'new' : wasAsked ? 'lost' : 'old']);
    }
    expect(seen).toEqual([
      ['inbox made', 'old'],
      ['before the request', 'old'],
      // The answer was in a process that is no more: nobody has it, and the service ends it at the next try.
      ['answered', 'lost'],
      ['kept', 'new'],
      ['before change', 'new'],
      ['change', 'new'],
      ['in force', 'new'],
      ['told', 'new'],
    ]);
  }, 120_000);
});

describe('a renewal', () => {
  it('is one request, however many want it at once', async () => {
    const refresher = refresherOf(house);
    const before = tokensOf(house).access;
    await Promise.all(Array.from({ length: 10 }, () => refresher.refresh(id)));
    expect(refreshes()).toBe(1);
    expect(tokensOf(house).access).not.toBe(before);
    expect(stateOf(house)).toBe('valid');
    expect([told, logged]).toEqual([['changed'], ['credential.used']]);
  });

  it('comes ahead of the end, and not before: at a use, and by itself', async () => {
    const credential = () => house.vault.credentials.get(id) ?? expect.fail();
    const early = refresherOf(house, 3_600_000 - 620_000);
    await early.fresh(credential());
    await early.sweep();
    expect(refreshes()).toBe(0);
    await refresherOf(house, 3_600_000 - 580_000).fresh(credential());
    expect(refreshes()).toBe(1);
    // The new ones are of an hour too, by that clock.
    await refresherOf(house, 2 * 3_600_000 - 580_000 - 620_000).sweep();
    expect(refreshes()).toBe(1);
    await refresherOf(house, 2 * 3_600_000 - 580_000 - 560_000).sweep();
    expect(refreshes()).toBe(2);
  });

  it('of a token that lasts five minutes comes after half of them, not each time', async () => {
    const file = (seconds: number) =>
      house.sql((db) =>
        db
          .prepare('UPDATE credentials SET updated = @now, expires = @now + @life')
          .run({ now: Date.now() * 1000, life: seconds * 1_000_000 }),
      );
    file(300);
    await refresherOf(house, 100_000).sweep();
    expect(refreshes()).toBe(0);
    await refresherOf(house, 200_000).sweep();
    expect(refreshes()).toBe(1);
  });

  it('after the end, as when the computer slept, comes before the value is used', async () => {
    const before = tokensOf(house).access;
    await refresherOf(house, 5 * 3_600_000).fresh(house.vault.credentials.get(id) ?? expect.fail());
    expect(tokensOf(house).access).not.toBe(before);
  });

  it.each(['hang up', 'unavailable'] as const)(
    'that fails (%s) is tried again later, and loses nothing',
    async (fault) => {
      service.fault = fault;
      const refresher = refresherOf(house, 3_600_000 - 100_000);
      await refresher.sweep();
      await refresher.sweep();
      expect(told).toHaveLength(1);
      // There is time left: it is used as it is.
      await refresher.fresh(house.vault.credentials.get(id) ?? expect.fail());
      const late = refresherOf(house, 2 * 3_600_000);
      expect(await codeOf(() => late.fresh(house.vault.credentials.get(id) ?? expect.fail()))).toBe(
        'credential_expired',
      );
      service.fault = 'none';
      await late.fresh(house.vault.credentials.get(id) ?? expect.fail());
      expect(await service.isActive(tokensOf(house).access)).toBe(true);
    },
  );

  it('whose answer is lost is over at the next try, and the person is told once; nothing is sent again', async () => {
    service.fault = 'lose the answer';
    const refresher = refresherOf(house);
    expect(await codeOf(() => refresher.refresh(id))).toBe('oauth_unreachable');
    service.fault = 'none';
    expect(await codeOf(() => refresher.refresh(id))).toBe('sign_in_over');
    expect(stateOf(house)).toBe('invalid');
    expect(told).toEqual([expect.stringContaining('was cut off')]);
    const asked = refreshes();
    await refresher.sweep();
    expect(await codeOf(() => refresher.fresh(house.vault.credentials.get(id) ?? expect.fail()))).toBe(
      'sign_in_over',
    );
    expect(refreshes()).toBe(asked);
  });

  it('that is refused after the person signed in anew says nothing of the new sign-in', async () => {
    const old = tokensOf(house);
    // Somebody else has used the refresh token: the service ends the old sign-in.
    service.fault = 'lose the answer';
    expect(await codeOf(() => refresherOf(house).refresh(id))).toBe('oauth_unreachable');
    service.fault = 'none';
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const asked = refreshes();
    const work = codeOf(() => refresherOf(house).refresh(id));
    while (refreshes() === asked) await new Promise((resolve) => setTimeout(resolve, 5));
    const kept = readConnection(house.vault.credentials.open(id));
    house.vault.credentials.together(() => {
      house.vault.inbox.clear(id);
      return house.vault.credentials.replace(
        id,
        connectionValues({ ...kept, tokens: { ...old, access: 'a-new-one' } }),
        { state: 'valid' },
      );
    });
    gate.resolve();
    expect(await work).toBe('sign_in_over');
    expect([stateOf(house), tokensOf(house).access, told]).toEqual(['valid', 'a-new-one', []]);
  });

  it('that is under way when the vault locks is in force when it is unlocked', async () => {
    const before = tokensOf(house).access;
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const work = refresherOf(house).refresh(id);
    while (refreshes() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    house.vault.lock();
    gate.resolve();
    await work;
    expect(await codeOf(() => house.vault.credentials.open(id))).toBe('vault_locked');
    await house.restart();
    await house.unlock();
    expect(tokensOf(house).access).not.toBe(before);
    expect(await service.isActive(tokensOf(house).access)).toBe(true);
    expect(stateOf(house)).toBe('valid');
  });

  it('that is under way when the key of the vault changes, or the vault is locked and its key changed, is kept', async () => {
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const before = tokensOf(house).access;
    const work = refresherOf(house).refresh(id);
    while (refreshes() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { cheapKdf } = await import('../support/vault-house.ts');
    await house.vault.rotate(house.source, PASSPHRASE, cheapKdf());
    gate.resolve();
    await work;
    await house.restart();
    await house.unlock();
    expect(tokensOf(house).access).not.toBe(before);
    expect(await service.isActive(tokensOf(house).access)).toBe(true);
  });

  it('is not sent when the log cannot be written', async () => {
    const refresher = new Refresher({
      keeper: {
        vault: house.vault,
        log: () => Promise.reject(new Error('the disk is full')),
        renewed: () => undefined,
      },
      nowMs: () => Date.now(),
      changed: () => undefined,
      ended: async () => undefined,
      onProblem: () => undefined,
    });
    await expect(refresher.refresh(id)).rejects.toThrow('the disk is full');
    expect(refreshes()).toBe(0);
  });

  it('is put in force later when the disk does not take the answer at once', async () => {
    const fill = house.store.inbox.fill.bind(house.store.inbox);
    let full = true;
    house.store.inbox.fill = (...given) => {
      if (full) throw new Error('database or disk is full');
      return fill(...given);
    };
    const refresher = refresherOf(house);
    await expect(refresher.refresh(id)).rejects.toThrow('disk is full');
    full = false;
    await refresher.refresh(id);
    expect(refreshes()).toBe(1);
    expect(await service.isActive(tokensOf(house).access)).toBe(true);
  });
});

describe('an answer on its way', () => {
  it('that was put back into the file later, or moved to another credential, is not taken', async () => {
    const refresher = refresherOf(house);
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const work = refresher.refresh(id);
    while (refreshes() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    house.vault.lock();
    gate.resolve();
    await work;
    const row = house.sql((db) => db.prepare('SELECT * FROM inbox').get()) as Record<string, unknown>;
    await house.unlock();
    const inForce = tokensOf(house).access;
    const put = (over: Record<string, unknown>) =>
      house.sql((db) =>
        db
          .prepare(
            `INSERT OR REPLACE INTO inbox (${Object.keys(row).join()}) VALUES (${Object.keys(row)
              .map((name) => `@${name}`)
              .join()})`,
          )
          .run({ ...row, ...over }),
      );
    put({});
    await house.restart();
    await house.unlock();
    expect(tokensOf(house).access).toBe(inForce);
    const other = house.vault.credentials.add(
      draft('other'),
      connectionValues(readConnection(house.vault.credentials.open(id))),
    ).id;
    put({ credential: other, version: 2 });
    await house.restart();
    await house.unlock();
    expect(house.vault.credentials.get(other)).toMatchObject({ current: 1, state: 'invalid' });
    expect(house.sql((db) => db.prepare('SELECT count(*) FROM inbox').pluck().get())).toBe(0);
  });
});
