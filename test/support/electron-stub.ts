/**
 * Stands in for the `electron` module in tests: remembers what it is told and lets a test fire its events.
 *
 * Its members take the types of electron.d.ts, so that an option that Electron drops or renames fails the
 * type check here.
 */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { SessionStub } from './electron-session-stub.ts';
import { Notification, nativeTheme, Tray } from './electron-tray-stub.ts';

export * from './electron-session-stub.ts';
export * from './electron-tray-stub.ts';

/** Everything that happened before `ready`, in order: some things are only good then. */
export const order: string[] = [];

export interface InvokeEvent {
  readonly sender: { readonly id: number };
  readonly senderFrame: { readonly parent: unknown; readonly origin: string } | null;
}

export class WebContentsStub extends EventEmitter {
  readonly id: number;
  readonly sent: unknown[][] = [];
  reloads = 0;
  destroyed = false;
  crashed = false;
  windowOpen: ((details: { url: string }) => Electron.WindowOpenHandlerResponse) | null = null;
  readonly invokeHandlers = new Map<string, (event: InvokeEvent, ...args: unknown[]) => Promise<unknown>>();
  readonly ipc = {
    handle: (
      channel: string,
      handler: (event: InvokeEvent, ...args: unknown[]) => Promise<unknown>,
    ): void => {
      this.invokeHandlers.set(channel, handler);
    },
  };

