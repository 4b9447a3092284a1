/** What a review names first: what some program obeys, also where a path alone does not say it. */
import { describe, expect, it } from 'vitest';
import { lookFirst } from '../../main/app/reviews/look-first.ts';
import type { Change, FileState } from '../../main/sandbox/review/change.ts';

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
