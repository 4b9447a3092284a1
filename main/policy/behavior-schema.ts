/** The part of the policy's JSON Schema that is about behaviour rules and conditions. */
import { ACTIONS, MOMENTS } from './behavior/behavior-policy.ts';
import { BUILTIN_IDS, type BuiltinId } from './behavior/builtins.ts';
import type { BEHAVIOR_FIELDS } from './behavior/compile-behavior.ts';
import { type CUSTOM_FIELDS, LONGEST_MESSAGE, type RULE_FIELDS } from './behavior/compile-rule.ts';
import { PROFILE_NAMES } from './behavior/profiles.ts';
import { type CLASSIFIER, FREQUENCIES } from './behavior/runtime-keys.ts';
import { AUTONOMY, type SWITCHES, VERBOSITY } from './behavior/switches.ts';
import type { RESET_FIELDS, TRACKING_FIELDS } from './behavior/tracking.ts';
import { builtinCatalog } from './catalog.ts';
import { SANDBOXED_LEVELS } from './conditions/place-conditions.ts';
import { CALL_CLASSES } from './conditions/subject.ts';
import { flag, named, oneOf, type Schema, strict, text, texts, whole } from './schema-parts.ts';

/** A schema for each of the compiler's keys: one that is left out is an error of the types. */
type For<Keys extends readonly string[]> = Readonly<Record<Keys[number], Schema>>;

const CONDITION: Schema = { $ref: '#/$defs/condition' };
const TOOLS: Schema = { $ref: '#/$defs/tools' };
const filled = (description: string): Schema => ({ type: 'string', minLength: 1, description });
const withWords = (schema: Schema, description: string): Schema => ({ ...schema, description });
const oneOrMore = (item: Schema, description: string): Schema => ({
  description,
  anyOf: [item, { type: 'array', items: item, minItems: 1 }],
});
/** `x`, a list of them, or `{ param, key: … }`. */
const ofParam = (key: string, item: Schema, description: string): Schema => ({
  description,
  anyOf: [
    item,
    { type: 'array', items: item, minItems: 1 },
    strict(
      {
        param: filled('Only this parameter is looked at.'),
        [key]: oneOrMore(item, 'One, or a list of which one is enough.'),
      },
      'For one parameter.',
      [key],
    ),
  ],
});

/** What `$ref` leads to. */
export function behaviorDefinitions(): Readonly<Record<string, Schema>> {
  return {
    condition: conditionSchema(),
    tools: toolsSchema(),
    rule: ruleSchema(),
    custom_rule: customSchema(),
  };
}

function toolsSchema(): Schema {
  const names = builtinCatalog.names
    .filter((module) => !module.includes('<'))
    .flatMap((module) =>
      [...(builtinCatalog.module(module)?.actions.keys() ?? [])].flatMap((action) => [
        action,
        `${module}.${action}`,
      ]),
    );
  const name: Schema = { type: 'string', examples: [...new Set(['*', ...names])] };
  return {
    description: 'A tool, or a list: edit, filesystem.edit, mcp_server.tool, or * for all.',
    anyOf: [name, { type: 'array', items: name }],
  };
}

