/**
 * Which rows of a long list are drawn: those on the screen and some around it. All have one height, but one that is
 * open, which is as tall as what stands below it. Pure: no element, no clock.
 */

/** Browsers lay out some 15 million pixels; rows beyond that are told and not drawn. */
export const MOST_PIXELS = 12_000_000;
/** Beyond the screen, so that a fast wheel shows no edge. */
const AROUND = 12;

export interface RowExtent {
  readonly total: number;
  /** Of a row, in pixels. */
  readonly row: number;
  /** Index of the open row, and how much taller than others it is. */
  readonly open: { readonly at: number; readonly more: number } | null;
}

export interface RowWindow {
  readonly from: number;
  /** After the last. */
  readonly to: number;
  /** Pixels above the first of them, and below the last. */
  readonly above: number;
  readonly below: number;
}

/** How many rows there is room for. */
export function drawable({ total, row }: Pick<RowExtent, 'total' | 'row'>): number {
  return Math.min(total, Math.floor(MOST_PIXELS / row));
}

export function rowWindow(extent: RowExtent, top: number, view: number): RowWindow {
  const { row, open } = extent;
  const total = drawable(extent);
  const at = (pixel: number) => {
    if (open === null || pixel < (open.at + 1) * row) return Math.floor(pixel / row);
    return Math.max(open.at, Math.floor((pixel - open.more) / row));
  };
  const from = Math.max(0, Math.min(total, at(top) - AROUND));
  const to = Math.max(from, Math.min(total, at(top + view) + 1 + AROUND));
  const heightOf = (first: number, end: number) =>
    (end - first) * row + (open !== null && open.at >= first && open.at < end ? open.more : 0);
  return { from, to, above: heightOf(0, from), below: heightOf(to, total) };
}
