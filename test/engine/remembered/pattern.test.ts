/** Which commands make a kind, and which commands are of it. */
import { describe, expect, it } from 'vitest';
import type { SimpleCommand } from '../../../main/analysis/result.ts';
import {
  fits,
  isNeutral,
  namedCommands,
  patternOf,
  runsForeignCode,
} from '../../../main/engine/remembered/pattern.ts';
import type { CommandPattern } from '../../../main/engine/remembered/rule.ts';
import { analysisOf, commandFrom, patternFrom } from './made.ts';

type Part = Partial<SimpleCommand>;
const write: Part = { effects: [{ kind: 'write', path: '/p/a', at: 'workspace' }] };
const service = { concerns: [{ code: 'service', says: '' }] } as Part;
const grave = { concerns: [{ code: 'destroys', says: '' }] } as Part;
const leadOf = (words: string, more: Part = {}) => patternOf(commandFrom(words, more), false, null)?.lead;
const sub = (words: string, subcommand: string, more: Part = {}) => {
  const command = commandFrom(words, more);
  return { ...command, shape: { ...command.shape, subcommand } };
};

describe('a command that needs no rule', () => {
  it.each<[string, Part, boolean]>([
    ['echo x', {}, true],
    ['printf %s x', {}, true],
    ['printf -v X y', {}, false],
    ['printf x-v', {}, true],
    ['cd src', {}, true],
    ['echo x', write, false],
    ['echo x', service, false],
    ['echo x', { at: 'system' }, false],
    ['git status', {}, false],
  ])('%s %j', (words, more, wanted) => {
    expect(isNeutral(commandFrom(words, more))).toBe(wanted);
  });

  it('is left out of those that are named', () => {
    const git = commandFrom('git status');
    expect(namedCommands(analysisOf({ commands: [commandFrom('echo x'), git] }))).toEqual([git]);
  });
});

describe('foreign code', () => {
  it('is what a project or package brings, and what hooks of git run', () => {
    const foreign = (words: string, subcommand: string, more: Part = {}) =>
      runsForeignCode(sub(words, subcommand, more));
    expect(foreign('git commit', 'commit')).toBe(true);
    expect(foreign('git status', 'status')).toBe(false);
    expect(foreign('git log', 'xcommit')).toBe(false);
    expect(foreign('git log', 'commitx')).toBe(false);
    expect(foreign('hg commit', 'commit')).toBe(false);
    expect(foreign('make', '', { effects: [{ kind: 'run', what: 'workspace_code', file: null }] })).toBe(
      true,
    );
  });
});

describe('the kind of a command', () => {
  it.each<[string, string, readonly string[] | null | undefined]>([
    ['git status -s', 'status', ['status']],
    ['git remote add x', 'remote', ['remote', 'add']],
    ['git remote', 'remote', ['remote']],
    ['git remote -v', 'remote', undefined],
    ['git remote a$b', 'remote', undefined],
    ['git -C x status', 'status', undefined],
    ['git x status', 'status', undefined],
    ['git', '', []],
    ['git --version', '', undefined],
    ['aws s3 rm x', 's3 rm', ['s3', 'rm']],
    ['aws s3 cp x', 's3 rm', undefined],
    ['ls -la', '', null],
  ])('%s', (words, subcommand, wanted) => {
    expect(patternOf(sub(words, subcommand), false, null)?.lead).toEqual(wanted);
  });

  it.each<[string, readonly string[] | undefined]>([
    ['mytool', []],
    ['mytool build', ['build']],
    ['mytool build-', ['build-']],
    ['mytool -x', undefined],
    ['mytool a=b', undefined],
    ['mytool a,b', undefined],
  ])('of which nothing is known: %s', (words, wanted) => {
    expect(leadOf(words)).toEqual(wanted);
  });

  it('holds what starts it, its options where they are not known, its reach and its concerns', () => {
    expect(patternOf(commandFrom('mytool build -x', { via: ['sudo'], ...write }), false, null)).toEqual({
      program: 'mytool',
      lead: ['build'],
      via: ['sudo'],
      flags: ['-x'],
      reach: ['write:project'],
      concerns: [],
    });
    expect(patternOf(commandFrom('git status -s'), false, null)?.flags).toBeNull();
    expect(patternOf(commandFrom('git status -s', service), false, null)).toMatchObject({
      flags: ['-s'],
      concerns: ['service'],
    });
    expect(patternOf(commandFrom('git status', write), false, '/p')?.reach).toEqual(['write:folder']);
  });

  it('may be all that a known program does, where nothing speaks against it', () => {
    expect(patternOf(commandFrom('git status'), true, null)?.lead).toBeNull();
    expect(patternOf(commandFrom('git status', service), true, null)).toBeNull();
    expect(patternOf(commandFrom('mytool build'), true, null)).toBeNull();
  });

  it.each<[string, SimpleCommand]>([
    ['no program', commandFrom('')],
    ['a program that is not known', commandFrom('gi…t status')],
    [
      'a program without a name',
      { ...commandFrom('git status'), shape: { ...commandFrom('git').shape, program: '?' } },
    ],
    ['harm', commandFrom('git status', grave)],
    ['another folder', commandFrom('git status', { at: 'temp' })],
    ['a change of the shell', commandFrom('read X')],
    [
      'a reach that cannot be bound',
      commandFrom('git status', { effects: [{ kind: 'process', target: '…' }] }),
    ],
    ['env with an option', commandFrom('env -i git')],
    ['env with a variable', commandFrom('env X=1 git')],
  ])('is none with %s', (_, command) => {
    expect(patternOf(command, false, null)).toBeNull();
  });

  it('of env is one where it only starts something', () => {
    expect(patternOf(commandFrom('env git-x'), false, null)).not.toBeNull();
  });
});

