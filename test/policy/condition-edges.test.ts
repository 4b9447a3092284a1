/** Conditions at their edges: every mistake is told once, and each part of what one asks about counts. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { DEFAULT_TRACKING, namesOf } from '../../main/policy/behavior/tracking.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';
import { type Condition, compileCondition } from '../../main/policy/conditions/compile-condition.ts';
import { type DataSource, isFrom } from '../../main/policy/conditions/data-source.ts';
import { hostMatches, hostOf, hostPattern } from '../../main/policy/conditions/hosts.ts';
import {
  aliasesOf,
  canonicalPath,
  pathsOf,
  readingsOf,
  textOfValue,
  valuesOf,
} from '../../main/policy/conditions/parameters.ts';
import type { Quantifier } from '../../main/policy/conditions/scope.ts';
import { NO_DISK, type Subject } from '../../main/policy/conditions/subject.ts';
import { takenKeys, targetKeys, targetOf } from '../../main/policy/conditions/targets.ts';
import { toolNames } from '../../main/policy/conditions/tool-names.ts';
import { formatDiagnostic } from '../../main/policy/diagnostic.ts';
import { readDocument } from '../../main/policy/document.ts';
import { Reader } from '../../main/policy/reader.ts';

function read(text: string, quantifier: Quantifier = 'any') {
  const { root, problems } = readDocument(text, 'p.yaml');
  const sources: DataSource[] = [];
  const made: Condition | null = compileCondition(new Reader(problems), root, {
    catalog: builtinCatalog,
    names: namesOf(DEFAULT_TRACKING),
    quantifier,
    commands: true,
    sources,
  });
  return { made, sources, errors: problems.all('error').map(formatDiagnostic) };
}

const STATE: Subject['state'] = {
  has: (set, key) => set === 'read_files' && key === '/p/read',
  size: () => 0,
  counter: (name) => (name === 'reads_since_search' ? 3 : 0),
  flag: (name) => name === 'has_web_searched',
  turn: 1,
  callsThisTurn: 2,
  lastTool: 'filesystem.read',
  consecutive: 4,
  flows: (_source, text) => text.includes('leaked'),
};
function subject(tool: string, params: JsonObject = {}, more: Partial<Subject> = {}): Subject {
  const [module = '', action = ''] = tool.split('.');
  return {
    phase: 'pre',
    module,
    action,
    params,
    cwd: '/p',
    app: '/p',
    home: '/h',
    state: STATE,
    text: 'said',
    result: null,
    disk: NO_DISK,
    enforcement: 'none',
    commands: null,
    ...more,
  };
}
function holds(text: string, about: Subject, quantifier: Quantifier = 'any') {
  const { made, errors } = read(text, quantifier);
  if (made === null) throw new Error(errors.join('\n'));
  return made.test(about);
}
const edit = (params: JsonObject, more: Partial<Subject> = {}) => subject('filesystem.edit', params, more);

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

describe('hosts', () => {
  it.each<[string, string | null]>([
    [' HTTPS://Example.COM.:8443/x ', 'example.com'],
    ['example.com:80', null],
    ['//example.com', 'example.com'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:1.2.3.4]/', '1.2.3.4'],
    ['http://[::ffff:0102:0304]/', '1.2.3.4'],
    ['http://[1::ffff:102:304]/', '1::ffff:102:304'],
    ['mailto:a@b.c', null],
    ['https://', null],
    ['', null],
  ])('%j is %s', (address, host) => {
    expect(hostOf(address)).toBe(host);
  });

  it.each<[string, string | null]>([
    [' Example.com. ', 'example.com'],
    ['*.Example.com', '*.example.com'],
    ['*.*.example.com', null],
    ['*', null],
    ['exa mple.com', null],
    ['example.com/x', null],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[::ffff:7f00:1]', '127.0.0.1'],
    ['example.com:80', null],
    ['0x7f.1', '127.0.0.1'],
  ])('the pattern %j is %s', (text, pattern) => {
    expect(hostPattern(text)).toBe(pattern);
  });

  it('fit by their whole name, or below it', () => {
    expect(hostMatches('*.a.b', 'x.a.b')).toBe(true);
    expect(hostMatches('*.a.b', 'a.b')).toBe(false);
    expect(hostMatches('a.b', 'a.b')).toBe(true);
    expect(hostMatches('a.b', 'x.a.b')).toBe(false);
  });
});

describe('places', () => {
  it.each<[string, string, boolean]>([
    ['src', '/p/src', true],
    ['./src/', '/p/src/a/b', true],
    ['src/', '/p/src', false],
    ['/', '/', true],
    ['/', '/a', false],
    ['**', '/p/a/b', true],
    ['**', '/q', false],
    ['**/x', '/x', true],
    ['~/a', '/h/a', true],
    ['~/a', '/p/~/a', false],
    ['~a', '/p/~a', true],
    ['*', '/p', true],
    ['*/*', '/p', false],
    ['*', '/pa', false],
  ])('%s and %s: %s', (pattern, path, wanted) => {
    expect(holds(JSON.stringify({ path_matches: pattern }), edit({ file_path: path }))).toBe(wanted);
  });

  it('below a root with and without its slash', () => {
    const at = (app: string) => edit({ file_path: '/a/b' }, { app, cwd: '/' });
    expect(holds('{ path_matches: "a/*" }', at('/'))).toBe(true);
    expect(holds('{ path_matches: "b" }', at('/a'))).toBe(true);
  });

  it('of the parameter that is named, when it says something', () => {
    const named = '{ path_matches: { param: source, pattern: "src/**" } }';
    expect(holds(named, edit({ source: ['docs/a', 'src/a'] }))).toBe(true);
    expect(holds(named, edit({ source: ['docs/a', 'src/a'] }), 'every')).toBe(false);
    expect(holds(named, edit({ source: '' }))).toBe(false);
    expect(holds(named, edit({ file_path: 'src/a' }))).toBe(false);
  });

  it('are canonical', () => {
    const place = { cwd: '/p', home: '/h' };
    for (const [text, path] of [
      ['a/../b', '/p/b'],
      ['~', '/h'],
      ['~/x//y', '/h/x/y'],
      ['~x', '/p/~x'],
      ['/a/./b/', '/a/b'],
      ['FILE:///a/../b', '/b'],
      ['file://host/x', '/p/file:/host/x'],
      ['xfile:///a', '/p/xfile:/a'],
    ] as const)
      expect([text, canonicalPath(text, place)]).toEqual([text, path]);
  });
});

