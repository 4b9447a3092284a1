/** Tray and notifications of the headless shell: over the session bus, on Linux. */
import { join } from 'node:path';
import { BusNotifier } from '../app/desktop/bus-notifier.ts';
import type { Desktop } from '../app/desktop-port.ts';
import { SessionBus, sessionBusAddress } from '../platform/dbus/session-bus.ts';
import { TrayPixmaps } from './tray/pixmaps.ts';
import { StatusItem } from './tray/status-item.ts';

export interface HeadlessDesktopOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Where our resources are. */
  readonly resources: string;
  /** Shows the page. */
  readonly open: (request: string | null) => void;
  readonly quit: () => void;
  readonly onDefect: (where: string, error: unknown) => void;
}

export interface HeadlessDesktop {
  readonly desktop: Desktop;
  close(): Promise<void>;
}

/** Never fails: what is not there is looked for on and on. Without Linux there is nothing to look for. */
export function openHeadlessDesktop(options: HeadlessDesktopOptions): HeadlessDesktop {
  const { env, platform, resources, open, quit, onDefect } = options;
  if (platform !== 'linux')
    return { desktop: { tray: null, notifier: null, open, quit }, close: async () => undefined };
  const bus = new SessionBus({ address: () => sessionBusAddress(env), onDefect });
  const icons = new TrayPixmaps(join(resources, 'icons', 'tray'));
  const desktop: Desktop = {
    tray: new StatusItem({ bus, pixmaps: (view) => icons.for(view), onDefect }),
    notifier: new BusNotifier({ bus, onDefect }),
    open,
    quit,
  };
  bus.start();
  return { desktop, close: () => bus.close() };
}
