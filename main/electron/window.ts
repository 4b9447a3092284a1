/** The one window: made with everything off that the page does not need, shown when it has something to show. */
import { BrowserWindow, type BrowserWindowConstructorOptions, type Session } from 'electron';
import { START_URL } from './origin.ts';

export interface WindowOptions {
  readonly preload: string;
  readonly session: Session;
  readonly packaged: boolean;
  /** Binds the page before it loads. */
  readonly onCreated: (window: BrowserWindow) => void;
  /** The page's process died twice, or its first load failed. */
  readonly onBroken: (why: string) => void;
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
    webPreferences: {
      preload: options.preload,
      session: options.session,
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
      devTools: !options.packaged,
    },
  };
}

/** Makes the window and loads the page. A page whose process dies is loaded again once. */
export function createWindow(options: WindowOptions): BrowserWindow {
  const window = new BrowserWindow(windowOptions(options));
  let reloads = 0;
  window.removeMenu();
  window.once('ready-to-show', () => window.show());
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return;
    reloads += 1;
    if (reloads === 1) window.webContents.reload();
    else options.onBroken(`the page's process ended: ${details.reason}`);
  });
  options.onCreated(window);
  window
    .loadURL(START_URL)
    .catch((error: unknown) =>
      options.onBroken(`the page did not load: ${error instanceof Error ? error.message : String(error)}`),
    );
  return window;
}

/** Brings a window that exists to the front. */
export function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
