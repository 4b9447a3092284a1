/** Conditions at their edges: every mistake is told once, and each part of what one asks about counts. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import type { Quantifier } from '../../main/policy/conditions/scope.ts';
import type { Subject } from '../../main/policy/conditions/subject.ts';
import { edit, holds, read, STATE, subject } from '../support/condition-bench.ts';

describe('mistakes', () => {
  it.each<[string, readonly RegExp[]]>([
    ['[a]', [/expected a mapping/]],
    ['{ nope: 1 }', [/unknown condition "nope"; allowed: all, any, not/]],
    ['{ text_match: x }', [/unknown condition "text_match".*did you mean text_matches/]],
    ['{ text_matches: }', [/1:3 .*the condition text_matches says nothing/]],
    ['{ text_matches: "(" }', [/text_matches: not a regular expression \(RE2 syntax\)/]],
    ['{ text_matches: "" }', [/text_matches: is empty, and would hold for everything/]],
    [
      '{ text_matches: a, consecutive_gte: 2 }',
      [/has one key, and here are 2 \(text_matches, consecutive_gte\)/],
    ],
    ['{ all: { text_matches: a } }', [/all/]],
    ['{ all: [{ nope: 1 }, { nope: 2 }] }', [/all\[0\]\.nope: unknown/, /all\[1\]\.nope: unknown/]],
    ['all:\n  -', [/expected a condition, and nothing stands here/]],
    ['{ not: }', [/the condition not says nothing/]],
    ['{ not: { nope: 1 } }', [/not\.nope: unknown/]],
    ['{ param_matches: { param: a } }', [/pattern is missing; write \{ param: …, pattern: … \}/]],
    ['{ param_matches: { pattern: a } }', [/param is missing/]],
    ['{ param_matches: { param: "", pattern: "(" } }', [/param: is empty/, /pattern: not a regular/]],
    ['{ param_contains: { param: a, value: "" } }', [/value: is empty/]],
    ['{ param_contains: { param: a, value: b, more: c } }', [/more/]],
    ['{ param_has_any: [] }', [/param_has_any: names no parameter/]],
    ['{ result_has_lint_errors: 1 }', [/result_has_lint_errors/]],
    [
      '{ target_in_set: read_file }',
      [/no set "read_file" is tracked.*allowed: read_files.*did you mean read_files/],
    ],
    ['{ target_not_in_set: reads_since_search }', [/no set "reads_since_search" is tracked/]],
    [
      '{ counter_gte: { name: x, value: 0 } }',
      [/no counter "x" is tracked/, /value: must be at least 1 \(got 0\)/],
    ],
    ['{ counter_gte: { name: reads_since_search } }', [/value is missing/]],
    ['{ flag_is: { name: read_files } }', [/no flag "read_files" is tracked/]],
    ['{ flag_is: { name: has_web_searched, value: 1 } }', [/value/]],
    ['{ consecutive_gte: 0 }', [/must be at least 1 \(got 0\)/]],
    ['{ tool_calls_this_turn_eq: -1 }', [/must be at least 0 \(got -1\)/]],
    ['{ data_from: nope.x }', [/unknown module "nope" in "nope\.x"/]],
    ['{ data_from: { paths: [x] } }', [/tools is missing; write \{ tools/]],
    ['{ data_from: { tools: read, paths: [] } }', [/paths: names no path/]],
    ['{ data_from: { tools: read, path: x } }', [/path/]],
    ['{ data_from: filesystem.raed }', [/unknown action "raed" of module filesystem.*did you mean read/]],
    ['{ data_from: raed }', [/no tool "raed" is known.*did you mean read/]],
    ['{ path_matches: "" }', [/not a path pattern: is empty, and would match everything/]],
    ['{ path_matches: "~" }', [/names the folder itself; write ~\/\*\*/]],
    ['{ path_matches: "a/../b" }', [/\.\. cannot match a canonical path/]],
    ['{ path_matches: [a, "..", b] }', [/path_matches\[1\]: not a path pattern/]],
    ['{ path_matches: [] }', [/names no path/]],
    ['{ path_matches: { param: a } }', [/pattern is missing; write \{ param: …, pattern: … \}/]],
    ['{ path_matches: { param: "", pattern: a } }', [/param: names no parameter/]],
    ['{ path_matches: { param: [a], pattern: a } }', [/param/]],
    ['{ domain_matches: "a b" }', [/"a b" is no host; write example\.com/]],
    ['{ domain_matches: [example.com, "http://x"] }', [/domain_matches\[1\]: "http:\/\/x" is no host/]],
    ['{ domain_matches: [] }', [/names nothing/]],
    ['{ domain_matches: { domain: a, host: b } }', [/host/]],
    ['{ command_is: [a, " "] }', [/command_is\[1\]: names no command/]],
    ['{ command_is: [] }', [/names nothing/]],
    ['{ sandboxed: "" }', [/names no level; allowed: standard, strict, maximum/]],
    ['{ sandboxed: strct }', [/did you mean strict/]],
  ])('%s', (text, wanted) => {
    const { made, errors } = read(text);
    expect(made).toBeNull();
    expect(errors, errors.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(errors[at]).toMatch(pattern);
  });
});

