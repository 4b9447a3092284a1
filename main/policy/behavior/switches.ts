/** `rules:` of a profile or of the policy itself: built-in rules on and off, and their numbers. */
import type { Field } from '../document.ts';
import { type Fields, isSet, type Reader } from '../reader.ts';
import type { ProfileValues } from './behavior-policy.ts';
import { BUILTIN_IDS, type BuiltinId } from './builtins.ts';
import type { Profile } from './profiles.ts';

export const NUMBERS = [
  'max_blind_reads',
  'changes_before_test_reminder',
  'max_sequential_same_tool',
] as const;
export const VERBOSITY = ['concise', 'normal', 'detailed'] as const;
export const AUTONOMY = ['low', 'medium', 'high'] as const;
/** A model runtime asks about plans; nothing here does. */
const RUNTIME = ['confirm_complex_plans'] as const;
/** Keys of `rules:`. */
export const SWITCHES = [
  ...new Set([...BUILTIN_IDS, ...NUMBERS, 'verbosity' as const, 'autonomy' as const, ...RUNTIME]),
];

export interface Switched extends Profile {
  /** The place of each rule that was switched here. */
  readonly places: ReadonlyMap<BuiltinId, Field>;
}

/** What a profile becomes with these switches. */
export function compileSwitches(
  reader: Reader,
  field: Field | undefined,
  base: Profile,
  ignored: Field[],
): Switched {
  const fields = isSet(field) ? reader.known(field, SWITCHES) : null;
  const rules = new Set(base.rules);
  const places = new Map<BuiltinId, Field>();
  if (fields === null) return { rules, values: base.values, places };
  for (const id of BUILTIN_IDS) {
    const at = fields.get(id);
    if (!isSet(at)) continue;
    places.set(id, at);
    // One name is a rule and its number at once: a number switches it on.
    const on = id === 'max_sequential_same_tool' && typeof plain(at) === 'number' ? true : reader.flag(at);
    if (on === true) rules.add(id);
    else if (on === false) rules.delete(id);
  }
  for (const key of RUNTIME) ignored.push(...[fields.get(key)].filter((at) => at !== undefined));
  return { rules, values: compileValues(reader, fields, base.values), places };
}

function compileValues(reader: Reader, fields: Fields, base: ProfileValues): ProfileValues {
  const values = { ...base };
  for (const key of NUMBERS) {
    const at = fields.get(key);
    if (!isSet(at) || typeof plain(at) === 'boolean') continue;
    const number = reader.integer(at);
    if (number === null) continue;
    if (number < 1)
      reader.problems.error(at, `${key} must be >= 1 (got ${number}); switch the rule off with false`);
    else values[key] = number;
  }
  const [verbosity, autonomy] = [fields.get('verbosity'), fields.get('autonomy')];
  if (isSet(verbosity)) values.verbosity = reader.choice(verbosity, VERBOSITY) ?? values.verbosity;
  if (isSet(autonomy)) values.autonomy = reader.choice(autonomy, AUTONOMY) ?? values.autonomy;
  return values;
}

function plain(field: Field): unknown {
  return field.node !== null && 'value' in field.node ? field.node.value : undefined;
}
