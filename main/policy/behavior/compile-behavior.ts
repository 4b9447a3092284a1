/** `security.behavior`: profile, switches, rules and what is tracked, compiled to the rules that are asked. */
import type { Catalog } from '../catalog.ts';
import type { DataSource } from '../conditions/data-source.ts';
import type { ConditionScope, StateNames } from '../conditions/scope.ts';
import type { Field } from '../document.ts';
import { type Fields, isSet, type Reader } from '../reader.ts';
import { BehaviorPolicy, type BehaviorRule } from './behavior-policy.ts';
import { BUILTIN_IDS, builtinRule } from './builtins.ts';
import { compileRule, type RuleForm } from './compile-rule.ts';
import { type BundleFile, type ChosenProfile, chooseProfile, type FindProfile } from './profile-file.ts';
import { checkRuntimeKeys, RUNTIME_KEYS } from './runtime-keys.ts';
import { compileSwitches } from './switches.ts';
import { compileTracking, namesOf, type Tracking } from './tracking.ts';

export const BEHAVIOR_FIELDS = [
  'profile',
  'rules',
  'rule_definitions',
  'state_tracking',
  'custom',
  ...RUNTIME_KEYS,
] as const;
/** Rules that one policy may have; every one is asked about every call that it names. */
const MOST_RULES = 5000;

export interface BehaviorOptions {
  readonly catalog: Catalog;
  readonly findProfile?: FindProfile;
  /** Something answers what a shell command is. */
  readonly commands?: boolean;
}

/**
 * The first half: what is tracked, and so what conditions may name. `when:` of a grant is compiled with
 * `scopeFor('every')`, before the second half takes what it follows into the policy.
 */
export class BehaviorCompiler {
  readonly #reader: Reader;
  readonly #fields: Fields | null;
  readonly #options: BehaviorOptions;
  readonly #tracking: Tracking;
  readonly #names: StateNames;
  readonly #sources: DataSource[] = [];

  constructor(reader: Reader, field: Field | undefined, options: BehaviorOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#fields = isSet(field) ? reader.known(field, BEHAVIOR_FIELDS) : null;
    this.#tracking = compileTracking(reader, this.#fields?.get('state_tracking'), options.catalog);
    this.#names = namesOf(this.#tracking);
  }

  /** `any` for what stops something, `every` for what lets it through. */
  scopeFor(quantifier: ConditionScope['quantifier']): ConditionScope {
    return {
      catalog: this.#options.catalog,
      names: this.#names,
      quantifier,
      commands: this.#options.commands ?? true,
      sources: this.#sources,
    };
  }

  /** The second half. Answers the files that it was made from besides the policy's own. */
  finish(ignored: Field[]): { readonly behavior: BehaviorPolicy; readonly files: readonly BundleFile[] } {
    const reader = this.#reader;
    const fields: Fields = this.#fields ?? new Map<string, Field>();
    checkRuntimeKeys(reader, fields, ignored);
    const profile = chooseProfile(reader, fields.get('profile'), this.#options.findProfile, ignored);
    const switched = compileSwitches(reader, fields.get('rules'), profile, ignored);
    const definitions = this.#rules(reader, fields.get('rule_definitions'), DEFINITIONS);
    const own = profile.own;
    const rules = firstOfEach(reader, [
      ...definitions,
      ...(own === null ? [] : this.#rules(own.reader, own.definitions, PROFILE_DEFINITIONS)),
      ...this.#builtins(switched, profile),
      ...this.#rules(reader, fields.get('custom'), CUSTOM),
      ...(own === null ? [] : this.#rules(own.reader, own.custom, PROFILE_CUSTOM)),
    ]);
    if (own !== null) reader.problems.take(own.reader.problems);
    if (rules.length > MOST_RULES)
      reader.problems.error(
        fields.get('rule_definitions') ?? { node: null, keyNode: null, path: 'security.behavior' },
        `a policy may have ${MOST_RULES} behaviour rules, this one has ${rules.length}`,
      );
    const behavior = new BehaviorPolicy({
      profile: profile.name,
      values: switched.values,
      rules,
      tracking: this.#tracking,
      sources: this.#sources,
    });
    return { behavior, files: profile.source === null ? [] : [profile.source] };
  }

  #rules(reader: Reader, field: Field | undefined, form: RuleForm): readonly BehaviorRule[] {
    if (field === undefined) return [];
    const scope = this.scopeFor('any');
    return (reader.items(field) ?? []).flatMap(
      (item, index) => compileRule(reader, item, index, form, scope) ?? [],
    );
  }

  #builtins(switched: ReturnType<typeof compileSwitches>, profile: ChosenProfile): readonly BehaviorRule[] {
    const nowhere: Field = { node: null, keyNode: null, path: '' };
    return BUILTIN_IDS.filter((id) => switched.rules.has(id)).map((id) => {
      const here = switched.places.get(id);
      const there = profile.places.get(id);
      const place =
        here !== undefined
          ? { reader: this.#reader, field: here }
          : there !== undefined && profile.own !== null
            ? { reader: profile.own.reader, field: there }
            : (profile.place ?? { reader: this.#reader, field: nowhere });
      const rule = place.reader.problems.ref(place.field, `behavior.${id}`);
      return Object.freeze({ ...builtinRule(id, switched.values, this.#options.catalog), rule });
    });
  }
}

const DEFINITIONS: RuleForm = { list: 'behavior.rule_definitions', custom: false };
const CUSTOM: RuleForm = { list: 'behavior.custom', custom: true };
const PROFILE_DEFINITIONS: RuleForm = { list: 'rule_definitions', custom: false };
const PROFILE_CUSTOM: RuleForm = { list: 'custom', custom: true };

/** An id stands for the first rule that has it; that a built-in one is replaced needs no word. */
function firstOfEach(reader: Reader, rules: readonly BehaviorRule[]): readonly BehaviorRule[] {
  const seen = new Map<string, BehaviorRule>();
  for (const rule of rules) {
    const first = seen.get(rule.id);
    if (first === undefined) seen.set(rule.id, rule);
    else if (rule.rule.path !== `behavior.${rule.id}`)
      reader.problems.infoRule(
        rule.rule,
        `the id ${rule.id} is taken by the rule in line ${first.rule.line}; this one has no effect`,
        'security',
      );
  }
  return [...seen.values()];
}
