/**
 * The tray under Electron: draws what the supervisor says, and tells what was chosen.
 *
 * The menu is made anew for every change, because desktops of Linux keep the one that they were given. On Linux the
 * tray lives on the session bus, where other programs of the person can pretend a choice; so it is not trusted there.
 */
import { join } from 'node:path';
import {
  app,
  Menu,
  type MenuItemConstructorOptions,
  type NativeImage,
  nativeImage,
  nativeTheme,
  Tray,
} from 'electron';
import type {
  PartStatus,
  TrayAction,
  TrayEvents,
  TrayItem,
  TrayPort,
  TrayView,
} from '../app/desktop-port.ts';
import { assertNever } from '../platform/errors.ts';

const NAMES = { half: 'guarding', down: 'blocked', up: 'paused' } as const satisfies Record<
  TrayView['bars'],
  string
>;
/** Height of the icon in the system's own units; the second picture is for screens of twice the density. */
const HEIGHT = 22;

export interface ElectronTrayOptions {
  /** Where `guarding-ink-22.png` and its like lie. */
  readonly icons: string;
  /** Told of how many wait, for a badge elsewhere. */
  readonly onWaiting: (count: number, badge: NativeImage) => void;
  readonly platform?: NodeJS.Platform;
}

export class ElectronTray implements TrayPort {
  readonly trusted: boolean;
  readonly #options: ElectronTrayOptions;
  readonly #platform: NodeJS.Platform;
  readonly #images = new Map<string, NativeImage>();
  /** Kept: a tray that nobody holds is collected, and goes. */
  #tray: Tray | null = null;
  #events: TrayEvents | null = null;
  #view: TrayView | null = null;
  #problem: string | null = null;
  /** Linux: something shows the icons that are offered on the bus; null while nobody has looked. */
  #host: boolean | null = null;
  readonly #repaint = () => {
    if (this.#view !== null) this.render(this.#view);
  };

  constructor(options: ElectronTrayOptions) {
    this.#options = options;
    this.#platform = options.platform ?? process.platform;
    this.trusted = this.#platform === 'darwin' || this.#platform === 'win32';
  }

  start(events: TrayEvents): void {
    this.#events = events;
    nativeTheme.on('updated', this.#repaint);
  }

  render(view: TrayView): void {
    this.#view = view;
    const image = this.#image(view);
    const tray = this.#made(image);
    if (tray !== null) {
      tray.setImage(image);
      tray.setToolTip(view.tooltip === '' ? view.title : `${view.title}\n${view.tooltip}`);
      // Beside the icon there is room for the count on macOS; elsewhere the dot and the tooltip tell.
      if (this.#platform === 'darwin') tray.setTitle(view.waiting === 0 ? '' : String(view.waiting));
      tray.setContextMenu(Menu.buildFromTemplate(view.menu.map((item) => this.#item(item))));
    }
    app.setBadgeCount(view.waiting);
    this.#options.onWaiting(view.waiting, image);
  }

  /** On Linux: whether the desktop has a tray that shows what is offered to it. */
  hostIs(there: boolean): void {
    if (this.#host === there) return;
    this.#host = there;
    this.#events?.onStatus();
  }

  status(): PartStatus {
    if (this.#problem !== null)
      return {
        state: 'absent',
        detail: `The system shows no tray: ${this.#problem}.`,
        hint: 'open the window to see what waits',
      };
    if (this.#host === false)
      return {
        state: 'absent',
        detail: 'This desktop shows no tray.',
        hint: 'on GNOME, install the AppIndicator extension; until then open the window to see what waits',
      };
    return { state: 'ready', detail: 'The system’s tray shows the icon.', hint: null };
  }

  async close(): Promise<void> {
    nativeTheme.off('updated', this.#repaint);
    this.#tray?.destroy();
    this.#tray = null;
    this.#view = null;
  }

  /** Made with its first picture: before that there is nothing to show. */
  #made(image: NativeImage): Tray | null {
    if (this.#tray !== null || this.#problem !== null) return this.#tray;
    try {
      this.#tray = new Tray(image);
      this.#tray.on('click', () => this.#events?.onAction({ kind: 'open' }));
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#events?.onStatus();
    return this.#tray;
  }

  #item(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'label':
        return { label: plain(item.text), enabled: false };
      case 'action': {
        const { action } = item;
        return { label: plain(item.text), click: () => this.#chosen(action) };
      }
      case 'submenu':
        return { label: plain(item.text), submenu: item.items.map((inner) => this.#item(inner)) };
      default:
        return assertNever(item, 'item of the tray');
    }
  }

  #chosen(action: TrayAction): void {
    this.#events?.onAction(action);
  }

  #image({ bars, dot }: Pick<TrayView, 'bars' | 'dot'>): NativeImage {
    const file = `${NAMES[bars]}${dot ? '-waiting' : ''}-${this.#tone()}`;
    const known = this.#images.get(file);
    if (known !== undefined) return known;
    const image = nativeImage.createFromPath(join(this.#options.icons, `${file}-${HEIGHT}.png`));
    const twice = nativeImage.createFromPath(join(this.#options.icons, `${file}-${2 * HEIGHT}.png`));
    image.addRepresentation({ scaleFactor: 2, buffer: twice.toPNG() });
    // macOS colours it itself, by the menu bar.
    if (this.#platform === 'darwin') image.setTemplateImage(true);
    this.#images.set(file, image);
    return image;
  }

  #tone(): 'ink' | 'paper' | 'edged' {
    if (this.#platform === 'darwin') return 'ink';
    // Nobody tells on Linux what colour a panel has.
    if (this.#platform !== 'win32') return 'edged';
    return nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'paper' : 'ink';
  }
}

/** An ampersand would be taken for the mark of an access key. */
function plain(text: string): string {
  return text.replaceAll('&', '&&');
}