describe('what holds', () => {
  it.each<[string, boolean | null, Subject]>([
    ['{}', true, edit({})],
    ['{ all: [] }', true, edit({})],
    ['{ any: [] }', false, edit({})],
    ['{ param_has_any: [a, b] }', true, edit({ b: 0 })],
    ['{ param_has_any: [a, b] }', false, edit({ a: null, b: [] })],
    ['{ param_contains: { param: a, value: PuSh } }', true, edit({ a: 'git pUsH' })],
    ['{ text_matches: "^sa" }', true, edit({})],
    ['{ text_matches: "^aid" }', false, edit({})],
    ['{ text_matches: x }', null, edit({}, { text: null })],
    ['{ no_text_before_tools: true }', true, edit({}, { text: ' \n ' })],
    ['{ no_text_before_tools: true }', false, edit({})],
    ['{ no_text_before_tools: false }', true, edit({})],
    ['{ result_has_lint_errors: true }', true, edit({}, { result: { lint: [{ severity: 'ERROR' }] } })],
    [
      '{ result_has_lint_errors: true }',
      true,
      edit({}, { result: { data: { lint: [{ severity: 'error' }] } } }),
    ],
    ['{ result_has_lint_errors: true }', true, edit({}, { result: { lint: [1, { severity: 'error' }] } })],
    ['{ result_has_lint_errors: true }', false, edit({}, { result: { lint: { severity: 'error' } } })],
    ['{ result_has_lint_errors: true }', false, edit({}, { result: { lint: ['error', null, [1]] } })],
    ['{ result_has_lint_errors: true }', false, edit({}, { result: { data: [{ lint: [] }] } })],
    ['{ result_has_lint_errors: true }', false, edit({}, { result: [{ severity: 'error' }] })],
    ['{ result_has_lint_errors: false }', true, edit({}, { result: null })],
    ['{ counter_gte: { name: reads_since_search, value: 3 } }', true, edit({})],
    ['{ counter_gte: { name: reads_since_search, value: 4 } }', false, edit({})],
    ['{ flag_is: { name: has_web_searched } }', true, edit({})],
    ['{ flag_is: { name: has_web_searched, value: false } }', false, edit({})],
    ['{ consecutive_gte: 5 }', true, subject('filesystem.read')],
    ['{ consecutive_gte: 6 }', false, subject('filesystem.read')],
    ['{ consecutive_gte: 5 }', false, subject('filesystem.read', {}, { phase: 'post' })],
    ['{ consecutive_gte: 4 }', true, subject('filesystem.read', {}, { phase: 'post' })],
    ['{ consecutive_gte: 2 }', false, edit({})],
    ['{ consecutive_gte: 1 }', true, edit({})],
    ['{ consecutive_gte: 5 }', true, subject('todo', {}, { state: { ...STATE, lastTool: 'todo' } })],
    ['{ tool_calls_this_turn_eq: 2 }', true, edit({})],
    ['{ tool_calls_this_turn_eq: 1 }', false, edit({})],
    ['{ first_tool_this_turn: true }', false, edit({})],
    ['{ first_tool_this_turn: true }', true, edit({}, { state: { ...STATE, callsThisTurn: 0 } })],
    [
      '{ first_tool_this_turn: true }',
      true,
      edit({}, { phase: 'post', state: { ...STATE, callsThisTurn: 1 } }),
    ],
    [
      '{ first_tool_this_turn: true }',
      false,
      edit({}, { phase: 'post', state: { ...STATE, callsThisTurn: 0 } }),
    ],
    ['{ data_from: web.fetch }', true, edit({ a: 'x', b: ['y', 'leaked'] })],
    ['{ data_from: web.fetch }', false, edit({ a: 'x' })],
    ['{ target_in_set: read_files }', true, edit({ file_path: 'read' })],
    ['{ target_in_set: read_files }', false, edit({})],
    ['{ target_not_in_set: read_files }', false, edit({})],
    ['{ target_not_in_set: read_files }', true, edit({ path: 'other' })],
  ])('%s: %s', (text, wanted, about) => {
    expect(holds(text, about)).toBe(wanted);
  });

  it('joins what holds, what does not and what nobody tells', () => {
    const [yes, no, unknown] = [
      '{ text_matches: said }',
      '{ text_matches: other }',
      '{ target_exists_on_disk: true }',
    ];
    const about = edit({ file_path: 'a' });
    const all = (...parts: readonly (string | undefined)[]) => holds(`{ all: [${parts.join(', ')}] }`, about);
    const any = (...parts: readonly (string | undefined)[]) => holds(`{ any: [${parts.join(', ')}] }`, about);
    expect([all(yes, yes), all(yes, no), all(unknown, yes), all(unknown, no), all(no, unknown)]).toEqual([
      true,
      false,
      null,
      false,
      false,
    ]);
    expect([any(no, no), any(no, yes), any(unknown, no), any(unknown, yes), any(yes, unknown)]).toEqual([
      false,
      true,
      null,
      true,
      true,
    ]);
  });

  it('says what has to be looked up for it', () => {
    const needs = (text: string) => read(text).made?.needs;
    const nothing = { disk: false, text: false, result: false };
    expect(needs('{}')).toEqual(nothing);
    expect(needs('{ counter_gte: { name: reads_since_search, value: 3 } }')).toEqual(nothing);
    expect(needs('{ path_matches: a }')).toEqual({ ...nothing, disk: true });
    expect(needs('{ param_contains: { param: a, value: b } }')).toEqual({ ...nothing, disk: true });
    expect(needs('{ target_in_set: read_files }')).toEqual({ ...nothing, disk: true });
    expect(needs('{ target_exists_on_disk: true }')).toEqual({ ...nothing, disk: true });
    expect(needs('{ not: { text_matches: a } }')).toEqual({ ...nothing, text: true });
    expect(needs('{ no_text_before_tools: true }')).toEqual({ ...nothing, text: true });
    expect(needs('{ any: [{ result_has_lint_errors: true }, { text_matches: a }] }')).toEqual({
      disk: false,
      text: true,
      result: true,
    });
    expect(needs('{ all: [{ path_matches: a }, {}] }')).toEqual({ ...nothing, disk: true });
  });

  it('turns `not` round for several targets', () => {
    const both = edit({ file_path: 'read', path: 'other' });
    expect(holds('{ not: { target_in_set: read_files } }', both)).toBe(true);
    expect(holds('{ not: { target_in_set: read_files } }', both, 'every')).toBe(false);
    expect(holds('{ not: { not: { target_in_set: read_files } } }', both)).toBe(true);
  });

  it('is told in the words in which it stands, cut where they are long', () => {
    const about = read(`{ text_matches: ${'x'.repeat(200)} }`).made?.about;
    expect(about).toMatchObject({
      join: null,
      words: `text_matches ${'x'.repeat(119)}…`,
      rule: { line: 1, column: 3 },
    });
    expect(read(`{ text_matches: ${'x'.repeat(120)} }`).made?.about).toMatchObject({
      words: `text_matches ${'x'.repeat(120)}`,
    });
    expect(read('{ all: [{ text_matches: x }] }').made?.about).toMatchObject({ join: 'all', parts: [{}] });
  });
});

