/** A whole number with a no-break space between thousands. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');
}

/** `1 request`, `3 requests` */
export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/**
 * Time left in words that stand still: whole minutes, then steps of five seconds, and each second only at the end.
 * Never more than there is.
 */
export function calmTimeLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min`;
  return `${seconds > 10 ? Math.floor(seconds / 5) * 5 : seconds} s`;
}

/** Time of day: `14:31`. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 5);
}
