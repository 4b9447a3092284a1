import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Picture, readPng } from '../support/png.ts';

const folder = join(import.meta.dirname, '..', '..', 'resources', 'icons');
const STATES = ['guarding', 'blocked', 'paused'] as const;
const icon = (name: string): Picture => readPng(readFileSync(join(folder, name)));

/** How much of the square of these corners is drawn, 0 to 1. */
function drawn(picture: Picture, [x0, y0, x1, y1]: readonly [number, number, number, number]): number {
  let sum = 0;
  for (let y = y0; y < y1; y += 1) for (let x = x0; x < x1; x += 1) sum += picture.at(x, y)[3];
  return sum / 255 / ((x1 - x0) * (y1 - y0));
}

describe.each([22, 24, 44])('tray icons of %i px', (size) => {
  const tray = (state: string, tone = 'ink') => icon(`tray/${state}-${tone}-${size}.png`);
  const half = Math.round(size / 2);
  /** Between the legs, below the middle: where the bars come down. */
  const gateway: [number, number, number, number] = [
    Math.round(size * 0.15),
    Math.round(size * 0.7),
    Math.round(size * 0.8),
    Math.round(size * 0.9),
  ];
  const upper: [number, number, number, number] = [gateway[0], Math.round(size * 0.4), gateway[2], half];

  it.each(STATES.flatMap((state) => [state, `${state}-waiting`]))(
    '%s is of one colour and that size',
    (state) => {
      for (const [tone, colour] of [
        ['ink', [0x16, 0x1a, 0x19]],
        ['paper', [0xf4, 0xf6, 0xf3]],
      ] as const) {
        const picture = tray(state, tone);
        expect([picture.width, picture.height]).toEqual([size, size]);
        for (let y = 0; y < size; y += 1)
          for (let x = 0; x < size; x += 1) {
            const [red, green, blue, alpha] = picture.at(x, y);
            // A browser keeps colours times alpha, so that a point at the edge is one or two off.
            const off = [red, green, blue].map((value, index) => Math.abs(value - (colour[index] ?? 0)));
            if (alpha > 128) expect(Math.max(...off)).toBeLessThanOrEqual(2);
          }
      }
    },
  );

  it('tell the states apart by how far the bars are down, without colour', () => {
    const [guarding, blocked, paused] = STATES.map((state) => tray(state)) as [Picture, Picture, Picture];
    expect(drawn(blocked, gateway)).toBeGreaterThan(0.25);
    expect(drawn(guarding, gateway)).toBeLessThan(0.02);
    expect(drawn(guarding, upper)).toBeGreaterThan(0.25);
    expect(drawn(paused, upper)).toBeLessThan(0.02);
  });

  it.each(STATES)('%s waiting has a dot at the top right that stands free', (state) => {
    const scale = size === 44 ? 2 : 1;
    const [waiting, calm] = [tray(`${state}-waiting`), tray(state)];
    let without = 0;
    for (let y = 0; y < half; y += 1)
      for (let x = half; x < size; x += 1) {
        const away = Math.hypot(x + 0.5 - size + 4.5 * scale, y + 0.5 - 4.5 * scale) / scale;
        if (away < 3.8) expect(waiting.at(x, y)[3]).toBeGreaterThan(240);
        if (away > 5.3 && away < 5.5) expect(waiting.at(x, y)[3]).toBeLessThan(16);
        if (away < 3.8 && calm.at(x, y)[3] < 16) without += 1;
      }
    expect(without).toBeGreaterThan(0);
  });
});

describe('the app icon', () => {
  it.each(readdirSync(join(folder, 'app')))('%s has the size in its name', (name) => {
    const picture = icon(`app/${name}`);
    expect(`${picture.width}x${picture.height}.png`).toBe(name);
  });

  it('as an ICO holds a PNG of each size that it tells of', () => {
    const file = readFileSync(join(folder, 'app.ico'));
    expect([file.readUInt16LE(0), file.readUInt16LE(2)]).toEqual([0, 1]);
    const sizes = Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
      const at = 6 + 16 * index;
      const png = file.subarray(
        file.readUInt32LE(at + 12),
        file.readUInt32LE(at + 12) + file.readUInt32LE(at + 8),
      );
      const { width } = readPng(png);
      expect(file.readUInt8(at)).toBe(width % 256);
      return width;
    });
    expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256]);
  });

  it('as an ICNS holds a PNG of each size that its types name', () => {
    const file = readFileSync(join(folder, 'app.icns'));
    expect(file.toString('latin1', 0, 4)).toBe('icns');
    expect(file.readUInt32BE(4)).toBe(file.length);
    const sizes: [string, number][] = [];
    for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4))
      sizes.push([
        file.toString('latin1', at, at + 4),
        readPng(file.subarray(at + 8, at + file.readUInt32BE(at + 4))).width,
      ]);
    expect(Object.fromEntries(sizes)).toEqual({
      icp4: 16,
      icp5: 32,
      ic11: 32,
      ic12: 64,
      ic07: 128,
      ic13: 256,
      ic08: 256,
      ic14: 512,
      ic09: 512,
      ic10: 1024,
    });
  });
});
