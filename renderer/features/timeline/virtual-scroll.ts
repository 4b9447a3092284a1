/**
 * Where rows of one height stand in a list that may be taller than a browser can lay out.
 *
 * Up to `TALLEST` pixels the list has its true height. Beyond it the scroll bar is a scale: a small movement moves
 * the rows by just as much, a jump goes to the same share of the list. `settle` brings bar and rows together again
 * when nothing moves. Pure: no element, no clock.
 */

/** Firefox lays out 17.8 million pixels, Chromium 33. */
export const TALLEST = 15_000_000;

export interface Extent {
  /** In pixels: of all rows, and of the part that shows them. */
  readonly content: number;
  readonly view: number;
}

export class VirtualScroll {
  #extent: Extent = { content: 0, view: 0 };
  /** What the element says. */
  #bar = 0;
  /** Pixels of the list above the screen. */
  #top = 0;

  /** Height that the element is given. */
  get height(): number {
    return Math.min(this.#extent.content, TALLEST);
  }

  /** Where the element stands, as far as was told. */
  get bar(): number {
    return this.#bar;
  }

  get top(): number {
    return this.#top;
  }

  /** From a pixel of the list to where it stands in the element. */
  get offset(): number {
    return this.#bar - this.#top;
  }

  resize(extent: Extent): void {
    this.#extent = extent;
    this.#top = Math.min(this.#top, this.#range());
    if (!this.#isScaled()) this.#top = this.#bar;
  }

  /** The element was scrolled. */
  scrolled(bar: number): void {
    const moved = bar - this.#bar;
    this.#bar = bar;
    if (!this.#isScaled()) this.#top = bar;
    else if (bar <= 0) this.#top = 0;
    else if (bar >= this.#barRange()) this.#top = this.#range();
    else if (Math.abs(moved) < this.#extent.view * 2)
      this.#top = Math.max(0, Math.min(this.#range(), this.#top + moved));
    else this.#top = (bar / this.#barRange()) * this.#range();
  }

  /** Goes to a pixel of the list; answers what the element is to be told. */
  goTo(top: number): number {
    this.#top = Math.max(0, Math.min(this.#range(), top));
    return this.settle();
  }

  /** What the element is to be told, so that its bar says where the rows are. */
  settle(): number {
    const range = this.#range();
    this.#bar = this.#isScaled() ? (range === 0 ? 0 : (this.#top / range) * this.#barRange()) : this.#top;
    // Not the edges, where the bar could not go on: they are for the first and the last row.
    if (this.#isScaled() && this.#top > 0 && this.#top < range)
      this.#bar = Math.max(1, Math.min(this.#barRange() - 1, this.#bar));
    this.#bar = Math.round(this.#bar);
    if (!this.#isScaled()) this.#top = this.#bar;
    return this.#bar;
  }

  #isScaled(): boolean {
    return this.#extent.content > TALLEST;
  }

  #range(): number {
    return Math.max(0, this.#extent.content - this.#extent.view);
  }

  #barRange(): number {
    return Math.max(0, this.height - this.#extent.view);
  }
}
