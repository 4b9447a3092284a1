/**
 * Starting when the person logs in: a login item on macOS and Windows, a desktop file on Linux.
 *
 * Only a packed app can: a checkout has no program of its own that a login could start. It starts without its
 * window; what waits shows itself.
 */
import { app } from 'electron';
import type { StartupView } from '../../preload/contract.ts';
import type { StartupPort } from '../app/shell-port.ts';
import { autostartFile, readAutostart, writeAutostart } from '../platform/autostart-file.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { ownAppImage } from '../platform/own-program.ts';

const ON = 'Starts when you log in, without its window.';
const OFF =
  'You start it. Agents that are connected are blocked while it does not run: they stay so after you log in, until you start it.';

export interface AutostartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly platform?: NodeJS.Platform;
  readonly execPath?: string;
  /** Starts without the window. */
  readonly hidden: string;
}

/** Null where nothing can be started at login. */
export function createAutostart(options: AutostartOptions): StartupPort | null {
  const { env, home, hidden, platform = process.platform, execPath = process.execPath } = options;
  if (!app.isPackaged) return null;
  const view = (on: boolean): StartupView => ({ state: on ? 'on' : 'off', sentence: on ? ON : OFF });
  if (platform === 'linux') {
    const file = autostartFile(env, home);
    const program = ownAppImage(env, execPath) ?? execPath;
    return {
      view: () => view(readAutostart(file, program)),
      set: (on) => {
        try {
          writeAutostart(file, on ? { program, argument: hidden } : null);
        } catch (cause) {
          throw new GatehouseError('startup_failed', `${file} cannot be written: ${messageOf(cause)}`, {
            cause,
          });
        }
        return view(readAutostart(file, program));
      },
    };
  }
  if (platform !== 'darwin' && platform !== 'win32') return null;
  // Windows starts what stands there word for word; macOS starts the app, which sees that it was opened at login.
  const item = platform === 'win32' ? { path: execPath, args: [hidden] } : {};
  return {
    view: () => view(app.getLoginItemSettings(item).openAtLogin),
    set: (on) => {
      app.setLoginItemSettings({ openAtLogin: on, ...item });
      return view(app.getLoginItemSettings(item).openAtLogin);
    },
  };
}
