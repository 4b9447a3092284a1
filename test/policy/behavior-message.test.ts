/** What a rule tells the agent: places are filled in once, and cut where they are long. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { expandMessage } from '../../main/policy/behavior/message.ts';
import { NO_DISK, type Subject } from '../../main/policy/conditions/subject.ts';

const filled = (template: string, params: JsonObject = {}, more: Partial<Subject> = {}) =>
  expandMessage(template, {
    phase: 'pre',
    module: 'filesystem',
    action: 'edit',
    params,
    cwd: '/p',
    app: '/p',
    home: '/h',
    state: {
      has: () => false,
      size: (name) => (name === 'read_files' ? 3 : 0),
      counter: (name) => (name === 'changes' ? 5 : 0),
      flag: (name) => name === 'searched',
      turn: 7,
      callsThisTurn: 8,
      lastTool: null,
      consecutive: 9,
      flows: () => false,
    },
    text: null,
    result: null,
    disk: NO_DISK,
    enforcement: 'none',
    commands: null,
    ...more,
  });

describe('a place', () => {
  it.each<[string, string]>([
    ['{tool}', 'edit'],
    ['{target}', 'src/a.ts'],
    ['{turn} {tool_calls_this_turn} {consecutive_same_tool}', '7 8 9'],
    ['{counter:changes} {counter:none}', '5 0'],
    ['{set_count:read_files} {set_count:none}', '3 0'],
    ['{flag:searched} {flag:none}', 'true false'],
    ['{param:n} {param:list} {param:map} {param:none}.', '1 a b {"k":true} .'],
    ['{param:toString}{param:__proto__}', ''],
    ['{unknown} {param:} {} {target', '{unknown} {param:} {} {target'],
  ])('%s is filled in: %s', (template, text) => {
    expect(filled(template, { file_path: 'src/a.ts', n: 1, list: ['a', 'b'], map: { k: true } })).toBe(text);
  });

  it('is filled in once: what stands in it is nothing but text', () => {
    expect(filled('{target}', { file_path: '{tool} $& {param:x}', x: 'y' })).toBe('{tool} $& {param:x}');
  });

  it('of a tool without a module is its name', () => {
    expect(filled('{tool}', {}, { module: 'todo', action: '' })).toBe('todo');
  });
});

describe('a long text', () => {
  it.each<[string, string, string]>([
    ['as long as may be', 'x'.repeat(100), 'x'.repeat(100)],
    ['one longer', 'x'.repeat(101), `${'x'.repeat(97)}...`],
    ['of characters of two units, as many as may be', '🎈'.repeat(100), '🎈'.repeat(100)],
    ['of one more', '🎈'.repeat(101), `${'🎈'.repeat(97)}...`],
    ['of many more', '🎈'.repeat(5000), `${'🎈'.repeat(97)}...`],
    ['mixed', `${'x'.repeat(50)}${'🎈'.repeat(50)}`, `${'x'.repeat(50)}${'🎈'.repeat(50)}`],
  ])('%s', (_what, text, shown) => {
    expect(filled('{param:x}', { x: text })).toBe(shown);
  });

  it('may be longer as the target', () => {
    expect(filled('{target}', { file_path: 'x'.repeat(500) })).toBe('x'.repeat(500));
    expect(filled('{target}', { file_path: 'x'.repeat(501) })).toBe(`${'x'.repeat(497)}...`);
  });
});
