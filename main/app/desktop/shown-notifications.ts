/** Which of our notifications the service shows under which number. Calls for one notification go one after another. */

export interface OnScreen {
  /** The number that the service gave it. */
  readonly number: number;
  readonly press: string;
  readonly keys: ReadonlySet<string>;
}

interface Slot {
  turn: Promise<unknown>;
  screen: OnScreen | null;
  /** Counts what was asked for: an older wish that is still on its way is overtaken. */
  wish: number;
}

export class Shown {
  readonly #onDefect: (error: unknown) => void;
  #slots = new Map<string, Slot>();

  /** @param onDefect  told of a call that failed */
  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  ids(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /**
   * Shows a notification when the calls before it are through; one that a later wish overtook is left out.
   *
   * @param work is given the number that it takes the place of; answers what is on the screen then, or null
   */
  async inTurn(id: string, work: (replaces: number | null) => Promise<OnScreen | null>): Promise<boolean> {
    const slot = this.#slots.get(id) ?? { turn: Promise.resolve(), screen: null, wish: 0 };
    this.#slots.set(id, slot);
    const wish = ++slot.wish;
    const turn = slot.turn.then(async () => {
      if (slot.wish !== wish) return true;
      const screen = await work(slot.screen?.number ?? null).catch((error: unknown) => this.#failed(error));
      if (this.#slots.get(id) !== slot) return false;
      slot.screen = screen;
      if (screen === null && slot.wish === wish) this.#slots.delete(id);
      return screen !== null;
    });
    slot.turn = turn;
    return turn;
  }

  /** Takes one down, also when it is only on its way. Never rejects. */
  async takeDown(id: string, work: (number: number) => Promise<void>): Promise<void> {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    slot.wish += 1;
    const wish = slot.wish;
    const turn = slot.turn.then(async () => {
      if (slot.wish !== wish) return;
      const { screen } = slot;
      if (this.#slots.get(id) === slot) this.#slots.delete(id);
      if (screen !== null) await work(screen.number).catch((error: unknown) => this.#failed(error));
    });
    slot.turn = turn;
    await turn;
  }

  /** The service says that it is gone. */
  gone(id: string): void {
    const slot = this.#slots.get(id);
    if (slot !== undefined) slot.screen = null;
  }

  find(number: number): (OnScreen & { readonly id: string }) | null {
    for (const [id, { screen }] of this.#slots) if (screen?.number === number) return { ...screen, id };
    return null;
  }

  numbers(): readonly number[] {
    return [...this.#slots.values()].flatMap(({ screen }) => (screen === null ? [] : [screen.number]));
  }

  hasKey(key: string): boolean {
    return [...this.#slots.values()].some(({ screen }) => screen?.keys.has(key) === true);
  }

  /** None of them is there any more. Answers whether there were any. */
  forget(): boolean {
    const any = this.#slots.size > 0;
    this.#slots = new Map();
    return any;
  }

  #failed(error: unknown): null {
    this.#onDefect(error);
    return null;
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ turn }) => turn));
  }
}
