/** One entry of `rule_definitions` or of the older `custom` list. */
import { isMap } from 'yaml';
import {
  nonEmptyText,
  paramContains,
  paramMatches,
  patternOf,
  requiredFields,
} from '../conditions/call-conditions.ts';
import { compileCondition } from '../conditions/compile-condition.ts';
import { ALWAYS, type Condition } from '../conditions/condition.ts';
import type { ConditionScope } from '../conditions/scope.ts';
import { compileToolNames, EVERY_TOOL } from '../conditions/tool-names.ts';
import { quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { type Fields, isSet, type Reader } from '../reader.ts';
import { ACTIONS, type BehaviorRule, MOMENTS } from './behavior-policy.ts';
import { unknownNames } from './message.ts';

/** Keys of a rule. */
export const RULE_FIELDS = [
  'id',
  'description',
  'trigger',
  'when',
  'action',
  'condition',
  'message',
  'confirmable',
] as const;
/** Keys of a rule in the older form. */
export const CUSTOM_FIELDS = [...RULE_FIELDS, 'rule'] as const;
export const LONGEST_MESSAGE = 2000;

/** What the two lists differ in. */
export interface RuleForm {
  /** Path by which its rules are cited, for example `behavior.rule_definitions`. */
  readonly list: string;
  /** The older form: its text may stand under `rule`, its condition may name the parameter first. */
  readonly custom: boolean;
}

/** Null when something in it was wrong, which has been reported. */
export function compileRule(
  reader: Reader,
  item: Field,
  index: number,
  form: RuleForm,
  scope: ConditionScope,
): BehaviorRule | null {
  if (!isSet(item) || !isMap(item.node)) {
    reader.problems.error(item, 'expected a rule: { id, trigger, when, action, condition, message }');
    return null;
  }
  const fields = reader.known(item, form.custom ? CUSTOM_FIELDS : RULE_FIELDS);
  if (fields === null) return null;
  const id = ruleId(reader, item, fields);
  const text = (key: string): string | null => {
    const field = fields.get(key);
    return field === undefined ? null : reader.text(field);
  };
  const choice = <T extends string>(key: string, allowed: readonly T[], fallback: T): T => {
    const field = fields.get(key);
    return (field === undefined ? null : reader.choice(field, allowed)) ?? fallback;
  };
  const triggerField = fields.get('trigger');
  const trigger = isSet(triggerField) ? compileToolNames(reader, triggerField, scope.catalog) : EVERY_TOOL;
  const conditionField = fields.get('condition');
  const condition = isSet(conditionField) ? compileWhen(reader, conditionField, form, scope) : ALWAYS;
  const when = choice('when', MOMENTS, 'pre_tool');
  const action = choice('action', ACTIONS, 'warn');
  if (condition?.needs.result === true && when !== 'post_tool')
    reader.problems.error(
      conditionField ?? item,
      `asks about the result of a call, which there is not yet at ${when}; write when: post_tool`,
    );
  const description = text('description') ?? '';
  const message = text('message') || description || text('rule') || `The rule ${id} applies.`;
  checkMessage(reader, fields.get('message') ?? item, message, scope);
  const confirmable = compileConfirmable(reader, fields.get('confirmable'), when, action);
  if (id === null || trigger === null || condition === null) return null;
  return Object.freeze({
    id,
    description,
    when,
    action,
    trigger: trigger.names?.length === 0 ? EVERY_TOOL : trigger,
    condition,
    message,
    confirmable,
    afterFailure: false,
    rule: reader.problems.ref(item, `${form.list}[${index}]`),
  });
}

function ruleId(reader: Reader, item: Field, fields: Fields): string | null {
  const field = fields.get('id');
  const id = isSet(field) ? reader.text(field) : '';
  if (id === null) return null;
  if (id === '') reader.problems.error(field ?? item, 'rule id is required');
  else if (!/^[\w.-]{1,64}$/.test(id))
    reader.problems.error(field ?? item, `${quoted(id)} is no id: use up to 64 letters, digits, _ . -`);
  else return id;
  return null;
}

function checkMessage(reader: Reader, at: Field, message: string, scope: ConditionScope): void {
  if (message.length > LONGEST_MESSAGE)
    reader.problems.error(
      at,
      `a message may hold ${LONGEST_MESSAGE} characters, this one has ${message.length}`,
    );
  for (const place of unknownNames(message, scope.names))
    reader.problems.error(at, `${place} names nothing that is tracked (see state_tracking)`);
}

function compileConfirmable(
  reader: Reader,
  field: Field | undefined,
  when: BehaviorRule['when'],
  action: BehaviorRule['action'],
): boolean {
  const confirmable = isSet(field) ? reader.flag(field) : false;
  if (confirmable !== true || field === undefined) return false;
  if (when === 'pre_tool' && action === 'block') return true;
  reader.problems.error(
    field,
    'only a rule that blocks before the call (when: pre_tool, action: block) can be confirmed',
  );
  return false;
}

/** The older form names the parameter first: `{ param, contains | matches }`. */
function compileWhen(reader: Reader, field: Field, form: RuleForm, scope: ConditionScope): Condition | null {
  const members = form.custom && isMap(field.node) ? reader.members(field) : null;
  if (!(members?.has('param') ?? false)) return compileCondition(reader, field, scope);
  const key = members?.has('matches') === true ? 'matches' : 'contains';
  const fields = requiredFields(reader, field, ['param', key]);
  const name = nonEmptyText(reader, fields?.get('param'));
  const value = fields?.get(key);
  if (fields === null || name === null || value === undefined) return null;
  if (key === 'matches') {
    const pattern = patternOf(reader, value);
    return pattern === null ? null : paramMatches(scope, name, pattern);
  }
  const wanted = nonEmptyText(reader, value);
  return wanted === null ? null : paramContains(scope, name, wanted);
}
