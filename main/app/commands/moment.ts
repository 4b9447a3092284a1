/** Points in time as people type them. */
import { GatehouseError } from '../../platform/errors.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** A length of time such as `30s`, `15m`, `2h`, `30d`, `1w`, in milliseconds; null for anything else. */
export function readSpan(text: string): number | null {
  const found = /^(\d{1,6})([smhdw])$/.exec(text);
  return found === null ? null : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
}

/**
 * A moment: so long ago (`2h`), or a date and time (`2026-11-25`, `2026-11-25T14:00:00Z`).
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970; null when there is no text
 * @throws GatehouseError `usage`
 */
export function readMoment(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const span = readSpan(text);
  if (span !== null) return now - span;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new GatehouseError('usage', `${JSON.stringify(text.slice(0, 40))} is no time`, {
      hint: 'write 2h for two hours ago, or 2026-11-25T14:00:00Z',
    });
  return at;
}
