/** Keys of `security.behavior` that only a model runtime uses: checked, kept, and without effect here. */
import type { Field } from '../document.ts';
import { type Fields, isSet, type Reader } from '../reader.ts';

export const RUNTIME_KEYS = ['classify_turns', 'classifier', 'brain', 'use_agent_brain'] as const;

export const FREQUENCIES = ['every_turn', 'first_turn', 'every_n_turns', 'on_new_message'] as const;
export const CLASSIFIER = [
  'frequency',
  'frequency_n',
  'skip_followups',
  'timeout',
  'complexity_levels',
  'approaches',
  'risk_levels',
  'max_directives',
  'context',
  'system_prompt',
  'directive_prefix',
  'directive_footer',
  'high_risk_warning',
  'high_risk_threshold',
] as const;
/** 0 means the default: 3, 15 s, 5. */
const COUNTS = ['frequency_n', 'timeout', 'max_directives'] as const;

/** Checks them, and adds those that are there to what is ignored. */
export function checkRuntimeKeys(reader: Reader, fields: Fields, ignored: Field[]): void {
  for (const key of RUNTIME_KEYS) {
    const field = fields.get(key);
    if (field !== undefined) ignored.push(field);
  }
  for (const key of ['classify_turns', 'use_agent_brain']) {
    const field = fields.get(key);
    if (isSet(field)) reader.flag(field);
  }
  const classifier = fields.get('classifier');
  if (!isSet(classifier)) return;
  const members = reader.known(classifier, CLASSIFIER);
  if (members === null) return;
  const frequency = members.get('frequency');
  if (isSet(frequency)) reader.choice(frequency, FREQUENCIES);
  const skip = members.get('skip_followups');
  if (isSet(skip)) reader.flag(skip);
  for (const key of COUNTS) {
    const field = members.get(key);
    const value = isSet(field) ? reader.integer(field) : null;
    if (value !== null && value < 0 && field !== undefined)
      reader.problems.error(field, `${key} must be >= 0 (got ${value}); 0 means the default`);
  }
}
