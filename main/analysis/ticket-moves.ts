/**
 * One ticket of a tracker that is moved on: its state, who has it, its labels, its estimate. Nothing is written there
 * but ids and short words, and the next hand moves it back.
 */
import { areHarmless } from './own-words.ts';
import { wordsOfName } from './tool-names.ts';
import type { CallFacts } from './tools.ts';

const TRACKERS: ReadonlySet<string> = new Set([
  ...['linear', 'jira', 'atlassian', 'sentry', 'github', 'gitlab', 'gitea', 'forgejo', 'asana', 'trello'],
  ...['notion', 'shortcut', 'youtrack', 'clickup', 'redmine', 'bugzilla', 'plane', 'taiga', 'tracker'],
]);

const TICKET = '(?:issue|ticket|task|card|story|bug|work ?item)';
const PART = '(?:state|status|stage|assignees?|owner|labels?|estimate|points|priority|list|column|cycle)';
/** The words of a tool's name, without the tracker's own. */
const MOVES = new RegExp(
  `^(?:(?:update|edit|transition|move|assign|unassign|save|patch|modify|set) ${TICKET}(?: ${PART})?|${TICKET} (?:update|edit|transition|move|assign|unassign|set)(?: ${PART})?|(?:set|update|change|add) ${TICKET} ${PART}|(?:add|set) (?:labels?|assignees?) to ${TICKET}|${TICKET} write)$`,
);

/** Which ticket it is, and where it lies. */
const NAMES =
  /^(?:id|key|number|iid|gid|owner|org(?:ani[sz]ation)?(?:_?(?:slug|id|name))?|region_?url|cloud_?id|repo|repository|(?:id|key)_?or_?(?:id|key)|(?:issue|ticket|task|card|story|bug|work_?item)(?:_?(?:id|key|number|iid|gid|public_?id|id_?or_?key))?)$/i;
/** On a forge it says where the ticket lies; elsewhere the ticket would be handed to others by it. */
const PLACES = /^project(?:_?(?:id|slug|path))?$/i;
/** What is set. */
const SETS =
  /^(?:(?:workflow_?)?(?:state|status|stage)(?:_?(?:id|name))?|(?:to|new)_?(?:state|status)|transition(?:_?(?:id|name))?|(?:id_?)?list(?:_?id)?|column(?:_?id)?|assigne(?:e|es)(?:_?(?:id|ids|name|email|account_?id))?|assigned_?to|account_?id|label(?:s|_?(?:id|ids|names?))?|(?:story_?)?points|estimate|priority|sprint(?:_?id)?|cycle(?:_?id)?|milestone(?:_?id)?|due(?:_?(?:date|on))?)$/i;
/** An object that holds some of the above. */
const HOLDS =
  /^(?:fields|properties|input|data|update|issue|ticket|task|card|story|transition|state|status|assignee|priority)$/i;
/** `status: { name }`: what the outer name says. */
const NAMED = /^(?:state|status|assignee|priority|transition)$/i;
const SAYS_UPDATE = /^(?:method|action|operation)$/i;

/** Words by which machines are set to work, and others are told that somebody has looked. */
const STARTS =
  /merge|deploy|releas|publish|ship|\bprod|rollout|approv|lgtm|sign.?off|verified|ok.to|safe.to|\bci\b|\brun\b|automat|\bbots?\b|\bagents?\b|copilot|devin|cursor|codex|claude|jules|gemini|sweep|openhands|coderabbit|webhook|archiv|delet|trash|spam|ignor|\bmute|snooze|public|confidential|secur|admin|guest|invite/i;
const SHORT = /^[\p{L}\p{N}][\p{L}\p{N} ._:@#/'’+&-]{0,63}$/u;
const MOST_TICKETS = 1;
const MOST_VALUES = 6;

/**
 * Whether a call moves one ticket on, and does nothing besides.
 *
 * @param server the server's own name
 * @param says the words of the tool's name
 * @param project name of the project's folder: another one's tickets are others' matter
 */
export function movesTicket(call: CallFacts, server: string, says: string, project: string): boolean {
  const place = wordsOfName(server);
  if (!place.some((word) => TRACKERS.has(word))) return false;
  const words = says.split(' ').filter((word) => !place.includes(word) && word !== 'jira');
  if (!MOVES.test(words.join(' '))) return false;
  const isForge = place.some((word) => /^(?:github|gitlab|gitea|forgejo)$/.test(word));
  const hasPlaces = isForge || place.includes('sentry');
  const texts: { name: string; text: string }[] = [];
  let set = 0;
  const fits = (name: string, value: unknown, depth: number, outer = ''): boolean => {
    if (depth > 3) return false;
    if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) {
        const most = NAMES.test(name) ? MOST_TICKETS : MOST_VALUES;
        return (
          value.length <= most &&
          value.every((one) => typeof one !== 'object' && fits(name, one, depth, outer))
        );
      }
      return HOLDS.test(name) && Object.entries(value).every(([key, one]) => fits(key, one, depth + 1, name));
    }
    if (typeof value === 'string' && SAYS_UPDATE.test(name)) return /^(?:update|edit)$/i.test(value);
    const isSet = SETS.test(name) || (NAMED.test(outer) && /^(?:id|key|name)$/i.test(name));
    if (isSet) set += 1;
    if (!isSet && !NAMES.test(name) && !(hasPlaces && PLACES.test(name))) return false;
    if (value === null || typeof value === 'number') return true;
    if (typeof value !== 'string' || (isSet && STARTS.test(value))) return false;
    // To close one on a forge ends the talk of others: `gh issue close` is asked about as well.
    if (isForge && isSet && /^(?:closed?|completed|not_?planned|duplicate)$/i.test(value)) return false;
    texts.push({ name, text: value });
    return value === '' || SHORT.test(value) || /^https:\/\/[a-z]{2}\.sentry\.io$/.test(value);
  };
  return (
    call.isCut !== true &&
    call.parameters.length > 0 &&
    call.parameters.every(({ name, value }) => fits(name, value, 0)) &&
    set > 0 &&
    areHarmless(texts, project)
  );
}
