/**
 * The mark for the tray, as pixels.
 *
 * Nobody tells a program whether the panel is light or dark, so the mark is drawn in ink with a thin edge of paper
 * round it: it reads on both.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrayView } from '../../app/desktop-port.ts';
import { type Bitmap, readPng } from './png.ts';

/** Width, height, and ARGB in network order: a pixmap as StatusNotifierItem takes it. */
export type Pixmap = readonly [number, number, Buffer];

const SIZES = [22, 24, 44] as const;
const NAMES = { half: 'guarding', down: 'blocked', up: 'paused' } as const satisfies Record<
  TrayView['bars'],
  string
>;
const PAPER = [0xfb, 0xfc, 0xfa] as const;
const BYTES = 4;

/** Reads the icons as they are asked for, each once. @throws GatehouseError `bad_icon`, or what the file system says */
export class TrayPixmaps {
  readonly #folder: string;
  readonly #read = new Map<string, readonly Pixmap[]>();

  /** @param folder  where `guarding-ink-22.png` and its like lie */
  constructor(folder: string) {
    this.#folder = folder;
  }

  for({ bars, dot }: Pick<TrayView, 'bars' | 'dot'>): readonly Pixmap[] {
    const name = `${NAMES[bars]}${dot ? '-waiting' : ''}`;
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const made = SIZES.map((size) =>
      withEdge(readPng(readFileSync(join(this.#folder, `${name}-ink-${size}.png`)))),
    );
    this.#read.set(name, made);
    return made;
  }
}

/** Puts the edge under the mark: as far as the mark, one pixel out. */
function withEdge({ width, height, rgba }: Bitmap): Pixmap {
  const alpha = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (rgba[(y * width + x) * BYTES + 3] ?? 0);
  const argb = Buffer.alloc(width * height * BYTES);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * BYTES;
      const ink = alpha(x, y) / 255;
      const edge =
        Math.max(alpha(x - 1, y), alpha(x + 1, y), alpha(x, y - 1), alpha(x, y + 1), alpha(x, y)) / 255;
      const under = edge * (1 - ink);
      const all = ink + under;
      argb[at] = Math.round(all * 255);
      for (const [channel, paper] of PAPER.entries()) {
        const mark = rgba[at + channel] ?? 0;
        argb[at + 1 + channel] = all === 0 ? 0 : Math.round((mark * ink + paper * under) / all);
      }
    }
  }
  return [width, height, argb];
}
