/** A person at the page who answers one request after the other, as fast as the cards allow. */
import { once } from 'node:events';
import type { Approval, Inbox } from '../../preload/contract.ts';
import type { PageClient } from '../support/headless-rig.ts';

/** Input on a card that came less than 400 ms ago is ignored. */
const LOOK_MS = 450;
const PAUSE_MS = 30;
/** Requests that were to be shown and are not by then: calls that were taken back show none. */
const SHOWN_MS = 60_000;
const DENIES = 0.3;
const FOR_THE_SESSION = 0.2;

export class Person {
  readonly #page: PageClient;
  readonly #random: () => number;
  /** Requests that can be answered, with the card that was shown first. */
  readonly #cards = new Map<string, { readonly card: Approval; readonly since: number }>();
  readonly #answered = new Set<string>();
  #read = 0;
  #timer: NodeJS.Timeout | null = null;
  #calls = 0;

  constructor(page: PageClient, random: () => number) {
    this.#page = page;
    this.#random = random;
  }

  /** Resolves when this many requests have been shown long enough to be answered, or after a minute. */
  async sees(count: number): Promise<void> {
    const shown = this.#page.until(() => {
      this.#look();
      return this.#cards.size >= count || this.#page.closeCode !== null;
    });
    const late = AbortSignal.timeout(SHOWN_MS);
    await Promise.race([shown, once(late, 'abort')]);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  startAnswering(): void {
    this.#timer = setInterval(() => this.#answerOne(), PAUSE_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #answerOne(): void {
    this.#look();
    const ready = [...this.#cards.values()].filter(
      ({ card, since }) => !this.#answered.has(card.id) && performance.now() - since > LOOK_MS,
    );
    const chosen = ready[Math.floor(this.#random() * ready.length)];
    if (chosen === undefined || this.#page.closeCode !== null) return;
    const { id, fingerprint, nonce } = chosen.card;
    this.#answered.add(id);
    this.#calls += 1;
    const verdict =
      this.#random() < DENIES
        ? { kind: 'deny', reason: null }
        : { kind: 'allow', scope: this.#random() < FOR_THE_SESSION ? 'session' : 'once' };
    this.#page.send({
      type: 'call',
      id: this.#calls,
      method: 'answer',
      args: [{ id, fingerprint, nonce, verdict }],
    });
  }

  #look(): void {
    for (const message of this.#page.received.slice(this.#read)) {
      if (message.type !== 'event' || message.channel !== 'inbox') continue;
      const { pending } = message.payload as Inbox;
      const now = performance.now();
      for (const card of pending)
        if (!this.#cards.has(card.id)) this.#cards.set(card.id, { card, since: now });
      for (const id of [...this.#cards.keys()])
        if (!pending.some((card) => card.id === id)) this.#cards.delete(id);
    }
    this.#read = this.#page.received.length;
  }
}
