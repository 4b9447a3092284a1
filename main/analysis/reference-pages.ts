/** Whether an address is a page of a site where documentation and packages are read, and is nothing but that. */
import { REFERENCE_HOSTS } from './tables/reference-hosts.ts';

const HOSTS: ReadonlySet<string> = new Set(REFERENCE_HOSTS);
/** Longer ones carry something, whatever they are addressed to. */
const LONGEST_ADDRESS = 300;
const LONGEST_QUERY = 120;

/** @param text the whole address: `https`, of a known site, without a name, a port or much else in it */
export function isReferencePage(text: string): boolean {
  const bare = text.trim();
  if (bare.length > LONGEST_ADDRESS || !/^https:\/\/[^\s\\]+$/i.test(bare)) return false;
  try {
    const { hostname, username, password, port, search } = new URL(bare);
    if (username !== '' || password !== '' || port !== '' || search.length > LONGEST_QUERY) return false;
    return HOSTS.has(hostname);
  } catch {
    return false;
  }
}
