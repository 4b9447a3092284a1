import { describe, expect, it } from 'vitest';
import {
  builtinCatalog,
  canonicalCall,
  canonicalName,
  describeParams,
  familyOf,
  mainParam,
  summarize,
} from '../../main/policy/catalog.ts';

describe('canonical names', () => {
  it.each([
    ['Filesystem.Read', 'filesystem', 'read'],
    [' filesystem . read ', 'filesystem', 'read'],
    ['filesystem__read', 'filesystem', 'read'],
    ['shell', 'shell', ''],
    ['shell.', 'shell', ''],
    ['.x', '', 'x'],
    ['a.b.c', 'a', 'b.c'],
    ['mcp__github__create_issue', 'mcp_github', 'create_issue'],
    ['MCP__GitHub__Create', 'mcp_github', 'create'],
    ['mcp__github', 'mcp_github', ''],
    ['mcp__a__b__c', 'mcp_a', 'b__c'],
    ['mcp_github.create', 'mcp_github', 'create'],
    ['mcp_a.b__c', 'mcp_a', 'b__c'],
    ['', '', ''],
  ])('%j', (raw, module, action) => {
    expect(canonicalName(raw)).toEqual({ module, action });
    expect(canonicalName(`${module}.${action}`)).toEqual({ module, action });
  });

  it('brings parts that arrive apart into the same form', () => {
    for (const [module, action] of [
      ['mcp__github', 'Create'],
      ['mcp_github', 'create'],
      ['mcp__github__create', ''],
      ['MCP_GitHub.create', ''],
    ] as const) {
      expect(canonicalCall(module, action)).toEqual({ module: 'mcp_github', action: 'create' });
    }
  });

  it('tells families by their whole prefix', () => {
    expect([
      familyOf('mcp_x'),
      familyOf('ap_x'),
      familyOf('mcp'),
      familyOf('mcpx'),
      familyOf('app_x'),
      familyOf(''),
      familyOf('shell'),
    ]).toEqual(['mcp', 'pieces', null, null, null, null, null]);
  });
});

describe('the catalog', () => {
  it('gives the risks that the design names', () => {
    const risk = (module: string, action: string) => builtinCatalog.action(module, action)?.risk ?? 'none';
    for (const name of ['read', 'glob', 'grep', 'list']) expect(risk('filesystem', name)).toBe('low');
    for (const name of ['write', 'edit', 'delete', 'move', 'copy'])
      expect(risk('filesystem', name)).toBe('medium');
    expect([
      risk('web', 'search'),
      risk('web', 'fetch'),
      risk('shell', 'bash'),
      risk('workspace', 'delete'),
      risk('filesystem', 'delete_tree'),
      risk('mcp_x', 'y'),
    ]).toEqual(['low', 'medium', 'high', 'high', 'high', 'high']);
    expect([
      risk('shell', 'nonsense'),
      risk('nonsense', 'x'),
      risk('mcp_x', ''),
      risk('mcp', 'y'),
      risk('mcp_', 'y'),
      risk('mcp_a b', 'y'),
      risk('constructor', 'x'),
      risk('shell', '__proto__'),
    ]).toEqual(Array.from({ length: 8 }, () => 'none'));
  });

  it('is consistent: what changes something needs a permission, what names a file needs one of the file system', () => {
    for (const name of builtinCatalog.names) {
      for (const [action, spec] of builtinCatalog.module(name)?.actions ?? []) {
        const where = `${name}.${action}`;
        if (spec.mutating)
          expect([where, spec.permissions.length > 0 || name === 'skill']).toEqual([where, true]);
        expect([where, /^[a-z][a-z_]*$/.test(action)]).toEqual([where, true]);
        for (const permission of spec.permissions) expect(permission).toMatch(/^[a-z]+\.[a-z]+$/);
        expect(Object.isFrozen(spec)).toBe(true);
      }
    }
  });

  it('describes parameters, the main one first', () => {
    expect(describeParams('Shell', 'Bash', { description: 'x', timeout: 5, command: 'ls' })).toEqual([
      { name: 'command', kind: 'command' },
      { name: 'description', kind: 'text' },
      { name: 'timeout', kind: 'json' },
    ]);
    expect(describeParams('filesystem', 'edit', { old_string: 'a', file_path: 'f' })).toEqual([
      { name: 'file_path', kind: 'path' },
      { name: 'old_string', kind: 'text' },
    ]);
    expect(
      describeParams('mcp_x', 'y', { n: null, url: 'u', Path: 'p', text: 't' }).map(({ kind }) => kind),
    ).toEqual(['url', 'json', 'path', 'text']);
    expect(describeParams('a', 'b', JSON.parse('{"__proto__":"x","constructor":"y"}'))).toEqual([
      { name: '__proto__', kind: 'text' },
      { name: 'constructor', kind: 'text' },
    ]);
  });

  it('says in one line what a call is', () => {
    expect(summarize('shell', 'bash', { command: 'ls\n  -la' })).toBe('ls ⏎ -la');
    expect(summarize('shell', 'bash', { command: 'a\u202eb\u0007c\u200d' })).toBe(
      'a\\u{202e}b\\u{7}c\\u{200d}',
    );
    expect(summarize('filesystem', 'read', { file_path: '/a' })).toBe('/a');
    expect(summarize('mcp_x', 'y', { n: 1, o: { a: 1 } })).toBe('mcp_x.y {"n":1,"o":…}');
    expect(summarize('plan', 'enter', {})).toBe('plan.enter');
    expect(summarize('', '', {})).toBe('');
    expect(summarize('shell', 'bash', { command: '😀'.repeat(20_000_000 / 4) }).length).toBeLessThanOrEqual(
      401,
    );
    expect(summarize('shell', 'bash', { command: '😀'.repeat(500) }).isWellFormed()).toBe(true);
    expect(mainParam('filesystem', 'read', { path: '', file_path: 'x' })).toBe('x');
    expect(mainParam('filesystem', 'read', { file_path: 5 })).toBe('');
  });
});
