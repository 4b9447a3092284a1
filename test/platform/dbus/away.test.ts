/** Word of sleep and of the locked screen, from real buses. */
import { spawnSync } from 'node:child_process';
import { Variant } from 'dbus-native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BusAway, openBusAway } from '../../../main/platform/dbus/away.ts';
import { BUS_NAME, SessionBus } from '../../../main/platform/dbus/session-bus.ts';
import { DesktopSession, needs, until } from '../../support/desktop-session.ts';

const LOGIND = 'org.freedesktop.login1';
let session: DesktopSession;
let system: DesktopSession;
let away: BusAway;
let said: string[];
const ends: (() => Promise<void>)[] = [];
const defects: string[] = [];

beforeEach(async (context) => {
  needs(context, 'dbus-daemon');
  session = await DesktopSession.open();
  system = await DesktopSession.open();
  said = [];
  defects.length = 0;
  away = openBusAway({
    env: { DBUS_SESSION_BUS_ADDRESS: session.address, DBUS_SYSTEM_BUS_ADDRESS: system.address },
    onDefect: (where, error) => defects.push(`${where}: ${String(error)}`),
  });
  away.onAway((why) => said.push(why));
  ends.push(
    () => away.close(),
    () => session.close(),
    () => system.close(),
  );
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  expect(defects).toEqual([]);
});

/** Another program on a bus. */
async function program(address: string, name: string): Promise<SessionBus> {
  const bus = new SessionBus({ address: () => address, onDefect: (where) => defects.push(where) });
  ends.unshift(() => bus.close());
  bus.start();
  await until(() => bus.isOpen || null);
  expect(await bus.own(name)).toBe(true);
  return bus;
}

/** Sends until it was heard: rules reach the bus a moment after it is open. */
async function heard(send: () => void): Promise<string> {
  const before = said.length;
  return until(() => {
    send();
    return said[before] ?? null;
  });
}

describe('the person leaves', () => {
  it.each(['freedesktop', 'gnome', 'cinnamon', 'mate', 'xfce'])(
    'when the screen saver of %s says that it covers the screen',
    async (desktop) => {
      const name = `org.${desktop}.ScreenSaver`;
      const saver = await program(session.address, name);
      const covered = () => saver.send('/ScreenSaver', name, 'ActiveChanged', 'b', [true]);
      expect(await heard(covered)).toBe('screen');
    },
  );

  it('when logind says so: before sleep, at a lock, and by its hint; nobody else is heard on that bus', async () => {
    const logind = await program(system.address, LOGIND);
    const at = '/org/freedesktop/login1/session/_31';
    const sleep = (on: boolean) =>
      logind.send('/org/freedesktop/login1', `${LOGIND}.Manager`, 'PrepareForSleep', 'b', [on]);
    const hint = (from: SessionBus, locked: boolean) =>
      from.send(at, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
        `${LOGIND}.Session`,
        [['LockedHint', new Variant('b', locked)]],
        [],
      ]);
    const lock = (from: SessionBus) => from.send(at, `${LOGIND}.Session`, 'Lock', '', []);
    expect(await heard(() => sleep(true))).toBe('sleep');
    lock(logind);
    await until(() => said.includes('screen') || null);
    said.length = 0;
    // None of these counts; what is sent after them arrives after them.
    const other = await program(system.address, 'org.example.Other');
    hint(other, true);
    lock(other);
    sleep(false);
    hint(logind, false);
    expect(await heard(() => sleep(true))).toBe('sleep');
    expect(said).not.toContain('screen');
    hint(logind, true);
    await until(() => said.includes('screen') || null);
  });

  it('not when another program sends a signal of that name to us alone, past the rule that names the sender', async () => {
    const logind = await program(system.address, LOGIND);
    const sleep = () =>
      logind.send('/org/freedesktop/login1', `${LOGIND}.Manager`, 'PrepareForSleep', 'b', [true]);
    expect(await heard(sleep)).toBe('sleep');
    const bus = { destination: BUS_NAME, path: '/org/freedesktop/DBus', interface: BUS_NAME };
    const [names] = await logind.call({ ...bus, member: 'ListNames' });
    const all = (names as string[]).filter((name) => name.startsWith(':') && name !== logind.name);
    expect(all.length).toBeGreaterThan(0);
    said.length = 0;
    for (const name of all) {
      const to = [`--bus=${system.address}`, '--type=signal', `--dest=${name}`];
      const signal = ['/org/freedesktop/login1/session/_31', `${LOGIND}.Session.Lock`];
      expect(spawnSync('dbus-send', [...to, ...signal]).status).toBe(0);
    }
    // What is sent after them arrives after them.
    expect(await heard(sleep)).toBe('sleep');
    expect(said).not.toContain('screen');
  });

  it('is heard again after the bus was lost', async () => {
    await session.killBus();
    await session.startBus();
    const name = 'org.gnome.ScreenSaver';
    const saver = await program(session.address, name);
    expect(await heard(() => saver.send('/x', name, 'ActiveChanged', 'b', [true]))).toBe('screen');
  });
});
