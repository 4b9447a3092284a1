/** The one place our own window may be at, and how anything else is told from it. */
export const SCHEME = 'gatehouse';
export const HOST = 'app';
export const ORIGIN = `${SCHEME}://${HOST}`;
export const START_URL = `${ORIGIN}/`;

/** Whether an address belongs to the page. What cannot be parsed does not. */
export function isOurs(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === `${SCHEME}:` && url.host === HOST && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}
