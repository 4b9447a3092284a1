/**
 * What a rule tells the agent: a text with places in it that are filled in once. What is filled in is not looked
 * at again, so that a file name with braces in it is nothing but a name.
 */
import { textOfValue } from '../conditions/parameters.ts';
import type { StateNames } from '../conditions/scope.ts';
import type { Subject } from '../conditions/subject.ts';
import { targetOf } from '../conditions/targets.ts';

/** Characters of a parameter that are shown, the `...` of a longer one among them. */
const PARAM_CHARACTERS = 100;
const TARGET_CHARACTERS = 500;

const PLACE =
  /\{(target|tool|turn|tool_calls_this_turn|consecutive_same_tool|(?:param|counter|set_count|flag):[^{}\n]{1,100})\}/g;

export function expandMessage(template: string, subject: Subject): string {
  return template.replace(PLACE, (_whole, place: string) => filling(place, subject));
}

/** Names of sets, counters and flags in a message that nothing keeps. */
export function unknownNames(template: string, names: StateNames): readonly string[] {
  return [...template.matchAll(PLACE)].flatMap(([, place = '']) => {
    const { kind, name } = parts(place);
    const known =
      kind === 'counter'
        ? names.counters.has(name)
        : kind === 'set_count'
          ? names.sets.has(name)
          : kind !== 'flag' || names.flags.has(name);
    return known ? [] : [`{${place}}`];
  });
}

function parts(place: string): { readonly kind: string; readonly name: string } {
  const colon = place.indexOf(':');
  return colon < 0
    ? { kind: place, name: '' }
    : { kind: place.slice(0, colon), name: place.slice(colon + 1) };
}

function filling(place: string, subject: Subject): string {
  const { params, state, action, module } = subject;
  const { kind, name } = parts(place);
  switch (kind) {
    case 'target':
      return cut(targetOf(params), TARGET_CHARACTERS);
    case 'tool':
      return action === '' ? module : action;
    case 'turn':
      return String(state.turn);
    case 'tool_calls_this_turn':
      return String(state.callsThisTurn);
    case 'consecutive_same_tool':
      return String(state.consecutive);
    case 'counter':
      return String(state.counter(name));
    case 'set_count':
      return String(state.size(name));
    case 'flag':
      return String(state.flag(name));
    default:
      return Object.hasOwn(params, name) ? cut(textOfValue(params[name] ?? null), PARAM_CHARACTERS) : '';
  }
}

/** Never in the middle of a character. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text.slice(0, limit * 2));
  if (characters.length <= limit && text.length <= limit * 2) return text;
  return `${characters.slice(0, limit - 3).join('')}...`;
}
