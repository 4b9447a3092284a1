/**
 * Moving folders of a project in its copy. An overlay of an ordinary user cannot rename a folder that was there before
 * (EXDEV): the kernel keeps `redirect_dir` from it. What people use there copies instead.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CopyHouse, tree } from '../support/copy-house.ts';
import { isRoot, launcherMissing } from '../support/launcher.ts';

const missing = launcherMissing();
let house: CopyHouse;
beforeEach((context) => {
  if (missing !== null) return context.skip(missing);
  house = new CopyHouse(isRoot ? 'root' : 'user');
});
afterEach(() => house?.remove());

const GIT = 'export HOME=/tmp; git() { command git -c user.name=a -c user.email=a@b "$@"; }';

/** Makes the project's own repository outside the copy: as its owner, by the same sandbox without a copy. */
function repository(text: string): void {
  const ran = house.run({}, ['sh', '-ec', `${GIT}; git init -q -b main .; ${text}`], { timeoutMs: 60_000 });
  if (ran.code !== 0) throw new Error(JSON.stringify(ran));
}

it('mv moves a folder of the project with all in it, and what git then sees is a rename', async () => {
  house.makeFile('home/proj/src/a.ts', `${'a\n'.repeat(50)}`);
  house.makeFile('home/proj/src/deep/tool', 'run\n', 0o755);
  repository('git add .; git commit -qm one');
  house.script(
    `${GIT}; mv src lib; git add -A; git status --porcelain > /tmp/s; grep -q "R  src/a.ts -> lib/a.ts" /tmp/s`,
  );
  expect(await house.apply()).toEqual({ state: 'done' });
  expect(existsSync(join(house.workspace, 'src'))).toBe(false);
  expect(statSync(join(house.workspace, 'lib/deep/tool')).mode & 0o777).toBe(0o755);
});

it('git goes from branch to branch, also where one has moved folders, and back, with a clean tree each time', async () => {
  house.makeFile('home/proj/src/a.ts', 'a\n');
  house.makeFile('home/proj/src/deep/b.ts', 'b\n');
  repository(
    [
      'git add .; git commit -qm one',
      'git checkout -qb moved; git mv src lib; mkdir new; mv lib/deep new/deep; git add -A; git commit -qm two',
      'git checkout -q main',
    ].join('; '),
  );
  const before = tree(house.workspace);
  house.script(
    [
      GIT,
      'clean() { test -z "$(git status --porcelain)"; }',
      'git checkout -q moved; test -f new/deep/b.ts; test ! -e src; clean',
      'git checkout -q main; test -f src/deep/b.ts; test ! -e lib; clean',
      'git merge -q moved; test -f lib/a.ts; clean',
      'git reset -q --hard HEAD~1; clean',
      'git stash -q 2> /dev/null; git rebase -q moved; clean; git worktree list > /dev/null; git gc -q; git fsck > /dev/null 2>&1',
    ].join('\n'),
  );
  expect(tree(house.workspace)).toEqual(before);
  expect(await house.apply()).toEqual({ state: 'done' });
  expect(readFileSync(join(house.workspace, 'lib/a.ts'), 'utf8')).toBe('a\n');
});

it('npm replaces a package that was installed before', async () => {
  for (const version of ['1.0.0', '2.0.0']) {
    house.makeFile(`home/proj/one-${version}/package.json`, `{"name":"one","version":"${version}"}\n`);
    house.makeFile(`home/proj/one-${version}/lib/index.js`, `module.exports = '${version}';\n`);
  }
  house.makeFile('home/proj/package.json', '{"name":"p","version":"1.0.0"}\n');
  const npm = 'export HOME=/tmp; npm() { command npm --offline --no-audit --no-fund --silent "$@"; }';
  const first = house.run(
    {},
    [
      'sh',
      '-ec',
      `${npm}; for v in 1.0.0 2.0.0; do (cd one-$v && npm pack --pack-destination .. > /dev/null); done; npm install ./one-1.0.0.tgz`,
    ],
    { timeoutMs: 120_000 },
  );
  expect(first.code).toBe(0);
  house.script(`${npm}; npm install ./one-2.0.0.tgz; grep -q 2.0.0 node_modules/one/lib/index.js`, 120_000);
  expect(await house.apply()).toEqual({ state: 'done' });
  expect(readFileSync(join(house.workspace, 'node_modules/one/lib/index.js'), 'utf8')).toContain('2.0.0');
});
