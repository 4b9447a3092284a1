/** What a project is seen to hold when a session begins, and what is missed at its end. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookAgain, lookThrough } from '../../main/sandbox/project-look.ts';

const MUCH = { milliseconds: 60_000, entries: 10_000, repositories: 40 };
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'gh-look-'));
});
afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function put(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), '');
  }
}

it('names the files of the project, and the repositories inside it', async () => {
  put('a', 'b/c', '.git/HEAD', 'node_modules/x/y', 'd/e/f/.git/HEAD', 'd/e/f/g');
  put('.git/modules/libs/one/HEAD', '.git/modules/libs/one/modules/two/HEAD');
  symlinkSync('b', join(project, 'link'));
  const { files, repositories, whole } = await lookThrough(project, MUCH);
  expect([...files].toSorted()).toEqual(['a', 'b/c', 'd/e/f/g', 'link']);
  expect([...repositories].toSorted()).toEqual(
    ['.git/modules/libs/one', '.git/modules/libs/one/modules/two', 'd/e/f/.git'].map((name) =>
      join(project, name),
    ),
  );
  expect(whole).toBe(true);
});

it.each([
  ['entries', { ...MUCH, entries: 5 }],
  ['repositories', { ...MUCH, repositories: 1 }],
  ['time', { ...MUCH, milliseconds: 0 }],
])('says that it has not seen all when it runs out of %s', async (_what, limits) => {
  put(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}/.git/x`), 'a/b/c');
  expect(await lookThrough(project, limits)).toMatchObject({ whole: false });
});

it('misses what is gone or was moved, and no more', async () => {
  put('a', 'b/c', 'b/d', 'e/f');
  const odd = Buffer.concat([Buffer.from(`${project}/`), Buffer.from([0x6f, 0xff])]);
  writeFileSync(odd, '');
  const before = await lookThrough(project, MUCH);
  rmSync(join(project, 'a'));
  renameSync(join(project, 'b/c'), join(project, 'g'));
  rmSync(join(project, 'e'), { recursive: true });
  put('e');
  rmSync(odd);
  expect(await lookAgain(project, before)).toEqual({ deleted: ['a', 'b/c', 'e/f', 'o\ufffd'], planted: [] });
});

it('finds a protected name also where its file is old, and was moved', async () => {
  put(
    'templates/hooks/pre-push',
    'bare/HEAD',
    'old/.vscode/tasks.json',
    '.git/hooks/post-merge',
    'x/.git/HEAD',
  );
  put('ready/hooks/pre-commit');
  const before = await lookThrough(project, MUCH);
  renameSync(join(project, 'templates/hooks'), join(project, 'bare/hooks'));
  renameSync(join(project, 'old/.vscode'), join(project, '.vscode'));
  renameSync(join(project, 'ready/hooks'), join(project, 'x/.git/hooks'));
  expect((await lookAgain(project, before))?.planted.toSorted()).toEqual(
    ['.vscode/tasks.json', 'bare/hooks/pre-push', 'x/.git/hooks/pre-commit'].map((name) =>
      join(project, name),
    ),
  );
});

it('does not know what is gone where it had not seen all', async () => {
  put('a', 'b/c', 'b/d/e', 'b/d/f/g');
  const before = await lookThrough(project, { ...MUCH, entries: 1 });
  rmSync(join(project, 'a'));
  expect(await lookAgain(project, before)).toBeNull();
});
