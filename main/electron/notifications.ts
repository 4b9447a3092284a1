/**
 * Notifications of macOS and Windows, by Electron. On Linux they go over the session bus, in both shells.
 *
 * A press is told with the random key of its button, once. What a notification of an earlier run is pressed for is
 * not known any more: it shows the window and does nothing else.
 */
import { Notification } from 'electron';
import type { NotificationView, NotifierEvents, NotifierPort, NotifierStatus } from '../app/desktop-port.ts';

/** How long the system may take to say that it shows a notification. */
const SHOWN_MS = 3000;
/** All of ours, for taking away what an earlier run left. */
const GROUP = 'gatehouse';

export interface ElectronNotifierOptions {
  /** A notification of an earlier run was pressed. */
  readonly onStale: () => void;
  readonly platform?: NodeJS.Platform;
}

export class ElectronNotifier implements NotifierPort {
  readonly #options: ElectronNotifierOptions;
  readonly #platform: NodeJS.Platform;
  /** Kept: one that nobody holds is collected, and its events with it. */
  readonly #shown = new Map<string, Notification>();
  #events: NotifierEvents | null = null;
  /** Why the system took none, as it said the last time. */
  #refused: string | null = null;

  constructor(options: ElectronNotifierOptions) {
    this.#options = options;
    this.#platform = options.platform ?? process.platform;
  }

  start(events: NotifierEvents): void {
    this.#events = events;
    if (!Notification.isSupported()) return;
    if (this.#platform === 'darwin') Notification.removeGroup(GROUP);
    if (this.#platform === 'win32')
      Notification.handleActivation(() => {
        // Those that this run shows tell of their own presses.
        if (this.#shown.size === 0) this.#options.onStale();
      });
  }

  show(view: NotificationView): Promise<boolean> {
    if (this.#events === null || !Notification.isSupported()) return Promise.resolve(false);
    this.#drop(view.id);
    const made = new Notification({
      id: view.id,
      groupId: GROUP,
      title: view.title,
      body: view.body,
      actions: view.buttons.map(({ label }) => ({ type: 'button', text: label })),
      // Windows takes it away by itself otherwise; it is withdrawn when the request ends.
      ...(this.#platform === 'win32' ? { timeoutType: 'never' } : {}),
    });
    this.#shown.set(view.id, made);
    const isCurrent = () => this.#shown.get(view.id) === made;
    const press = (key: string | undefined) => {
      if (!isCurrent() || key === undefined) return;
      this.#shown.delete(view.id);
      this.#events?.onKey(view.id, key);
    };
    made.on('action', (_details, index) => press(view.buttons[index]?.key));
    made.on('click', () => press(view.press));
    made.on('close', () => {
      if (!isCurrent()) return;
      this.#shown.delete(view.id);
      this.#events?.onClosed(view.id);
    });
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve(false), SHOWN_MS);
      const taken = (problem: string | null) => {
        clearTimeout(limit);
        const changed = this.#refused !== problem;
        this.#refused = problem;
        if (changed) this.#events?.onStatus();
        resolve(problem === null);
      };
      made.once('show', () => taken(null));
      made.once('failed', (_event, error) => {
        if (isCurrent()) this.#shown.delete(view.id);
        taken(error);
      });
      made.show();
    });
  }

  withdraw(id: string): void {
    this.#drop(id);
    // Of macOS alone, where the system keeps a list; calling what is not there would throw elsewhere.
    if (this.#platform === 'darwin') Notification.remove(id);
  }

  status(): NotifierStatus {
    const common = { trusted: true, service: null };
    if (!Notification.isSupported())
      return {
        ...common,
        state: 'absent',
        detail: 'This system shows no notifications.',
        hint: null,
        buttons: false,
      };
    if (this.#refused !== null)
      return {
        ...common,
        state: 'absent',
        detail: `The system took no notification: ${this.#refused}.`,
        hint: 'allow Gatehouse to show notifications in the system’s settings',
        buttons: false,
      };
    return { ...common, state: 'ready', detail: 'The system shows them.', hint: null, buttons: true };
  }

  /** The system's own service: there is nothing to agree to. */
  trust(): boolean {
    return false;
  }

  async close(): Promise<void> {
    for (const id of [...this.#shown.keys()]) this.withdraw(id);
    this.#events = null;
  }

  /** Forgets one first, so that whatever it still says is not told. */
  #drop(id: string): void {
    const known = this.#shown.get(id);
    this.#shown.delete(id);
    known?.close();
  }
}
