/**
 * Tray and notifications of the shell that is attached, kept true to what the supervisor knows; and what a press
 * in the tray does.
 *
 * Nothing of this is needed for a decision: without a desktop, or when it goes, requests wait as ever.
 */
import type { DesktopView, NotificationSettings, Overview, PauseLength } from '../../../preload/contract.ts';
import type { Approval, PersonAnswer } from '../../engine/approvals/approval.ts';
import { redact, redactText } from '../../engine/redaction.ts';
import { assertNever } from '../../platform/errors.ts';
import type { Desktop, PartStatus, TrayAction } from '../desktop-port.ts';
import { titleOf } from '../views/approval-view.ts';
import { appName, clientName } from '../views/words.ts';
import { isQuiet, readNotificationSettings, type SettingsStore } from './notification-settings.ts';
import { Notifications } from './notifications.ts';
import { trayView } from './tray-view.ts';

/** Hours begin and end, and times in the menu move on, without anything else happening. */
const TICK_MS = 15_000;
/** A tray that is drawn more often is read by nobody. */
const REDRAW_MS = 100;
const SAME_PRESS_MS = 1000;
/** More than these in a minute are one: whoever floods the bus must not flood the log. */
const SUSPICIONS_A_MINUTE = 20;

export interface DesktopKeeperParts {
  readonly store: SettingsStore;
  readonly home: string;
  /** Takes the vault's values out of what a person is shown. */
  readonly clean: <T>(value: T) => T;
  readonly overview: () => Overview;
  readonly pending: () => readonly Approval[];
  readonly answer: (id: string, fingerprint: string, answer: PersonAnswer) => Promise<unknown>;
  readonly concern: (module: string, action: string) => string | null;
  readonly pause: {
    pause(agent: null, length: PauseLength, via: 'tray'): Promise<unknown>;
    resume(agent: null, via: 'tray'): Promise<unknown>;
    stopAll(via: 'tray'): Promise<void>;
    liftStop(via: 'tray'): Promise<unknown>;
    wish(length: PauseLength): void;
  };
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly onSuspicion: (what: string, detail: string) => void;
  readonly onDefect: (where: string, error: unknown) => void;
}

const NO_TRAY: PartStatus = { state: 'absent', detail: 'This shell shows no tray.', hint: null };
const NO_NOTIFIER: PartStatus = { state: 'absent', detail: 'This shell shows no notifications.', hint: null };

export class DesktopKeeper {
  readonly #parts: DesktopKeeperParts;
  #settings: NotificationSettings;
  #desktop: Desktop | null = null;
  #notifications: Notifications | null = null;
  #drawn = '';
  #planned = false;
  #tick: NodeJS.Timeout | null = null;
  #opened: { request: string | null; atMs: number } = { request: null, atMs: Number.NEGATIVE_INFINITY };
  #suspicions = { sinceMs: 0, count: 0 };

  constructor(parts: DesktopKeeperParts) {
    this.#parts = parts;
    this.#settings = readNotificationSettings(parts.store);
  }

