/**
 * Expectations that stand beside a policy, in `NAME.test.yaml` for `NAME.yaml`: calls, and what is to come of each.
 *
 * ```yaml
 * cases:
 *   - { name: reading is free, call: { module: filesystem, action: read, params: { file_path: a.ts } }, expect: allow }
 *   - { call: { from: claude-code, tool_name: Bash, tool_input: { command: ls } }, expect: approve, gate: gate4_policy }
 * ```
 */
import { isMap } from 'yaml';
import type { JsonObject } from '../platform/canonical-json.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Field, readDocument } from './document.ts';
import { isSet, Reader } from './reader.ts';
import type { RuleRef } from './rule-ref.ts';

export interface Expectation {
  readonly name: string;
  /** As `policy eval` reads it. */
  readonly call: JsonObject;
  readonly expect: 'allow' | 'approve' | 'deny';
  readonly gate: string | null;
  /** The path of the rule that decides, for example `capabilities.deny[0]`. */
  readonly rule: string | null;
  /** Part of the reason or of a message. */
  readonly says: string | null;
  readonly at: RuleRef;
}

export type Expectations =
  | { readonly ok: true; readonly cases: readonly Expectation[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const WORDS = ['allow', 'approve', 'deny'] as const;

export function readExpectations(text: string, file: string): Expectations {
  const { root, problems } = readDocument(text, file);
  const reader = new Reader(problems);
  const list = isSet(root) ? reader.known(root, ['cases'])?.get('cases') : undefined;
  if (!isSet(list) && problems.all('error').length === 0)
    problems.error(
      root,
      'there are no cases; write `cases: [{ call: { module: …, action: … }, expect: allow }]`',
    );
  const cases =
    list === undefined
      ? []
      : (reader.items(list) ?? []).flatMap((item, index) => readCase(reader, item, index) ?? []);
  const errors = problems.all('error');
  return errors.length > 0 ? { ok: false, diagnostics: errors } : { ok: true, cases };
}

function readCase(reader: Reader, item: Field, index: number): Expectation | null {
  const fields = reader.known(item, ['name', 'call', 'expect', 'gate', 'rule', 'says']);
  if (fields === null) return null;
  const text = (key: string): string | null => {
    const field = fields.get(key);
    return field === undefined ? null : reader.text(field);
  };
  const callField = fields.get('call');
  const expectField = fields.get('expect');
  if (!isSet(callField))
    reader.problems.error(item, 'names no call; write call: { module: …, action: …, params: {} }');
  if (!isSet(expectField))
    reader.problems.error(item, 'expects nothing; write expect: allow, approve or deny');
  const call = isSet(callField) && isMap(callField.node) ? reader.plain(callField) : null;
  if (isSet(callField) && call === null)
    reader.problems.error(callField, 'expected a mapping { module, action, params }');
  const expect = isSet(expectField) ? reader.choice(expectField, WORDS) : null;
  if (call === null || expect === null) return null;
  return {
    name: text('name') ?? `case ${index + 1}`,
    call,
    expect,
    gate: text('gate'),
    rule: text('rule'),
    says: text('says'),
    at: reader.problems.ref(item, `cases[${index}]`),
  };
}
