/**
 * What the tool of a server does, as far as its name tells.
 *
 * A name is chosen by the server, which a person has registered, and never by the agent. It tells what the tool is
 * for, not that its arguments are harmless: those are judged by themselves.
 */
import {
  ACTING_VERBS,
  BROWSER_ACTS,
  BROWSER_SERVERS,
  COMPOUNDS,
  DEVICE_ACTS,
  DEVICE_SERVERS,
  LOCAL_SERVERS,
  LOSING_VERBS,
  READING_NOUNS,
  READING_VERBS,
  RUNNING_VERBS,
  SECRET_PAIRS,
  SECRET_THINGS,
  THINGS,
} from './tables/tool-words.ts';

/** `acts_here`: on this machine's notes, the project or a page in a browser. `unknown`: its name does not say. */
export type ToolDeed = 'reads' | 'acts_here' | 'acts' | 'loses' | 'unknown';

export interface NamedTool {
  readonly deed: ToolDeed;
  /** The words of its name, for people. */
  readonly says: string;
  /** It is for reading secrets. */
  readonly secret: boolean;
  /** It drives a browser: what it acts on is the page that was opened. */
  readonly browser: boolean;
}

/** They leave the device, or run what they are given. */
const DEVICE_AWAY: ReadonlySet<string> = new Set([
  'upload',
  'deploy',
  'publish',
  'send',
  'exec',
  'execute',
  'shell',
  'eval',
]);
const LONGEST_NAME = 200;
/** A name in one piece begins with one of these: `getissue`, as `getIssue` is written in lower case. */
const IN_ONE = /^(?:get|list|search|read|fetch|find|query|describe|lookup|retrieve)(?=[a-z]{3})/;
/** Words that begin like a verb and are none. */
const NO_VERB = /^(?:listen|getaway|reader|readin|readj|readm|finder|finding|listing)/;

/** Lower-case words of a name: `getIssue`, `issue-get`, `browser_click`. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .slice(0, LONGEST_NAME)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * @param server the server's own name, without the prefix of its module
 * @param tool   the tool's name; capitals are used where they are known
 */
export function namedTool(server: string, tool: string): NamedTool {
  const place = wordsOfName(server);
  const raw = wordsOfName(tool);
  // `github_get_issue` of the server `github`, and `API-get-user`.
  const own = raw.filter((word, at) => !(at < raw.length - 1 && (place.includes(word) || word === 'api')));
  const joined = COMPOUNDS.reduce((text, [from, to]) => text.replace(from, to), own.join(' '));
  const words = joined.split(' ');
  const says = raw.join(' ');
  const secret = namesSecret(raw);
  const browser = place.some((word) => BROWSER_SERVERS.has(word));
  const deed = deedOf(words);
  const runs = words.some((word) => RUNNING_VERBS.has(word));
  if (browser && !runs && words.some((word) => BROWSER_ACTS.has(word)) && deed !== 'loses')
    return { deed: deed === 'reads' ? 'reads' : 'acts_here', says, secret, browser };
  const device =
    place.some((word) => DEVICE_SERVERS.has(word)) && !words.some((word) => DEVICE_AWAY.has(word));
  if (device && (deed === 'acts' || deed === 'unknown') && words.some((word) => DEVICE_ACTS.has(word)))
    return { deed: 'acts_here', says, secret, browser };
  const local = place.some((word) => LOCAL_SERVERS.has(word));
  if (local && deed === 'acts' && !runs) return { deed: 'acts_here', says, secret, browser };
  return { deed, says, secret, browser };
}

export function namesSecret(words: readonly string[]): boolean {
  return words.some((word) => SECRET_THINGS.test(word)) || SECRET_PAIRS.test(words.join(' '));
}

/** What a list of words does, whoever's they are: of a name, and of an argument that names an operation. */
export function deedOf(words: readonly string[]): ToolDeed {
  if (words.some((word) => LOSING_VERBS.has(word))) return 'loses';
  const [first = ''] = words;
  const last = words.at(-1) ?? '';
  if (words.length === 1) return deedOfOne(first);
  // `commit get`, `pods list`: the thing, and then what is done with it.
  if (READING_VERBS.has(last) && (THINGS.has(first) || !ACTING_VERBS.has(first)))
    return words.slice(1, -1).some((word) => ACTING_VERBS.has(word) && !THINGS.has(word)) ? 'acts' : 'reads';
  const at = words.findIndex((word) => READING_VERBS.has(word) || ACTING_VERBS.has(word));
  const verb = words[at];
  if (verb === undefined) {
    const whole = words.map((word) => deedOfOne(word));
    return whole.includes('reads') || words.some((word) => READING_NOUNS.has(word)) ? 'reads' : 'unknown';
  }
  if (!READING_VERBS.has(verb)) return 'acts';
  // Behind `list` a word is a thing, behind `and` it is a deed again.
  const also = words.some(
    (word, index) =>
      index > at && ACTING_VERBS.has(word) && /^(?:and|or|then|n)$/.test(words[index - 1] ?? ''),
  );
  return also ? 'acts' : 'reads';
}

function deedOfOne(word: string): ToolDeed {
  if (READING_VERBS.has(word) || READING_NOUNS.has(word)) return 'reads';
  if (ACTING_VERBS.has(word)) return 'acts';
  const rest = NO_VERB.test(word) ? word : word.replace(IN_ONE, '');
  if (rest === word) return 'unknown';
  for (const verb of LOSING_VERBS) if (verb.length > 3 && rest.includes(verb)) return 'loses';
  for (const verb of ACTING_VERBS)
    if (verb.length > 3 && !THINGS.has(verb) && rest.includes(verb)) return 'acts';
  return 'reads';
}
