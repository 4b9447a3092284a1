/**
 * Prints of texts that a session has read, small enough to keep and good enough to know a piece again.
 *
 * A text is folded (case, blanks) and cut into overlapping pieces; of every few neighbours the smallest hash is
 * kept (winnowing). A piece of `SHARED` characters that stands in both texts is always found, wherever it begins.
 */
const PIECE = 12;
const WINDOW = 9;
/** Characters that two texts must share, after folding, to be sure that it is noticed. */
export const SHARED = PIECE + WINDOW - 1;
/** Of one source in one session; the oldest are forgotten beyond it. */
const MOST = 100_000;
/** Longer texts are printed up to here: no model reads further. */
const LONGEST = 4 * 1024 * 1024;
const BASE = 257;
const MODULUS = 2_147_483_629;

export class Prints {
  readonly #kept = new Set<number>();

  get size(): number {
    return this.#kept.size;
  }

  add(text: string): void {
    for (const print of printsOf(text)) this.#kept.add(print);
    if (this.#kept.size <= MOST) return;
    for (const print of this.#kept) {
      this.#kept.delete(print);
      if (this.#kept.size <= MOST) return;
    }
  }

  /** Whether a piece of what was added stands in the text. */
  meets(text: string): boolean {
    if (this.#kept.size === 0) return false;
    for (const print of printsOf(text)) if (this.#kept.has(print)) return true;
    return false;
  }
}

/** Lower case, with the blanks and quoting between words taken out: a copy may be laid out in another way. */
function fold(text: string): string {
  return text
    .slice(0, LONGEST)
    .toLowerCase()
    .replace(/[\s"'`\\]+/g, '');
}

function* printsOf(text: string): Generator<number> {
  const folded = fold(text);
  if (folded.length < PIECE) return;
  // The base to the power of a piece's length less one, to take its first character out again.
  let power = 1;
  for (let at = 1; at < PIECE; at += 1) power = multiply(power, BASE);
  const ring: number[] = [];
  let hash = 0;
  let last = -1;
  for (let at = 0; at < folded.length; at += 1) {
    if (at >= PIECE) {
      const out = multiply(folded.charCodeAt(at - PIECE) + 1, power);
      hash = (hash - out + MODULUS) % MODULUS;
    }
    hash = (multiply(hash, BASE) + folded.charCodeAt(at) + 1) % MODULUS;
    if (at < PIECE - 1) continue;
    ring.push(hash);
    if (ring.length > WINDOW) ring.shift();
    if (ring.length < WINDOW) continue;
    const least = Math.min(...ring);
    if (least !== last) yield least;
    last = least;
  }
  // Too short for a whole window: all of its few pieces count.
  if (ring.length < WINDOW) yield* ring;
}

/** Exact: both factors are below 2³¹, so it is done in two halves. */
function multiply(a: number, b: number): number {
  const high = Math.floor(a / 65_536);
  const low = a % 65_536;
  return (((high * b) % MODULUS) * 65_536 + low * b) % MODULUS;
}
