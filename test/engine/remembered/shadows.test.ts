/** One rule makes another needless only when it covers all that the other one does. */
import { describe, expect, it } from 'vitest';
import { shadows } from '../../../main/engine/remembered/covers.ts';
import type { RememberedRule, RuleShape } from '../../../main/engine/remembered/rule.ts';
import { commandsShape, patternFrom, ruleOf, toolShape } from './made.ts';

type Part = Partial<RememberedRule>;
const hides = (outer: Part, inner: Part) =>
  shadows(ruleOf({ id: 'outer', ...outer }), ruleOf({ id: 'inner', ...inner }));
const holds = (outer: RuleShape, inner: RuleShape) => hides({ shape: outer }, { shape: inner });

describe('who and where', () => {
  const S1: Part = { scope: 'session', session: 's1' };
  const S2: Part = { scope: 'session', session: 's2' };
  const ALWAYS: Part = { scope: 'always', app: null };
  const OTHER: Part = { app: '/other' };

  it.each<[string, Part, Part, boolean]>([
    ['the same', {}, {}, true],
    ['itself', { id: 'x' }, { id: 'x' }, false],
    ['another module', { module: 'web' }, {}, false],
    ['another action', { action: 'run' }, {}, false],
    ['another client', { client: 'codex' }, {}, false],
    ['sandboxed only, for all', { sandboxed: true }, {}, false],
    ['sandboxed only, for sandboxed', { sandboxed: true }, { sandboxed: true }, true],
    ['for all, for sandboxed', {}, { sandboxed: true }, true],
    ['another project', OTHER, {}, false],
    ['always, for a project', ALWAYS, {}, true],
    ['always, for a session', ALWAYS, S1, true],
    ['always, for always', ALWAYS, ALWAYS, true],
    ['a project, for always', {}, ALWAYS, false],
    ['a project without a root, for always', { app: null }, ALWAYS, false],
    ['a project, for its session', {}, S1, true],
    ['a project, for a session of another', OTHER, S1, false],
    ['a session, for itself', S1, S1, true],
    ['a session, for another', S1, S2, false],
    ['a session, for its project', S1, {}, false],
    ['a session, for a project rule that names it', S1, { session: 's1' }, false],
    ['a session elsewhere', { ...S1, ...OTHER }, S1, false],
  ])('%s', (_, outer, inner, wanted) => {
    expect(hides(outer, inner)).toBe(wanted);
  });

  it.each<[string, Part, Part, boolean]>([
    ['no end, an end', {}, { endsMicros: 5 }, true],
    ['an end, no end', { endsMicros: 5 }, {}, false],
    ['the same end', { endsMicros: 5 }, { endsMicros: 5 }, true],
    ['a later end', { endsMicros: 6 }, { endsMicros: 5 }, true],
    ['an earlier end', { endsMicros: 4 }, { endsMicros: 5 }, false],
    ['an end, that of a session', { endsMicros: 4 }, S1, true],
    ['an end, before that of a session with one', { endsMicros: 4 }, { ...S1, endsMicros: 5 }, false],
  ])('%s', (_, outer, inner, wanted) => {
    expect(hides(outer, inner)).toBe(wanted);
  });
});

