import { createClient, defineInterface, type MessageBus } from 'dbus-native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrayAction, TrayItem, TrayView } from '../../../main/app/desktop-port.ts';
import { TrayPixmaps } from '../../../main/headless/tray/pixmaps.ts';
import { StatusItem } from '../../../main/headless/tray/status-item.ts';
import { SessionBus } from '../../../main/platform/dbus/session-bus.ts';
import { projectRoot } from '../../support/built.ts';
import { DesktopSession, needs, until } from '../../support/desktop-session.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const MENU = 'com.canonical.dbusmenu';
const ICONS = `${projectRoot}/resources/icons/tray`;

/** A panel in the test's hands: the watcher and the host in one. */
class Panel {
  readonly bus: MessageBus;
  readonly items: string[] = [];

  private constructor(bus: MessageBus) {
    this.bus = bus;
  }

  static async start(address: string): Promise<Panel> {
    const bus = createClient({ busAddress: address, authMethods: ['EXTERNAL'] });
    bus.connection.on('error', () => undefined);
    const panel = new Panel(bus);
    await bus.export(
      '/StatusNotifierWatcher',
      defineInterface({
        name: WATCHER,
        methods: {
          RegisterStatusNotifierItem: {
            in: { service: 's' },
            handler: ({ service }: { service: string }) => {
              panel.items.push(service);
            },
          },
        },
      }),
    );
    await bus.requestName(WATCHER, 0);
    return panel;
  }

  async item(): Promise<string> {
    return until(() => this.items.at(-1) ?? null);
  }

  async property<T>(name: string): Promise<T> {
    return this.bus.invoke<T>({
      destination: await this.item(),
      path: '/StatusNotifierItem',
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: ['org.kde.StatusNotifierItem', name],
    });
  }

  async menu<T>(member: string, signature: string, ...body: unknown[]): Promise<T> {
    return this.bus.invoke<T>({
      destination: await this.item(),
      path: await this.property<string>('Menu'),
      interface: MENU,
      member,
      signature,
      body,
    });
  }

  /** Labels and numbers of the menu, submenus after their entry. */
  async entries(): Promise<{ id: number; label: string; enabled: boolean }[]> {
    type Layout = [number, Record<string, unknown>, Layout[]];
    const [, root] = await this.menu<[number, Layout]>('GetLayout', 'iias', 0, -1, []);
    const flat = ([id, properties, children]: Layout): { id: number; label: string; enabled: boolean }[] => [
      { id, label: String(properties['label'] ?? ''), enabled: properties['enabled'] !== false },
      ...children.flatMap(flat),
    ];
    return flat(root).filter(({ label }) => label !== '');
  }

  async press(label: string): Promise<void> {
    const found = (await this.entries()).find((entry) => entry.label === label);
    await this.menu('Event', 'isvu', found?.id ?? -1, 'clicked', ['s', ''], 0);
  }
}

const menu: readonly TrayItem[] = [
  { kind: 'label', text: '1 request waits' },
  { kind: 'action', text: 'Write my_file.md', action: { kind: 'review', request: 'req_1' } },
  { kind: 'separator' },
  {
    kind: 'submenu',
    text: 'Pause',
    items: [{ kind: 'action', text: '15 minutes', action: { kind: 'pause', length: '15m' } }],
  },
  { kind: 'action', text: 'Quit', action: { kind: 'quit' } },
];
const view = (change: Partial<TrayView> = {}): TrayView => ({
  state: 'waiting',
  bars: 'half',
  dot: true,
  waiting: 1,
  title: 'Gatehouse: 1 request waits',
  tooltip: 'It waits.',
  menu,
  ...change,
});

