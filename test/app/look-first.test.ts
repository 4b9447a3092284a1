/** What a review names first: what some program obeys, also where a path alone does not say it. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../main/app/commands/review.ts';
import { lookFirst } from '../../main/app/reviews/look-first.ts';
import { type Change, type FileState, ownRows } from '../../main/sandbox/review/change.ts';

const FILE: FileState = { kind: 'file', mode: 0o644, size: 1, hash: '0'.repeat(64) };
const change = (path: string, after: FileState = FILE): Change => ({
  path,
  before: { kind: 'nothing' },
  after,
  setid: false,
  moved: false,
});

describe('what to look at first', () => {
  it('is the settings of a repository without a .git folder', () => {
    expect(lookFirst(change('vendor/x/config'))).toMatch(/git obeys it/);
    expect(lookFirst(change('vendor/x/Config'))).toMatch(/git obeys it/);
  });

  it('is no other file', () => {
    for (const path of ['src/config.ts', 'src/configuration', 'src/hooks/use-it.ts', 'config/app.txt'])
      expect(lookFirst(change(path)), path).toBeNull();
  });

  it('is git and agents in any case, links that leave, and programs', () => {
    expect(lookFirst(change('sub/.GIT/hooks/post-merge'))).not.toBeNull();
    expect(lookFirst(change('.Claude/settings.json'))).not.toBeNull();
    expect(lookFirst(change('a/b', { kind: 'link', target: '../../x' }))).toMatch(/outside/);
    expect(lookFirst(change('a/b', { kind: 'link', target: '../x' }))).toBeNull();
    expect(lookFirst(change('run', { ...FILE, mode: 0o755 }))).toBe('a program');
  });
});

describe('rows of their own', () => {
  it('are no folders that come or go with what is in them, whatever stands between', async () => {
    const folder = (path: string) => change(path, { kind: 'folder', mode: 0o755 });
    const list = [folder('a'), change('a-b'), change('a/x'), folder('empty'), change('empty.txt')];
    expect((await ownRows(list)).map(({ path }) => path)).toEqual(['a-b', 'a/x', 'empty', 'empty.txt']);
  });

  it('are links and files that take a folder’s place, and folders that take theirs', async () => {
    const folder: FileState = { kind: 'folder', mode: 0o755 };
    const link: FileState = { kind: 'link', target: '/etc' };
    const nothing: FileState = { kind: 'nothing' };
    const list = [
      { ...change('a', link), before: folder },
      { ...change('a/x', nothing), before: FILE },
      { ...change('b'), before: folder },
      { ...change('b/x', nothing), before: FILE },
      { ...change('c', folder), before: link },
      change('c/x'),
    ];
    const rows = await ownRows(list);
    expect(rows.map(({ path }) => path)).toEqual(['a', 'a/x', 'b', 'b/x', 'c', 'c/x']);
    expect(lookFirst(rows[0] as Change)).toBe('a link to /etc, outside');
  });
});

it('a name of a terminal stands for one path, a folder for all in it, anything else for none', () => {
  const rows = ['a\xff', 'a\xfe', 'b', 'c/d', 'c/e/f', 'cd'].map((path) => ({
    change: change(path),
    first: null,
  }));
  const meant = (path: string) => rowsOf({ rows }, path).map((row) => row.change.path);
  expect(meant('b')).toEqual(['b']);
  expect(meant('c')).toEqual(['c/d', 'c/e/f']);
  expect(meant('c/e/')).toEqual(['c/e/f']);
  expect(() => meant('a\uFFFD')).toThrow(/two names/);
  expect(() => meant('e')).toThrow(/is not in this review/);
});