  /** Shows everything on this desktop from now on. Answers what ends that. One at a time. */
  attach(desktop: Desktop): () => Promise<void> {
    this.#desktop = desktop;
    desktop.tray?.start({
      onAction: (action) => this.#act(desktop, action),
      onStatus: () => this.#render(),
    });
    if (desktop.notifier !== null) {
      const { home, clean, pending, answer, concern, nowMs, monotonicMs, onDefect } = this.#parts;
      this.#notifications = new Notifications({
        notifier: desktop.notifier,
        home,
        clean,
        pending,
        answer,
        concern,
        nowMs,
        monotonicMs,
        settings: () => this.#settings,
        open: (request) => this.#open(desktop, request),
        onSuspicion: (what, detail) => this.#suspect(what, detail),
        onStatus: () => undefined,
        onDefect,
      });
    }
    this.#tick = setInterval(() => this.changed(), TICK_MS).unref();
    this.changed();
    return () => this.detach();
  }

  async detach(): Promise<void> {
    if (this.#tick !== null) clearInterval(this.#tick);
    const [desktop, notifications] = [this.#desktop, this.#notifications];
    this.#desktop = null;
    this.#notifications = null;
    this.#drawn = '';
    await Promise.all([notifications?.close(), desktop?.tray?.close()]);
  }

  /** Something that is shown may have changed. Many at once are one. */
  changed(): void {
    this.#notifications?.sync();
    if (this.#planned || this.#desktop === null) return;
    this.#planned = true;
    setTimeout(() => {
      this.#planned = false;
      this.#render();
    }, REDRAW_MS).unref();
  }

  view(): DesktopView {
    const notifier = this.#desktop?.notifier?.status() ?? null;
    return {
      tray: this.#desktop?.tray?.status() ?? NO_TRAY,
      notifier: {
        ...(notifier === null ? NO_NOTIFIER : pick(notifier)),
        trusted: notifier?.trusted ?? false,
        service: notifier?.service ?? null,
      },
      settings: this.#settings,
      quietNow: isQuiet(this.#settings, this.#parts.nowMs()),
    };
  }

  setNotifications(settings: NotificationSettings): DesktopView {
    this.#parts.store.write(JSON.stringify(settings));
    this.#settings = settings;
    this.changed();
    return this.view();
  }

  /** The person agrees to the service that is named so; false when it is another by now. */
  trust(service: string): boolean {
    const agreed = this.#desktop?.notifier?.trust(service) ?? false;
    this.changed();
    return agreed;
  }

  #render(): void {
    const tray = this.#desktop?.tray;
    if (tray == null) return;
    const { home, clean, overview, pending, onDefect } = this.#parts;
    try {
      const newest = pending()
        .toReversed()
        .map(({ id, call }) => ({
          id,
          title: clean(redactText(titleOf({ ...call, params: clean(redact(call.params)) }, home))),
          who: `${clientName(call.client)} in ${appName(call.app)}`,
        }));
      const view = trayView(overview(), newest);
      const drawn = JSON.stringify(view);
      if (drawn === this.#drawn) return;
      this.#drawn = drawn;
      tray.render(view);
    } catch (error) {
      onDefect('tray', error);
    }
  }

  #act(desktop: Desktop, action: TrayAction): void {
    const { pause, onDefect } = this.#parts;
    const trusted = desktop.tray?.trusted ?? false;
    const done = (work: Promise<unknown>) =>
      work.catch((error: unknown) => onDefect(`the tray's ${action.kind}`, error));
    switch (action.kind) {
      case 'open':
        this.#open(desktop, null);
        return;
      case 'review':
        this.#open(desktop, action.request);
        return;
      case 'pause':
        if (trusted) {
          void done(pause.pause(null, action.length, 'tray'));
          return;
        }
        // Every program of the person can say that this was pressed. The person says it in the page.
        pause.wish(action.length);
        this.#open(desktop, null);
        return;
      case 'resume':
        if (this.#parts.overview().pause.stoppedSince === null) void done(pause.resume(null, 'tray'));
        else if (trusted) void done(pause.liftStop('tray'));
        else this.#open(desktop, null);
        return;
      case 'panic':
        void done(pause.stopAll('tray'));
        return;
      case 'quit':
        desktop.quit();
        return;
      default:
        assertNever(action, 'an action of the tray');
    }
  }

  /** Shows the page. A double click, or a program that presses on and on, opens it once. */
  #open(desktop: Desktop, request: string | null): void {
    const nowMs = this.#parts.monotonicMs();
    if (this.#opened.request === request && nowMs - this.#opened.atMs < SAME_PRESS_MS) return;
    this.#opened = { request, atMs: nowMs };
    desktop.open(request);
  }

  #suspect(what: string, detail: string): void {
    const nowMs = this.#parts.monotonicMs();
    if (nowMs - this.#suspicions.sinceMs > 60_000) this.#suspicions = { sinceMs: nowMs, count: 0 };
    this.#suspicions.count += 1;
    if (this.#suspicions.count < SUSPICIONS_A_MINUTE) this.#parts.onSuspicion(what, detail);
    else if (this.#suspicions.count === SUSPICIONS_A_MINUTE)
      this.#parts.onSuspicion(what, `${detail}. There are so many that no more are written down this minute`);
  }
}

function pick({ state, detail, hint }: PartStatus): PartStatus {
  return { state, detail, hint };
}
