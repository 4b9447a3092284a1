/** The log's key and newest row in a real gnome-keyring: an older copy of the whole data folder put back is found. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { nodeChildHost } from '../../main/platform/child-host.ts';
import { Keychain } from '../../main/platform/keychain/keychain.ts';
import { buildOnce } from '../support/built.ts';
import { freePort } from '../support/headless-rig.ts';
import { type KeyringSession, keyringSession, needsKeyring } from '../support/keyring-session.ts';
import { PARTS, SealedFolder } from '../support/sealed-folder.ts';
import { Home } from '../support/supervisor-process.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function keyring(context: TestContext): Promise<KeyringSession> {
  needsKeyring(context);
  const session = await keyringSession({});
  closers.push(() => session.end());
  session.unlock('password');
  return session;
}

describe('a log with a real keyring', { timeout: 300_000 }, () => {
  it('is found put back with all of its folder; a locked keyring stops no row, and is caught up with', async (context) => {
    const session = await keyring(context);
    const keychain = new Keychain({ host: nodeChildHost(session.env), canPrompt: false });
    closers.push(() => keychain.close());
    const folder = new SealedFolder();
    closers.push(() => folder.remove());
    folder.keychain = keychain;
    folder.startMs = 30_000;
    await folder.session((kept) => kept.write(5, 'a'));
    expect(existsSync(folder.path('key'))).toBe(false);
    folder.save('older');
    session.lock();
    await folder.session(async (kept) => {
      await kept.write(5, 'b');
      expect(kept.seal.state()).toMatchObject({
        signedTo: 5,
        why: expect.stringMatching('the keychain is locked'),
        custody: { place: 'pending' },
      });
    });
    session.unlock('password');
    await folder.session(async (kept) => {
      await kept.write(5, 'c');
      expect(kept.seal.state()).toMatchObject({ signedTo: 15, custody: { place: 'keychain', notedTo: 15 } });
    });
    folder.putBack('older', PARTS);
    expect(await folder.started()).toMatchObject({
      kind: 'broken',
      problem: { kind: 'rolled_back', seq: 6 },
    });
  });

  describe('and the program as a person runs it', () => {
    beforeAll(buildOnce, 240_000);

    it('says so in status, doctor and verify; begins anew with the PIN only', async (context) => {
      const { env } = await keyring(context);
      const home = new Home({ DBUS_SESSION_BUS_ADDRESS: env['DBUS_SESSION_BUS_ADDRESS'] });
      closers.push(() => home.remove());
      const data = join(home.gatehouse, 'data');
      const live = async (during: () => Promise<void>) => {
        const run = await home.start('--headless', '--no-open', '--port', String(await freePort()));
        await during();
        run.child.kill('SIGTERM');
        await run.ended;
      };
      await live(async () => {
        const told = await home.done(['doctor']);
        expect(told.stdout).toMatch(/log anchor: Key and newest row are kept in the keychain/);
      });
      expect(existsSync(join(data, 'audit.key'))).toBe(false);
      cpSync(data, `${data}.older`, { recursive: true });
      await live(async () => undefined);
      rmSync(data, { recursive: true });
      cpSync(`${data}.older`, data, { recursive: true });
      await live(async () => {
        const status = await home.done(['status']);
        expect(status.stdout).toMatch(/Every call is refused: the log cannot be trusted or written/);
        expect(status.stdout).toMatch(
          /The log is broken at row \d+: it was written and is not there any more|known to have reached/,
        );
        const verify = await home.done(['audit', 'verify', '--json']);
        expect(verify.code).toBe(1);
        expect(JSON.parse(verify.stdout)).toMatchObject({ ok: false, problem: { kind: 'rolled_back' } });
        const reseal = await home.done(['audit', 'reseal']);
        expect([reseal.code, reseal.stderr]).toEqual([1, expect.stringMatching('no PIN is set')]);
      });
      const alone = await home.done(['audit', 'verify']);
      expect([alone.code, alone.stderr]).toEqual([1, expect.stringMatching('rolled_back')]);
    });
  });
});
