/** What conditions look at, at its edges: hosts, places, parameters, targets, and where data comes from. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';
import { type DataSource, isFrom } from '../../main/policy/conditions/data-source.ts';
import { hostMatches, hostOf, hostPattern } from '../../main/policy/conditions/hosts.ts';
import { addressesOf, pathsOf } from '../../main/policy/conditions/named-places.ts';
import {
  aliasesOf,
  canonicalPath,
  readingsOf,
  textOfValue,
  valuesOf,
} from '../../main/policy/conditions/parameters.ts';
import { takenKeys, targetKeys, targetOf } from '../../main/policy/conditions/targets.ts';
import { toolNames } from '../../main/policy/conditions/tool-names.ts';
import { edit, holds, read, subject } from '../support/condition-bench.ts';

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

  it('of a list: one of them is enough, for what lets through as well', () => {
    const at = (url: string) => subject('web.fetch', { url });
    const list = 'domain_matches: [a.test, b.test]';
    for (const quantifier of ['any', 'every'] as const) {
      expect(holds(list, at('https://b.test/'), quantifier)).toBe(true);
      expect(holds(list, at('https://c.test/'), quantifier)).toBe(false);
    }
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
    ['src/', '/p/src', true],
    ['src/', '/p/srcs', false],
    ['/', '/', true],
    ['/', '/a', false],
    ['**', '/p/a/b', true],
    ['**', '/q', false],
    ['**/x', '/x', true],
    ['~/a', '/h/a', true],
    ['~/a', '/p/~/a', false],
    ['~a', '/p/~a', true],
    ['*', '/p', false],
    ['**', '/p', true],
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

describe('what a call names', () => {
  const call = (tool: string, params: JsonObject) => subject(tool, params);

  it.each<[string, JsonObject, readonly string[]]>([
    [
      'mcp_fs.write',
      { path: 'docs/a', files: [{ path: '/etc/x', content: '/not/me' }] },
      ['docs/a', '/etc/x'],
    ],
    ['mcp_fs.write', { path: 'docs/a', files: ['/etc/x', 'b'] }, ['docs/a', '/etc/x', 'b']],
    ['filesystem.edit', { file_path: 'a', edits: [{ file_path: 'b', old_string: '/c' }] }, ['a', 'b']],
    ['filesystem.patch', { input: '*** Update File: b.ts\n*** Move to: c.ts\n' }, ['b.ts', 'c.ts']],
    ['filesystem.patch', { input: ' \t*** Add File: d.ts\n+x\n' }, ['d.ts']],
    ['mcp_x.apply', { path: 'a', diff: '--- d.ts\n+++ e.ts\n' }, ['a', 'd.ts', 'e.ts']],
    ['filesystem.grep', { pattern: '/x', path: 'src' }, ['src']],
    ['mcp_fs.write', { path: '', n: 5, list: [null, [['x']]] }, []],
  ])('%s %j: the paths %j', (tool, params, wanted) => {
    expect(pathsOf(builtinCatalog, call(tool, params))).toEqual(wanted);
  });

  it.each<[JsonObject, readonly string[]]>([
    [{ targetPath: 'a', base_dir: 'b', profile: 'c', out: 'd' }, ['a', 'b']],
    [
      { to: '/a', in: '~/b', at: '../c', on: 'file:///d', x: 'y/../../e', home: '~', win: 'C:\\f' },
      [...['/a', '~/b', '../c', 'file:///d', 'y/../../e', '~', 'C:\\f']],
    ],
    [{ content: '/a', note: 'b/c', size: 3, glob: '/x/*', n: '~x', u: 'https://a.test/' }, []],
    [{ opts: { deep: [{ target: '/etc/x' }] } }, ['/etc/x']],
    [{ odd: `/${'x'.repeat(5000)}` }, []],
  ])('also what could be one: %j', (params, wanted) => {
    expect(pathsOf(builtinCatalog, call('mcp_x.y', params))).toEqual(wanted);
    // What the catalog knows to be no path is none.
    expect(pathsOf(builtinCatalog, call('filesystem.edit', { old_string: '/a' }))).toEqual([]);
  });

  it('are addresses by their name or their form', () => {
    const params = { url: 'a.test', urls: ['b.test'], req: { endpoint: 'c.test' }, hook: 'https://d.test/x' };
    const asked = call('mcp_x.y', { ...params, body: 'https://e.test', from: 'file:///f' });
    expect(addressesOf(builtinCatalog, asked)).toEqual([
      ...['a.test', 'b.test', 'c.test', 'https://d.test/x'],
    ]);
  });

  it('in any number of objects within objects', () => {
    let deep: JsonObject = { path: '/etc/x' };
    for (let level = 0; level < 5000; level += 1) deep = { a: deep };
    expect(pathsOf(builtinCatalog, call('mcp_x.y', deep))).toEqual(['/etc/x']);
  });

  it('are found where they are the names of members, or stand behind a blank', () => {
    for (const path of ['/etc/passwd', '~/.ssh/id', '../x', ' /etc/passwd', '\t../x']) {
      for (const params of [
        { path: 'docs/a', files: { [path]: 'text' } },
        { path: 'docs/a', to: path },
      ]) {
        expect(holds('path_matches: docs/**', subject('mcp_x.y', params), 'every'), path).toBe(false);
        const found = pathsOf(builtinCatalog, subject('mcp_x.y', params));
        expect(found).toContain(path.trim());
      }
    }
    const pages = { url: 'https://a.test/', to: ' https://evil.test/', map: { 'http://b.test/': { a: 1 } } };
    expect(addressesOf(builtinCatalog, subject('mcp_x.y', pages)).map(hostOf)).toEqual([
      'a.test',
      'evil.test',
      'b.test',
    ]);
    // Names of parameters, and plain names of members, are no places.
    const plain = { '/x': 1, path: 'docs/a', labels: { a: 'b', 'c/d': 'e' } };
    expect(pathsOf(builtinCatalog, subject('mcp_x.y', plain))).toEqual(['docs/a']);
  });

  it('opens no grant when there is more than is looked up', () => {
    const files = (count: number) => ({ files: Array.from({ length: count }, (_, at) => `docs/${at}`) });
    const grant = (count: number) => holds('path_matches: docs/**', call('mcp_x.y', files(count)), 'every');
    expect([grant(64), grant(65)]).toEqual([true, false]);
    expect(holds('path_matches: docs/64', call('mcp_x.y', files(65)))).toBe(true);
    // Nor one by what it does not name: the place that is forbidden may stand anywhere.
    const not = 'not: { path_matches: "/etc/**" }';
    expect(holds(not, call('mcp_x.y', { path: 'a', opts: { at: '/etc/x' } }), 'every')).toBe(false);
  });

  it('takes a named parameter under its other names too', () => {
    const rule = 'path_matches: { param: file_path, pattern: secrets/** }';
    expect(holds(rule, call('filesystem.write', { path: 'secrets/a' }))).toBe(true);
    expect(holds(rule, call('filesystem.write', { file_path: 'src/a' }))).toBe(false);
    const host = 'domain_matches: { param: url, domain: a.test }';
    expect(holds(host, call('web.fetch', { url: 'https://a.test/' }))).toBe(true);
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
    // A link whose name is harmless leads there too.
    const disk = { exists: () => true, real: (path: string) => path.replace('/p/link', '/p/secrets') };
    const linked = subject('filesystem.read', { file_path: 'link/a' }, { disk });
    expect(isFrom(source, builtinCatalog, linked)).toBe(true);
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
