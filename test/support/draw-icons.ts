/**
 * Draws the icons of the app and of the tray, by hand: `node test/support/draw-icons.ts`.
 *
 * The mark is an arch whose two legs and five bars make seven. This file is the one place where its shape for
 * icons stands: it writes the SVGs, and has Chromium draw them as PNGs, of which it makes the ICO and the ICNS.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { projectRoot } from './built.ts';
import { launchChromium } from './chromium.ts';

const FOLDER = join(projectRoot, 'resources', 'icons');
const INK = '#161a19';
const PAPER = '#f4f6f3';
const GROUND = '#161a19';
const EDGE = '#3a423e';

/** A mark drawn on whole pixels: legs, bars and gaps are of whole units, so that seven strokes stay seven. */
interface Grid {
  /** Middles of the left and the right leg, and the foot of both. */
  readonly legs: readonly [number, number];
  readonly foot: number;
  readonly leg: number;
  readonly bar: number;
  /** Middle and beginning of each bar. */
  readonly bars: readonly (readonly [number, number])[];
}

/** 21 units wide, 21 high: legs of 2, bars of 1, gaps of 2. */
const TRAY_GRID: Grid = {
  legs: [1, 20],
  foot: 21,
  leg: 2,
  bar: 1,
  bars: [
    [4.5, 4],
    [7.5, 2],
    [10.5, 1],
    [13.5, 2],
    [16.5, 4],
  ],
};
/** 13 units wide: everything is of 1. */
const SMALL_GRID: Grid = {
  legs: [0.5, 12.5],
  foot: 13,
  leg: 1,
  bar: 1,
  bars: [
    [2.5, 2],
    [4.5, 1],
    [6.5, 1],
    [8.5, 1],
    [10.5, 2],
  ],
};

/** How far down the bars are, in units of the tray's grid. */
const BARS = { guarding: 13, blocked: 21, paused: 7 } as const;
/** `edged`: in ink with an edge of paper, for panels of which nobody tells whether they are light or dark. */
const TONES = { ink: INK, paper: PAPER, edged: INK } as const;
const EDGE_WIDTH = 1;
const TRAY_SIZES = [22, 24, 44] as const;
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024] as const;
const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256] as const;
/** Types of the PNG entries of an ICNS by their size in pixels. */
const ICNS_TYPES = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
] as const;

function mark(grid: Grid, end: number, colour: string, wider = 0): string {
  const [left, right] = grid.legs;
  const radius = (right - left) / 2;
  const spring = grid.leg / 2 + radius;
  const bars = grid.bars.map(([x, y]) => `M${x} ${y}V${end}`).join('');
  return `<g fill="none" stroke="${colour}"><path d="M${left} ${grid.foot}V${spring}a${radius} ${radius} 0 0 1 ${right - left} 0V${grid.foot}" stroke-width="${grid.leg + wider}"/><path d="${bars}" stroke-width="${grid.bar + wider}"/></g>`;
}

/** The mark on a square of 22 or 24 units; the dot at the top right, which the arch gives way to. */
function traySvg(
  state: keyof typeof BARS,
  waiting: boolean,
  tone: keyof typeof TONES,
  units: number,
): string {
  const colour = TONES[tone];
  const edge = tone === 'edged' ? EDGE_WIDTH : 0;
  const under = edge === 0 ? '' : mark(TRAY_GRID, BARS[state] + edge, PAPER, 2 * edge);
  const shift = units === 24 ? 1 : 0;
  const drawn = `<g transform="translate(${shift} ${shift})">${under}${mark(TRAY_GRID, BARS[state], colour)}</g>`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${units} ${units}" width="${units}" height="${units}">`;
  if (!waiting) return `${open}${drawn}</svg>\n`;
  const centre = `cx="${units - 4.5}" cy="4.5"`;
  return [
    open,
    `<mask id="m"><rect width="${units}" height="${units}" fill="#fff"/><circle ${centre} r="6.2" fill="#000"/></mask>`,
    `<g mask="url(#m)">${drawn}</g>${edge === 0 ? '' : `<circle ${centre} r="${4.5 + edge}" fill="${PAPER}"/>`}<circle ${centre} r="4.5" fill="${colour}"/></svg>\n`,
  ].join('');
}

