/**
 * Which notifications are shown, and what a press on one means.
 *
 * A notification is a way to the same answer as in the page: bound to the fingerprint that was shown, ended once,
 * written down with where it came from. A press is good once, and for what is shown now; one that comes before
 * anybody could have read the text is not taken. What is of high or unknown risk, was not shown whole, or speaks
 * against itself can be denied and looked at from here, never allowed.
 */
import { randomBytes } from 'node:crypto';
import type { NotificationSettings } from '../../../preload/contract.ts';
import type { Approval, PersonAnswer } from '../../engine/approvals/approval.ts';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import type { NotificationButton, NotificationView, NotifierPort, NotifierStatus } from '../desktop-port.ts';
import { DEAD_TIME_MS } from '../pages.ts';
import { isQuiet } from './notification-settings.ts';
import { notificationText } from './notification-text.ts';

/** More than these stand in one notification together. */
const SINGLE = 3;
const REST = 'rest';
/** So many keys are remembered that were good once: a second press on the same button is no attack. */
const SPENT_KEYS = 1000;

type Meaning =
  | { readonly kind: 'allow' | 'deny'; readonly request: string; readonly fingerprint: string }
  | { readonly kind: 'review'; readonly request: string | null };

/** A notification as it was shown last, and what its keys mean. */
interface Card {
  readonly id: string;
  /** What makes it another one: shown again when this changes. */
  readonly content: string;
  readonly keys: ReadonlyMap<string, Meaning>;
  /** When the service had taken it, by the monotonic clock; null while it is on its way. */
  shownMs: number | null;
}

export interface NotificationsParts {
  readonly notifier: NotifierPort;
  readonly home: string;
  /** Takes the vault's values out of what a person is shown. */
  readonly clean: <T>(value: T) => T;
  readonly pending: () => readonly Approval[];
  readonly answer: (id: string, fingerprint: string, answer: PersonAnswer) => Promise<unknown>;
  /** Why a person must look closely at this action; null when nothing speaks against it. */
  readonly concern: (module: string, action: string) => string | null;
  readonly settings: () => NotificationSettings;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Shows the page, at a request when one is named. */
  readonly open: (request: string | null) => void;
  readonly onSuspicion: (what: string, detail: string) => void;
  readonly onStatus: () => void;
  readonly onDefect: (where: string, error: unknown) => void;
}

export class Notifications {
  readonly #parts: NotificationsParts;
  readonly #cards = new Map<string, Card>();
  /** Requests whose notification the person put away: they wait in the page and are not shown again. */
  readonly #putAway = new Set<string>();
  readonly #spent = new Set<string>();
  #planned = false;
  #closed = false;

