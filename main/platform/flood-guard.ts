/**
 * Lets through so many reports a minute, and says once when more come.
 *
 * What a page or another program can cause as often as it likes must not become as many durable rows.
 */

const MINUTE_MS = 60_000;

/**
 * @param limit how many a minute
 * @param tell  told of each one that is let through
 * @param overflow what is told, once a minute, in place of those that are not
 */
export function floodGuard<A extends readonly unknown[]>(
  limit: number,
  tell: (...report: A) => void,
  overflow: A,
  now: () => number = () => performance.now(),
): (...report: A) => void {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (...report) => {
    if (now() - since >= MINUTE_MS) [since, count] = [now(), 0];
    count += 1;
    if (count <= limit) tell(...report);
    else if (count === limit + 1) tell(...overflow);
  };
}
