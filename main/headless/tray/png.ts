/** Reads our own tray icons: PNG, 8 bits, RGBA, not interlaced. Anything else is refused. */
import { inflateSync } from 'node:zlib';
import { GatehouseError } from '../../platform/errors.ts';

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel: red, green, blue, alpha. */
  readonly rgba: Buffer;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BYTES = 4;

/** @throws GatehouseError `bad_icon` */
export function readPng(file: Buffer): Bitmap {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw badIcon('it is no PNG');
  let width = 0;
  let height = 0;
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const chunk = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      width = chunk.readUInt32BE(0);
      height = chunk.readUInt32BE(4);
      // Depth 8, colour type 6 (RGBA), no interlacing.
      if (chunk[8] !== 8 || chunk[9] !== 6 || chunk[12] !== 0) throw badIcon('it is not 8-bit RGBA');
    }
    if (type === 'IDAT') data.push(chunk);
    at += length + 12;
  }
  if (width < 1 || height < 1 || width > 512 || height > 512) throw badIcon('its size is wrong');
  return { width, height, rgba: unfilter(inflateSync(Buffer.concat(data)), width, height) };
}

/** Undoes the filter that each line names in its first byte (PNG specification, 9.2). */
function unfilter(raw: Buffer, width: number, height: number): Buffer {
  const line = width * BYTES;
  if (raw.length !== (line + 1) * height) throw badIcon('its data is cut short');
  const out = Buffer.alloc(line * height);
  const byte = (x: number, y: number) => (x < 0 || y < 0 ? 0 : (out[y * line + x] ?? 0));
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (line + 1)] ?? 0;
    for (let x = 0; x < line; x += 1) {
      const value = raw[y * (line + 1) + 1 + x] ?? 0;
      const left = byte(x - BYTES, y);
      const up = byte(x, y - 1);
      const corner = x < BYTES ? 0 : byte(x - BYTES, y - 1);
      out[y * line + x] = (value + predicted(filter, left, up, corner)) & 0xff;
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      return a <= b && a <= c ? left : b <= c ? up : corner;
    }
    default:
      throw badIcon('a line has an unknown filter');
  }
}

function badIcon(why: string): GatehouseError {
  return new GatehouseError('bad_icon', `the tray icon cannot be read: ${why}`, {
    hint: 'install Gatehouse again',
  });
}
