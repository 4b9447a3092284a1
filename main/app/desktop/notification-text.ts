/**
 * A request in a few lines of plain text, for a surface that others may read: a lock screen, a history.
 *
 * Secrets are taken out, characters that do not show are named, and it is said whether all of it is there: only
 * what was seen whole may be allowed from here.
 */
import { codeName, HIDDEN_CHARACTERS } from '../../../preload/contract/hidden-characters.ts';
import type { Approval } from '../../engine/approvals/approval.ts';
import { redact, redactText } from '../../engine/redaction.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { mainParam } from '../../policy/catalog.ts';
import { titleOf } from '../views/approval-view.ts';
import { appName, clientName, clip } from '../views/words.ts';

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, 'gu');
const REASON_LENGTH = 160;
const NAME_LENGTH = 40;
/** As far as a title says everything; see titleOf. */
const WHOLE_LENGTH = 120;
/**
 * Parameters that change nothing of what a call does to anything. Of every other one the text would have to tell: what
 * is written into a file, what takes the place of what, is not in it, so such a call is looked at in the page.
 */
const CHANGES_NOTHING: Readonly<Record<string, readonly string[]>> = {
  'filesystem.read': ['offset', 'limit'],
  'shell.bash': ['timeout', 'description'],
  'web.fetch': ['prompt'],
  'web.search': ['allowed_domains', 'blocked_domains'],
};

export interface NotificationText {
  readonly title: string;
  readonly body: string;
  /** The text says everything that the call would do: its main parameter whole, and there is no other that counts. */
  readonly whole: boolean;
}

/**
 * @param asked  how many equal requests wait
 * @param clean  takes the vault's values out
 */
export function notificationText(
  approval: Approval,
  asked: number,
  home: string,
  clean: <T>(value: T) => T,
): NotificationText {
  const { call, decision } = approval;
  const params = clean(redact(call.params));
  const action = `${call.module}.${call.action}`;
  const plain = titleOf(call, home);
  const shown = clean(redactText(titleOf({ ...call, params }, home)));
  const main = mainParam(call.module, call.action, call.params);
  const address =
    action === 'web.fetch' ? clean(redactText(mainParam(call.module, call.action, params))) : null;
  const whole =
    shown === plain &&
    shown === visible(shown) &&
    main.length <= WHOLE_LENGTH &&
    !main.includes('\n') &&
    (address === null || (address === main && address === visible(address))) &&
    saysAll(action, call.params, main);
  const risk = { low: 'Low risk', medium: 'Medium risk', high: 'High risk', unknown: 'Risk not known' }[
    decision.risk
  ];
  const who = `${clientName(call.client)} in ${appName(call.app)}`;
  return {
    title: `${visible(clip(who, NAME_LENGTH))} asks`,
    body: [
      visible(shown),
      ...(address === null ? [] : [visible(clip(address, WHOLE_LENGTH))]),
      `${risk}. ${visible(clip(clean(redactText(decision.reason)), REASON_LENGTH))}`,
      ...(asked > 1 ? [`Asked ${asked} times. An answer is for one.`] : []),
      ...(call.point === 'test' ? ['A test: nothing runs, whatever you answer.'] : []),
    ].join('\n'),
    whole,
  };
}

/** Whether a call is its main parameter and nothing more. */
function saysAll(action: string, params: JsonObject, main: string): boolean {
  const without = CHANGES_NOTHING[action] ?? [];
  const rest = Object.entries(params).filter(([name]) => !without.includes(name));
  return rest.length === 0 || (rest.length === 1 && rest[0]?.[1] === main);
}

/** Characters that do not show, or that turn a line round, as their code points. */
export function visible(text: string): string {
  return text.toWellFormed().replace(HIDDEN, (character) => `‹${codeName(character)}›`);
}
