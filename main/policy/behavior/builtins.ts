/** The fourteen built-in rules, in the order in which they are asked. Profiles and `rules:` switch them. */
import type { Catalog } from '../catalog.ts';
import { hasParam, LINT_ERRORS } from '../conditions/call-conditions.ts';
import { ALWAYS, allOf, type Condition, condition, negated, saying } from '../conditions/condition.ts';
import { aliasesOf, textOfValue, valuesOf } from '../conditions/parameters.ts';
import { targetExists } from '../conditions/place-conditions.ts';
import {
  callsThisTurnAre,
  counterAtLeast,
  FIRST_TOOL,
  inARowAtLeast,
  SAID_NOTHING,
  targetStands,
} from '../conditions/state-conditions.ts';
import type { CommandForm } from '../conditions/subject.ts';
import { EVERY_TOOL, type ToolNames, toolNames } from '../conditions/tool-names.ts';
import { compilePattern } from '../pattern.ts';
import type { BehaviorAction, BehaviorRule, Moment, ProfileValues } from './behavior-policy.ts';
import { DEFAULT_TRACKING, namesOf } from './tracking.ts';

export const BUILTIN_IDS = [
  'read_before_edit',
  'read_before_write_existing',
  'search_before_read',
  'no_bash_for_files',
  'no_blind_exploration',
  'confirm_destructive',
  'plan_before_execute',
  'verify_after_edit',
  'test_after_changes',
  'delegate_complex',
  'delegate_large_reads',
  'web_search_when_unknown',
  'always_lint_check',
  'max_sequential_same_tool',
] as const;
export type BuiltinId = (typeof BUILTIN_IDS)[number];

const LARGE_READS = 5;
const MANY_CALLS = 8;

const READ = toolNames('filesystem.read');
const EDIT = toolNames('filesystem.edit');
const WRITE = toolNames('filesystem.write');
const CHANGE = toolNames('filesystem.edit', 'filesystem.write');
const BASH = toolNames('shell.bash');

type Parts = readonly [Moment, BehaviorAction, ToolNames, Condition, message: string];

/** The rule of an id with its numbers; where it stands in a file is the caller's to say. */
export function builtinRule(
  id: BuiltinId,
  values: ProfileValues,
  catalog: Catalog,
): Omit<BehaviorRule, 'rule'> {
  const [when, action, trigger, test, message] = partsOf(id, values, catalog);
  return {
    id,
    description: message,
    when,
    action,
    trigger,
    condition: test,
    message,
    confirmable: id === 'confirm_destructive',
    // How much was done is so whether the last of it succeeded or not.
    afterFailure: id === 'delegate_complex',
  };
}

function partsOf(id: BuiltinId, values: ProfileValues, catalog: Catalog): Parts {
  const notRead = targetStands(
    catalog,
    'read_files',
    namesOf(DEFAULT_TRACKING).sets.get('read_files') ?? null,
    'any',
    false,
  );
  switch (id) {
    case 'read_before_edit':
      return [
        'pre_tool',
        'warn',
        EDIT,
        allOf([notRead, negated(hasParam(['start_line', 'end_line']))]),
        "You are editing '{target}' without reading it first. Read it before editing.",
      ];
    case 'read_before_write_existing':
      return [
        'pre_tool',
        'warn',
        WRITE,
        allOf([notRead, targetExists('any')]),
        "'{target}' already exists. Read it first or use Edit for changes.",
      ];
    case 'search_before_read':
      return [
        'pre_tool',
        'warn',
        READ,
        allOf([notRead, counterAtLeast('reads_since_search', values.max_blind_reads)]),
        'You have read {counter:reads_since_search} files without searching. Use Grep or Glob first.',
      ];
    case 'no_bash_for_files':
      return [
        'pre_tool',
        'warn',
        BASH,
        commandForm(catalog, 'handlesFiles'),
        "Don't use Bash for file operations: '{param:command}'. Use Read/Edit instead.",
      ];
    case 'no_blind_exploration':
      return [
        'pre_tool',
        'warn',
        BASH,
        commandForm(catalog, 'explores'),
        "Don't use Bash to explore. Use Glob for structure, Grep for content.",
      ];
    case 'confirm_destructive':
      return [
        'pre_tool',
        'block',
        BASH,
        commandForm(catalog, 'destructive'),
        "Destructive command detected: '{param:command}'. Ask user confirmation first.",
      ];
    case 'plan_before_execute':
      return [
        'pre_tool',
        'warn',
        EVERY_TOOL,
        allOf([SAID_NOTHING, FIRST_TOOL]),
        'State your plan before calling tools. The user cannot see tool parameters.',
      ];
    case 'verify_after_edit':
      return [
        'post_tool',
        'remind',
        EDIT,
        ALWAYS,
        "You just edited '{target}'. Read back the modified section to verify.",
      ];
    case 'test_after_changes':
      return [
        'post_tool',
        'remind',
        CHANGE,
        counterAtLeast('changes_since_test', values.changes_before_test_reminder),
        'You have made {counter:changes_since_test} changes since last test. Run tests now.',
      ];
    case 'delegate_complex':
      return [
        'post_tool',
        'remind',
        EVERY_TOOL,
        callsThisTurnAre(MANY_CALLS),
        'You have made {tool_calls_this_turn} tool calls this turn. Delegate to sub-agents.',
      ];
    case 'delegate_large_reads':
      return [
        'post_tool',
        'remind',
        READ,
        counterAtLeast('reads_since_search', LARGE_READS),
        "You're reading many files sequentially. Delegate bulk exploration to a sub-agent.",
      ];
    case 'web_search_when_unknown':
      return [
        'on_text',
        'warn',
        EVERY_TOOL,
        allOf([
          UNSURE,
          saying(
            condition(({ state }) => !state.flag('has_web_searched')),
            'the web was not searched',
          ),
        ]),
        'You expressed uncertainty. Search the web instead of guessing.',
      ];
    case 'always_lint_check':
      return [
        'post_tool',
        'warn',
        CHANGE,
        LINT_ERRORS,
        'Lint found errors in your last change. Fix them before moving on.',
      ];
    case 'max_sequential_same_tool':
      return [
        'pre_tool',
        'warn',
        EVERY_TOOL,
        inARowAtLeast(values.max_sequential_same_tool),
        "You have called '{tool}' {consecutive_same_tool} times in a row. Try a different approach.",
      ];
  }
}

/** Says that the agent does not know, in either form of the apostrophe. */
const UNSURE: Condition = (() => {
  const compiled = compilePattern(
    "\\b(?:not sure|i['’]m unsure|(?:do not|don['’]t) know|uncertain|(?:cannot|can['’]t) remember)\\b",
  );
  if (!compiled.ok) throw new Error(compiled.problem);
  const { test } = compiled.pattern;
  return saying(
    condition(({ text }) => (text === null ? null : test(text)), { text: true }),
    'the agent says that it does not know',
  );
})();

/** What the form of the call's command says; unavailable where nothing reads commands. */
function commandForm(catalog: Catalog, aspect: keyof CommandForm): Condition {
  return saying(
    condition((subject) => {
      const { commands, params } = subject;
      if (commands === null) return null;
      return aliasesOf(catalog.action(subject.module, subject.action), 'command').some((name) =>
        valuesOf(params, name).some((value) => commands.formOf(textOfValue(value))[aspect]),
      );
    }),
    FORM_WORDS[aspect],
  );
}

const FORM_WORDS: Readonly<Record<keyof CommandForm, string>> = {
  handlesFiles: 'the command does what file tools do',
  explores: 'the command looks around',
  destructive: 'the command is destructive in form',
};
