/** The condition language: what holds, what does not, and what nobody can tell. */
import { describe, expect, it } from 'vitest';
import { COMMAND_CLASSES } from '../../main/analysis/command-words.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { DEFAULT_TRACKING, namesOf } from '../../main/policy/behavior/tracking.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';
import { type Condition, compileCondition } from '../../main/policy/conditions/compile-condition.ts';
import type { ConditionScope, Quantifier } from '../../main/policy/conditions/scope.ts';
import { CALL_CLASSES, type CommandView, type Subject } from '../../main/policy/conditions/subject.ts';
import { formatDiagnostic } from '../../main/policy/diagnostic.ts';
import { readDocument } from '../../main/policy/document.ts';
import { Reader } from '../../main/policy/reader.ts';
import { subject as subjectOf } from '../support/condition-bench.ts';

function read(
  text: string,
  more: Partial<ConditionScope> = {},
): { made: Condition | null; errors: string[] } {
  const { root, problems } = readDocument(text, 'p.yaml');
  const scope: ConditionScope = {
    catalog: builtinCatalog,
    names: namesOf(DEFAULT_TRACKING),
    quantifier: 'any',
    commands: true,
    sources: [],
    ...more,
  };
  const made = compileCondition(new Reader(problems), root, scope);
  return { made, errors: problems.all('error').map(formatDiagnostic) };
}

const STATE: Subject['state'] = {
  has: (set, key) => set === 'read_files' && key === '/srv/app/read.ts',
  size: () => 0,
  counter: () => 0,
  flag: () => false,
  turn: 1,
  callsThisTurn: 0,
  lastTool: null,
  consecutive: 0,
  flows: () => false,
};

const HERE = { cwd: '/srv/app', app: '/srv/app', home: '/home/me', state: STATE, text: '' };
const subject = (tool: string, params: JsonObject, more: Partial<Subject> = {}) =>
  subjectOf(tool, params, { ...HERE, ...more });

function holds(text: string, about: Subject, quantifier: Quantifier = 'any'): boolean | null {
  const { made, errors } = read(text, { quantifier });
  if (made === null) throw new Error(errors.join('\n'));
  return made.test(about);
}

const write = (path: string, more: Partial<Subject> = {}) =>
  subject('filesystem.write', { file_path: path, content: 'x' }, more);
const fetched = (url: string) => subject('web.fetch', { url });

