/** The strip over the rows in numbers: its buckets, what is chosen in it, and the labels under it. Pure. */
import type { TimelineDensity } from '../../../preload/contract.ts';
import { plural } from '../../ui/format.ts';
import type { Term } from './filter.ts';

/** A stretch of time, milliseconds since 1970, both ends in it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Buckets from one to another, either first. */
export interface Brush {
  readonly anchor: number;
  readonly cursor: number;
}

export function bucketsOf(density: TimelineDensity): number {
  return density.through.length;
}

/** The time of a bucket. */
export function bucketSpan(density: TimelineDensity, bucket: number): Span {
  const width = (density.to - density.from) / Math.max(1, bucketsOf(density));
  return {
    from: Math.floor(density.from + bucket * width),
    to: Math.ceil(density.from + (bucket + 1) * width),
  };
}

/** The time of all that is brushed. */
export function brushSpan(density: TimelineDensity, { anchor, cursor }: Brush): Span {
  return {
    from: bucketSpan(density, Math.min(anchor, cursor)).from,
    to: bucketSpan(density, Math.max(anchor, cursor)).to,
  };
}

/** The part of the strip, from 0 to 1, that a filter's times take; null where it has none. */
export function chosenPart(
  density: TimelineDensity,
  since: number | null,
  until: number | null,
): { readonly left: number; readonly right: number } | null {
  if (since === null && until === null) return null;
  const length = Math.max(1, density.to - density.from);
  const part = (at: number | null, end: number) =>
    at === null ? end : Math.max(0, Math.min(1, (at - density.from) / length));
  return { left: part(since, 0), right: part(until, 1) };
}

/** The terms that narrow the rows to a span. A time in the field has whole seconds: the span is widened to them. */
export function spanTerms(span: Span): readonly [Term, Term] {
  const from = Math.floor(span.from / 1000) * 1000;
  const to = Math.ceil(span.to / 1000) * 1000;
  return [
    { key: 'since', value: localText(from), at: from },
    { key: 'until', value: localText(to), at: to },
  ];
}

/** `14:20 to 14:40: 31 let through, 2 asked, 1 stopped`. */
export function spanWords(density: TimelineDensity, brush: Brush): string {
  const [first, last] = [Math.min(brush.anchor, brush.cursor), Math.max(brush.anchor, brush.cursor)];
  const sum = (counts: readonly number[]) =>
    counts.slice(first, last + 1).reduce((total, one) => total + one, 0);
  const { from, to } = brushSpan(density, brush);
  return `${label(from, density)} to ${label(to, density)}: ${plural(sum(density.through), 'call')} let through, ${sum(density.asked)} asked, ${sum(density.stopped)} stopped`;
}

/** Times under the strip, evenly. */
export function axisLabels(density: TimelineDensity, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    label(density.from + ((density.to - density.from) * index) / (count - 1), density),
  );
}

const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As exact as the strip is short. */
function label(at: number, density: TimelineDensity): string {
  const moment = new Date(at);
  const length = density.to - density.from;
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()] ?? ''}`;
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (length > 10 * DAY_MS) return day;
  if (length > DAY_MS / 2) return `${day} ${time}`;
  return length > 10 * 60_000 ? time : `${time}:${two(moment.getSeconds())}`;
}

function localText(at: number): string {
  const moment = new Date(at);
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
