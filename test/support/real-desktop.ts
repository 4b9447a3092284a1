/** A supervisor on a desktop with a real panel and a real notification daemon, and an agent that asks. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DesktopView, Inbox, Overview, Result, TimelinePage } from '../../preload/contract.ts';
import { buildOnce, projectRoot } from './built.ts';
import { DesktopSession, until } from './desktop-session.ts';
import { claudeCall } from './door-hook.ts';
import { freePort, PageClient } from './headless-rig.ts';
import { Home, linkIn } from './supervisor-process.ts';

/** A panel of 32 pixels at the top with the tray at its left end, and nothing else. */
const PANEL = `<?xml version="1.0"?><channel name="xfce4-panel" version="1.0">
<property name="configver" type="int" value="2"/>
<property name="panels" type="array"><value type="int" value="1"/>
<property name="panel-1" type="empty">
<property name="position" type="string" value="p=6;x=0;y=0"/>
<property name="length" type="uint" value="100"/><property name="size" type="uint" value="32"/>
<property name="plugin-ids" type="array"><value type="int" value="1"/></property></property></property>
<property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property></channel>`;

/** Draws in the corner for ever; `dmenu` picks the action that the test has written down. */
const dunstRules = (pick: string) => `[global]
    origin = top-right
    offset = 20x50
    width = 420
    height = 300
    font = DejaVu Sans 11
    dmenu = ${pick}
    mouse_left_click = context
[urgency_normal]
    timeout = 0
`;

/** Left, top, width and height of a window in pixels. */
type Box = readonly [number, number, number, number];

export class RealDesktop {
  readonly session: DesktopSession;
  readonly home: Home;
  readonly #page: PageClient;
  #calls = 0;
  #panel: ChildProcess | null = null;
  #daemon: ChildProcess | null = null;

  private constructor(session: DesktopSession, home: Home, page: PageClient) {
    this.session = session;
    this.home = home;
    this.#page = page;
  }

  static async open(): Promise<RealDesktop> {
    await buildOnce();
    const session = await DesktopSession.open();
    await session.startDisplay();
    const home = new Home({ DBUS_SESSION_BUS_ADDRESS: session.address });
    const run = await home.start('--headless', '--no-open', '--port', String(await freePort()));
    const { port, token } = linkIn(run.stdout);
    const { client } = await PageClient.hello(port, { link: token });
    return new RealDesktop(session, home, client);
  }

