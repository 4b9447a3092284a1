/**
 * Tray and notifications as data: what they show, what can be pressed, and what a shell has to bring for them.
 *
 * The supervisor decides what is shown and what a press means (`app/desktop/`); an adapter draws it and tells of
 * presses, nothing else. An adapter holds no state that matters: it may go and come back at any moment.
 *
 * What a press may do depends on who can press. Over the session bus every program of the person can pretend a
 * click in the tray, so there (`trusted: false`) it only narrows or shows the page; pausing is then confirmed in it.
 */
import type { PauseLength } from '../../preload/contract.ts';

/** How the mark is drawn: half down guards, all the way down blocks agents, up lets calls run. */
export type TrayBars = 'half' | 'down' | 'up';

/** What an entry of the tray's menu does. None of them answers a request. */
export type TrayAction =
  | { readonly kind: 'open' }
  /** Shows this request in the page. */
  | { readonly kind: 'review'; readonly request: string }
  | { readonly kind: 'pause'; readonly length: PauseLength }
  | { readonly kind: 'resume' }
  /** Denies everything that waits and refuses every call until the person resumes. */
  | { readonly kind: 'panic' }
  | { readonly kind: 'quit' };

export type TrayItem =
  | { readonly kind: 'separator' }
  /** A line that says something and cannot be chosen. */
  | { readonly kind: 'label'; readonly text: string }
  | { readonly kind: 'action'; readonly text: string; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly text: string; readonly items: readonly TrayItem[] };

/** Everything the tray shows. Texts are plain: no markup, no mnemonics, nothing that does not show. */
export interface TrayView {
  /** `blocked`: every call is refused. `not_enforcing`: nothing is supervised, or a layer is missing. */
  readonly state: 'calm' | 'waiting' | 'paused' | 'blocked' | 'not_enforcing';
  readonly bars: TrayBars;
  /** The dot at the top right: somebody waits. */
  readonly dot: boolean;
  /** How many requests wait. */
  readonly waiting: number;
  /** A few words, with the count: `Gatehouse: 2 wait`. */
  readonly title: string;
  /** A sentence or two; with a pause, its end. */
  readonly tooltip: string;
  readonly menu: readonly TrayItem[];
}

/** How a part of the desktop stands. That it is not there is a state like any other, never an error. */
export interface PartStatus {
  readonly state: 'ready' | 'absent';
  /** A sentence: who shows it, or why nobody does. */
  readonly detail: string;
  /** What to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}

export interface TrayEvents {
  onAction(action: TrayAction): void;
  /** `status()` answers something else now. */
  onStatus(): void;
}

export interface TrayPort {
  /** Only the person can press. False where other programs can pretend it, as on the session bus of Linux. */
  readonly trusted: boolean;
  /** Once, before anything else. */
  start(events: TrayEvents): void;
  /** Shows this from now on; again after every change. */
  render(view: TrayView): void;
  status(): PartStatus;
  close(): Promise<void>;
}

/** A button. Its key is random and good for one press. */
export interface NotificationButton {
  readonly key: string;
  readonly label: string;
}

/** One notification. Title and body are plain text: an adapter escapes what its service would read as markup. */
export interface NotificationView {
  /** Ours. Shown again under the same id, it takes the place of the one before. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** In the order in which they are to stand. */
  readonly buttons: readonly NotificationButton[];
  /** The key of a press on the notification itself: shows the page, never decides. */
  readonly press: string;
}

export interface NotifierStatus extends PartStatus {
  /** The service draws buttons. Without them a notification only says that something waits. */
  readonly buttons: boolean;
  /**
   * A press of Approve may be believed: the service is the system's own, the same as ever since, and nobody can put
   * another text in a notification's place unseen. Otherwise notifications offer Review and Deny alone.
   */
  readonly trusted: boolean;
  /** Names the service as it is now, for agreeing to it; null when there is none, or nothing to agree to. */
  readonly service: string | null;
}

export interface NotifierEvents {
  /** A press that came from the service itself, on a notification that it shows for us. */
  onKey(id: string, key: string): void;
  /** The notification is gone. Whoever put it away decided nothing. */
  onClosed(id: string): void;
  /** Another program put something of its own in this one's place, or had it pressed: it decides nothing any more. */
  onReplaced(id: string): void;
  /** The service or the bus is another one now: no notification from before is there any more, nor its keys good. */
  onVoided(): void;
  onStatus(): void;
  /** Something pretended to be the service, or is another than before. */
  onSuspicion(what: string, detail: string): void;
}

export interface NotifierPort {
  /** Once, before anything else. */
  start(events: NotifierEvents): void;
  /** Resolves when the service has taken it, false when there is none that would. Never rejects. */
  show(view: NotificationView): Promise<boolean>;
  withdraw(id: string): void;
  status(): NotifierStatus;
  /** The person agrees to this service: from now on it is believed. False when it is another one by now. */
  trust(service: string): boolean;
  close(): Promise<void>;
}

/** What a shell brings. */
export interface Desktop {
  readonly tray: TrayPort | null;
  readonly notifier: NotifierPort | null;
  /** Brings the page to the person, at a request when one is named. Decides nothing. */
  open(request: string | null): void;
  /** Ends the supervisor. */
  quit(): void;
}
