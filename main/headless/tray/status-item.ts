/**
 * The tray of Linux desktops: a StatusNotifierItem with its menu, over the session bus.
 *
 * It registers with the watcher of the desktop and does so again whenever the watcher or the bus comes back. Where
 * there is no watcher there is no tray, and that is said. Whoever is on the bus can call what a panel calls, so
 * presses are not trusted (see TrayPort).
 */
import { type DefinedInterface, defineInterface } from 'dbus-native';
import type { PartStatus, TrayEvents, TrayPort, TrayView } from '../../app/desktop-port.ts';
import { NameWatch } from '../../platform/dbus/name-watch.ts';
import type { SessionBus } from '../../platform/dbus/session-bus.ts';
import { messageOf } from '../../platform/errors.ts';
import { BusMenu, MENU_INTERFACE } from './bus-menu.ts';
import type { Pixmap } from './pixmaps.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const WATCHER_PATH = '/StatusNotifierWatcher';
const ITEM = 'org.kde.StatusNotifierItem';
const ITEM_PATH = '/StatusNotifierItem';
const MENU_PATH = '/MenuBar';

export interface StatusItemOptions {
  readonly bus: SessionBus;
  readonly pixmaps: (view: TrayView) => readonly Pixmap[];
  readonly onDefect: (where: string, error: unknown) => void;
}

const NOTHING_YET: TrayView = {
  state: 'calm',
  bars: 'half',
  dot: false,
  waiting: 0,
  title: 'Gatehouse',
  tooltip: '',
  menu: [],
};

export class StatusItem implements TrayPort {
  readonly trusted = false;
  readonly #options: StatusItemOptions;
  readonly #watch: NameWatch;
  readonly #item: DefinedInterface;
  readonly #menu: BusMenu;
  readonly #ends: (() => void)[] = [];
  #events: TrayEvents | null = null;
  #view: TrayView = NOTHING_YET;
  #pixmaps: readonly Pixmap[] = [];
  /** Names the connection on which it is served. */
  #servedEpoch: number | null = null;
  #registered = false;
  #problem: string | null = null;

  constructor(options: StatusItemOptions) {
    this.#options = options;
    this.#watch = new NameWatch(options.bus, WATCHER);
    this.#menu = new BusMenu((action) => this.#events?.onAction(action));
    const open = () => this.#events?.onAction({ kind: 'open' });
    const property = (type: string, get: () => unknown) => ({ type, access: 'read' as const, get });
    this.#item = defineInterface({
      name: ITEM,
      methods: {
        Activate: { in: { x: 'i', y: 'i' }, handler: open },
        SecondaryActivate: { in: { x: 'i', y: 'i' }, handler: open },
        // The host draws the menu itself, from `Menu`.
        ContextMenu: { in: { x: 'i', y: 'i' }, handler: () => undefined },
        Scroll: { in: { delta: 'i', orientation: 's' }, handler: () => undefined },
      },
      properties: {
        Category: property('s', () => 'ApplicationStatus'),
        Id: property('s', () => 'gatehouse'),
        Title: property('s', () => this.#view.title),
        Status: property('s', () => this.#status()),
        WindowId: property('i', () => 0),
        IconName: property('s', () => ''),
        IconThemePath: property('s', () => ''),
        IconPixmap: property('a(iiay)', () => this.#pixmaps),
        OverlayIconName: property('s', () => ''),
        OverlayIconPixmap: property('a(iiay)', () => []),
        AttentionIconName: property('s', () => ''),
        AttentionIconPixmap: property('a(iiay)', () => this.#pixmaps),
        AttentionMovieName: property('s', () => ''),
        ToolTip: property('(sa(iiay)ss)', () => ['', [], this.#view.title, this.#view.tooltip]),
        ItemIsMenu: property('b', () => false),
        Menu: property('o', () => MENU_PATH),
      },
    });
  }

  start(events: TrayEvents): void {
    this.#events = events;
    this.#ends.push(
      this.#watch.onChange(() => this.#watcherChanged()),
      this.#options.bus.onState(() => this.#watcherChanged()),
    );
    this.#watcherChanged();
  }

  render(view: TrayView): void {
    const before = this.#view;
    const menuChanged = this.#menu.set(view.menu);
    const iconChanged = this.#pixmaps.length === 0 || before.bars !== view.bars || before.dot !== view.dot;
    this.#view = view;
    if (iconChanged) {
      try {
        this.#pixmaps = this.#options.pixmaps(view);
      } catch (error) {
        this.#options.onDefect('the tray icon', error);
      }
    }
    if (this.#servedEpoch !== this.#options.bus.epoch) return;
    const tell = (member: string, signature = '', body: readonly unknown[] = []) =>
      this.#options.bus.send(ITEM_PATH, ITEM, member, signature, body);
    if (iconChanged) {
      tell('NewIcon');
      tell('NewAttentionIcon');
    }
    if (before.title !== view.title) tell('NewTitle');
    if (before.title !== view.title || before.tooltip !== view.tooltip) tell('NewToolTip');
    if (before.dot !== view.dot) tell('NewStatus', 's', [this.#status()]);
    if (menuChanged)
      this.#options.bus.send(MENU_PATH, MENU_INTERFACE, 'LayoutUpdated', 'ui', [this.#menu.revision, 0]);
  }

  status(): PartStatus {
    if (!this.#options.bus.isOpen)
      return { state: 'absent', detail: `There is no session bus: ${this.#options.bus.why}.`, hint: null };
    if (this.#registered)
      return { state: 'ready', detail: 'The panel of this desktop shows it.', hint: null };
    if (this.#problem !== null)
      return { state: 'absent', detail: `The panel did not take it: ${this.#problem}.`, hint: null };
    return {
      state: 'absent',
      detail: 'This desktop shows no tray icons.',
      hint: 'GNOME shows them with the AppIndicator extension',
    };
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#watch.close();
  }

  #status(): string {
    return this.#view.dot ? 'NeedsAttention' : 'Active';
  }

  #watcherChanged(): void {
    this.#registered = false;
    this.#problem = null;
    const owner = this.#watch.owner;
    if (owner === null) {
      this.#events?.onStatus();
      return;
    }
    this.#register(owner.unique).then(
      () => {
        if (this.#watch.owner?.id === owner.id) this.#registered = true;
        this.#events?.onStatus();
      },
      (error: unknown) => {
        this.#problem = messageOf(error);
        this.#events?.onStatus();
      },
    );
  }

  async #register(watcher: string): Promise<void> {
    const { bus } = this.#options;
    const name = `${ITEM}-${process.pid}-1`;
    if (this.#servedEpoch !== bus.epoch) {
      bus.serve(ITEM_PATH, this.#item);
      bus.serve(MENU_PATH, this.#menu.served);
      this.#servedEpoch = bus.epoch;
    }
    const owned = await bus.own(name);
    await bus.call({
      destination: watcher,
      path: WATCHER_PATH,
      interface: WATCHER,
      member: 'RegisterStatusNotifierItem',
      signature: 's',
      // Whoever took the name before us does not get to be drawn as us.
      body: [owned ? name : (bus.name ?? name)],
    });
  }
}
