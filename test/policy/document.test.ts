import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';

function errorsOf(text: string): readonly string[] {
  const result = compilePolicy(text, 'f');
  return result.ok
    ? []
    : result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replace(/^f:/, ''));
}

describe('YAML that could mean something else than it seems', () => {
  it.each([
    ['', '1:1 the file is empty'],
    ['# nothing\n', 'the file is empty'],
    ['null', 'the file is empty'],
    ['[]', '1:1 expected a mapping'],
    ['just text', 'expected a mapping'],
    ['42', 'expected a mapping'],
    ['tools: {}\ntools: {}', '2:1 the key "tools" is there twice'],
    ['tools: {}\n"tools": {}', '2:1 the key "tools" is there twice'],
    ['runtime: { a: 1, a: 2 }', 'the key "a" is there twice'],
    ['app: &x { name: a }\nruntime: *x', '2:10 aliases (*x) are not supported'],
    ['runtime: *nowhere', 'aliases (*nowhere) are not supported'],
    ['runtime: { <<: { a: 1 } }', 'merge keys (<<) are not supported'],
    ['runtime: { __proto__: { a: 1 } }', '"__proto__" is not a key that may be used'],
    ['__proto__: {}', '"__proto__" is not a key that may be used'],
    ['runtime: { 1: x }', 'a key must be text'],
    ['runtime: { null: x }', 'a key must be text'],
    ['runtime: { ? [a] : x }', 'a key must be text'],
    ['runtime: { a: !!js/function x }', 'tags (!…) are not supported'],
    ['runtime: { a: !!binary aGk= }', 'tags (!…) are not supported'],
    ['app: !!map {}', 'tags (!…) are not supported'],
    ['app: {}\n---\ntools: {}', '2:1 a second document begins here'],
    ['%YAML 1.1\n---\napp: {}', 'a %YAML directive'],
    ['tools:\n\tmodules: {}', 'a tab stands where blanks must'],
    ['tools: {', 'not valid YAML'],
    ['tools: "a', 'not valid YAML'],
    ['a: b: c', 'not valid YAML'],
  ])('%j', (text, wanted) => {
    expect(errorsOf(text).join('\n')).toContain(wanted);
  });

  it('does not lose rules in a second document', () => {
    expect(
      compilePolicy(
        'tools: { capabilities: { default_policy: auto } }\n---\ntools: { capabilities: { deny: [shell] } }',
        'f',
      ).ok,
    ).toBe(false);
  });

  it('counts lines and columns after a byte order mark and with CRLF', () => {
    expect(errorsOf('\ufeffxx: 1\r\nyy: 2\r\n').map((line) => line.split(' ', 1)[0])).toEqual(['1:1', '2:1']);
  });

  it('shows a hostile name without its power', () => {
    const [line] = errorsOf('"a\\u202eb\\n\\u001b[31m": 1');
    expect(line).toContain('"a\\u202eb\\n\\u001b[31m"');
    expect(errorsOf(`${'k'.repeat(5000)}: 1`)[0]?.length).toBeLessThan(600);
  });
});

describe('size and depth', () => {
  it('refuses a huge file without reading it', () => {
    expect(errorsOf('a'.repeat(20 * 1024 * 1024))).toEqual([
      expect.stringMatching(/a policy file may hold 524288 characters/),
    ]);
  });

  it.each(['[', '{', '- ', '? ', '!a ', '&a ', '*a ', '"', ':', 'a: {', '\t', 'k: &a [*a,'])(
    'ends on nothing but %j',
    (unit) => {
      expect(errorsOf(unit.repeat(Math.floor(200_000 / unit.length))).length).toBeGreaterThan(0);
    },
    60_000,
  );

  it('takes time in proportion to the number of keys', () => {
    const many = `runtime: {${Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join(', ')}}`;
    expect(errorsOf(many)).toEqual([]);
    const rules = Array.from({ length: 5000 }, (_, index) => `{ module: mcp_s${index}, actions: [a] }`).join(
      ', ',
    );
    expect(errorsOf(`tools: { capabilities: { grant: [${rules}] } }`)).toEqual([]);
  });

  it('stops counting mistakes at some point, and still refuses', () => {
    expect(errorsOf(Array.from({ length: 1000 }, (_, index) => `k${index}: 1`).join('\n'))).toHaveLength(200);
    const clash = Array.from({ length: 300 }, (_, index) => `mcp_a.t${index}`).join(', ');
    const noisy = `tools: { capabilities: { grant: [${clash}], deny: [mcp_a], nonsense: 1 } }`;
    expect(compilePolicy(noisy, 'f', { contradictions: 'note' }).ok).toBe(false);
  });

  it('never throws on damaged text', () => {
    const good =
      'app: { app_id: a }\nagents:\n  - { id: main, modules: [filesystem] }\ntools:\n  modules: { shell: {} }\n  capabilities:\n    default_policy: approve\n    grant: [{ module: shell, actions: [bash] }]\n    rate_limits: { "*": 5 }\n';
    for (let at = 0; at < good.length; at += 1) {
      for (const piece of ['', '{', ']', '\0', '\ud800', ':', '"', '&a ', '*a', '\n']) {
        expect(() => compilePolicy(good.slice(0, at) + piece + good.slice(at + 1), 'f')).not.toThrow();
      }
    }
  });
});