describe('path_matches', () => {
  it.each([
    ['secrets/**', '/srv/app/secrets/key', true],
    ['secrets/', '/srv/app/secrets/deep/key', true],
    ['secrets/**', 'secrets/../src/a.ts', false],
    ['secrets/**', 'src/../secrets//key', true],
    ['secrets/**', './secrets/./key', true],
    ['secrets/**', '/srv/app/secrets-not/key', false],
    ['secrets/**', '/elsewhere/secrets/key', false],
    // Who deletes or moves the folder does so to all that is in it.
    ['secrets/**', 'secrets', true],
    ['secrets/', 'secrets/.', true],
    ['**/secrets/**', '/elsewhere/secrets', true],
    ['{secrets/**,src/*}', 'secrets', true],
    ['{secrets/**,src/*}', 'src', false],
    ['{src/*,secrets/**}', 'secrets', true],
    ['src,/**', 'src,', true],
    ['/etc/**', '/etc', true],
    ['/**', '/', true],
    ['~/**', '~', true],
    ['~/*', '~', false],
    ['**', '.', true],
    // What stands in a folder, which the folder itself does not.
    ['*', '.', false],
    ['{*,a}', '.', false],
    ['src/*', 'src', false],
    ['*', 'src', true],
    ['**/*', '/', false],
    ['**/secrets/**', '/elsewhere/secrets/key', true],
    ['~/.ssh/**', '~/.ssh/id', true],
    ['~/.ssh/**', '/home/me/x/../.ssh/id', true],
    ['~/.ssh/**', '/home/other/.ssh/id', false],
    ['/etc/**', 'file:///etc/passwd', true],
    ['*.env', '.env', true],
    ['*.env', 'deep/.env', false],
    ['**/*.{pem,key}', 'a/b.key', true],
    ['**/*.{pem,key}', 'a/b.keys', false],
    ['src/[a-c]?.ts', 'src/b1.ts', true],
    ['src/[!a-c]?.ts', 'src/b1.ts', false],
    ['a+b(c).txt', 'a+b(c).txt', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(holds(JSON.stringify({ path_matches: pattern }), write(path))).toBe(expected);
  });

  it('follows links as the disk has them', () => {
    const disk = {
      exists: () => true,
      real: (path: string) => path.replace('/srv/app/link', '/srv/app/secrets'),
    };
    expect(holds('path_matches: secrets/**', write('link/key', { disk }))).toBe(true);
    // A grant opens only when both readings are inside.
    expect(holds('path_matches: link/**', write('link/key', { disk }), 'every')).toBe(false);
    expect(holds('path_matches: [link/**, secrets/**]', write('link/key', { disk }), 'every')).toBe(true);
  });

  it('takes every path of a call, or the parameter that is named', () => {
    const copy = subject('filesystem.copy', { source: 'src/a', destination: 'secrets/a' });
    expect(holds('path_matches: secrets/**', copy)).toBe(true);
    expect(holds('path_matches: { param: source, pattern: secrets/** }', copy)).toBe(false);
    expect(holds('path_matches: src/**', copy, 'every')).toBe(false);
  });

  it('opens no grant for a call that names no path', () => {
    expect(holds('path_matches: "**/*"', subject('shell.bash', { command: 'ls' }), 'every')).toBe(false);
  });
});

describe('domain_matches', () => {
  it.each([
    ['example.com', 'https://example.com/x', true],
    ['example.com', 'https://EXAMPLE.com.:8443/', true],
    ['example.com', 'https://a.example.com/', false],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://evilexample.com/', false],
    ['example.com', 'https://example.com@evil.test/', false],
    ['169.254.169.254', 'http://0xa9fea9fe/latest', true],
    ['169.254.169.254', 'http://2852039166/', true],
    ['169.254.169.254', 'http://[::ffff:169.254.169.254]/', true],
    ['bücher.example', 'https://xn--bcher-kva.example/', true],
    ['example.com', 'example.com/path', true],
  ])('%s and %s: %s', (domain, url, expected) => {
    expect(holds(JSON.stringify({ domain_matches: domain }), fetched(url))).toBe(expected);
  });

  it('does not let an address through that nobody can read', () => {
    expect(holds('domain_matches: example.com', fetched('http://'))).toBe(true);
    expect(holds('domain_matches: example.com', fetched('http://'), 'every')).toBe(false);
  });
});

describe('parameters', () => {
  it('are one thing under the names of the catalog, and another where nobody knows the tool', () => {
    expect(
      holds('param_contains: { param: command, value: rm }', subject('shell.bash', { cmd: 'rm x' })),
    ).toBe(true);
    expect(holds('param_contains: { param: command, value: rm }', subject('mcp_x.y', { cmd: 'rm x' }))).toBe(
      false,
    );
  });

  it('read a path as it is meant', () => {
    const inside = write('key', { cwd: '/srv/app/secrets' });
    expect(holds('param_contains: { param: path, value: secrets/ }', inside)).toBe(true);
    const out = write('/docs/../etc/passwd');
    expect(holds('param_contains: { param: file_path, value: /docs/ }', out, 'every')).toBe(false);
  });

  it.each([
    '{ param: command, pattern: "" }',
    '{ param: command }',
    '{ param: "", pattern: a }',
    '{ pattern: a }',
    'x',
  ])('must be whole: %s', (value) => {
    expect(read(`param_matches: ${value}`)).toMatchObject({
      made: null,
      errors: [expect.stringMatching(/^p\.yaml:1:\d+ /)],
    });
  });
});

describe('several targets', () => {
  const both = subject('filesystem.edit', { file_path: 'read.ts', path: 'other.ts' });

  it('stop a rule when one of them does, and open a grant when all do', () => {
    expect(holds('target_not_in_set: read_files', both)).toBe(true);
    expect(holds('target_in_set: read_files', both, 'every')).toBe(false);
    expect(holds('not: { target_in_set: read_files }', both)).toBe(true);
    expect(
      holds('target_in_set: read_files', subject('filesystem.edit', { file_path: './x/../read.ts' })),
    ).toBe(true);
  });
});

describe('what nobody can tell', () => {
  const silent = subject('filesystem.edit', {}, { text: null });

  it('is neither so nor not so', () => {
    expect(holds('no_text_before_tools: true', silent)).toBeNull();
    expect(holds('not: { text_matches: plan }', silent)).toBeNull();
    expect(holds('all: [{ no_text_before_tools: true }, { first_tool_this_turn: true }]', silent)).toBeNull();
    expect(holds('all: [{ no_text_before_tools: true }, { first_tool_this_turn: false }]', silent)).toBe(
      false,
    );
    expect(holds('any: [{ no_text_before_tools: true }, { first_tool_this_turn: true }]', silent)).toBe(true);
    expect(holds('target_exists_on_disk: true', write('a'))).toBeNull();
    expect(holds('command_is: git status', subject('shell.bash', { command: 'git status' }))).toBeNull();
  });
});

describe('command_is', () => {
  const answers = (answer: ReturnType<NonNullable<CommandView['fits']>>) =>
    subject(
      'shell.bash',
      { command: 'x' },
      {
        commands: {
          fits: () => answer,
          formOf: () => ({ destructive: false, handlesFiles: false, explores: false }),
        },
      },
    );

  it.each([
    ['all', true, true],
    ['some', true, false],
    ['none', false, false],
    // A rule that stops fires, a grant stays shut.
    ['opaque', true, false],
  ] as const)('%s of the commands: a rule %s, a grant %s', (answer, rule, grant) => {
    expect(holds('command_is: [git status]', answers(answer))).toBe(rule);
    expect(holds('command_is: [git status]', answers(answer), 'every')).toBe(grant);
  });

  it('is an error with its place where nothing reads commands', () => {
    expect(read('all:\n  - command_is: git status\n', { commands: false }).errors).toEqual([
      expect.stringMatching(/^p\.yaml:2:17 all\[0\]\.command_is: command_is needs the analysis/),
    ]);
  });
});

describe('call_is', () => {
  const answers = (answer: ReturnType<NonNullable<CommandView['callFits']>>) =>
    subject(
      'filesystem.read',
      { file_path: 'x' },
      {
        commands: {
          callFits: () => answer,
          formOf: () => ({ destructive: false, handlesFiles: false, explores: false }),
        },
      },
    );

  it.each([
    ['all', true, true],
    ['some', true, false],
    ['none', false, false],
    ['opaque', true, false],
  ] as const)('%s of the call: a rule %s, a grant %s', (answer, rule, grant) => {
    expect(holds('call_is: [ordinary]', answers(answer))).toBe(rule);
    expect(holds('call_is: [ordinary]', answers(answer), 'every')).toBe(grant);
  });

  it('is unavailable where nothing analyses, and an error where it names no class', () => {
    expect(holds('call_is: ordinary', subject('filesystem.read', { file_path: 'x' }))).toBeNull();
    expect(read('call_is: [ordinary, secrets]').errors).toEqual([
      expect.stringMatching(
        /^p\.yaml:1:21 call_is\[1\]: invalid value "secrets"; allowed: .*did you mean secret/,
      ),
    ]);
    expect(read('call_is: ""').errors).toEqual([expect.stringMatching(/names no class/)]);
    expect(read('call_is: ordinary', { commands: false }).errors).toEqual([
      expect.stringMatching(/call_is needs the analysis/),
    ]);
  });

  it('knows the words of the analysis', () => {
    expect(new Set(CALL_CLASSES)).toEqual(
      new Set([...COMMAND_CLASSES, 'project_code', 'plain_tool', 'reference_page']),
    );
  });
});

describe('sandboxed', () => {
  it.each([
    ['true', 'none', false],
    ['true', 'standard', true],
    ['strict', 'standard', false],
    ['strict', 'maximum', true],
    ['false', 'none', true],
  ] as const)('%s in a session that is enforced %s: %s', (wanted, enforcement, expected) => {
    expect(holds(`sandboxed: ${wanted}`, subject('shell.bash', {}, { enforcement }))).toBe(expected);
  });

  it('knows its levels', () => {
    expect(read('sandboxed: none').errors[0]).toContain('allowed: standard, strict, maximum');
  });
});

describe('patterns that people write', () => {
  const evil = [
    '(a+)+$',
    '(a|aa)+$',
    '(a|a?)+$',
    '([a-zA-Z]+)*$',
    '(.*a){20}',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(a*)*b',
    '[ab]*a[ab]{12}$',
  ];

  it.each(evil)('cannot be slow: %s', (pattern) => {
    const text = `${'ab'.repeat(50_000)}!`;
    const { made } = read(JSON.stringify({ param_matches: { param: 'command', pattern } }));
    // Backtracking would not come to an end here within anybody's lifetime.
    expect(made?.test(subject('shell.bash', { command: text }))).not.toBeNull();
  });

  it.each(['(?=a)b', '(?<!a)b', '(a)\\1', '(', 'a{1001}', '((a{100}){100}){100}', 'x'.repeat(2001)])(
    'are refused where a linear engine cannot have them: %.30s',
    (pattern) => {
      const { made, errors } = read(JSON.stringify({ param_matches: { param: 'command', pattern } }));
      expect(made).toBeNull();
      expect(errors).toEqual([
        expect.stringMatching(/^p\.yaml:1:\d+ param_matches\.pattern: not a regular expression/),
      ]);
    },
  );
});
