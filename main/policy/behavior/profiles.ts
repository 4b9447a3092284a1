/** The built-in profiles: which of the built-in rules are on, and their numbers. */

import type { ProfileValues } from './behavior-policy.ts';
import type { BuiltinId } from './builtins.ts';

export interface Profile {
  readonly rules: ReadonlySet<BuiltinId>;
  readonly values: ProfileValues;
}

const FILES = ['read_before_edit', 'read_before_write_existing'] as const;
const SHELL = ['no_bash_for_files', 'no_blind_exploration', 'confirm_destructive'] as const;
const CHECKS = ['verify_after_edit', 'test_after_changes'] as const;

function profile(
  rules: readonly BuiltinId[],
  numbers: readonly [blindReads: number, changes: number, inARow: number],
  verbosity: string,
  autonomy: string,
): Profile {
  const [max_blind_reads, changes_before_test_reminder, max_sequential_same_tool] = numbers;
  return {
    rules: new Set(rules),
    values: { max_blind_reads, changes_before_test_reminder, max_sequential_same_tool, verbosity, autonomy },
  };
}

const CODING: readonly BuiltinId[] = [
  ...FILES,
  'search_before_read',
  ...SHELL,
  'plan_before_execute',
  ...CHECKS,
  'delegate_complex',
  'delegate_large_reads',
  'always_lint_check',
  'max_sequential_same_tool',
];

const WEB = 'web_search_when_unknown';

export const PROFILES: Readonly<Record<string, Profile>> = {
  dev: profile([...CODING, WEB], [2, 2, 8], 'concise', 'medium'),
  coding: profile(CODING, [3, 3, 8], 'concise', 'high'),
  research: profile(
    [...SHELL, 'plan_before_execute', 'delegate_complex', WEB, 'max_sequential_same_tool'],
    [10, 99, 15],
    'detailed',
    'high',
  ),
  data: profile([...CODING.filter((id) => id !== 'search_before_read'), WEB], [5, 3, 10], 'normal', 'medium'),
  creative: profile(
    [
      'read_before_edit',
      ...SHELL,
      'plan_before_execute',
      WEB,
      'always_lint_check',
      'max_sequential_same_tool',
    ],
    [10, 99, 15],
    'detailed',
    'low',
  ),
  assistant: profile([...FILES, ...SHELL, WEB, 'max_sequential_same_tool'], [10, 99, 10], 'normal', 'medium'),
};

export const PROFILE_NAMES: readonly string[] = Object.keys(PROFILES);

/** Without a profile no built-in rule is on; one that is switched on has these numbers. */
export const NO_PROFILE: Profile = profile([], [3, 3, 8], '', '');
