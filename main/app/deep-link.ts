/**
 * Links from outside, `gatehouse://open/…`: they show a place of the page and do nothing else.
 *
 * Anybody can make one, an agent too. So a link is parsed against the few forms below, carries no decision in any
 * of them, and what does not match is not followed.
 */

export const DEEP_LINK_SCHEME = 'gatehouse';

/** Places of the page that a link may lead to. */
const PLACES = ['inbox', 'timeline', 'agents', 'settings'] as const;

export type DeepLink =
  | { readonly place: (typeof PLACES)[number]; readonly request: null }
  | { readonly place: 'inbox'; readonly request: string };

const FORM = /^gatehouse:\/\/open\/(?:(inbox|timeline|agents|settings)|request\/([A-Za-z0-9_-]{1,64}))\/?$/;

/** Reads a link; null for anything that is not exactly one of the known forms. */
export function parseDeepLink(text: unknown): DeepLink | null {
  if (typeof text !== 'string') return null;
  const [, place, request] = FORM.exec(text) ?? [];
  if (request !== undefined) return { place: 'inbox', request };
  const known = PLACES.find((name) => name === place);
  return known === undefined ? null : { place: known, request: null };
}

/** The link among the words of a second start; null when there is none, or more than that. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  const links = argv.filter((word) => word.startsWith(`${DEEP_LINK_SCHEME}:`));
  return links.length === 1 ? parseDeepLink(links[0]) : null;
}

/** The fragment of the page's address that shows the place. */
export function hashOf(link: DeepLink): string {
  return link.request === null ? link.place : `${link.place}/${link.request}`;
}
