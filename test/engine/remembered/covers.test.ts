/** Which calls a rule is about, and whether all that a call does lies within it. */
import { describe, expect, it } from 'vitest';
import {
  concerns,
  coveringShapes,
  coversByShape,
  coversExactly,
} from '../../../main/engine/remembered/covers.ts';
import type { RememberedRule, RuleShape } from '../../../main/engine/remembered/rule.ts';
import { analysisOf, commandFrom, commandsShape, patternFrom, ruleOf, toolShape } from './made.ts';

const CALL = {
  module: 'shell',
  action: 'bash',
  client: 'claude-code',
  app: '/p',
  session: 's1',
  cwd: '/p/x',
};
const about = (rule: Partial<RememberedRule>, call: Partial<typeof CALL> = {}, sandboxed = false) =>
  concerns(ruleOf(rule), { call: { ...CALL, ...call }, sandboxed });

describe('a rule is about', () => {
  it.each<[string, Partial<RememberedRule>, Partial<typeof CALL>, boolean]>([
    ['its tool', {}, {}, true],
    ['no other module', {}, { module: 'web' }, false],
    ['no other action', {}, { action: 'run' }, false],
    ['no other client', {}, { client: 'codex' }, false],
    ['its project', {}, { session: 's2' }, true],
    ['no other project', {}, { app: '/q' }, false],
    ['its session', { scope: 'session', session: 's1' }, { app: '/q' }, true],
    ['no other session', { scope: 'session', session: 's2' }, {}, false],
    ['every project', { scope: 'always', app: null }, { app: '/q', session: 's2' }, true],
  ])('%s', (_, rule, call, wanted) => {
    expect(about(rule, call)).toBe(wanted);
  });

  it('what a sandbox holds, when it was made so', () => {
    expect(about({ sandboxed: true })).toBe(false);
    expect(about({ sandboxed: true }, {}, true)).toBe(true);
    expect(about({}, {}, true)).toBe(true);
  });

  it('this very call', () => {
    const exactly = (rule: Partial<RememberedRule>, fingerprint: string) =>
      coversExactly(ruleOf(rule), fingerprint, { call: CALL, sandboxed: false });
    expect(exactly({}, 'f')).toBe(true);
    expect(exactly({}, 'g')).toBe(false);
    expect(exactly({ client: 'codex' }, 'f')).toBe(false);
    expect(exactly({ shape: toolShape([]) }, 'f')).toBe(false);
    const tool = { ...toolShape([]), fingerprint: 'f' } as RuleShape;
    expect(exactly({ shape: tool }, 'f')).toBe(false);
  });
});

describe('a shape covers', () => {
  const STATUS = commandsShape([patternFrom('git status')]);
  const net = { kind: 'network', how: 'get', host: 'a.example', class: 'public' } as never;
  const status = commandFrom('git status');
  const push = commandFrom('git push', { effects: [net] });
  const shape = (one: RuleShape, what: Parameters<typeof analysisOf>[0], cwd = '/p') =>
    coversByShape(one, cwd, analysisOf(what));

  it.each<[string, RuleShape, Parameters<typeof analysisOf>[0], boolean]>([
    ['its command', STATUS, { commands: [status] }, true],
    ['what says nothing beside it', STATUS, { commands: [status, commandFrom('echo x')] }, true],
    ['no other command', STATUS, { commands: [status, push] }, false],
    ['nothing opaque', STATUS, { commands: [status], opaque: 'eval' }, false],
    ['no call without a command of its own', STATUS, { commands: [commandFrom('echo x')] }, false],
    ['no call without commands', STATUS, {}, false],
    ['nothing exact', { kind: 'exact', fingerprint: 'f' }, { commands: [status] }, false],
    ['no variable that it does not name', STATUS, { commands: [status], sets: ['PAGER'] }, false],
    [
      'a variable that it names',
      commandsShape([patternFrom('git status')], { sets: ['PAGER', 'X'] }),
      { commands: [status], sets: ['PAGER'] },
      true,
    ],
    ['the reach of a tool', toolShape(['net:get:a.example']), { effects: [net] }, true],
    ['no more than its reach', toolShape([]), { effects: [net] }, false],
    ['no commands by a tool', toolShape([]), { commands: [commandFrom('echo x')] }, false],
    ['nothing opaque by a tool', toolShape([]), { opaque: 'x' }, false],
    ['a tool that does nothing known', toolShape([]), {}, true],
    ['none in a folder without a file', toolShape([], { folder: '/p' }), {}, false],
    [
      'no concern that it does not name',
      toolShape([]),
      { concerns: [{ code: 'service', says: '' }] as never },
      false,
    ],
    [
      'a concern that it names',
      toolShape([], { concerns: ['service'] }),
      { concerns: [{ code: 'service', says: '' }] as never },
      true,
    ],
    [
      'nothing of which the place is not known',
      toolShape([]),
      { effects: [{ kind: 'network', how: 'get', host: null, class: 'unknown' }] as never },
      false,
    ],
  ])('%s', (_, one, what, wanted) => {
    expect(shape(one, what)).toBe(wanted);
  });

  it('what is in its folder, by commands', () => {
    const inFolder = commandsShape([patternFrom('git status')], { folder: '/p/x' });
    const at = (cwd: string) => shape(inFolder, { commands: [status] }, cwd);
    expect([at('/p/x'), at('/p/x/y'), at('/p'), at('/p/xy')]).toEqual([true, true, false, false]);
  });
});

describe('rules that cover a call together', () => {
  const rule = (id: string, shape: RuleShape) => ruleOf({ id, shape });
  const a = rule('a', commandsShape([patternFrom('git status')]));
  const b = rule('b', commandsShape([patternFrom('git diff')]));
  const tool = rule('t', toolShape([]));
  const exact = rule('x', { kind: 'exact', fingerprint: 'f' });
  const ids = (rules: readonly RememberedRule[], what: Parameters<typeof analysisOf>[0]) =>
    coveringShapes(rules, { call: CALL, sandboxed: false, analysis: analysisOf(what) }).map(({ id }) => id);
  const [status, diff] = [commandFrom('git status'), commandFrom('git diff')];

  it.each<[string, readonly RememberedRule[], Parameters<typeof analysisOf>[0], readonly string[]]>([
    ['one for each command', [exact, tool, a, b], { commands: [status, diff] }, ['a', 'b']],
    ['one for two of a kind', [a, b], { commands: [status, status] }, ['a']],
    ['none where a command has none', [a], { commands: [status, diff] }, []],
    ['none for what is opaque', [a, tool], { commands: [status], opaque: 'eval' }, []],
    ['none for an opaque tool', [a, tool], { opaque: 'eval' }, []],
    ['one for a tool', [exact, a, tool], {}, ['t']],
    ['none for a tool without one', [exact, a], {}, []],
    ['none where only words are said', [a, tool], { commands: [commandFrom('echo x')] }, []],
  ])('%s', (_, rules, what, wanted) => {
    expect(ids(rules, what)).toEqual(wanted);
  });

  it('heed the folder of the call', () => {
    const here = rule('h', commandsShape([patternFrom('git status')], { folder: '/p/x' }));
    const there = rule('o', commandsShape([patternFrom('git status')], { folder: '/p/y' }));
    expect(ids([there], { commands: [status] })).toEqual([]);
    expect(ids([there, here], { commands: [status] })).toEqual(['h']);
  });
});
