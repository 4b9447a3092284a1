/** The app's life under Electron with the stub in Electron's place: started, its windows found, what it said kept. */
import { afterEach, beforeEach, expect } from 'vitest';
import { runLifecycle } from '../../main/electron/lifecycle.ts';
import { AppDouble } from './app-double.ts';
import { BrowserWindow, order, resetElectron } from './electron-stub.ts';

const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

export class ElectronStart {
  supervisor = new AppDouble();
  readonly printed: string[] = [];
  readonly complaints: string[] = [];
  readonly logged: string[] = [];

  run(
    startApp: () => Promise<AppDouble> = async () => this.supervisor,
    start: { readonly hidden?: boolean; readonly link?: string } = {},
  ): Promise<void> {
    return runLifecycle({
      env: {},
      userData: '/data/electron',
      hidden: start.hidden ?? false,
      link: start.link ?? null,
      startApp: () => {
        order.push('startApp');
        return startApp();
      },
      closeMemory: () => {
        order.push('closeMemory');
        return [];
      },
      log: (text) => this.logged.push(text),
      print: (text) => this.printed.push(text),
      complain: (text) => this.complaints.push(text),
    });
  }

  /** Runs it until its window is there. */
  async started(): Promise<BrowserWindow> {
    void this.run();
    await expect.poll(() => this.printed).toHaveLength(1);
    const window = windows()[0];
    if (window === undefined) throw new Error('no window');
    return window;
  }
}

/** A fresh one before each test; what it listens to of the process is taken away after. */
export function electronStart() {
  const before = new Map(EVENTS.map((name) => [name, process.rawListeners(name)]));
  const held = {
    now: new ElectronStart(),
    /** Who listened to the process before. */
    before: before as ReadonlyMap<string, readonly unknown[]>,
  };
  beforeEach(() => {
    resetElectron();
    held.now = new ElectronStart();
  });
  afterEach(() => {
    for (const name of EVENTS)
      for (const listener of process.rawListeners(name))
        if (before.get(name)?.includes(listener) === false) process.removeListener(name, listener as never);
  });
  return held;
}

/** Every window but the card, which is there from the start. */
export const windows = (): BrowserWindow[] =>
  BrowserWindow.all.filter(({ options }) => options.frame !== false);
export const card = (): BrowserWindow | undefined =>
  BrowserWindow.all.find(({ options }) => options.frame === false);