describe('targets on the disk', () => {
  const disk = (answer: boolean | null) => ({ exists: () => answer, real: () => null });
  it.each<[JsonObject, boolean | null, Quantifier, boolean | null]>([
    [{ file_path: 'a' }, true, 'any', true],
    [{ file_path: 'a' }, false, 'any', false],
    [{ file_path: 'a' }, null, 'any', null],
    [{ file_path: 'a' }, true, 'every', true],
    [{ file_path: 'a' }, false, 'every', false],
    [{ file_path: 'a' }, null, 'every', null],
    [{}, true, 'any', false],
    [{}, true, 'every', false],
    [{ url: 'https://example.com/a' }, true, 'any', false],
    [{ url: 'see https://example.com/a' }, true, 'any', true],
  ])('%j, on the disk %s, %s: %s', (params, exists, quantifier, wanted) => {
    expect(holds('{ target_exists_on_disk: true }', edit(params, { disk: disk(exists) }), quantifier)).toBe(
      wanted,
    );
  });
});

describe('commands', () => {
  const commands = {
    fits: (text: string, wanted: readonly string[]) =>
      wanted.includes(text) ? ('all' as const) : ('none' as const),
    formOf: () => ({ destructive: false, handlesFiles: false, explores: false }),
  };
  const bash = (params: JsonObject) => subject('shell.bash', params, { commands });
  it.each<[string, JsonObject, boolean, boolean]>([
    ['{ command_is: ls }', { command: 'ls' }, true, true],
    ['{ command_is: [" ls "] }', { command: 'ls' }, true, true],
    ['{ command_is: ls }', { command: 'rm' }, false, false],
    ['{ command_is: ls }', {}, false, false],
    ['{ command_is: ls }', { command: '' }, false, false],
    ['{ command_is: ls }', { command: ['ls', '-a'] }, true, false],
    ['{ command_is: ls }', { command: null }, false, false],
    ['{ command_is: ls }', { command: 'ls', timeout: 3 }, true, true],
  ])('%s of %j: a rule %s, a grant %s', (text, params, rule, grant) => {
    expect(holds(text, bash(params))).toBe(rule);
    expect(holds(text, bash(params), 'every')).toBe(grant);
  });

  it('are not asked about where nothing has run or will', () => {
    const callFits = () => 'all' as const;
    const about = subject('', {}, { phase: 'text', commands: { ...commands, callFits } });
    expect(holds('{ call_is: ordinary }', about)).toBeNull();
    expect(holds('{ call_is: ordinary }', { ...about, phase: 'pre' })).toBe(true);
  });
});