  async startPanel(): Promise<void> {
    const folder = join(this.session.env['XDG_CONFIG_HOME'] ?? '', 'xfce4', 'xfconf', 'xfce-perchannel-xml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'xfce4-panel.xml'), PANEL);
    // No service of this bus is started when somebody asks for it, so the panel's settings are brought first.
    const owner = () => this.owner('org.xfce.Xfconf');
    if (!(await owner())) {
      this.session.start(xfconf());
      await until(async () => ((await owner()) ? true : null));
    }
    this.#panel = this.session.start('xfce4-panel', ['--disable-wm-check']);
    await until(async () => ((await this.desktop()).tray.state === 'ready' ? true : null));
  }

  async killPanel(): Promise<void> {
    if (this.#panel !== null) await this.session.kill(this.#panel);
    await until(async () => ((await this.desktop()).tray.state === 'absent' ? true : null));
  }

  /** @param pick  the label that dunst's menu picks */
  async startDunst(pick = 'Deny once'): Promise<void> {
    const chooser = join(this.session.folder, 'pick.sh');
    writeFileSync(chooser, `#!/bin/sh\ngrep -m1 -F -- "${pick}"\n`, { mode: 0o700 });
    const rules = join(this.session.folder, 'dunstrc');
    writeFileSync(rules, dunstRules(chooser));
    await this.#start('dunst', ['-conf', rules]);
  }

  async startNotificationDaemon(): Promise<void> {
    await this.#start('/usr/lib/notification-daemon/notification-daemon', []);
  }

  async killDaemon(): Promise<void> {
    if (this.#daemon !== null) await this.session.kill(this.#daemon);
    await until(async () => ((await this.desktop()).notifier.state === 'absent' ? true : null));
  }

  /** An agent asks to fetch a page, through the installed hook program. Resolves with what it is told. */
  async fetch(name: string): Promise<{ decision: string; reason: string }> {
    const body = claudeCall('WebFetch', { url: `https://example.org/${name}`, prompt: 'read it' });
    const run = await this.home.done(['hook', 'claude-code'], body.toString());
    const said = JSON.parse(run.stdout) as {
      hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string };
    };
    const { permissionDecision, permissionDecisionReason } = said.hookSpecificOutput;
    return { decision: permissionDecision, reason: permissionDecisionReason };
  }

  /** What stands on the timeline and needs attention. */
  async alarms(): Promise<readonly (string | null)[]> {
    const { rows } = await this.call<TimelinePage>('timeline', {}, null, 100);
    return rows.flatMap(({ alarm, reason }) => (alarm ? [reason] : []));
  }

  desktop(): Promise<DesktopView> {
    return this.call('desktop');
  }

  overview(): Promise<Overview> {
    return this.call('overview');
  }

  async waiting(): Promise<number> {
    return (await this.call<Inbox>('inbox')).pending.length;
  }

  async until(waiting: number): Promise<void> {
    await until(async () => ((await this.waiting()) === waiting ? true : null));
  }

  async call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    this.#calls += 1;
    const result = (await this.#page.call(this.#calls, method, args)) as Result<T>;
    if (!result.ok) throw new Error(`${method}: ${result.error.message}`);
    return result.value;
  }

  /** What the tray's item says of itself, as the panel reads it. */
  async title(): Promise<string> {
    const names = await this.session.run(
      'gdbus',
      ...['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
      ...['--method', 'org.freedesktop.DBus.ListNames'],
    );
    const name = /org\.kde\.StatusNotifierItem-\d+-1/.exec(names)?.[0] ?? '';
    return this.session.run(
      'gdbus',
      ...['call', '--session', '--dest', name, '--object-path', '/StatusNotifierItem'],
      ...['--method', 'org.freedesktop.DBus.Properties.Get', 'org.kde.StatusNotifierItem', 'Title'],
    );
  }

  /** Where the one notification stands, once it does. */
  async box(windowClass: string): Promise<Box> {
    return until(async () => {
      const [box, ...more] = await this.#boxes(windowClass);
      return box !== undefined && more.length === 0 ? box : null;
    });
  }

  /** Waits until no notification stands. */
  async bare(windowClass: string): Promise<void> {
    await until(async () => ((await this.#boxes(windowClass)).length === 0 ? true : null));
  }

  /** Waits until dunst shows so many. */
  async displayed(count: number): Promise<void> {
    const shown = () => this.session.run('dunstctl', 'count', 'displayed');
    await until(async () => (Number((await shown()).trim()) === count ? true : null));
  }

  /** Opens the tray's menu and waits until it is drawn: below the panel another picture, twice in a row the same. */
  async menu(open: () => Promise<void>): Promise<void> {
    const file = join(this.session.folder, 'below');
    const below = async () => {
      await this.session.picture(`rgb:${file}`);
      return readFileSync(file).subarray(40 * 1280 * 3);
    };
    const before = await below();
    await open();
    let last = before;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const now = await below();
      const isDrawn = !now.equals(before) && now.equals(last);
      last = now;
      return isDrawn || null;
    });
  }

  async #boxes(windowClass: string): Promise<readonly Box[]> {
    const found = await this.session
      .run('xdotool', 'search', '--onlyvisible', '--class', windowClass)
      .catch(() => '');
    const boxes: Box[] = [];
    for (const id of found.trim().split('\n').filter(Boolean)) {
      const text = await this.session.run('xdotool', 'getwindowgeometry', '--shell', id).catch(() => '');
      const number = (name: string) => Number(new RegExp(`^${name}=(-?\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      if (number('WIDTH') > 200) boxes.push([number('X'), number('Y'), number('WIDTH'), number('HEIGHT')]);
    }
    return boxes;
  }

  async click(x: number, y: number, button = 1): Promise<void> {
    await this.session.run(
      'xdotool',
      ...['mousemove', String(Math.round(x)), String(Math.round(y)), 'sleep', '0.3', 'click', String(button)],
    );
  }

  async keys(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.session.run('xdotool', 'key', key, 'sleep', '0.2');
  }

  /** A picture of the display, kept for looking at. */
  async picture(name: string): Promise<void> {
    const folder = join(projectRoot, 'test-results', 'desktop');
    mkdirSync(folder, { recursive: true });
    await this.session.picture(join(folder, `${name}.png`));
  }

  async close(): Promise<void> {
    this.#page.end();
    await this.home.remove();
    await this.session.close();
  }

  async owner(name: string): Promise<boolean> {
    const said = await this.session.run(
      'gdbus',
      ...['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
      ...['--method', 'org.freedesktop.DBus.NameHasOwner', name],
    );
    return said.includes('true');
  }

  async #start(program: string, args: readonly string[]): Promise<void> {
    this.#daemon = this.session.start(program, args);
    await until(async () => ((await this.desktop()).notifier.state === 'ready' ? true : null));
  }
}

/** Debian keeps it by the machine's kind. */
function xfconf(): string {
  const lib = '/usr/lib';
  const folder = readdirSync(lib).find((name) => /-linux-gnu/.test(name)) ?? 'x86_64-linux-gnu';
  return join(lib, folder, 'xfce4', 'xfconf', 'xfconfd');
}
