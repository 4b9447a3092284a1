/**
 * From start to end under Electron: one instance, the sandbox on, the same supervisor as everywhere.
 *
 * The order matters: what must be said before Electron is ready is said first, and no window exists before the
 * lock-down stands. Closing the window decides nothing and ends nothing: the supervisor runs on. A window that
 * another program asked for comes up without the focus, so that what is typed elsewhere answers no request.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, type BrowserWindow, crashReporter, dialog, session as electronSession } from 'electron';
import { CARD_CHANNELS, CARD_METHODS } from '../../preload/contract/window.ts';
import type { Inbox } from '../../preload/contract.ts';
import { DEEP_LINK_SCHEME, type DeepLink, deepLinkIn, hashOf, parseDeepLink } from '../app/deep-link.ts';
import { BusNotifier } from '../app/desktop/bus-notifier.ts';
import type { Desktop } from '../app/desktop-port.ts';
import { readPageFiles } from '../app/page-files.ts';
import { installRoot, programName } from '../app/resources.ts';
import type { App, PageOptions, StartOptions } from '../app/shell-port.ts';
import { windowText } from '../app/terminal-text.ts';
import { openBusAway } from '../platform/dbus/away.ts';
import { NameWatch } from '../platform/dbus/name-watch.ts';
import { SessionBus, sessionBusAddress } from '../platform/dbus/session-bus.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { floodGuard } from '../platform/flood-guard.ts';
import { notWrittenWords } from '../platform/full-disk.ts';
import { watchLifetime } from '../platform/lifetime.ts';
import { createAutostart } from './autostart.ts';
import { CardWindow } from './card-window.ts';
import { electronAway, electronChildHost } from './child-host.ts';
import { bindPage } from './ipc.ts';
import { blockNavigation, blockPermissions, blockRequests } from './lockdown.ts';
import { ElectronNotifier } from './notifications.ts';
import { registerScheme, START_URL, servePage } from './protocol.ts';
import { ElectronTray } from './tray.ts';
import { type Appearance, actOf, bringUp, createWindow } from './window.ts';

/** As in electron-builder.yml. */
const APP_ID = 'dev.gatehouse.app';
/** The word by which the app is started at login, and shows no window (main/cli/packed-start.ts reads it). */
const HIDDEN_START = '--hidden';
/** What is stopped more often than that in a minute is told as one. */
const STOPPED_A_MINUTE = 20;
/** More than that before there is a window is no person's doing. */
const MOST_HELD = 20;
/** In memory only: nothing the page stores outlives the process. */
const PARTITION = 'gatehouse';

export interface LifecycleOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where Chromium keeps what it needs; below our data folder. */
  readonly userData: string;
  /** The window is not shown until somebody asks for it. */
  readonly hidden: boolean;
  /** The link that it was started by, as it came; null for none. */
  readonly link: string | null;
  readonly startApp: (options: StartOptions) => Promise<App>;
  /** Closes this process's memory to others, once Chromium has started what it starts by copies of itself. */
  readonly closeMemory: () => readonly string[];
  readonly log: (text: string) => void;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Makes this process one that runs a command: no window, no dock icon, and none of the app's folders. */
export function becomeCommand(userData: string): void {
  app.setPath('userData', userData);
  if (process.platform === 'darwin') app.setActivationPolicy('accessory');
}

