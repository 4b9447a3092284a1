/** The main window: made with everything off that the page does not need, shown when it has something to show. */
import { BrowserWindow, type BrowserWindowConstructorOptions, type Session } from 'electron';
import type { WindowAct } from '../../preload/contract.ts';
import { START_URL } from './protocol.ts';

/** How long a page may hang before its process is ended and it is loaded anew. */
const HANGS_MS = 10_000;

export interface WindowOptions {
  readonly preload: string;
  readonly session: Session;
  readonly packaged: boolean;
  /** Binds the page before it loads. */
  readonly onCreated: (window: BrowserWindow) => void;
  /** The page's process died twice, or its first load failed. */
  readonly onBroken: (why: string) => void;
  /** A line for the log file. */
  readonly onNote: (line: string) => void;
}

/** `focus` when the person asked for it here; `quiet` when it only comes up, and what is typed elsewhere stays there. */
export type Appearance = 'focus' | 'quiet';

/** The part of a window's options that keeps its page in. */
export function pageOptions({
  preload,
  session,
  packaged,
}: Pick<WindowOptions, 'preload' | 'session' | 'packaged'>): NonNullable<
  BrowserWindowConstructorOptions['webPreferences']
> {
  return {
    preload,
    session,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    spellcheck: false,
    safeDialogs: true,
    navigateOnDragDrop: false,
    devTools: !packaged,
  };
}

/** The window's options, apart from the window, so that a test can look at each. */
export function windowOptions(
  options: Pick<WindowOptions, 'preload' | 'session' | 'packaged'>,
): BrowserWindowConstructorOptions {
  return {
    title: 'Gatehouse',
    width: 1180,
    height: 780,
    minWidth: 480,
    minHeight: 400,
    show: false,
    autoHideMenuBar: true,
    webPreferences: pageOptions(options),
  };
}

/** Loads a page and keeps it alive: one whose process dies, or hangs, is loaded again once. */
export function loadPage(
  window: BrowserWindow,
  url: string,
  { onBroken, onNote }: Pick<WindowOptions, 'onBroken' | 'onNote'>,
): void {
  const contents = window.webContents;
  let reloads = 0;
  let hangs: NodeJS.Timeout | null = null;
  const answers = () => {
    if (hangs !== null) clearTimeout(hangs);
    hangs = null;
  };
  window.on('unresponsive', () => {
    onNote('the page does not answer');
    hangs ??= setTimeout(() => contents.forcefullyCrashRenderer(), HANGS_MS);
  });
  window.on('responsive', answers);
  window.on('closed', answers);
  contents.on('render-process-gone', (_event, details) => {
    answers();
    if (details.reason === 'clean-exit') return;
    onNote(`the page's process ended: ${details.reason}`);
    reloads += 1;
    if (reloads === 1) contents.reload();
    else onBroken(`the page's process ended: ${details.reason}`);
  });
  contents.on('preload-error', (_event, _path, error) => onNote(`preload: ${error.message}`));
  contents.on('console-message', ({ level, message }) => {
    if (level === 'error') onNote(`page: ${message.slice(0, 1000)}`);
  });
  window
    .loadURL(url)
    .catch((error: unknown) =>
      onBroken(`the page did not load: ${error instanceof Error ? error.message : String(error)}`),
    );
}

/**
 * Makes the window and loads the page.
 *
 * @param place the fragment that the page opens at, for example `inbox/REQUEST`; null for its first place
 */
export function createWindow(options: WindowOptions, how: Appearance, place: string | null): BrowserWindow {
  const window = new BrowserWindow(windowOptions(options));
  window.removeMenu();
  window.once('ready-to-show', () => appear(window, how));
  options.onCreated(window);
  loadPage(window, addressOf(place), options);
  return window;
}

/** Does what the main window's page asks of it; other acts are the card's. Source: BrowserWindow.setContentProtection. */
export function actOf(window: BrowserWindow): (act: WindowAct) => void {
  // A page that is loaded anew shows nothing of before.
  window.webContents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) window.setContentProtection(false);
  });
  return (act) => {
    if (act.kind === 'secret') window.setContentProtection(act.shown);
  };
}

/** Brings a window that exists to the front, at a place of the page when one is named. */
export function bringUp(window: BrowserWindow, how: Appearance, place: string | null): void {
  if (window.isMinimized()) window.restore();
  // Only the fragment changes, so nothing is loaded anew. A load that is given up for a newer one is no fault.
  if (place !== null) window.loadURL(addressOf(place)).catch(() => undefined);
  appear(window, how);
}

function appear(window: BrowserWindow, how: Appearance): void {
  if (how === 'focus') {
    window.show();
    window.focus();
    return;
  }
  window.showInactive();
  window.moveTop();
  if (!window.isFocused()) window.flashFrame(true);
}

function addressOf(place: string | null): string {
  return place === null ? START_URL : `${START_URL}#${place}`;
}
