/** Looks types up, checks what is filled in, masks it, and makes what a program is given. */
import { RE2JS } from 're2js';
import { GatehouseError } from '../../platform/errors.ts';
import { type CheckedValue, checkOf } from './checks.ts';
import type { FieldSpec, HeaderTemplate, TypeSpec } from './type-spec.ts';
import { TYPES } from './types-data.ts';

export const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_FIELDS = 64;
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** A connection string has its password in it. */
const OPEN_TYPES: ReadonlySet<string> = new Set(['string', 'url', 'select', 'number', 'boolean']);
const BY_ID: ReadonlyMap<string, TypeSpec> = new Map(TYPES.map((type) => [type.id, type]));

/** @throws GatehouseError `unknown_type` */
export function typeOf(id: string): TypeSpec {
  const type = BY_ID.get(id);
  if (type === undefined)
    throw new GatehouseError(
      'unknown_type',
      `there is no type of credential ${JSON.stringify(id.slice(0, 40))}`,
      {
        hint: `one of ${[...BY_ID.keys()].join(', ')}`,
      },
    );
  return type;
}

export function allTypes(): readonly TypeSpec[] {
  return TYPES;
}

/** Whether a field holds what a service said of itself, and nothing that is secret or a person's. */
export function isFact(type: string, field: string): boolean {
  const spec = BY_ID.get(type)?.fields.find(({ name }) => name === field);
  return spec?.byService === true && spec.type === 'string';
}

export interface Problem {
  readonly field: string;
  /** Never holds the value. */
  readonly text: string;
}

export interface Checked {
  /** Trimmed; what is to be sealed. */
  readonly values: ReadonlyMap<string, Buffer>;
  readonly problems: readonly Problem[];
  /** What looks odd and may be right. */
  readonly warnings: readonly Problem[];
}

/**
 * Checks what somebody filled in against a form. Texts are trimmed, files are not.
 *
 * @param form  the fields in force: the type's, or a provider's in their place
 * @param given texts, or bytes for files
 */
export function checkValues(
  type: TypeSpec,
  form: readonly FieldSpec[],
  given: ReadonlyMap<string, string | Buffer>,
): Checked {
  const values = new Map<string, Buffer>();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  if (given.size > MAX_FIELDS) problems.push({ field: '', text: `more than ${MAX_FIELDS} fields` });
  for (const [name, raw] of given) {
    const known = form.find((field) => field.name === name);
    const field = known ?? (type.more === undefined ? undefined : moreField(name, type.more));
    if (field === undefined || (known === undefined && !FIELD_NAME.test(name))) {
      problems.push({ field: name.slice(0, 64), text: 'is no field of this credential' });
      continue;
    }
    const checked = checkField(field, raw);
    if (checked.problem !== null) problems.push({ field: name, text: checked.problem });
    if (checked.warning !== null) warnings.push({ field: name, text: checked.warning });
    if (checked.value.length > 0) values.set(name, checked.value);
  }
  for (const { name, required } of form)
    if (required && !values.has(name) && !problems.some(({ field }) => field === name))
      problems.push({ field: name, text: 'is needed' });
  if (type.more !== undefined && values.size === 0 && problems.length === 0)
    problems.push({ field: '', text: 'at least one field is needed' });
  return { values, problems, warnings };
}

function moreField(name: string, type: 'secret'): FieldSpec {
  return { name, label: name, type, required: false, multiline: true };
}

