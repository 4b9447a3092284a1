/**
 * How much of the disk reviews may take. What is settled goes, the oldest first: what was carried over or can be taken
 * back. What waits for a person never does; when it alone is too much, the person is told.
 */
import type { ReviewRecord } from './review-record.ts';
import { DAY_MS, UNDO_DAYS } from './review-words.ts';

export interface SpaceLimits {
  /** Bytes that were written for them, about. */
  readonly bytes: number;
  readonly reviews: number;
}

export const LIMITS: SpaceLimits = { bytes: 8 * 2 ** 30, reviews: 100 };

/** Whether a review can go without a person losing work: its undo is what is lost. */
export function isSettled({ kind, now }: ReviewRecord): boolean {
  return (
    now.state === 'applied' || (kind === 'undo' && (now.state === 'waits' || now.state === 'uncompared'))
  );
}

/** When a review goes by itself; Infinity where a person has to say so. */
export function dueMs({ kind, now }: ReviewRecord): number {
  if (now.state === 'applied') return now.untilMs;
  if (kind === 'copy') return Infinity;
  if (now.state === 'uncompared') return now.endedMs + UNDO_DAYS * DAY_MS;
  return now.state === 'waits' ? now.found.endedMs + UNDO_DAYS * DAY_MS : Infinity;
}

/** Those that have to go, the oldest first. */
export function tooMuch(records: readonly ReviewRecord[], limits: SpaceLimits): readonly ReviewRecord[] {
  let bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  let reviews = records.length;
  const going: ReviewRecord[] = [];
  for (const record of records.filter(isSettled).toSorted((a, b) => a.beganMs - b.beganMs)) {
    if (bytes <= limits.bytes && reviews <= limits.reviews) break;
    going.push(record);
    bytes -= record.bytes;
    reviews -= 1;
  }
  return going;
}

/** What a person is told when what waits alone is more than that; null otherwise. */
export function spaceWarning(records: readonly ReviewRecord[], limits: SpaceLimits): string | null {
  const open = records.filter((record) => !isSettled(record));
  const bytes = open.reduce((sum, record) => sum + record.bytes, 0);
  if (bytes <= limits.bytes && open.length <= limits.reviews) return null;
  const gigabytes = (bytes / 2 ** 30).toFixed(1);
  return `${open.length} reviews that are not settled take about ${gigabytes} GB: apply or discard some; no undo is kept beside them for long.`;
}