describe('what', () => {
  const exact = (fingerprint: string): RuleShape => ({ kind: 'exact', fingerprint });
  const git = (words: string, more = {}) => commandsShape([patternFrom(`git ${words}`, more)]);
  const ANY = commandsShape([patternFrom('git', { lead: null })]);
  const ALONE = commandsShape([patternFrom('git')]);

  it.each<[string, RuleShape, RuleShape, boolean]>([
    ['the same exact call', exact('a'), exact('a'), true],
    ['another exact call', exact('a'), exact('b'), false],
    ['an exact call and a kind', exact('a'), git('status'), false],
    ['a kind and an exact call', git('status'), exact('a'), false],
    ['a tool and a kind', toolShape([]), git('status'), false],
    ['a kind and a tool', git('status'), toolShape([]), false],
    [
      'a tool in the same folder',
      toolShape(['a'], { folder: '/x' }),
      toolShape(['a'], { folder: '/x' }),
      true,
    ],
    [
      'a tool in another folder',
      toolShape(['a'], { folder: '/x' }),
      toolShape(['a'], { folder: '/y' }),
      false,
    ],
    ['a tool anywhere', toolShape(['a']), toolShape(['a'], { folder: '/y' }), false],
    ['a tool that reaches further', toolShape(['a', 'b']), toolShape(['a']), true],
    ['a tool that reaches less far', toolShape(['a']), toolShape(['a', 'b']), false],
    [
      'more concerns',
      toolShape([], { concerns: ['service', 'outside_write'] }),
      toolShape([], { concerns: ['service'] }),
      true,
    ],
    [
      'fewer concerns',
      toolShape([], { concerns: ['service'] }),
      toolShape([], { concerns: ['service', 'outside_write'] }),
      false,
    ],
    ['the same kind', git('status'), git('status'), true],
    ['another program', commandsShape([patternFrom('hg status')]), git('status'), false],
    ['another word', git('push'), git('status'), false],
    ['fewer words', git('remote'), git('remote add'), true],
    ['more words', git('remote add'), git('remote'), false],
    ['words of which one is another', git('remote add'), git('remote rm'), false],
    ['any words', ANY, git('status'), true],
    ['any words, for none', ANY, ALONE, true],
    ['any words, for any', ANY, ANY, true],
    ['a word, for any', git('status'), ANY, false],
    ['none, for none', ALONE, ALONE, true],
    ['none, for one', ALONE, git('status'), false],
    ['one, for none', git('status'), ALONE, false],
    ['none, for any', ALONE, ANY, false],
    ['the same starter', git('a', { via: ['sudo'] }), git('a', { via: ['sudo'] }), true],
    ['a starter', git('a', { via: ['sudo'] }), git('a'), false],
    ['no starter', git('a'), git('a', { via: ['sudo'] }), false],
    ['any options', git('a'), git('a', { flags: ['-x'] }), true],
    ['options, for any', git('a', { flags: ['-x'] }), git('a'), false],
    ['more options', git('a', { flags: ['-x', '-y'] }), git('a', { flags: ['-y'] }), true],
    ['fewer options', git('a', { flags: ['-y'] }), git('a', { flags: ['-x', '-y'] }), false],
    ['options, for none', git('a', { flags: ['-y'] }), git('a', { flags: [] }), true],
    ['a kind with more reach', git('a', { reach: ['x', 'y'] }), git('a', { reach: ['y'] }), true],
    ['a kind with less reach', git('a', { reach: ['y'] }), git('a', { reach: ['x', 'y'] }), false],
    ['a kind with more concerns', git('a', { concerns: ['service'] }), git('a'), true],
    ['a kind with fewer concerns', git('a'), git('a', { concerns: ['service'] }), false],
    ['one of two commands', git('a'), commandsShape([patternFrom('git a'), patternFrom('git b')]), false],
    ['two commands', commandsShape([patternFrom('git a'), patternFrom('git b')]), git('b'), true],
    ['more variables', commandsShape([], { sets: ['A', 'B'] }), commandsShape([], { sets: ['A'] }), true],
    ['fewer variables', commandsShape([], { sets: ['A'] }), commandsShape([], { sets: ['A', 'B'] }), false],
    [
      'fewer variables, the same kind',
      git('a'),
      commandsShape([patternFrom('git a')], { sets: ['B'] }),
      false,
    ],
    [
      'a kind in another folder',
      commandsShape([], { folder: '/x' }),
      commandsShape([], { folder: '/y' }),
      false,
    ],
    [
      'a kind in the same folder',
      commandsShape([], { folder: '/x' }),
      commandsShape([], { folder: '/x' }),
      true,
    ],
  ])('%s', (_, outer, inner, wanted) => {
    expect(holds(outer, inner)).toBe(wanted);
  });
});
