/** What a shell (headless or Electron) sees of the app, and the app of a shell. */
import type { ChannelName, Result, StartupView, WindowAct } from '../../preload/contract.ts';
import type { ChildHost } from '../platform/child-host.ts';
import type { Clock } from '../platform/clock.ts';
import type { AwayPort } from '../vault/auto-lock.ts';
import type { Desktop } from './desktop-port.ts';

export interface PageOptions {
  readonly via: 'page' | 'window';
  /**
   * How this page came to be: our own window, the link printed at start, or one made later by `gatehouse open`.
   * It decides whether the page may decide while no PIN is set.
   */
  readonly origin: 'window' | 'start-link' | 'open-link';
  /** Names the page's session across reloads: the same for each connection that shows the same session token. */
  readonly session: string;
  /** Delivers one payload. Must not throw; a slow page is the shell's to drop. */
  send(channel: ChannelName, payload: unknown): void;
  /** Does what the page asks of the window it is in. Left out in a browser. */
  act?(act: WindowAct): void;
}

/** Starting by itself at login, where the shell can see to that. */
export interface StartupPort {
  view(): StartupView;
  /** @throws GatehouseError `startup_failed` */
  set(on: boolean): StartupView;
}

export interface PageHandle {
  readonly id: string;
  /** Carries out one call. Never throws; parses everything against the contract. */
  call(method: string, args: unknown): Promise<Result<unknown>>;
  detach(): void;
}

export interface FoundAgent {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly state: 'not_found' | 'not_connected' | 'connected' | 'broken';
}

export interface App {
  readonly version: string;
  attachPage(options: PageOptions): PageHandle;
  /** Puts something suspicious on the timeline. */
  securityEvent(what: string, detail: string): void;
  /** Shows something to every page. */
  notice(text: string, tone: 'plain' | 'wait' | 'stop'): void;
  describeAgents(): Promise<readonly FoundAgent[]>;
  /** What is enforced now, in a sentence. */
  enforcementSentence(): string;
  /** `gatehouse open` asks the shell for a new link through this. */
  onOpenRequested(handler: () => Promise<{ readonly url: string }>): void;
  /** Puts tray and notifications of this desktop under the supervisor. Answers what takes them away again. */
  attachDesktop(desktop: Desktop): () => Promise<void>;
  /** Expires what waits, closes the doors and the log. Safe to call twice. */
  stop(reason: string): Promise<void>;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly shell: 'headless' | 'electron';
  /** Starts at login; null or left out where this shell cannot. */
  readonly startup?: StartupPort | null;
  /** How processes of our own are started; as plain Node when left out. */
  readonly children?: ChildHost;
  /** The time by which everything is decided and written down; the machine's own when left out. */
  readonly clock?: Clock;
  /** Word of sleep and screen lock, for the vault; left out where the shell has none. */
  readonly away?: AwayPort;
}