/** 1024 units: the mark on its own ground, so that it is seen on any desktop. */
function appSvg(size: number): string {
  const small = size <= 32;
  const grid = small ? SMALL_GRID : TRAY_GRID;
  // A small one fills whole pixels of 16; a large one has air around it.
  const scale = small ? 64 : 30;
  const width = grid.legs[1] - grid.legs[0] + grid.leg;
  const x = small ? 64 : (1024 - width * scale) / 2;
  const y = small ? 64 : (1024 - grid.foot * scale) / 2;
  const drawn = `<g transform="translate(${x} ${y}) scale(${scale})">${mark(grid, small ? 8 : BARS.guarding, PAPER)}</g>`;
  const box = small
    ? `<rect width="1024" height="1024" rx="128" fill="${GROUND}"/>`
    : `<rect x="40" y="40" width="944" height="944" rx="150" fill="${GROUND}" stroke="${EDGE}" stroke-width="16"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024" width="1024" height="1024">${box}${drawn}</svg>\n`;
}

/** PNGs in an ICO: a directory of 16 bytes an entry, then the files. */
function ico(pngs: ReadonlyMap<number, Buffer>): Buffer {
  const entries = ICO_SIZES.map((size) => [size, pngOf(pngs, size)] as const);
  const head = Buffer.alloc(6 + 16 * entries.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(entries.length, 4);
  let offset = head.length;
  entries.forEach(([size, png], index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...entries.map(([, png]) => png)]);
}

/** PNGs in an ICNS: a type, the length with its own 8 bytes, the file. */
function icns(pngs: ReadonlyMap<number, Buffer>): Buffer {
  const parts = ICNS_TYPES.map(([type, size]) => {
    const png = pngOf(pngs, size);
    const head = Buffer.alloc(8);
    head.write(type, 'ascii');
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'ascii');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

function pngOf(pngs: ReadonlyMap<number, Buffer>, size: number): Buffer {
  const png = pngs.get(size);
  if (png === undefined) throw new Error(`no PNG of ${size}`);
  return png;
}

async function draw(page: Page, svg: string, size: number): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await page.setContent(
    `<style>*{margin:0}html{background:transparent}img{display:block;width:${size}px;height:${size}px}</style><img src="${source}">`,
  );
  await page.waitForFunction(() => document.querySelector('img')?.complete === true);
  return page.screenshot({ omitBackground: true });
}

const browser = await launchChromium();
try {
  const page = await browser.newPage();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'tray'), { recursive: true });
  mkdirSync(join(FOLDER, 'app'));
  writeFileSync(join(FOLDER, 'app.svg'), appSvg(1024));
  const app = new Map<number, Buffer>();
  for (const size of APP_SIZES) {
    const png = await draw(page, appSvg(size), size);
    app.set(size, png);
    writeFileSync(join(FOLDER, 'app', `${size}x${size}.png`), png);
  }
  writeFileSync(join(FOLDER, 'app.ico'), ico(app));
  writeFileSync(join(FOLDER, 'app.icns'), icns(app));
  for (const state of Object.keys(BARS) as (keyof typeof BARS)[]) {
    for (const waiting of [false, true]) {
      const name = waiting ? `${state}-waiting` : state;
      writeFileSync(join(FOLDER, 'tray', `${name}.svg`), traySvg(state, waiting, 'ink', 22));
      for (const tone of Object.keys(TONES) as (keyof typeof TONES)[])
        for (const size of TRAY_SIZES)
          writeFileSync(
            join(FOLDER, 'tray', `${name}-${tone}-${size}.png`),
            await draw(page, traySvg(state, waiting, tone, size === 24 ? 24 : 22), size),
          );
    }
  }
} finally {
  await browser.close();
}
