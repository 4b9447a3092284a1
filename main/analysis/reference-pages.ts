/** Whether an address is a page of a site where documentation and packages are read, and is nothing but that. */
import { REFERENCE_HOSTS } from './tables/reference-hosts.ts';

const HOSTS: ReadonlySet<string> = new Set(REFERENCE_HOSTS);
/** Longer ones carry something, whatever they are addressed to. */
const LONGEST_ADDRESS = 300;
const LONGEST_QUERY = 120;
const LONGEST_MANUAL = 140;

/** @param text the whole address: `https`, of a known site, without a name, a port or much else in it */
export function isReferencePage(text: string): boolean {
  const bare = text.trim();
  if (bare.length > LONGEST_ADDRESS || !/^https:\/\/[^\s\\]+$/i.test(bare)) return false;
  try {
    const { hostname, username, password, port, search, pathname } = new URL(bare);
    if (username !== '' || password !== '' || port !== '' || search.length > LONGEST_QUERY) return false;
    if (HOSTS.has(hostname)) return true;
    // A project's manual, by its language and version: what else stands in the address is a page.
    return (
      /^[a-z\d-]+\.readthedocs\.io$/.test(hostname) &&
      search === '' &&
      bare.length <= LONGEST_MANUAL &&
      /^\/(?:projects\/[\w-]+\/)?[a-z]{2}(?:[-_][A-Za-z]{2,4})?\/(?:stable|latest|master|main|v?\d[\w.-]{0,12})\//.test(
        pathname,
      )
    );
  } catch {
    return false;
  }
}