/** Every condition of the language, by its key. */
function conditions(): Readonly<Record<string, Schema>> {
  const count = (description: string): Schema => whole(1, null, description);
  const path = filled('src/** of the project, ~/.ssh/**, /etc/*, or **/.env anywhere.');
  return {
    all: { type: 'array', items: CONDITION, description: 'Every one of these holds.' },
    any: { type: 'array', items: CONDITION, description: 'At least one of these holds.' },
    not: withWords(CONDITION, 'This does not hold.'),
    param_matches: strict(
      { param: filled('Name of the parameter.'), pattern: filled('A regular expression (RE2).') },
      'A parameter matches a pattern.',
      ['param', 'pattern'],
    ),
    param_contains: strict(
      { param: filled('Name of the parameter.'), value: filled('What stands in it, in any case.') },
      'A parameter holds a text.',
      ['param', 'value'],
    ),
    param_has_any: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'One of these parameters is given.',
    },
    text_matches: filled('A regular expression that the agent’s own text since the prompt matches.'),
    result_has_lint_errors: flag('After a call: its result reports errors of a linter.'),
    target_in_set: filled('What the call is aimed at is in this set, for example read_files.'),
    target_not_in_set: filled('What the call is aimed at is not in this set.'),
    counter_gte: strict(
      { name: filled('A counter.'), value: count('At least this.') },
      'A counter has reached a number.',
      ['name', 'value'],
    ),
    flag_is: strict({ name: filled('A flag.'), value: flag('Left out: true.') }, 'A flag is set, or not.', [
      'name',
    ]),
    consecutive_gte: count('Calls in a row to this tool, this one counted.'),
    tool_calls_this_turn_eq: whole(0, null, 'Calls in this turn so far.'),
    first_tool_this_turn: flag('It is the first call since the prompt.'),
    no_text_before_tools: flag('The agent has said nothing since the prompt.'),
    data_from: {
      description: 'Something that such a call has read stands in this one.',
      anyOf: [
        ...(toolsSchema()['anyOf'] as Schema[]),
        strict(
          { tools: TOOLS, paths: oneOrMore(path, 'Only what was read from such paths.') },
          'Tools, and the paths that they read.',
          ['tools'],
        ),
      ],
    },
    path_matches: ofParam('pattern', path, 'A path of the call, canonical, matches a pattern.'),
    domain_matches: ofParam(
      'domain',
      filled('example.com, *.example.com, or an IP address.'),
      'A host of the call is one of these.',
    ),
    command_is: oneOrMore(
      filled('A class (ordinary, reads, secret, …), or a program with words: git status.'),
      'The shell command is of a class, or runs a program.',
    ),
    call_is: oneOrMore(oneOf(CALL_CLASSES, 'What the analysis says of the call.'), 'The call is of a class.'),
    target_exists_on_disk: flag('The file that the call is aimed at is there.'),
    sandboxed: {
      description: 'The session runs in a sandbox, or in one of at least this level.',
      anyOf: [{ type: 'boolean' }, { enum: [...SANDBOXED_LEVELS] }],
    },
  };
}

function conditionSchema(): Schema {
  return {
    ...strict(conditions(), 'One condition: a mapping with one key. Join several with all or any.'),
    maxProperties: 1,
  };
}

function ruleParts(): For<typeof RULE_FIELDS> {
  return {
    id: {
      type: 'string',
      pattern: '^[\\w.-]{1,64}$',
      examples: [...BUILTIN_IDS],
      description: 'Its name; the id of a built-in rule replaces that one.',
    },
    description: text('For people.'),
    trigger: withWords(TOOLS, 'The tools it is about; left out: all.'),
    when: oneOf(MOMENTS, 'Asked before a call, after it, or about the agent’s text. Left out: pre_tool.'),
    action: oneOf(ACTIONS, 'block stops the call; warn and remind tell the agent. Left out: warn.'),
    condition: withWords(CONDITION, 'It fires while this holds; left out: always.'),
    message: {
      type: 'string',
      maxLength: LONGEST_MESSAGE,
      description: 'What the agent reads. {target}, {tool}, {param:NAME} and {counter:NAME} are filled in.',
    },
    confirmable: flag('A person may let one exact call through that it blocks.'),
  };
}

function ruleSchema(): Schema {
  return strict(ruleParts(), 'A rule.', ['id']);
}

function customSchema(): Schema {
  const parts: For<typeof CUSTOM_FIELDS> = {
    ...ruleParts(),
    rule: text('Its text.'),
    condition: {
      description: 'A condition, or { param, contains } or { param, matches }.',
      anyOf: [
        CONDITION,
        strict({ param: filled('A parameter.'), contains: filled('A text in it.') }, 'The older form.', [
          'param',
          'contains',
        ]),
        strict(
          { param: filled('A parameter.'), matches: filled('A regular expression.') },
          'The older form.',
          ['param', 'matches'],
        ),
      ],
    },
  };
  return strict(parts, 'A rule in the older form.', ['id']);
}

const BUILTIN_WORDS: Readonly<Record<BuiltinId, string>> = {
  read_before_edit: 'Warns about an edit of a file that was not read.',
  read_before_write_existing: 'Warns about overwriting a file that was not read.',
  search_before_read: 'Warns about many reads without a search.',
  no_bash_for_files: 'Warns about shell commands for what file tools do.',
  no_blind_exploration: 'Warns about looking around with the shell.',
  confirm_destructive: 'Has a person asked about destructive commands.',
  plan_before_execute: 'Warns about calls before a word was said.',
  verify_after_edit: 'Reminds to read an edit back.',
  test_after_changes: 'Reminds to run the tests after some changes.',
  delegate_complex: 'Reminds to delegate after many calls in a turn.',
  delegate_large_reads: 'Reminds to delegate long reading.',
  web_search_when_unknown: 'Warns about a guess where a search would tell.',
  always_lint_check: 'Warns about errors that a linter found in a change.',
  max_sequential_same_tool: 'Warns about the same tool many times in a row; a number is its limit.',
};