/** Runs the supervisor with its window; ends the process. */
export async function runLifecycle(options: LifecycleOptions): Promise<void> {
  // Before the lock, which lives there: two people's or two tests' supervisors are not one instance.
  app.setPath('userData', options.userData);
  app.setPath('crashDumps', join(options.userData, 'crashes'));
  if (!app.requestSingleInstanceLock()) {
    options.print('Gatehouse is running already: its window was brought up.');
    app.exit(0);
    return;
  }
  // Windows shows notifications only of a program that it knows by the name of its shortcut.
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  crashReporter.start({ uploadToServer: false });
  app.enableSandbox();
  registerScheme();
  const lifetime = watchLifetime(options);
  // Without a listener Electron would quit, and every agent would be blocked, when the window is closed.
  app.on('window-all-closed', () => undefined);
  app.on('child-process-gone', (_event, { type, reason, name }) => {
    if (reason !== 'clean-exit')
      options.log(`a process of Chromium ended: ${type}${name === undefined ? '' : ` ${name}`}: ${reason}`);
  });
  const links = heldLinks(options.link);
  try {
    await app.whenReady();
    const away =
      process.platform === 'linux'
        ? openBusAway({
            env: options.env,
            onDefect: (where, error) => options.log(`${where}: ${messageOf(error)}`),
          })
        : null;
    const supervisor = await options.startApp({
      env: options.env,
      shell: 'electron',
      startup: createAutostart({ env: options.env, home: homedir(), hidden: HIDDEN_START }),
      children: electronChildHost(options.env),
      away: electronAway(away),
    });
    lifetime.onStop(async (reason) => {
      await Promise.all([supervisor.stop(reason), away?.close()]);
    });
    app.on('before-quit', (event) => {
      event.preventDefault();
      // In the same limit as a signal: what does not come to an end is ended.
      lifetime.end('quit');
    });
    showPages(supervisor, options, links);
    for (const open of options.closeMemory()) options.log(open);
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
      `gatehouse: ${error instanceof GatehouseError ? error.message : `start: ${notWrittenWords(error) ?? 'an internal fault; hint: the log file has more'}`}`,
    );
    app.exit(1);
    return;
  }
  app.exit(await lifetime.ended);
}

/** What another start, or a link, asked for. `words`: how the other start was called; it may name a link. */
type Asked =
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'start'; readonly words: readonly string[] };

interface HeldLinks {
  /** Hands over what was asked for until now, and all that is from now on. */
  follow(take: (asked: Asked) => void): void;
}

/** Both events may come before there is anything to show a link in: what is asked for meanwhile is not lost. */
function heldLinks(first: string | null): HeldLinks {
  const held: Asked[] = first === null ? [] : [{ kind: 'link', link: first }];
  let take = (asked: Asked): void => {
    if (held.length < MOST_HELD) held.push(asked);
  };
  // macOS tells of links by an event of its own.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    take({ kind: 'link', link });
  });
  app.on('second-instance', (_event, words) => take({ kind: 'start', words }));
  return {
    follow: (given) => {
      take = given;
      for (const asked of held.splice(0)) given(asked);
    },
  };
}

