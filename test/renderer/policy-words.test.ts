import { describe, expect, it } from 'vitest';
import { policySchema } from '../../main/policy/json-schema.ts';
import { repairOf } from '../../renderer/features/policy/repair.ts';
import { wordsAt } from '../../renderer/features/policy/schema-words.ts';
import { placeAt } from '../../renderer/features/policy/yaml-place.ts';

/** The cursor is where `|` stands. */
const at = (text: string) => placeAt(text.replace('|', ''), text.indexOf('|'));
const words = (text: string) => wordsAt(policySchema(), at(text)).map(({ label }) => label);

describe('where the cursor stands', () => {
  it.each([
    ['|', [], 'key'],
    ['to|', [], 'key'],
    ['tools:\n  |', ['tools'], 'key'],
    ['tools:\n  capabilities:\n    default_policy: a|', ['tools', 'capabilities', 'default_policy'], 'value'],
    ['tools:\n  capabilities:\n    deny:\n      - web\n    gr|', ['tools', 'capabilities'], 'key'],
    ['tools:\n  capabilities:\n    grant:\n      - { mod|', ['tools', 'capabilities', 'grant', '[]'], 'key'],
    [
      'tools:\n  capabilities:\n    grant:\n      - { module: we|',
      ['tools', 'capabilities', 'grant', '[]', 'module'],
      'value',
    ],
    [
      'tools:\n  capabilities:\n    grant:\n      - { module: web, actions: [fe|',
      ['tools', 'capabilities', 'grant', '[]', 'actions', '[]'],
      'value',
    ],
    [
      'tools:\n  capabilities:\n    grant: [{ module: web },\n      { mo|',
      ['tools', 'capabilities', 'grant', '[]'],
      'key',
    ],
    [
      'tools:\n  capabilities:\n    grant:\n    - module: web\n      ac|',
      ['tools', 'capabilities', 'grant', '[]'],
      'key',
    ],
    ['# a: { b\ntools: { mo|', ['tools'], 'key'],
    ['a: "x: {"\nb|', [], 'key'],
  ])('%j', (text, path, writes) => {
    expect(at(text)).toMatchObject({ path, writes });
  });
});

describe('words from the schema', () => {
  it('are keys, values, modules and actions', () => {
    expect(words('|')).toEqual(expect.arrayContaining(['tools', 'security', 'agents']));
    expect(words('tools:\n  capabilities:\n    default_policy: |')).toEqual(['auto', 'approve', 'block']);
    expect(words('tools:\n  capabilities:\n    grant:\n      - { module: |')).toEqual(
      expect.arrayContaining(['shell', 'mcp']),
    );
    expect(words('tools:\n  capabilities:\n    grant:\n      - |')).toEqual(
      expect.arrayContaining(['shell.bash', 'module']),
    );
    expect(words('security:\n  sandbox:\n    level: |')).toEqual(['off', 'standard', 'strict', 'maximum']);
    expect(words('tools:\n  capabilities:\n    content:\n      |')).toEqual(
      expect.arrayContaining(['secrets', 'email']),
    );
    expect(words('nothing:\n  |')).toEqual([]);
  });
});

describe('a repair', () => {
  it('is what the error proposes, at the word it stands at', () => {
    const text = 'tools:\n  "capabilitys": {}\n';
    const problem = {
      line: 2,
      column: 3,
      path: 'tools.capabilitys',
      message: 'unknown field; did you mean capabilities',
    };
    expect(repairOf(text, problem)).toEqual({ from: 10, to: 21, word: 'capabilities' });
    expect(repairOf(text, { ...problem, message: 'unknown field' })).toBeNull();
    expect(repairOf(text, { ...problem, line: 9 })).toBeNull();
  });
});