function switches(): Schema {
  const parts: For<typeof SWITCHES> = {
    ...(Object.fromEntries(BUILTIN_IDS.map((id) => [id, flag(BUILTIN_WORDS[id])])) as Record<
      BuiltinId,
      Schema
    >),
    max_sequential_same_tool: {
      description: BUILTIN_WORDS.max_sequential_same_tool,
      anyOf: [{ type: 'boolean' }, { type: 'integer', minimum: 1 }],
    },
    max_blind_reads: whole(1, null, 'Reads without a search, for search_before_read.'),
    changes_before_test_reminder: whole(1, null, 'Changes without tests, for test_after_changes.'),
    verbosity: oneOf(VERBOSITY, 'For a model runtime.'),
    autonomy: oneOf(AUTONOMY, 'For a model runtime.'),
    confirm_complex_plans: { description: 'For a model runtime.' },
  };
  return strict(parts, 'Built-in rules on and off, and their numbers.');
}

function tracking(): Schema {
  const sets: For<typeof TRACKING_FIELDS.sets> = {
    add_on: withWords(TOOLS, 'Calls whose target is put in.'),
    target: filled('The parameter that is the target; left out: file_path.'),
    aliases: texts('Other names of that parameter.'),
  };
  const reset: For<typeof RESET_FIELDS> = {
    tool: TOOLS,
    param: filled('A parameter.'),
    matches: filled('A regular expression.'),
  };
  const counters: For<typeof TRACKING_FIELDS.counters> = {
    increment_on: withWords(TOOLS, 'Calls that count.'),
    reset_on: withWords(TOOLS, 'Calls that set it to 0.'),
    reset_when: strict(reset, 'A call whose parameter matches sets it to 0.', ['tool', 'param', 'matches']),
  };
  const flags: For<typeof TRACKING_FIELDS.flags> = {
    set_on: withWords(TOOLS, 'Calls that set it.'),
    unset_on: withWords(TOOLS, 'Calls that clear it.'),
  };
  const parts: Readonly<Record<keyof typeof TRACKING_FIELDS, Schema>> = {
    sets: named(strict(sets, 'A set of targets.', ['add_on']), 'Sets, by name.'),
    counters: named(strict(counters, 'A counter.', ['increment_on']), 'Counters, by name.'),
    flags: named(strict(flags, 'A flag.', ['set_on']), 'Flags, by name.'),
  };
  return strict(parts, 'What a session remembers of its calls that succeeded.');
}

function classifier(): Schema {
  const kept: Schema = { description: 'For a model runtime; kept and ignored.' };
  const parts: For<typeof CLASSIFIER> = {
    frequency: oneOf(FREQUENCIES, 'How often.'),
    frequency_n: whole(0, null, 'Turns; 0 is the default.'),
    skip_followups: flag('Leave follow-ups out.'),
    timeout: whole(0, null, 'Seconds; 0 is the default.'),
    max_directives: whole(0, null, 'At most so many; 0 is the default.'),
    complexity_levels: kept,
    approaches: kept,
    risk_levels: kept,
    context: kept,
    system_prompt: kept,
    directive_prefix: kept,
    directive_footer: kept,
    high_risk_warning: kept,
    high_risk_threshold: kept,
  };
  return strict(parts, 'For a model runtime; checked and ignored.');
}

/** `security.behavior`. */
export function behaviorSchema(): Schema {
  const parts: For<typeof BEHAVIOR_FIELDS> = {
    profile: {
      description: 'Built-in rules to begin with, or a file behavior/NAME.yaml beside the policy.',
      anyOf: [
        { enum: [...PROFILE_NAMES, ''] },
        {
          type: 'string',
          pattern: '^\\{\\{\\s*behavior\\.[\\w-]{1,64}\\s*\\}\\}$',
          examples: ['{{behavior.NAME}}'],
        },
      ],
    },
    rules: switches(),
    rule_definitions: {
      type: 'array',
      items: { $ref: '#/$defs/rule' },
      description: 'Rules of your own, asked before the built-in ones.',
    },
    state_tracking: tracking(),
    custom: {
      type: 'array',
      items: { $ref: '#/$defs/custom_rule' },
      description: 'Rules in the older form, asked last.',
    },
    classify_turns: flag('For a model runtime; kept and ignored.'),
    classifier: classifier(),
    brain: { description: 'For a model runtime; kept and ignored.' },
    use_agent_brain: flag('For a model runtime; kept and ignored.'),
  };
  return strict(parts, 'How agents are to work, and what is told to them.');
}
