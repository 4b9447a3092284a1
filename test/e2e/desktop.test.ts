/** Tray and notifications on a desktop of real programs: Xvfb, dunst, notification-daemon, xfce4-panel. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs, until } from '../support/desktop-session.ts';
import { RealDesktop } from '../support/real-desktop.ts';

/** A press counts so long after something was drawn. */
const READ_MS = 1000;
const readIt = () => new Promise((resolve) => setTimeout(resolve, READ_MS));

let desktop: RealDesktop;

describe('a real desktop', { timeout: 300_000 }, () => {
  beforeEach(async (context) => {
    needs(
      context,
      ...([
        'dbus-daemon',
        'Xvfb',
        'dunst',
        'dunstctl',
        'xfce4-panel',
        'xdotool',
        'import',
        'gdbus',
        'dbus-monitor',
      ] as const),
      '/usr/lib/notification-daemon/notification-daemon',
    );
    desktop = await RealDesktop.open();
  }, 300_000);
  afterEach(() => desktop.close());

  it('shows buttons: pressing Allow once lets the call run, Deny once stops it, closing decides nothing', async () => {
    await desktop.startNotificationDaemon();
    expect(await desktop.desktop()).toMatchObject({ notifier: { state: 'ready', trusted: true } });
    const read = async () => {
      await desktop.box('notification-daemon');
      await readIt();
      return desktop.box('notification-daemon');
    };
    const press = async (fromRight: number) => {
      const [x, y, width, height] = await read();
      await desktop.click(x + width - fromRight, y + height - 38);
    };
    const allowed = desktop.fetch('allowed.md');
    await read();
    await desktop.picture('notification-buttons');
    await press(95);
    expect(await allowed).toMatchObject({ decision: 'allow' });
    await desktop.bare('notification-daemon');
    const denied = desktop.fetch('denied.md');
    await press(248);
    expect(await denied).toMatchObject({ decision: 'deny' });
    await desktop.bare('notification-daemon');
    const put = desktop.fetch('put-away.md');
    const [x, y, width] = await read();
    // The cross in its corner.
    await desktop.click(x + width - 23, y + 28);
    await desktop.bare('notification-daemon');
    await readIt();
    expect(await desktop.waiting()).toBe(1);
    await desktop.home.done(['panic']);
    expect(await put).toMatchObject({ decision: 'deny' });
  });

  it('with dunst: its menu allows and denies, and what is answered elsewhere goes', async () => {
    await desktop.startDunst('Allow once');
    const allowed = desktop.fetch('a.md');
    await desktop.displayed(1);
    await readIt();
    await desktop.picture('dunst');
    await desktop.session.run('dunstctl', 'context');
    expect(await allowed).toMatchObject({ decision: 'allow' });
    await desktop.displayed(0);
    const other = desktop.fetch('b.md');
    await desktop.displayed(1);
    await desktop.home.done(['panic']);
    await other;
    await desktop.displayed(0);
  });

  it.each(['dunst', 'notification-daemon'] as const)(
    'with %s: another program’s text in the place of ours is taken down, decides nothing, and is on the timeline',
    async (daemon) => {
      if (daemon === 'dunst') await desktop.startDunst('Restart to install');
      else await desktop.startNotificationDaemon();
      const seen = desktop.session.start('dbus-monitor', ["member='Notify'", "type='method_return'"]);
      let heard = '';
      seen.stdout?.on('data', (data) => {
        heard += String(data);
      });
      // The bus takes its name away from whoever begins to watch.
      await until(() => (heard.includes('NameLost') ? true : null));
      const agent = desktop.fetch('a.md');
      // What any program of the person can read on the bus: the number and the keys.
      const key = await until(() => /string "([0-9a-f]{32})"\s+string "Allow once"/.exec(heard)?.[1] ?? null);
      const number = await until(
        () => /Notify[\s\S]*?method return[^\n]*\n\s+uint32 (\d+)/.exec(heard)?.[1] ?? null,
      );
      await readIt();
      const replace = (replaced: number) =>
        desktop.session.run(
          'gdbus',
          ...['call', '--session', '--dest', 'org.freedesktop.Notifications'],
          ...['--object-path', '/org/freedesktop/Notifications'],
          ...['--method', 'org.freedesktop.Notifications.Notify', 'Innocent', String(replaced), ''],
          ...['Update ready', 'Restart to install it', `['${key}', 'Restart to install']`, '{}', '0'],
        );
      await replace(Number(number));
      await until(async () => ((await desktop.alarms()).includes('notification_replaced') ? true : null));
      if (daemon === 'dunst') {
        await desktop.session.run('dunstctl', 'context');
        await desktop.displayed(0);
      }
      await readIt();
      await desktop.picture(`replaced-${daemon}`);
      expect(await desktop.waiting()).toBe(1);
      await desktop.home.done(['panic']);
      expect(await agent).toMatchObject({ decision: 'deny' });
    },
  );

  it('the tray says how many wait, its menu stops everything, and nothing of it decides a request', async () => {
    await desktop.startPanel();
    expect(await desktop.title()).toContain('Gatehouse');
    const agents = [desktop.fetch('a.md'), desktop.fetch('b.md')];
    await desktop.until(2);
    await until(async () => ((await desktop.title()).includes('2 requests wait') ? true : null));
    await desktop.menu(() => desktop.click(24, 16, 3));
    await desktop.picture('tray-menu');
    // The last entry is Quit, the one above it stops everything.
    await desktop.keys('Up', 'Up', 'Return');
    for (const agent of agents) expect(await agent).toMatchObject({ decision: 'deny' });
    expect((await desktop.overview()).pause.stoppedSince).not.toBeNull();
    await until(async () => ((await desktop.title()).includes('agents are blocked') ? true : null));
    await desktop.picture('tray-stopped');
  });

  it('killing the daemon, the panel and the bus changes nothing about the request, and they come back', async () => {
    await desktop.startPanel();
    await desktop.startDunst();
    const agent = desktop.fetch('a.md');
    await desktop.displayed(1);
    await desktop.killDaemon();
    expect(await desktop.waiting()).toBe(1);
    await desktop.killPanel();
    expect(await desktop.waiting()).toBe(1);
    await desktop.startPanel();
    await desktop.startDunst('Deny once');
    await desktop.displayed(1);
    await desktop.session.killBus();
    await until(async () => ((await desktop.desktop()).notifier.state === 'absent' ? true : null));
    expect(await desktop.waiting()).toBe(1);
    await desktop.session.startBus();
    await desktop.startDunst('Deny once');
    await desktop.displayed(1);
    await readIt();
    await desktop.session.run('dunstctl', 'context');
    expect(await agent).toMatchObject({ decision: 'deny' });
    const { stdout } = await desktop.home.done(['doctor']);
    expect(stdout).toMatch(/notifications: dunst [\d.]+.* shows notifications\. They offer Deny and Review/);
    expect(stdout).toMatch(/tray: This desktop shows no tray icons/);
  });
});
