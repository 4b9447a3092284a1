/** Whether an address is a page of a site where documentation and packages are read, and is nothing but that. */
import { REFERENCE_HOSTS } from './tables/reference-hosts.ts';

const HOSTS: ReadonlySet<string> = new Set(REFERENCE_HOSTS);
/** Longer ones carry something, whatever they are addressed to. */
const LONGEST_ADDRESS = 300;
const LONGEST_QUERY = 120;
const LONGEST_MANUAL = 140;

/**
 * Modules of Go are fetched from the host in their path when somebody asks for them: the host learns of it. Those of
 * the forges and of the makers of Go stay with these.
 */
const ASKS_OTHERS =
  /^https:\/\/(?:proxy\.golang\.org|pkg\.go\.dev)\/(?:mod\/)?(?!(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|golang\.org|google\.golang\.org|go\.uber\.org|gopkg\.in|k8s\.io|sigs\.k8s\.io|go\.opentelemetry\.io|cloud\.google\.com|go\.mongodb\.org|gorm\.io|modernc\.org|honnef\.co|mvdan\.cc|cuelang\.org|go\.etcd\.io|gonum\.org|rsc\.io)(?:[/@?#]|$))[\w-]+(?:\.[\w-]+)+(?:[/@?#]|$)/i;

/** Whether a part of a path looks like an encoding more than like the name of a page. */
function hidesIn(path: string): boolean {
  return path.split(/[/._-]/).some((part) => part.length >= 20 && /\d/.test(part) && /[a-z]/i.test(part));
}

/** @param text the whole address: `https`, of a known site, without a name, a port or much else in it */
export function isReferencePage(text: string): boolean {
  const bare = text.trim();
  if (bare.length > LONGEST_ADDRESS || !/^https:\/\/[^\s\\]+$/i.test(bare)) return false;
  try {
    const { hostname, username, password, port, search, pathname } = new URL(bare);
    if (username !== '' || password !== '' || port !== '' || search.length > LONGEST_QUERY) return false;
    // What is told to lead on, leads anywhere.
    if (/(?:https?(?::|%3a)|[=](?:\/|%2f|\\|%5c){2})/i.test(search)) return false;
    if (ASKS_OTHERS.test(bare)) return false;
    if (HOSTS.has(hostname)) return true;
    // A project's manual, by its language and version: what else stands in the address is a page.
    return (
      /^[a-z\d-]+\.readthedocs\.io$/.test(hostname) &&
      search === '' &&
      !hidesIn(pathname) &&
      bare.length <= LONGEST_MANUAL &&
      /^\/(?:projects\/[\w-]+\/)?[a-z]{2}(?:[-_][A-Za-z]{2,4})?\/(?:stable|latest|master|main|v?\d[\w.-]{0,12})\//.test(
        pathname,
      )
    );
  } catch {
    return false;
  }
}
