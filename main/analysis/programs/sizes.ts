/** Sizes as programs are told them. */

const UNITS = 'KMGTPE';
/** What no work at code needs, and a disk has not to spare. */
const VAST = 50 * 1024 ** 3;

/** Bytes of `10`, `4M`, `2GiB`, `1GB`; null when it is no size. */
function sizeOf(text: string): number | null {
  const found = /^[+]?(\d+)\s*(?:([KMGTPE])(i?B)?|B|c|w|b)?$/i.exec(text.trim());
  if (found === null) return null;
  const power = found[2] === undefined ? 0 : UNITS.indexOf(found[2].toUpperCase()) + 1;
  return Number(found[1]) * 1024 ** power;
}

/** Whether a size fills disks; what is no size is not known to be small. */
export function isVast(text: string): boolean {
  const size = sizeOf(text);
  return size === null || size >= VAST;
}

/** The same of blocks of a size. */
export function isVastProduct(block: string, count: string): boolean {
  const [one, many] = [sizeOf(block), sizeOf(count)];
  return one === null || many === null || one * many >= VAST;
}
