/**
 * The small card above other windows: up while a request waits that nobody has put away, and never in the way.
 *
 * It never takes the focus by itself: it cannot have it but while the pointer is over it. It comes up in the corner
 * of the screen where the pointer is, and not under it. What is answered in the first moment after it came up or
 * moved was meant for something else and is refused here, whatever its page thinks.
 */
import { BrowserWindow, type BrowserWindowConstructorOptions, type Rectangle, screen } from 'electron';
import type { WindowAct } from '../../preload/contract.ts';
import { assertNever } from '../platform/errors.ts';
import { START_URL } from './protocol.ts';
import { loadPage, pageOptions, type WindowOptions } from './window.ts';

const SIZE = { width: 360, height: 224 } as const;
/** Between the card and the edge of the screen. */
const MARGIN = 16;
const DEAD_MS = 400;
/** Where the renderer shows the card and nothing else. */
const CARD_URL = `${START_URL}#card`;

/** The card's options, apart from the window, so that a test can look at each. */
export function cardOptions(
  options: Pick<WindowOptions, 'preload' | 'session' | 'packaged'>,
  platform: NodeJS.Platform = process.platform,
): BrowserWindowConstructorOptions {
  return {
    title: 'Gatehouse: a request waits',
    ...SIZE,
    useContentSize: true,
    show: false,
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    focusable: false,
    // The click that gives it the focus presses nothing.
    acceptFirstMouse: false,
    // On macOS a panel comes up without making its app the active one.
    ...(platform === 'darwin' ? { type: 'panel' } : {}),
    webPreferences: pageOptions(options),
  };
}

export interface CardParts extends Omit<WindowOptions, 'onCreated' | 'onBroken'> {
  /** Binds the page before it loads. */
  readonly onCreated: (window: BrowserWindow) => void;
  /** Shows a request in the main window, for the person who pressed Review. */
  readonly onReview: (request: string) => void;
  readonly now?: () => number;
}

export class CardWindow {
  readonly #parts: CardParts;
  readonly #now: () => number;
  #window: BrowserWindow | null;
  #waiting: readonly string[] = [];
  #putAway: ReadonlySet<string> = new Set();
  /** The person is at the main window and sees there what waits. */
  #watched = false;
  #deadUntil = 0;

  constructor(parts: CardParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
    const window = new BrowserWindow(cardOptions(parts));
    this.#window = window;
    window.removeMenu();
    window.setAlwaysOnTop(true, 'floating');
    window.setVisibleOnAllWorkspaces(true);
    // Nothing but the end of the app closes it: putting it away decides nothing, and the next request needs it.
    window.on('close', (event) => {
      event.preventDefault();
      this.#away();
    });
    for (const moved of ['move', 'resize'] as const)
      window.on(moved as 'move', () => {
        this.#deadUntil = this.#now() + DEAD_MS;
      });
    screen.on('display-metrics-changed', () => this.#placeAnew());
    screen.on('display-removed', () => this.#placeAnew());
    parts.onCreated(window);
    loadPage(window, CARD_URL, {
      onNote: parts.onNote,
      // Notifications, the tray and the terminal are left; the window shows all of it.
      onBroken: (why) => {
        parts.onNote(`the card is gone: ${why}`);
        this.#window = null;
        window.destroy();
      },
    });
  }

  /** What waits now, by its ids. */
  waits(ids: readonly string[]): void {
    this.#waiting = ids;
    this.#putAway = new Set(ids.filter((id) => this.#putAway.has(id)));
    this.#look();
  }

  /** Whether the person is at the main window. */
  watched(watched: boolean): void {
    this.#watched = watched;
    this.#look();
  }

  act(act: WindowAct): void {
    switch (act.kind) {
      case 'review':
        this.#away();
        this.#parts.onReview(act.request);
        return;
      case 'pointer':
        this.#hand(act.over);
        return;
      case 'put_away':
        this.#away();
        return;
      case 'secret':
        // The card shows none.
        return;
      default:
        assertNever(act, 'act of the card');
    }
  }

  /** Why no answer from the card counts just now; null when one does. */
  refusal(): string | null {
    if (this.#window?.isVisible() !== true) return 'the card is not shown';
    return this.#now() < this.#deadUntil ? 'the card only just came up or moved: read it, then answer' : null;
  }

  #look(): void {
    const wanted = !this.#watched && this.#waiting.some((id) => !this.#putAway.has(id));
    const window = this.#window;
    if (window === null || wanted === window.isVisible()) return;
    if (!wanted) {
      this.#hand(false);
      window.hide();
      return;
    }
    this.#place(window);
    this.#deadUntil = this.#now() + DEAD_MS;
    window.showInactive();
  }

  #away(): void {
    this.#putAway = new Set(this.#waiting);
    this.#look();
  }

  /** Only what the hand is over may have the focus: keys that are typed elsewhere never reach it. */
  #hand(over: boolean): void {
    const window = this.#window;
    if (window === null) return;
    window.setFocusable(over && window.isVisible());
    if (!over && window.isFocused()) window.blur();
  }

  #placeAnew(): void {
    if (this.#window?.isVisible() === true) this.#place(this.#window);
  }

  #place(window: BrowserWindow): void {
    const pointer = screen.getCursorScreenPoint();
    window.setBounds(cardBounds(screen.getDisplayNearestPoint(pointer).workArea, pointer, process.platform));
    this.#deadUntil = this.#now() + DEAD_MS;
  }
}

/** A corner of the screen at the right, the one where the desktop's own news appear, unless the pointer is there. */
export function cardBounds(
  area: Rectangle,
  pointer: { readonly x: number; readonly y: number },
  platform: NodeJS.Platform,
): Rectangle {
  const x = area.x + Math.max(0, area.width - SIZE.width - MARGIN);
  const top = area.y + MARGIN;
  const foot = area.y + Math.max(0, area.height - SIZE.height - MARGIN);
  const under = (y: number) =>
    pointer.x >= x - MARGIN && pointer.y >= y - MARGIN && pointer.y <= y + SIZE.height + MARGIN;
  const [first, second] = platform === 'win32' ? [foot, top] : [top, foot];
  return { x, y: under(first) ? second : first, ...SIZE };
}