/** Locks the pages' session down, makes the card, and shows the window; again whenever somebody asks for it. */
function showPages(supervisor: App, options: LifecycleOptions, links: HeldLinks): void {
  const session = electronSession.fromPartition(PARTITION, { cache: false });
  // Who tries the same thing for ever must not fill the log.
  const onStopped = floodGuard(
    STOPPED_A_MINUTE,
    (what: string, detail: string) => supervisor.securityEvent(what, detail),
    ['flood', 'it goes on; what more is tried in this minute is stopped and not written down'],
  );
  blockPermissions(session, onStopped);
  blockRequests(session, !app.isPackaged, onStopped);
  blockNavigation(app, onStopped);
  servePage(session, readPageFiles(join(installRoot, 'dist', 'renderer')));
  const pages = {
    attachPage: (page: PageOptions) => supervisor.attachPage(page),
    securityEvent: onStopped,
  };
  const common = {
    preload: join(installRoot, 'dist', 'preload', 'index.cjs'),
    session,
    packaged: app.isPackaged,
  };
  const note = (part: string) => (line: string) => options.log(`${part}: ${line}`);

  let window: BrowserWindow | null = null;
  const card: CardWindow = new CardWindow({
    ...common,
    onNote: note('card'),
    onReview: (request) => show('focus', hashOf({ place: 'inbox', request })),
    onCreated: (created) =>
      bindPage(created.webContents, pages, {
        act: (act) => card.act(act),
        limits: { methods: CARD_METHODS, channels: CARD_CHANNELS },
        refusal: () => card.refusal(),
        onSend: (channel, payload) => {
          if (channel === 'inbox') card.waits((payload as Inbox).pending.map(({ id }) => id));
        },
      }),
  });
  const show = (how: Appearance, place: string | null) => {
    if (window !== null && !window.isDestroyed()) {
      bringUp(window, how, place);
      return;
    }
    const made = createWindow(
      {
        ...common,
        onNote: note('window'),
        onCreated: (created) => {
          bindPage(created.webContents, pages, { act: actOf(created) });
          created.on('focus', () => card.watched(true));
          for (const gone of ['blur', 'hide', 'minimize', 'closed'] as const)
            created.on(gone as 'blur', () => card.watched(false));
        },
        onBroken: (why) => {
          options.log(`window: closed: ${why}`);
          made.destroy();
          void tellBroken(why).then((again) => {
            if (again) show('focus', null);
          });
        },
      },
      how,
      place,
    );
    window = made;
  };
  const desktop = openDesktop({
    env: options.env,
    onDefect: (where, error) => options.log(`${where}: ${messageOf(error)}`),
    // On Linux another program of the person can pretend the press that this came from.
    open: (request) =>
      show(
        process.platform === 'linux' ? 'quiet' : 'focus',
        request === null ? null : hashOf({ place: 'inbox', request }),
      ),
    onWaiting: (count, badge) => {
      if (process.platform === 'win32')
        window?.setOverlayIcon(count === 0 ? null : badge, count === 0 ? '' : `${count} wait for you`);
    },
  });
  supervisor.attachDesktop(desktop);
  const followLink = (link: DeepLink | null) => {
    if (link === null) onStopped('link_refused', 'a link of no known form was opened');
    show('quiet', link === null ? null : hashOf(link));
  };
  // A click on the dock.
  app.on('activate', () => show('focus', null));
  supervisor.onOpenRequested(async () => {
    show('quiet', null);
    return { url: START_URL };
  });
  const atLogin = process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (!options.hidden && !atLogin && options.link === null) show('focus', null);
  links.follow((asked) => {
    if (asked.kind === 'link') followLink(parseDeepLink(asked.link));
    else if (asked.words.some((word) => word.startsWith(`${DEEP_LINK_SCHEME}:`)))
      followLink(deepLinkIn(asked.words));
    else show('quiet', null);
  });
}

interface DesktopParts {
  readonly env: NodeJS.ProcessEnv;
  readonly onDefect: (where: string, error: unknown) => void;
  readonly open: Desktop['open'];
  readonly onWaiting: ConstructorParameters<typeof ElectronTray>[0]['onWaiting'];
}

/** Electron's tray; its notifications too, but on Linux those of the session bus, whose sender can be checked. */
function openDesktop({ env, onDefect, open, onWaiting }: DesktopParts): Desktop {
  const tray = new ElectronTray({ icons: join(installRoot, 'resources', 'icons', 'tray'), onWaiting });
  const quit = () => app.quit();
  if (process.platform !== 'linux')
    return { tray, notifier: new ElectronNotifier({ onStale: () => open(null) }), open, quit };
  const bus = new SessionBus({ address: () => sessionBusAddress(env), onDefect });
  const host = new NameWatch(bus, 'org.kde.StatusNotifierWatcher');
  const look = () => tray.hostIs(host.owner !== null);
  host.onChange(look);
  // Without a bus there is no tray either, and nothing changes that would tell so.
  look();
  bus.start();
  return { tray, notifier: new BusNotifier({ bus, onDefect }), open, quit };
}

/** Says that the window had to be closed; answers whether to open it again. Supervision goes on meanwhile. */
async function tellBroken(why: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: 'Gatehouse',
    message: 'The window was closed',
    detail: `${why.charAt(0).toUpperCase()}${why.slice(1)}. Agents are still supervised, and requests wait: answer them in a terminal with ${programName} approvals list, or open the window again.`,
    buttons: ['Open again', 'Leave it closed'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}