  constructor(id: number) {
    super();
    this.id = id;
  }
  setWindowOpenHandler(handler: NonNullable<WebContentsStub['windowOpen']>): void {
    this.windowOpen = handler;
  }
  send(...args: unknown[]): void {
    this.sent.push(args);
  }
  reload(): void {
    this.reloads += 1;
  }
  forcefullyCrashRenderer(): void {
    this.emit('render-process-gone', {}, { reason: 'killed' });
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  isCrashed(): boolean {
    return this.crashed;
  }
  /** What the page's `ipcRenderer.invoke` comes to. */
  invoke(channel: string, event: Partial<InvokeEvent>, ...args: unknown[]): Promise<unknown> {
    const handler = this.invokeHandlers.get(channel);
    if (handler === undefined) return Promise.reject(new Error(`no handler for ${channel}`));
    return handler(
      { sender: { id: this.id }, senderFrame: { parent: null, origin: 'gatehouse://app' }, ...event },
      ...args,
    );
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents: WebContentsStub;
  readonly loaded: string[] = [];
  readonly did: string[] = [];
  destroyed = false;
  minimized = false;
  focused = false;
  visible = false;
  bounds: Electron.Rectangle = { x: 0, y: 0, width: 0, height: 0 };

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    order.push('window');
    this.options = options;
    this.webContents = new WebContentsStub(BrowserWindow.all.length + 1);
    BrowserWindow.all.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }
  removeMenu(): void {
    this.did.push('removeMenu');
  }
  show(): void {
    this.did.push('show');
    this.visible = true;
  }
  showInactive(): void {
    this.did.push('showInactive');
    this.visible = true;
  }
  hide(): void {
    this.did.push('hide');
    this.visible = false;
  }
  blur(): void {
    this.did.push('blur');
    this.focused = false;
  }
  moveTop(): void {
    this.did.push('moveTop');
  }
  flashFrame(flag: boolean): void {
    this.did.push(`flashFrame ${flag}`);
  }
  isFocused(): boolean {
    return this.focused;
  }
  isVisible(): boolean {
    return this.visible;
  }
  setFocusable(focusable: boolean): void {
    this.did.push(`setFocusable ${focusable}`);
  }
  setAlwaysOnTop(flag: boolean, level?: string): void {
    this.did.push(`setAlwaysOnTop ${flag} ${level ?? ''}`.trim());
  }
  setOverlayIcon(image: unknown, description: string): void {
    this.did.push(`setOverlayIcon ${image === null ? 'none' : 'dot'} ${description}`.trim());
  }
  setContentProtection(...[enable]: Parameters<Electron.BrowserWindow['setContentProtection']>): void {
    this.did.push(`setContentProtection ${enable}`);
  }
  setVisibleOnAllWorkspaces(visible: boolean): void {
    this.did.push(`setVisibleOnAllWorkspaces ${visible}`);
  }
  setBounds(bounds: Electron.Rectangle): void {
    this.bounds = bounds;
  }
  getBounds(): Electron.Rectangle {
    return this.bounds;
  }
  focus(): void {
    this.did.push('focus');
    this.focused = true;
  }
  restore(): void {
    this.did.push('restore');
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  destroy(): void {
    this.destroyed = true;
    this.webContents.destroyed = true;
    this.webContents.emit('destroyed');
    this.emit('closed');
  }
}

/** One screen, and a pointer that a test moves. */ class ScreenStub extends EventEmitter {
  pointer: Electron.Point = { x: 0, y: 0 };
  workArea: Electron.Rectangle = { x: 0, y: 30, width: 1920, height: 1050 };

  getCursorScreenPoint(): Electron.Point {
    return this.pointer;
  }
  getDisplayNearestPoint(_point: Electron.Point): { workArea: Electron.Rectangle } {
    return { workArea: this.workArea };
  }
}

export const screen = new ScreenStub();

export class UtilityProcessStub extends EventEmitter {
  readonly sent: unknown[] = [];
  killed = 0;
  pid: number | undefined = 7001;

  postMessage(message: unknown): void {
    this.sent.push(message);
  }
  kill(): boolean {
    this.killed += 1;
    return true;
  }
}

export const utilityProcesses: {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: Electron.ForkOptions;
  readonly process: UtilityProcessStub;
}[] = [];
/** Tells of sleep and of the screen. */
export const powerMonitor: Pick<Electron.PowerMonitor, 'on' | 'off' | 'emit'> = new EventEmitter() as never;

export const utilityProcess = {
  fork(file: string, args: string[], options: Electron.ForkOptions): UtilityProcessStub {
    const made = new UtilityProcessStub();
    utilityProcesses.push({ file, args, options, process: made });
    return made;
  },
};

class AppStub extends EventEmitter {
  isPackaged = false;
  readonly badges: number[] = [];
  setBadgeCount(count?: number): boolean {
    this.badges.push(count ?? 0);
    return true;
  }
  /** As the system has it. */
  loginItem: Electron.Settings = { openAtLogin: false };
  openedAtLogin = false;
  readonly loginItemsAsked: (Electron.LoginItemSettingsOptions | undefined)[] = [];

  setLoginItemSettings(settings: Electron.Settings): void {
    this.loginItem = settings;
  }
  getLoginItemSettings(
    options?: Electron.LoginItemSettingsOptions,
  ): Pick<Electron.LoginItemSettings, 'openAtLogin' | 'wasOpenedAtLogin'> {
    this.loginItemsAsked.push(options);
    return { openAtLogin: this.loginItem.openAtLogin ?? false, wasOpenedAtLogin: this.openedAtLogin };
  }

  lock = true;
  readonly exits: number[] = [];
  readonly paths: Record<string, string> = {};

  requestSingleInstanceLock(): boolean {
    order.push('lock');
    return this.lock;
  }
  enableSandbox(): void {
    order.push('enableSandbox');
  }
  async whenReady(): Promise<void> {
    order.push('ready');
  }
  setPath(name: string, path: string): void {
    order.push(`setPath ${name}`);
    this.paths[name] = path;
  }
  appUserModelId: string | null = null;
  setAppUserModelId(id: string): void {
    this.appUserModelId = id;
  }
  readonly policies: string[] = [];
  setActivationPolicy(policy: 'regular' | 'accessory' | 'prohibited'): void {
    this.policies.push(policy);
  }
  quit(): void {
    this.emit('before-quit', { preventDefault: () => undefined });
  }
  exit(code: number): void {
    this.exits.push(code);
    this.emit('test-exit', code);
  }
}

export const app = new AppStub();

export const crashReports: Electron.CrashReporterStartOptions[] = [];
export const crashReporter = {
  start(options: Electron.CrashReporterStartOptions): void {
    order.push('crashReporter');
    crashReports.push(options);
  },
};

/** Questions that were shown, and the button that each is answered with. */
export const dialogs: Electron.MessageBoxOptions[] = [];
export const dialog = {
  response: 1,
  async showMessageBox(options: Electron.MessageBoxOptions): Promise<{ response: number }> {
    dialogs.push(options);
    return { response: dialog.response };
  },
};

export const schemes: Electron.CustomScheme[] = [];
export const protocol = {
  registerSchemesAsPrivileged(list: Electron.CustomScheme[]): void {
    order.push('registerSchemes');
    schemes.push(...list);
  },
};

export const sessions: SessionStub[] = [];
export const session = {
  fromPartition(partition: string, options?: Electron.FromPartitionOptions): SessionStub {
    order.push('session');
    const made = new SessionStub(partition, options);
    sessions.push(made);
    return made;
  },
};

export const exposed: Record<string, unknown> = {};
export const contextBridge = {
  exposeInMainWorld(key: string, api: unknown): void {
    exposed[key] = api;
  },
};

class IpcRendererStub extends EventEmitter {
  readonly invoked: unknown[][] = [];
  answer: (...args: unknown[]) => Promise<unknown> = async () => ({ ok: true, value: null });

  invoke(...args: unknown[]): Promise<unknown> {
    this.invoked.push(args);
    return this.answer(...args);
  }
}

export const ipcRenderer = new IpcRendererStub();

/** Forgets everything. */
export function resetElectron(): void {
  order.length = 0;
  schemes.length = 0;
  sessions.length = 0;
  BrowserWindow.all.length = 0;
  app.removeAllListeners();
  app.exits.length = 0;
  app.isPackaged = false;
  app.lock = true;
  app.policies.length = 0;
  app.loginItem = { openAtLogin: false };
  app.openedAtLogin = false;
  app.loginItemsAsked.length = 0;
  app.badges.length = 0;
  Tray.all.length = 0;
  Tray.broken = null;
  Notification.all.length = 0;
  Notification.removed.length = 0;
  Notification.supported = true;
  Notification.activation = null;
  nativeTheme.removeAllListeners();
  nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = false;
  screen.removeAllListeners();
  screen.pointer = { x: 0, y: 0 };
  screen.workArea = { x: 0, y: 30, width: 1920, height: 1050 };
  utilityProcesses.length = 0;
  crashReports.length = 0;
  dialogs.length = 0;
  dialog.response = 1;
  ipcRenderer.removeAllListeners();
  ipcRenderer.invoked.length = 0;
  ipcRenderer.answer = async () => ({ ok: true, value: null });
}
