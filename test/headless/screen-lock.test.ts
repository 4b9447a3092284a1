/** `gatehouse start` as a person runs it, on a real session bus: the screen is locked, and with it the vault. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { SessionBus } from '../../main/platform/dbus/session-bus.ts';
import { buildOnce } from '../support/built.ts';
import { DesktopSession, needs, until } from '../support/desktop-session.ts';
import { freePort, PageClient } from '../support/headless-rig.ts';
import { Home, linkIn } from '../support/supervisor-process.ts';

const SAVER = 'org.gnome.ScreenSaver';
const ends: (() => unknown)[] = [];
beforeAll(buildOnce, 240_000);
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

it('the vault locks with the screen', { timeout: 300_000 }, async (context) => {
  needs(context, 'dbus-daemon');
  const session = await DesktopSession.open();
  const saver = new SessionBus({ address: () => session.address, onDefect: () => undefined });
  const home = new Home({ DBUS_SESSION_BUS_ADDRESS: session.address });
  ends.push(
    () => home.remove(),
    () => saver.close(),
    () => session.close(),
  );
  const run = await home.start('--headless', '--port', String(await freePort()));
  const { port, token } = linkIn(run.stdout);
  const { client } = await PageClient.hello(port, { link: token });
  ends.unshift(() => client.end());
  let id = 1;
  const call = async (method: string, ...args: unknown[]) =>
    (await client.call(id++, method, args)) as { readonly ok: boolean; readonly value: { state: string } };
  expect(await call('setPin', { pin: 'granite-7', current: null })).toMatchObject({ ok: true });
  expect(await call('makeVault', { passphrase: 'correct horse 7 battery' })).toMatchObject({ ok: true });
  expect((await call('vault')).value.state).toBe('open');
  saver.start();
  await until(() => saver.isOpen || null);
  await saver.own(SAVER);
  await until(async () => {
    saver.send('/org/gnome/ScreenSaver', SAVER, 'ActiveChanged', 'b', [true]);
    return (await call('vault')).value.state === 'locked' ? true : null;
  });
  const rows = JSON.stringify(await call('timeline', {}, null, 50));
  expect(rows).toContain('the screen was locked');
});