function checkField(field: FieldSpec, raw: string | Buffer): CheckedValue {
  const value = typeof raw === 'string' ? Buffer.from(raw.trim()) : Buffer.from(raw);
  const bad = (problem: string): CheckedValue => ({ value, problem, warning: null });
  const limit = field.type === 'file' ? MAX_FILE_BYTES : MAX_VALUE_BYTES;
  if (value.length > limit) return bad(`is longer than ${limit} bytes`);
  if (field.type === 'file' || value.length === 0) return { value, problem: null, warning: null };
  const text = value.toString('utf8');
  if (!Buffer.from(text).equals(value)) return bad('is no text');
  if (text.includes('\0')) return bad('holds a NUL');
  if (field.multiline !== true && /[\r\n]/.test(text)) return bad('holds a line break');
  const byType = checkType(field, text);
  if (byType !== null) return bad(byType);
  if (field.pattern !== undefined && !RE2JS.compile(field.pattern).matches(text))
    return bad('does not have the form that it must have');
  if (field.contains !== undefined && !RE2JS.compile(field.contains).matcher(text).find())
    return bad('does not have the form that the policy asks for');
  const byCheck = field.check === undefined ? null : checkOf(field.check, text);
  if (byCheck !== null) return bad(byCheck);
  return { value, problem: null, warning: warningOf(field, text) };
}

function checkType({ type, options = [] }: FieldSpec, text: string): string | null {
  switch (type) {
    case 'url':
      return URL.canParse(text) && /^https?:\/\//.test(text) ? null : 'is no http or https address';
    case 'number':
      return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? null : 'is no number';
    case 'boolean':
      return text === 'true' || text === 'false' ? null : 'is neither true nor false';
    case 'select':
      return options.includes(text) ? null : `is none of ${options.join(', ')}`;
    case 'connection_string':
      return checkOf('connection_string', text);
    case 'secret':
    case 'string':
    case 'file':
      return null;
  }
}

function warningOf({ type, prefixes = [], multiline }: FieldSpec, text: string): string | null {
  if (prefixes.length > 0 && !prefixes.some((prefix) => text.startsWith(prefix)))
    return `does not begin with ${prefixes.join(' or ')}`;
  if (type === 'secret' && multiline !== true && [...text].length < 8)
    return 'is shorter than 8 characters: it cannot be taken out of what agents are shown';
  return null;
}

/** A value as a command may print it: enough to know it by, not enough to use it. */
export function mask(value: string): string {
  const characters = [...value];
  if (characters.length <= 8) return '•'.repeat(characters.length);
  return `${characters.slice(0, 3).join('')}…${characters.slice(-4).join('')}`;
}

/** Fields of these values that nobody may see: all but those that a form calls open. */
export function secretFields(form: readonly FieldSpec[], names: Iterable<string>): readonly string[] {
  const open = new Set(form.filter(({ type }) => OPEN_TYPES.has(type)).map(({ name }) => name));
  return [...names].filter((name) => !open.has(name));
}

/** A header made from values. @throws GatehouseError `not_injectable` */
export function headerOf(template: HeaderTemplate, values: ReadonlyMap<string, Buffer>): HeaderTemplate {
  const value = fill(template.value, values);
  if (value === null || /[\r\n\0]/.test(value))
    throw new GatehouseError(
      'not_injectable',
      `the credential cannot be given as the header ${template.name}`,
    );
  return { name: template.name, value };
}

/** The environment variables of a template; those whose fields are not filled in are left out. */
export function envOf(
  templates: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, Buffer>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(templates).flatMap(([name, template]) => {
      const value = fill(template, values);
      return value === null || value.includes('\0') ? [] : [[name, value]];
    }),
  );
}

/** A template with its fields in place; null when one of them is not filled in. */
export function fill(template: string, values: ReadonlyMap<string, Buffer>): string | null {
  let whole = true;
  // Once, from left to right: a value that holds braces is not looked into.
  const place = (text: string) =>
    text.replace(/\{([A-Za-z][A-Za-z0-9_]*)\}/g, (_all, name: string) => {
      const value = values.get(name);
      if (value === undefined) whole = false;
      return value?.toString('utf8') ?? '';
    });
  const encoded = /^(.*)base64\((.*)\)$/s.exec(template);
  const text =
    encoded === null
      ? place(template)
      : place(encoded[1] ?? '') + Buffer.from(place(encoded[2] ?? '')).toString('base64');
  return whole ? text : null;
}