describe('a command is of the kind', () => {
  const STATUS = patternFrom('git status');
  const is = (pattern: CommandPattern, words: string, more: Part = {}, folder: string | null = null) =>
    fits(pattern, commandFrom(words, more), folder);

  it.each<[string, CommandPattern, string, Part, boolean]>([
    ['with whatever follows', STATUS, 'git status -s x', {}, true],
    ['not another program', STATUS, 'hg status', {}, false],
    ['not another word', STATUS, 'git push', {}, false],
    ['not without the word', STATUS, 'git', {}, false],
    ['not with one of two words', patternFrom('git remote add'), 'git remote rm', {}, false],
    ['not outside the project', STATUS, 'git status', { at: 'home' }, false],
    ['alone', patternFrom('git'), 'git', {}, true],
    ['not with a word, alone', patternFrom('git'), 'git status', {}, false],
    ['whatever its words', { ...STATUS, lead: null }, 'git push', {}, true],
    ['with its starter', { ...STATUS, via: ['sudo', 'env'] }, 'git status', { via: ['sudo', 'env'] }, true],
    ['not with another starter', { ...STATUS, via: ['env'] }, 'git status', { via: ['sudo'] }, false],
    ['not without its starter', { ...STATUS, via: ['sudo'] }, 'git status', {}, false],
    ['not with a starter', STATUS, 'git status', { via: ['sudo'] }, false],
    ['not with more starters', { ...STATUS, via: ['sudo'] }, 'git status', { via: ['sudo', 'env'] }, false],
    [
      'not with another of two',
      { ...STATUS, via: ['sudo', 'env'] },
      'git status',
      { via: ['sudo', 'x'] },
      false,
    ],
    ['not where a word leads on', patternFrom('git remote'), 'git remote add', {}, false],
    ['where a leading word stands alone', patternFrom('git remote'), 'git remote', {}, true],
    ['where a word of another program leads on', patternFrom('hg remote'), 'hg remote add', {}, true],
    ['with options it knows', { ...STATUS, flags: ['-s', '-b'] }, 'git status -b', {}, true],
    ['not with others', { ...STATUS, flags: ['-s'] }, 'git status -s -b', {}, false],
    ['not with a concern of its own', STATUS, 'git status', service, false],
    ['with a concern it knows', { ...STATUS, concerns: ['service'] }, 'git status', service, true],
    ['within its reach', { ...STATUS, reach: ['write:project'] }, 'git status', write, true],
    ['not beyond it', STATUS, 'git status', write, false],
    [
      'not where it cannot be told',
      STATUS,
      'git status',
      { effects: [{ kind: 'process', target: '…' }] },
      false,
    ],
  ])('%s', (_, pattern, words, more, wanted) => {
    expect(is(pattern, words, more)).toBe(wanted);
  });

  it('within its folder', () => {
    const pattern = { ...STATUS, reach: ['write:folder'] };
    expect(is(pattern, 'git status', write, '/p')).toBe(true);
    expect(is(pattern, 'git status', write, '/p/x')).toBe(false);
  });
});