describe('parameters', () => {
  const spec = builtinCatalog.action('filesystem', 'edit');

  it('have other names where the tool knows them', () => {
    expect(aliasesOf(spec, 'content')).toEqual(['content']);
    expect(aliasesOf(null, 'file_path')).toEqual(['file_path']);
    expect(aliasesOf(spec, 'url')).toEqual(['url']);
    expect(aliasesOf(builtinCatalog.action('shell', 'bash'), 'cmd')).toEqual(['cmd', 'command']);
  });

  it('have values, and texts of them', () => {
    expect(valuesOf({ a: ['x', null, 1] }, 'a')).toEqual(['x', 1]);
    expect([valuesOf({ a: null }, 'a'), valuesOf({}, 'toString')]).toEqual([[], []]);
    expect(valuesOf({ a: false }, 'a')).toEqual([false]);
    expect([
      textOfValue(['a', ['b', 1]]),
      textOfValue({ a: 1 }),
      textOfValue(null),
      textOfValue(true),
    ]).toEqual(['a b 1', '{"a":1}', 'null', 'true']);
  });

  it('are read as a whole and by their parts, a path as it is meant', () => {
    const real = { exists: () => true, real: (path: string) => path.replace('/p/link', '/r') };
    expect(readingsOf(edit({ file_path: './link/x' }, { disk: real }), spec, 'file_path')).toEqual([
      './link/x',
      '/p/link/x',
      '/r/x',
    ]);
    expect(readingsOf(edit({ list: ['a', 'b'] }), spec, 'list')).toEqual(['a b', 'a', 'b']);
    expect(readingsOf(edit({ old_string: 'x/y' }), spec, 'old_string')).toEqual(['x/y']);
    expect(readingsOf(edit({ file_path: null }), spec, 'file_path')).toEqual([]);
    expect(
      pathsOf(builtinCatalog, edit({ file_path: ['a', '', 3, 'b'], old_string: '/x', pattern: '/y' })),
    ).toEqual(['a', 'b']);
  });
});

