import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NameWatch } from '../../../main/platform/dbus/name-watch.ts';
import { SessionBus, sessionBusAddress } from '../../../main/platform/dbus/session-bus.ts';
import { DesktopSession, needs, until } from '../../support/desktop-session.ts';
import { NotificationService } from '../../support/notification-service.ts';

const NAME = 'org.freedesktop.Notifications';

let session: DesktopSession | null = null;
let bus: SessionBus | null = null;
const defects: string[] = [];

beforeEach((context) => {
  needs(context, 'dbus-daemon');
  defects.length = 0;
});
afterEach(async () => {
  await bus?.close();
  await session?.close();
  bus = null;
  session = null;
});

function openBus(address: () => string | null): SessionBus {
  bus = new SessionBus({ address, onDefect: (where, error) => defects.push(`${where}: ${String(error)}`) });
  bus.start();
  return bus;
}

describe('the session bus', () => {
  it('that is not there fails calls at once, with words, and is looked for on', async () => {
    let address: string | null = null;
    const opened = openBus(() => address);
    await expect(opened.call(getId())).rejects.toMatchObject({ code: 'no_bus' });
    expect(opened.why).toBe('none is started for this login');
    session = await DesktopSession.open();
    address = session.address;
    await until(() => opened.isOpen || null);
    expect(opened.name).toMatch(/^:1\./);
  });

  it('runs no program and dials no host that an address names', async () => {
    for (const address of ['unixexec:path=/bin/true', 'tcp:host=127.0.0.1,port=1', 'autolaunch:', '']) {
      const opened = openBus(() => address);
      expect(opened.why).toBe('its address is not that of a Unix socket');
      await opened.close();
    }
  });

  it('that is killed is found again, and its rules are there again', async () => {
    session = await DesktopSession.open();
    const { address } = session;
    const opened = openBus(() => address);
    await until(() => opened.isOpen || null);
    const first = opened.epoch;
    const watch = new NameWatch(opened, NAME);
    let service = await NotificationService.start(address);
    const before = (await until(() => watch.owner)).id;
    const pending = opened.call({ ...getId(), member: 'GetId' }).catch(() => undefined);
    await session.killBus();
    await pending;
    await until(() => (watch.owner === null && !opened.isOpen ? true : null));
    await service.stop();
    await session.startBus();
    service = await NotificationService.start(address);
    const after = await until(() => watch.owner);
    // The same unique name on another bus is another connection.
    expect(after.id).not.toBe(before);
    expect(opened.epoch).toBeGreaterThan(first);
    expect(after.pid).toBe(process.pid);
    await service.stop();
    await until(() => (watch.owner === null ? true : null));
    expect(defects).toEqual([]);
  });

  it('says that a name has no owner, and gives a name that somebody has to nobody else', async () => {
    session = await DesktopSession.open();
    const { address } = session;
    const opened = openBus(() => address);
    await until(() => opened.isOpen || null);
    expect(await opened.ownerOf(NAME)).toBeNull();
    expect(await opened.activate(NAME)).toBe(false);
    const service = await NotificationService.start(address);
    expect(await opened.ownerOf(NAME)).toBe(service.bus.name);
    await service.bus.requestName('dev.gatehouse.Test', 0);
    expect(await opened.own('dev.gatehouse.Test')).toBe(false);
    expect(await opened.own('dev.gatehouse.Test2')).toBe(true);
    await service.stop();
  });
});

describe('its address', () => {
  it('is what the environment says, else the socket of the login, else none', async () => {
    session = await DesktopSession.open();
    expect(sessionBusAddress({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' })).toBe('unix:path=/x');
    expect(sessionBusAddress({ XDG_RUNTIME_DIR: session.folder })).toBe(`unix:path=${session.folder}/bus`);
    expect(sessionBusAddress({ XDG_RUNTIME_DIR: '/nonexistent' })).toBeNull();
    expect(sessionBusAddress({})).toBeNull();
  });
});

function getId() {
  return {
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'GetId',
  };
}