  constructor(parts: NotificationsParts) {
    this.#parts = parts;
    parts.notifier.start({
      onKey: (id, key) => this.#pressed(id, key),
      onClosed: (id) => this.#closedByOther(id),
      onReplaced: (id) => this.#replaced(id),
      onVoided: () => {
        for (const id of [...this.#cards.keys()]) this.#drop(id);
        this.sync();
      },
      onStatus: () => {
        parts.onStatus();
        this.sync();
      },
      onSuspicion: parts.onSuspicion,
    });
    this.sync();
  }

  /** Shows what is to be shown now. Cheap; to be called after every change. Many at once are one. */
  sync(): void {
    if (this.#planned || this.#closed) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.#closed) return;
      try {
        this.#sync();
      } catch (error) {
        this.#parts.onDefect('notifications', error);
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cards.clear();
    await this.#parts.notifier.close();
  }

  #sync(): void {
    const { notifier, settings, nowMs, pending } = this.#parts;
    const waiting = pending();
    const open = new Set(waiting.map(({ id }) => id));
    for (const id of this.#putAway) if (!open.has(id)) this.#putAway.delete(id);
    const status = notifier.status();
    const wanted = settings();
    const quiet = !wanted.enabled || isQuiet(wanted, nowMs());
    if (status.state !== 'ready' || quiet) {
      for (const id of [...this.#cards.keys()]) {
        this.#drop(id);
        notifier.withdraw(id);
      }
      if (quiet) return;
    }
    const groups = twins(waiting).filter(({ first }) => !this.#putAway.has(first.id));
    // Those that stand already keep their place: nothing moves under the hand.
    const stands = groups.filter(({ first }) => this.#cards.has(first.id));
    const others = groups.filter(({ first }) => !this.#cards.has(first.id));
    const single = [...stands, ...others].slice(0, SINGLE);
    const rest = groups.length - single.length;
    const shown = new Set(single.map(({ first }) => first.id));
    if (rest > 0) shown.add(REST);
    for (const id of [...this.#cards.keys()]) {
      if (shown.has(id)) continue;
      this.#drop(id);
      notifier.withdraw(id);
    }
    for (const { first, asked } of single) this.#requestCard(first, asked, status);
    if (rest > 0) this.#restCard(rest, status);
  }

  #requestCard(approval: Approval, asked: number, status: NotifierStatus): void {
    const text = notificationText(approval, asked, this.#parts.home, this.#parts.clean);
    const allow = this.#mayAllow(approval, text.whole, status);
    const content = JSON.stringify([text, allow, status.buttons, status.service]);
    if (this.#cards.get(approval.id)?.content === content) return;
    const { id: request, fingerprint } = approval;
    const keys = new Map<string, Meaning>();
    const button = (label: string, meaning: Meaning): NotificationButton => {
      const key = newKey();
      keys.set(key, meaning);
      return { key, label };
    };
    const buttons = status.buttons
      ? [
          button('Deny once', { kind: 'deny', request, fingerprint }),
          button('Review', { kind: 'review', request }),
          ...(allow ? [button('Allow once', { kind: 'allow', request, fingerprint })] : []),
        ]
      : [];
    const press = button('Review', { kind: 'review', request }).key;
    this.#show({ id: request, title: text.title, body: text.body, buttons, press }, content, keys);
  }

  #restCard(rest: number, status: NotifierStatus): void {
    const content = JSON.stringify([rest, status.buttons, status.service]);
    if (this.#cards.get(REST)?.content === content) return;
    const [key, press] = [newKey(), newKey()];
    const meaning: Meaning = { kind: 'review', request: null };
    const keys = new Map([key, press].map((one) => [one, meaning]));
    this.#show(
      {
        id: REST,
        title: `${rest} more ${rest === 1 ? 'request waits' : 'requests wait'}`,
        body: 'They are in the inbox.',
        buttons: status.buttons ? [{ key, label: 'Review' }] : [],
        press,
      },
      content,
      keys,
    );
  }

  #show(view: NotificationView, content: string, keys: ReadonlyMap<string, Meaning>): void {
    const card: Card = { id: view.id, content, keys, shownMs: null };
    this.#drop(view.id);
    this.#cards.set(view.id, card);
    this.#parts.notifier.show(view).then(
      (taken) => {
        if (taken) card.shownMs = this.#parts.monotonicMs();
        // Not shown: it is tried again when the service, or something on the desk, changes.
        else if (this.#cards.get(view.id) === card) this.#cards.delete(view.id);
      },
      (error: unknown) => this.#parts.onDefect('showing a notification', error),
    );
  }

  #mayAllow(approval: Approval, whole: boolean, status: NotifierStatus): boolean {
    const { call, decision } = approval;
    return (
      status.trusted &&
      this.#parts.settings().approve &&
      whole &&
      (decision.risk === 'low' || decision.risk === 'medium') &&
      this.#parts.concern(call.module, call.action) === null
    );
  }

  #pressed(id: string, key: string): void {
    const card = this.#cards.get(id);
    const meaning = card?.keys.get(key);
    if (card === undefined || meaning === undefined) {
      if (this.#spent.has(key)) return;
      this.#parts.onSuspicion(
        'notification_key',
        'A notification was pressed with a key that Gatehouse did not give it now. It decided nothing',
      );
      return;
    }
    // Whatever it meant, none of its keys is good a second time.
    this.#drop(id);
    this.#parts.notifier.withdraw(id);
    if (meaning.kind === 'review') {
      if (meaning.request !== null) this.#putAway.add(meaning.request);
      this.#parts.open(meaning.request);
      return;
    }
    if (card.shownMs === null || this.#parts.monotonicMs() - card.shownMs < DEAD_TIME_MS) {
      // Nobody read it: a click that was meant for what stood there before. It is shown anew.
      this.sync();
      return;
    }
    this.#answer(meaning.request, meaning.fingerprint, meaning.kind);
  }

  #answer(request: string, fingerprint: string, verdict: 'allow' | 'deny'): void {
    const approval = this.#parts.pending().find((candidate) => candidate.id === request);
    // Answered elsewhere, or over: nothing is left to decide.
    if (approval === undefined) return;
    const via = 'notification';
    switch (verdict) {
      case 'allow': {
        const { whole } = notificationText(approval, 1, this.#parts.home, this.#parts.clean);
        if (!this.#mayAllow(approval, whole, this.#parts.notifier.status())) {
          this.sync();
          return;
        }
        this.#send(request, fingerprint, { kind: 'allow', scope: 'once', via });
        return;
      }
      case 'deny':
        this.#send(request, fingerprint, { kind: 'deny', reason: null, via });
        return;
      default:
        assertNever(verdict, 'a press');
    }
  }

  #send(request: string, fingerprint: string, answer: PersonAnswer): void {
    this.#parts.answer(request, fingerprint, answer).catch((error: unknown) => {
      // It ended in the same moment in another way; that is an answer too.
      if (!(error instanceof GatehouseError)) this.#parts.onDefect('answering from a notification', error);
      this.sync();
    });
  }

  #closedByOther(id: string): void {
    // While one is on its way, what was closed is the one before it.
    if (this.#cards.get(id)?.shownMs == null) return;
    this.#drop(id);
    if (id !== REST) this.#putAway.add(id);
  }

  /** It is not shown again: who put something in its place would do so again. The request waits in the page. */
  #replaced(id: string): void {
    this.#drop(id);
    this.#parts.notifier.withdraw(id);
    if (id !== REST) this.#putAway.add(id);
  }

  /** Forgets a notification: its keys are good no more. */
  #drop(id: string): void {
    for (const key of this.#cards.get(id)?.keys.keys() ?? []) this.#spent.add(key);
    this.#cards.delete(id);
    for (const key of this.#spent) {
      if (this.#spent.size <= SPENT_KEYS) break;
      this.#spent.delete(key);
    }
  }
}

/** 128 bits that nobody guesses. */
function newKey(): string {
  return randomBytes(16).toString('hex');
}

/** Equal requests of one session as one: the oldest stands for them. */
function twins(waiting: readonly Approval[]): readonly { first: Approval; asked: number }[] {
  const groups = new Map<string, { first: Approval; asked: number }>();
  for (const approval of waiting) {
    const key = `${approval.call.session} ${approval.fingerprint}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: approval, asked: 1 });
    else known.asked += 1;
  }
  return [...groups.values()];
}
