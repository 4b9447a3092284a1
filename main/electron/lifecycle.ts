/**
 * From start to end under Electron: one instance, the sandbox on, the same supervisor as everywhere.
 *
 * The order matters: what must be said before Electron is ready is said first, and no window exists before the
 * lock-down stands. Closing the window decides nothing and ends nothing: the supervisor runs on.
 */
import { join } from 'node:path';
import { app, type BrowserWindow, session as electronSession } from 'electron';
import { readPageFiles } from '../app/page-files.ts';
import { installRoot, programName } from '../app/resources.ts';
import type { App, StartOptions } from '../app/shell-port.ts';
import { windowText } from '../app/terminal-text.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { watchLifetime } from '../platform/lifetime.ts';
import { bindPage } from './ipc.ts';
import { blockNavigation, blockPermissions, blockRequests } from './lockdown.ts';
import { START_URL } from './origin.ts';
import { registerScheme, servePage } from './protocol.ts';
import { bringToFront, createWindow } from './window.ts';

/** In memory only: nothing the page stores outlives the process. */
const PARTITION = 'gatehouse';

export interface LifecycleOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where Chromium keeps what it needs; below our data folder. */
  readonly userData: string;
  readonly startApp: (options: StartOptions) => Promise<App>;
  readonly log: (text: string) => void;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Runs the supervisor with its window; ends the process. */
export async function runLifecycle(options: LifecycleOptions): Promise<void> {
  // Before the lock, which lives there: two people's or two tests' supervisors are not one instance.
  app.setPath('userData', options.userData);
  if (!app.requestSingleInstanceLock()) {
    options.print('Gatehouse is running already: its window was brought to the front.');
    app.exit(0);
    return;
  }
  app.enableSandbox();
  registerScheme();
  const lifetime = watchLifetime(options);
  // Without a listener Electron would quit, and every agent would be blocked, when the window is closed.
  app.on('window-all-closed', () => undefined);
  try {
    await app.whenReady();
    const supervisor = await options.startApp({ env: options.env, shell: 'electron' });
    lifetime.onStop((reason) => supervisor.stop(reason));
    app.on('before-quit', (event) => {
      event.preventDefault();
      void supervisor.stop('quit').finally(() => app.exit(0));
    });
    showPage(supervisor, options);
    options.print(
      windowText({
        enforcement: supervisor.enforcementSentence(),
        program: programName,
        agents: await supervisor.describeAgents(),
      }),
    );
  } catch (error) {
    options.log(error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
    options.complain(
      `gatehouse: ${error instanceof GatehouseError ? error.message : 'start: an internal fault; hint: the log file has more'}`,
    );
    app.exit(1);
    return;
  }
  app.exit(await lifetime.ended);
}

/** Locks the page's session down, then shows the window; again whenever somebody asks for it. */
function showPage(supervisor: App, options: LifecycleOptions): void {
  const session = electronSession.fromPartition(PARTITION, { cache: false });
  const onStopped = (what: string, detail: string) => supervisor.securityEvent(what, detail);
  blockPermissions(session, onStopped);
  blockRequests(session, !app.isPackaged, onStopped);
  blockNavigation(app, onStopped);
  servePage(session, readPageFiles(join(installRoot, 'dist', 'renderer')));

  let window: BrowserWindow | null = null;
  const show = () => {
    if (window !== null && !window.isDestroyed()) {
      bringToFront(window);
      return;
    }
    window = createWindow({
      preload: join(installRoot, 'dist', 'preload', 'index.cjs'),
      session,
      packaged: app.isPackaged,
      onCreated: (created) => bindPage(created.webContents, supervisor),
      onBroken: (why) => {
        options.log(`window: ${why}`);
        options.complain(`gatehouse: the window was closed: ${why}; hint: ${programName} open`);
        window?.destroy();
        window = null;
      },
    });
  };
  app.on('second-instance', show);
  app.on('activate', show);
  supervisor.onOpenRequested(async () => {
    show();
    return { url: START_URL };
  });
  show();
}
