/** Reads `security.credentials_schema`. */
import { RE2JS } from 're2js';
import { messageOf } from '../platform/errors.ts';
import {
  CREDENTIAL_FIELD_TYPES,
  CREDENTIAL_SCOPES,
  CREDENTIAL_TYPES,
  type CredentialField,
  type CredentialProvider,
  type CredentialsSchema,
} from './credentials-schema.ts';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { type Fields, isSet, type Reader } from './reader.ts';

const PROVIDER = ['name', 'label', 'type', 'scope', 'required', 'description', 'oauth_provider', 'fields'];
const FIELD = [
  'name',
  'label',
  'type',
  'required',
  'description',
  'placeholder',
  'options',
  'default',
  'validation_regex',
];
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Null when the section is not there or is no mapping. */
export function compileCredentials(reader: Reader, field: Field | undefined): CredentialsSchema | null {
  if (!isSet(field)) return null;
  const fields = reader.known(field, ['required', 'providers']);
  if (fields === null) return null;
  const providers = new Map<string, CredentialProvider>();
  const list = fields.get('providers');
  for (const item of list === undefined ? [] : (reader.items(list) ?? [])) {
    const provider = compileProvider(reader, item);
    if (provider === null) continue;
    if (providers.has(provider.name))
      reader.problems.error(item, `credential ${quoted(provider.name)} is declared twice; keep one`);
    else providers.set(provider.name, provider);
  }
  return Object.freeze({
    required: flagOf(reader, fields, 'required'),
    providers: Object.freeze([...providers.values()]),
  });
}

function compileProvider(reader: Reader, item: Field): CredentialProvider | null {
  if (!isSet(item)) {
    reader.problems.error(item, 'expected a mapping with a name');
    return null;
  }
  const fields = reader.known(item, PROVIDER);
  if (fields === null) return null;
  const name = nameOf(reader, item, fields, 'a credential');
  const typeField = fields.get('type');
  const type = (typeField === undefined ? null : reader.choice(typeField, CREDENTIAL_TYPES)) ?? 'api_key';
  const scopeField = fields.get('scope');
  const scope =
    (scopeField === undefined ? null : reader.choice(scopeField, CREDENTIAL_SCOPES)) ?? 'per_user';
  if (type === 'oauth2' && scope !== 'per_user' && scopeField !== undefined)
    reader.problems.error(
      scopeField,
      `an oauth2 credential is always per_user, not ${scope}: it is one person's sign-in`,
    );
  const oauthProvider = textOf(reader, fields, 'oauth_provider');
  const oauthField = fields.get('oauth_provider');
  if (oauthProvider !== null && oauthField !== undefined && type !== 'oauth2')
    reader.problems.error(oauthField, `belongs to type oauth2 only, and this is ${type}`);
  const formField = fields.get('fields');
  const form = new Map<string, CredentialField>();
  for (const at of formField === undefined ? [] : (reader.items(formField) ?? [])) {
    const row = compileField(reader, at);
    if (row === null) continue;
    if (form.has(row.name)) reader.problems.error(at, `field ${quoted(row.name)} is there twice; keep one`);
    else form.set(row.name, row);
  }
  if (name === null) return null;
  return Object.freeze({
    name,
    label: textOf(reader, fields, 'label') ?? name,
    type,
    scope,
    required: flagOf(reader, fields, 'required'),
    description: textOf(reader, fields, 'description'),
    oauthProvider,
    fields: Object.freeze([...form.values()]),
  });
}

function compileField(reader: Reader, item: Field): CredentialField | null {
  if (!isSet(item)) {
    reader.problems.error(item, 'expected a mapping with a name');
    return null;
  }
  const fields = reader.known(item, FIELD);
  if (fields === null) return null;
  const name = nameOf(reader, item, fields, 'a field');
  const typeField = fields.get('type');
  const type =
    (typeField === undefined ? null : reader.choice(typeField, CREDENTIAL_FIELD_TYPES)) ?? 'secret';
  const optionsField = fields.get('options');
  const options =
    optionsField === undefined ? [] : (reader.texts(optionsField) ?? []).map(({ value }) => value);
  if (type === 'select' && options.length === 0)
    reader.problems.error(optionsField ?? item, 'a select needs options: [a, b]');
  if (type !== 'select' && optionsField !== undefined && isSet(optionsField))
    reader.problems.error(optionsField, `belongs to type select only, and this is ${type}`);
  const regexField = fields.get('validation_regex');
  const regex = textOf(reader, fields, 'validation_regex');
  if (regex !== null && regexField !== undefined) checkRegex(reader, regexField, regex);
  const defaultField = fields.get('default');
  if (type === 'secret' && isSet(defaultField))
    reader.problems.error(defaultField, 'a secret has no default: it would stand in this file');
  if (name === null) return null;
  return Object.freeze({
    name,
    label: textOf(reader, fields, 'label'),
    type,
    required: flagOf(reader, fields, 'required'),
    description: textOf(reader, fields, 'description'),
    placeholder: textOf(reader, fields, 'placeholder'),
    options: Object.freeze(options),
    fallback: isSet(defaultField) ? reader.scalarText(defaultField) : null,
    validationRegex: regex,
  });
}

function checkRegex(reader: Reader, field: Field, pattern: string): void {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    reader.problems.error(
      field,
      `${quoted(pattern)} is no regular expression in RE2's syntax: ${messageOf(error)}`,
    );
  }
}

function nameOf(reader: Reader, item: Field, fields: Fields, what: string): string | null {
  const field = fields.get('name');
  const name = isSet(field) ? reader.text(field) : null;
  if (!isSet(field) || name === '') {
    reader.problems.error(field ?? item, `${what} needs a name`);
    return null;
  }
  if (name !== null && !NAME.test(name)) {
    reader.problems.error(
      field,
      'must be 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter',
    );
    return null;
  }
  return name;
}

function textOf(reader: Reader, fields: Fields, key: string): string | null {
  const field = fields.get(key);
  const text = field === undefined ? null : reader.text(field);
  return text === '' ? null : text;
}

function flagOf(reader: Reader, fields: Fields, key: string): boolean {
  const field = fields.get(key);
  return (field === undefined ? null : reader.flag(field)) ?? false;
}
