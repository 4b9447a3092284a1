/**
 * Gate 5: is the data that the action handles within the ceiling? Asked of every caller.
 *
 * Where a ceiling is set, an action without a label counts as internal and one with an unknown label as
 * restricted.
 */
import { quoted } from '../../policy/diagnostic.ts';
import { type Answer, citing, type Gate, labelOf, PASSED, type Question, stopped } from './question.ts';

const RANK: ReadonlyMap<string, number> = new Map([
  ['public', 0],
  ['internal', 1],
  ['confidential', 2],
  ['restricted', 3],
]);
const UNLABELLED = 1;
const UNKNOWN_LABEL = 3;

function ask(question: Question): Answer {
  const { policy, spec } = question;
  const ceiling = policy.capabilities?.maxClass ?? null;
  if (ceiling === null || ceiling.value === null) return PASSED;
  const data = (spec?.classification ?? '').trim().toLowerCase();
  const rank = data === '' ? UNLABELLED : (RANK.get(data) ?? UNKNOWN_LABEL);
  if (rank <= (RANK.get(ceiling.value) ?? -1)) return PASSED;
  const shown = data === '' ? 'internal data' : `${RANK.has(data) ? data : quoted(data)} data`;
  return stopped(
    `${shown}, cap ${ceiling.value}`,
    `${labelOf(question)} handles ${shown}, and the policy allows at most ${ceiling.value}${citing(ceiling.rule)}. Use a tool that does not touch it.`,
    ceiling.rule,
  );
}

export const gate5Classification: Gate = { code: 'gate5_classification', number: 5, ask };
