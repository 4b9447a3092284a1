/**
 * Plays the `electron` module on plain Node, for what is packed: enough that the whole start runs, and that the
 * page's files are asked for once through the custom protocol. What that gave is told on stdout.
 */
import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';

// As in Electron: the program's own path comes first, and no script follows it.
process.argv.splice(0, 2, process.env.GATEHOUSE_STAND_IN);
process.env.GATEHOUSE_STAND_IN_NODE = process.execPath;
process.execPath = process.env.GATEHOUSE_STAND_IN;
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '0.0.0' } });

const say = (what) => process.stdout.write(`electron: ${JSON.stringify(what)}\n`);
const handlers = new Map();
const nothing = () => undefined;

class App extends EventEmitter {
  isPackaged = true;
  commandLine = { hasSwitch: () => false };
  setPath = nothing;
  setActivationPolicy = nothing;
  enableSandbox = nothing;
  setBadgeCount = nothing;
  setAppUserModelId = nothing;
  setLoginItemSettings = nothing;
  getLoginItemSettings = () => ({ openAtLogin: false });
  requestSingleInstanceLock = () => true;
  whenReady = async () => undefined;
  exit = (code) => process.exit(code);
  quit = () => process.exit(0);
}

class WebContents extends EventEmitter {
  static #next = 1;
  id = WebContents.#next++;
  ipc = { handle: nothing };
  setWindowOpenHandler = nothing;
  send = nothing;
  reload = nothing;
  isDestroyed = () => false;
  isCrashed = () => false;
}

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents();
  constructor(options) {
    super();
    say({ window: options.webPreferences.preload, icon: options.icon });
    app.emit('web-contents-created', {}, this.webContents);
    const ignored = new Set(['then']);
    // biome-ignore lint/correctness/noConstructorReturn: everything that is not played does nothing.
    return new Proxy(this, {
      get: (target, name) =>
        name in target || typeof name === 'symbol' || ignored.has(name) ? Reflect.get(target, name) : nothing,
    });
  }
  async loadURL(url) {
    const page = await handlers.get('gatehouse')(new Request(url));
    say({ url, status: page.status, type: page.headers.get('content-type') });
  }
}

export const app = new App();
export const crashReporter = { start: nothing };
export const dialog = { showMessageBox: async () => ({ response: 1 }) };
export const protocol = { registerSchemesAsPrivileged: nothing };
export const screen = {
  getCursorScreenPoint: () => ({ x: 0, y: 0 }),
  getDisplayNearestPoint: () => ({ workArea: { x: 0, y: 0, width: 1280, height: 800 } }),
  on: nothing,
};
export const session = {
  fromPartition: () => ({
    setPermissionRequestHandler: nothing,
    setPermissionCheckHandler: nothing,
    setDevicePermissionHandler: nothing,
    setDisplayMediaRequestHandler: nothing,
    webRequest: { onBeforeRequest: nothing },
    on: nothing,
    protocol: { handle: (scheme, handler) => handlers.set(scheme, handler) },
  }),
};
export const nativeImage = {
  createFromPath: (path) => ({
    path,
    addRepresentation: nothing,
    setTemplateImage: nothing,
    toPNG: () => Buffer.alloc(0),
    isEmpty: () => false,
  }),
};
export const nativeTheme = new EventEmitter();
export const powerMonitor = new EventEmitter();
export const Menu = { buildFromTemplate: (items) => items, setApplicationMenu: nothing };
export class Tray extends EventEmitter {
  setImage = nothing;
  setToolTip = nothing;
  setContextMenu = nothing;
  setTitle = nothing;
  destroy = nothing;
}
export class Notification extends EventEmitter {
  static isSupported = () => false;
}
export const utilityProcess = {
  fork: (file, args, options) => {
    const child = fork(file, args, {
      ...options,
      execPath: process.env.GATEHOUSE_STAND_IN_NODE,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.postMessage = (message) => child.send(message);
    return child;
  },
};
