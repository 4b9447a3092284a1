/** Names that are protected, against a reading of the list that takes one pattern after the other. */
import { describe, expect, it } from 'vitest';
import { isProtectedName, isWatched, WATCHED } from '../../main/sandbox/protected-names.ts';

function plainly(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const all = pattern.endsWith('/') ? `${pattern.slice(0, -1)}/.+` : pattern;
    const words = all.replace(/[.](?![+])/g, '\\.').replaceAll('*', '[^/]+');
    return new RegExp(`(?:^|/)${words}$`, 'is').test(path);
  });
}

describe('watched names', () => {
  const parts = [...new Set(WATCHED.flatMap((name) => name.split('/')))].filter((part) => part !== '');
  const words = [...parts.map((part) => (part === '*' ? 'x' : part)), 'src', 'a.ts', '.GIT', 'HOOKS', '*'];
  const paths = words.flatMap((one) =>
    ['', 'modules', 'hooks', '.git', 'sub/.git', 'x/config'].flatMap((two) =>
      ['', 'x/hooks/y', 'config', 'worktrees/w/commondir'].map((three) =>
        [one, two, three].filter((part) => part !== '').join('/'),
      ),
    ),
  );

  it('are the same, however they are looked up', () => {
    const kept = WATCHED.filter((name) => name !== 'config' && name !== 'hooks/*');
    for (const path of paths) {
      expect(isWatched(path), path).toBe(plainly(path, WATCHED));
      expect(isProtectedName(path), path).toBe(plainly(path, kept));
    }
    expect(paths.some((path) => isWatched(path)) && paths.some((path) => !isWatched(path))).toBe(true);
  });

  it('are no names of what every object has', () => {
    for (const path of ['constructor', '__proto__', 'src/toString']) expect(isWatched(path)).toBe(false);
  });
});