describe('the tray over the bus', () => {
  let session: DesktopSession;
  let bus: SessionBus;
  let item: StatusItem;
  let actions: TrayAction[];
  const defects: string[] = [];

  beforeEach(async (context) => {
    needs(context, 'dbus-daemon');
    session = await DesktopSession.open();
    actions = [];
    const onDefect = (where: string, error: unknown) => defects.push(`${where}: ${String(error)}`);
    bus = new SessionBus({ address: () => session.address, onDefect });
    const icons = new TrayPixmaps(ICONS);
    item = new StatusItem({ bus, pixmaps: (shown) => icons.for(shown), onDefect });
    item.start({ onAction: (action) => actions.push(action), onStatus: () => undefined });
    item.render(view());
    bus.start();
  });
  afterEach(async () => {
    await item.close();
    await bus.close();
    await session.close();
    expect(defects).toEqual([]);
  });

  it('without a panel is absent, which is no error, and comes when one comes, again and again', async () => {
    await until(() => (bus.isOpen ? true : null));
    expect(item.status()).toMatchObject({ state: 'absent', detail: 'This desktop shows no tray icons.' });
    for (let time = 0; time < 2; time += 1) {
      const panel = await Panel.start(session.address);
      await until(() => (item.status().state === 'ready' ? true : null));
      expect(await panel.property('Title')).toBe('Gatehouse: 1 request waits');
      await panel.bus.close();
      await until(() => (item.status().state === 'absent' ? true : null));
    }
    await session.killBus();
    await until(() => (item.status().detail.startsWith('There is no session bus') ? true : null));
    await session.startBus();
    const panel = await Panel.start(session.address);
    expect(await panel.property('Id')).toBe('gatehouse');
    await panel.bus.close();
  });

  it('gives title, tooltip, state and icons, and tells of every change', async () => {
    const panel = await Panel.start(session.address);
    expect(await panel.property('Status')).toBe('NeedsAttention');
    expect(await panel.property('ToolTip')).toEqual(['', [], 'Gatehouse: 1 request waits', 'It waits.']);
    const icons = await panel.property<[number, number, Buffer][]>('IconPixmap');
    expect(icons.map(([width, height, pixels]) => [width, height, pixels.length])).toEqual([
      [22, 22, 22 * 22 * 4],
      [24, 24, 24 * 24 * 4],
      [44, 44, 44 * 44 * 4],
    ]);
    const heard = new Set<string>();
    await panel.bus.addMatch(`type='signal',path='/StatusNotifierItem'`);
    await panel.bus.addMatch(`type='signal',interface='${MENU}'`);
    panel.bus.connection.on('message', ({ member }) => heard.add(member ?? ''));
    item.render(view({ bars: 'down', dot: false, title: 'Gatehouse', menu: [] }));
    const told = ['NewIcon', 'NewTitle', 'NewToolTip', 'NewStatus', 'LayoutUpdated'];
    await until(() => (told.every((member) => heard.has(member)) ? true : null));
    expect(await panel.property('Status')).toBe('Active');
    expect(await panel.entries()).toEqual([]);
    await panel.bus.close();
  });

  it('carries out what is pressed, and nothing that is not in the menu any more', async () => {
    const panel = await Panel.start(session.address);
    const before = await panel.entries();
    expect(before.map(({ label, enabled }) => [label, enabled])).toEqual([
      ['1 request waits', false],
      // An underscore would mark a letter.
      ['Write my__file.md', true],
      ['Pause', true],
      ['15 minutes', true],
      ['Quit', true],
    ]);
    await panel.press('Write my__file.md');
    await panel.press('15 minutes');
    await panel.press('1 request waits');
    expect(actions).toEqual([
      { kind: 'review', request: 'req_1' },
      { kind: 'pause', length: '15m' },
    ]);
    // A menu drawn a moment ago: the number of what is gone is never that of something else.
    const old = before.find(({ label }) => label.startsWith('Write'))?.id ?? -1;
    item.render(
      view({
        menu: [
          { kind: 'action', text: 'Other', action: { kind: 'review', request: 'req_2' } },
          ...menu.slice(2),
        ],
      }),
    );
    await panel.menu('Event', 'isvu', old, 'clicked', ['s', ''], 0);
    await panel.menu('EventGroup', 'a(isvu)', [[old, 'clicked', ['s', ''], 0]]);
    expect(actions).toHaveLength(2);
    expect((await panel.entries()).find(({ label }) => label === 'Quit')?.id).toBe(
      before.find(({ label }) => label === 'Quit')?.id,
    );
    await panel.bus.close();
  });
});

describe('the icons', () => {
  it('are there for every state, with ink on a thin edge of paper', () => {
    const icons = new TrayPixmaps(ICONS);
    const seen = new Set<string>();
    for (const bars of ['half', 'down', 'up'] as const)
      for (const dot of [true, false]) {
        const [small] = icons.for({ bars, dot });
        const pixels = small?.[2] ?? Buffer.alloc(0);
        seen.add(pixels.toString('base64'));
        const solid: number[] = [];
        for (let at = 0; at < pixels.length; at += 4) if (pixels[at] === 255) solid.push(pixels[at + 1] ?? 0);
        expect(Math.min(...solid)).toBeLessThan(60);
        expect(
          pixels.some((_byte, at) => at % 4 === 0 && (pixels[at] ?? 0) > 60 && (pixels[at + 1] ?? 0) > 200),
        ).toBe(true);
      }
    expect(seen.size).toBe(6);
  });
});
