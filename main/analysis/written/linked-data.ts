/**
 * Addresses in texts for people: pictures are fetched by whoever looks at the text, links by whoever follows them, and
 * what the address holds comes to the one who answers.
 */
import { carriesData, isNamedData } from '../carried.ts';
import { hidesData, hostOf, isDrop } from '../hosts.ts';
import { matchedTexts } from './matched-texts.ts';

/** Fetched without being asked: pictures, frames, styles, sounds. */
const FETCHED =
  /!\[[^\]\n]{0,400}\]\(\s*<?(https?:\/\/[^\s)>]+)|<(?:img|source|iframe|video|audio|embed|script|link|input|image|object)\b[^>]{0,400}?\b(?:src|srcset|href|data|poster)\s*=\s*["']?(https?:\/\/[^\s"'>]+)|^[ \t]*\.\. (?:image|figure)::\s*(https?:\/\/\S+)|^[ \t]*image::?(https?:\/\/[^\s[]+)|\burl\(\s*["']?(https?:\/\/[^\s"')]+)/gim;
const LINKED =
  /(?<!!)\[[^\]\n]{0,400}\]\(\s*<?(https?:\/\/[^\s)>]+)|^[ \t]*\[[^\]\n]{1,200}\]:\s*<?(https?:\/\/[^\s>]+)|<a\b[^>]{0,400}?\bhref\s*=\s*["']?(https?:\/\/[^\s"'>]+)/gim;
/** Where pictures of forges and stores lie, whose addresses are signed, and what draws a diagram out of its address. */
const SIGNED_STORES =
  /(?:^|\.)(?:githubusercontent\.com|github\.com|gitlab\.com|amazonaws\.com|googleusercontent\.com|cloudfront\.net|codecov\.io|shields\.io|sonarcloud\.io|mermaid\.ink|kroki\.io|plantuml\.com|notion\.so|figma\.com|atlassian\.net|linear\.app|gravatar\.com)$/i;
/** A run of letters of both cases and digits that is too long to be a name. */
const OPAQUE =
  /[?&;][\w.-]*=(?=[A-Za-z0-9+_=/-]*[a-z])(?=[A-Za-z0-9+_=/-]*[A-Z])(?=[A-Za-z0-9+_=/-]*\d)[A-Za-z0-9+_=/-]{40,}/;
const MOST = 200;
const LONGEST = 64 * 1024;

/** Hosts that addresses of a text hand data to, each once. */
export function linkedData(text: string): readonly string[] {
  if (!/https?:\/\//i.test(text)) return [];
  const short = text.slice(0, LONGEST);
  const hosts = new Set<string>();
  const look = (pattern: RegExp, fetched: boolean): void => {
    for (const url of matchedTexts(pattern, short, MOST)) {
      const { host, class: kind } = hostOf(url);
      if (kind !== 'public' || host === null || SIGNED_STORES.test(host)) continue;
      if (
        carriesData(url) ||
        (fetched && (OPAQUE.test(url) || isNamedData(host) || hidesData(host) || isDrop(url, host)))
      )
        hosts.add(host);
    }
  };
  look(FETCHED, true);
  look(LINKED, false);
  return [...hosts];
}
