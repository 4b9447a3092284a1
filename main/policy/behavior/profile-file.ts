/**
 * Profiles of one's own: `profile: "{{behavior.NAME}}"` is the file `behavior/NAME.yaml` beside the policy. It may
 * extend a built-in profile, switch its rules, and bring rules of its own.
 */
import { messageOf } from '../../platform/errors.ts';
import { explain, quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { readDocument } from '../document.ts';
import { isSet, Reader } from '../reader.ts';
import { suggest } from '../suggest.ts';
import { NO_PROFILE, PROFILE_NAMES, PROFILES, type Profile } from './profiles.ts';
import { compileSwitches, type Switched } from './switches.ts';

/** A file of the bundle, as whoever compiles the policy has read it. */
export interface BundleFile {
  /** For messages. */
  readonly file: string;
  readonly text: string;
}

/** Finds `behavior/NAME.yaml`; null when there is none. What it throws is told where the name stands. */
export type FindProfile = (name: string) => BundleFile | null;

const REFERENCE = /^\{\{\s*behavior\.([\w-]{1,64})\s*\}\}$/;
const FIELDS = ['name', 'description', 'extends', 'rules', 'prompt', 'custom', 'rule_definitions'];

export interface ChosenProfile extends Switched {
  /** As written in the policy; null without one. */
  readonly name: string | null;
  /** Where a rule stands that it switches on by itself. */
  readonly place: { readonly reader: Reader; readonly field: Field } | null;
  /** Its own rules, with the reader of its file. */
  readonly own: {
    readonly reader: Reader;
    readonly custom: Field | undefined;
    readonly definitions: Field | undefined;
  } | null;
  /** The file it comes from. */
  readonly source: BundleFile | null;
}

const NONE: ChosenProfile = {
  ...NO_PROFILE,
  places: new Map(),
  name: null,
  place: null,
  own: null,
  source: null,
};

/** The profile that a policy names; one that is not known is an error, never no rules. */
export function chooseProfile(
  reader: Reader,
  field: Field | undefined,
  find: FindProfile | undefined,
  ignored: Field[],
): ChosenProfile {
  const name = isSet(field) ? reader.text(field) : null;
  if (field === undefined || name === null || name === '') return NONE;
  const builtin = builtinProfile(name);
  if (builtin !== null) return { ...NONE, ...builtin, name, place: { reader, field } };
  const reference = REFERENCE.exec(name)?.[1];
  if (reference !== undefined) return fromFile(reader, field, reference, find, ignored);
  reader.problems.error(
    field,
    explain(
      `unknown behavior profile ${quoted(name)}`,
      [...PROFILE_NAMES, '{{behavior.NAME}}'],
      suggest(name, PROFILE_NAMES),
    ),
  );
  return NONE;
}

function builtinProfile(name: string): Profile | null {
  return Object.hasOwn(PROFILES, name) ? (PROFILES[name] ?? null) : null;
}

function fromFile(
  outer: Reader,
  field: Field,
  name: string,
  find: FindProfile | undefined,
  ignored: Field[],
): ChosenProfile {
  let source: BundleFile | null;
  try {
    source = find?.(name) ?? null;
  } catch (error) {
    outer.problems.error(field, messageOf(error));
    return NONE;
  }
  if (source === null) {
    outer.problems.error(
      field,
      `unknown behavior profile ${quoted(name)}: there is no file behavior/${name}.yaml beside the policy`,
    );
    return NONE;
  }
  const { root, problems } = readDocument(source.text, source.file);
  const reader = new Reader(problems);
  const fields = isSet(root) ? reader.known(root, FIELDS) : null;
  if (!isSet(root)) problems.error(root, 'the profile is empty; write { name, extends, rules, custom }');
  const base = fields?.get('extends');
  const baseName = isSet(base) ? reader.choice(base, PROFILE_NAMES) : null;
  const profile = baseName === null ? NO_PROFILE : (builtinProfile(baseName) ?? NO_PROFILE);
  for (const key of ['name', 'description', 'prompt']) {
    const text = fields?.get(key);
    if (text !== undefined) reader.text(text);
  }
  const switched = compileSwitches(reader, fields?.get('rules'), profile, ignored);
  outer.problems.take(problems);
  return {
    ...switched,
    name: `{{behavior.${name}}}`,
    place: { reader, field: base ?? root },
    own:
      fields === null
        ? null
        : { reader, custom: fields.get('custom'), definitions: fields.get('rule_definitions') },
    source,
  };
}