describe('targets', () => {
  it('are the first that stands', () => {
    expect(targetOf({ path: 'b', file_path: 'a' })).toBe('a');
    expect(targetOf({ file_path: '', path: 'b' })).toBe('b');
    expect(targetOf({ own: 'c', path: 'b' }, { target: 'own', aliases: [] })).toBe('c');
    expect(targetOf({ other: 'c' }, { target: 'own', aliases: ['other'] })).toBe('c');
    expect(targetOf({ content: 'x' })).toBe('');
  });

  it('are keys: the place of a path, and the text of what is none', () => {
    const real = { exists: () => true, real: (path: string) => (path === '/p/link' ? '/r' : null) };
    const names = { target: 'file_path', aliases: ['path'] };
    const about = edit({ file_path: ['link', './a', ''], path: 'b' }, { disk: real });
    expect(targetKeys(builtinCatalog, about, names)).toEqual(['/r', '/p/a', '/p/b']);
    expect(takenKeys(builtinCatalog, about, names)).toEqual(['/r', '/p/a']);
    expect(targetKeys(builtinCatalog, subject('web.search', { query: 'a b' }), null)).toEqual(['a b']);
    expect(targetKeys(builtinCatalog, subject('web.search', { other: 'a b' }), names)).toEqual([]);
    expect(targetKeys(builtinCatalog, subject('web.search', { query: 'q' }), names)).toEqual(['q']);
  });
});

describe('sources of data', () => {
  it('have a name that their words give', () => {
    const label = (text: string) => read(`{ data_from: ${text} }`).sources[0]?.label;
    expect(label('[web.fetch, read]')).toBe('[["*.read","web.fetch"],null]');
    expect(label('"read, web.fetch"')).toBe('[["*.read","web.fetch"],null]');
    expect(label('"*"')).toBe('[["*"],null]');
    expect(label('{ tools: read, paths: ["**/.env*"] }')).toBe('[["*.read"],["**/.env*"]]');
    expect(read('{ data_from: nope.x }').sources).toEqual([]);
  });

  it('are results of their tools, read from their paths', () => {
    const [source] = read('{ data_from: { tools: filesystem.read, paths: ["secrets/**"] } }').sources;
    const [every] = read('{ data_from: filesystem.read }').sources;
    if (source === undefined || every === undefined) throw new Error('no source');
    const from = (one: DataSource, tool: string, params: JsonObject) =>
      isFrom(one, builtinCatalog, subject(tool, params));
    expect(from(source, 'filesystem.read', { file_path: 'secrets/a' })).toBe(true);
    expect(from(source, 'filesystem.read', { file_path: 'src/a' })).toBe(false);
    expect(from(source, 'filesystem.read', {})).toBe(false);
    expect(from(source, 'filesystem.edit', { file_path: 'secrets/a' })).toBe(false);
    expect(from(every, 'filesystem.read', { file_path: 'src/a' })).toBe(true);
    expect(from(every, 'filesystem.edit', {})).toBe(false);
  });

  it('name tools with a module and without', () => {
    const names = toolNames('filesystem.edit', 'read', 'mcp_x.y');
    for (const [module, action, wanted] of [
      ['filesystem', 'edit', true],
      ['other', 'edit', false],
      ['edit', '', true],
      ['mcp_x', 'y', true],
      ['mcp_x', 'z', false],
    ] as const)
      expect([module, action, names.match(module, action)]).toEqual([module, action, wanted]);
  });
});
