/**
 * Who owns a well-known name on the bus, kept current.
 *
 * A unique name is never given twice on one bus, so two owners with the same `id` are the same connection. On
 * another bus the names begin anew; therefore the number of the connection is part of it.
 */
import { BUS_NAME, type BusSignal, type SessionBus } from './session-bus.ts';

export interface NameOwner {
  /** `EPOCH/UNIQUE`: names this owner and no other, ever. */
  readonly id: string;
  readonly unique: string;
  /** The process behind it; null when the bus does not know. */
  readonly pid: number | null;
}

export class NameWatch {
  readonly #bus: SessionBus;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[];
  #owner: NameOwner | null = null;
  /** Grows with every change: a look-up that was overtaken by one says nothing. */
  #changes = 0;

  constructor(bus: SessionBus, name: string) {
    this.#bus = bus;
    this.#name = name;
    this.#ends = [bus.onState(() => this.#busChanged()), bus.onSignal((signal) => this.#signal(signal))];
    bus.listen(
      `type='signal',sender='${BUS_NAME}',interface='${BUS_NAME}',member='NameOwnerChanged',arg0='${name}'`,
    );
    if (bus.isOpen) this.#busChanged();
  }

  /** Null while nobody owns it, there is no bus, or it is not known yet. */
  get owner(): NameOwner | null {
    return this.#owner;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #busChanged(): void {
    if (!this.#bus.isOpen) {
      this.#changes += 1;
      this.#set(null);
      return;
    }
    const change = ++this.#changes;
    this.#bus.ownerOf(this.#name).then(
      (unique) => this.#look(unique, change),
      () => undefined,
    );
  }

  #signal({ sender, interface: iface, member, body }: BusSignal): void {
    // The bus lets nobody else carry its own name as the sender.
    if (sender !== BUS_NAME || iface !== BUS_NAME || member !== 'NameOwnerChanged') return;
    if (body[0] !== this.#name) return;
    const change = ++this.#changes;
    // Whoever owned it does not any more: that must not wait until it is known who the next one is.
    this.#set(null);
    const unique = body[2];
    void this.#look(typeof unique === 'string' && unique !== '' ? unique : null, change);
  }

  async #look(unique: string | null, change: number): Promise<void> {
    if (change !== this.#changes) return;
    if (unique === null) {
      this.#set(null);
      return;
    }
    const { epoch } = this.#bus;
    const pid = await this.#bus.pidOf(unique);
    if (change === this.#changes) this.#set({ id: `${epoch}/${unique}`, unique, pid });
  }

  #set(owner: NameOwner | null): void {
    if (owner?.id === this.#owner?.id) return;
    this.#owner = owner;
    for (const listener of [...this.#listeners]) listener();
  }
}
