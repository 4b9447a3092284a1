/**
 * `npm run proof -- reviews`: a session that touches 100 000 files of a project, reviewed, carried over and undone; and
 * npm at work in a copy. Held when the project is each time exactly as it must be.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownRows } from '../../main/sandbox/review/change.ts';
import { selected, stepsBack, stepsForth } from '../../main/sandbox/review/selection.ts';
import { CopyHouse } from '../support/copy-house.ts';
import { isRoot } from '../support/launcher.ts';

const FOLDERS = 1000;
const FILES = 100;
/** Half is deleted, a quarter changed, a quarter moved: by names that the folders have. */
const WORK = `
import os, shutil
for d in range(${FOLDERS}):
    p = "tree/%d" % d
    if d % 4 < 2:
        shutil.rmtree(p)
    elif d % 4 == 2:
        for f in range(${FILES}):
            with open("%s/%d" % (p, f), "a") as out: out.write("more\\n")
    else:
        shutil.move(p, "tree/moved-%d" % d)
`;

const house = new CopyHouse(isRoot ? 'root' : 'user');
const problems: string[] = [];
try {
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(house.workspace, 'tree', String(folder));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES; file += 1)
      writeFileSync(join(path, String(file)), `${folder}/${file}\n`);
  }
  const before = digestOf(house.workspace);
  writeFileSync(join(house.workspace, 'work.py'), WORK);
  house.script('python3 work.py; rm work.py', 900_000);
  const { list, took: scan } = await timed(() =>
    house.program
      .scan(join(house.layers, 'upper'), house.workspace, 0)
      .then(({ list: found }) => ({ list: found })),
  );
  const chosen = selected(list.changes, null);
  const rows = ownRows(list.changes).length;
  const { outcome: forth, took: apply } = await timed(async () => ({
    outcome: await house.program.change(house.text(stepsForth(chosen))),
  }));
  if (forth.state !== 'done') problems.push(`not carried over: ${JSON.stringify(forth).slice(0, 300)}`);
  const left = readdirSync(join(house.workspace, 'tree')).length;
  if (left !== FOLDERS / 2) problems.push(`${left} folders are left`);
  const again = (await house.program.scan(join(house.layers, 'upper'), house.workspace, 0)).list;
  const undo = house.makeFolder('gh/review/undo');
  const text = house.text(stepsBack(chosen), 'apply', house.backup).replace(/^backup .*$/m, `backup ${undo}`);
  const { outcome: back, took: undone } = await timed(async () => ({
    outcome: await house.program.change(text),
  }));
  if (back.state !== 'done') problems.push(`not undone: ${JSON.stringify(back).slice(0, 300)}`);
  spawnSync('rm', ['-f', join(house.workspace, 'work.py')]);
  if (digestOf(house.workspace) !== before) problems.push('the project is not as it was after the undo');
  const npm = npmAtWork();
  process.stdout.write(
    `${JSON.stringify({
      counts: { files: FOLDERS * FILES, rows, steps: chosen.length, differ_after: again.changes.length, npm },
      milliseconds: { scan, apply, undo: undone },
      problems,
    })}\n`,
  );
} finally {
  house.remove();
}
process.exitCode = problems.length === 0 ? 0 : 1;

/** Files that npm made in the copy of a project of its own, from packages that lie in it: no registry is asked. */
function npmAtWork(): number {
  const own = new CopyHouse(isRoot ? 'root' : 'user');
  try {
    own.makeFile(
      'home/proj/package.json',
      '{"name":"p","version":"1.0.0","dependencies":{"one":"file:one-1.0.0.tgz"}}\n',
    );
    own.makeFile('home/proj/one/package.json', '{"name":"one","version":"1.0.0"}\n');
    own.makeFile('home/proj/one/index.js', 'module.exports = 1;\n');
    own.script(
      'export HOME=/tmp; cd one && npm pack --silent --offline --pack-destination .. > /dev/null; cd ..; npm install --offline --no-audit --no-fund --silent; npm install --offline --no-audit --no-fund --silent; node -e "require(\'one\')"',
    );
    return readdirSync(join(own.layers, 'upper/node_modules')).length;
  } catch (error) {
    problems.push(`npm: ${String(error).slice(0, 400)}`);
    return 0;
  } finally {
    own.remove();
  }
}

async function timed<T extends object>(work: () => Promise<T>): Promise<T & { readonly took: number }> {
  const began = performance.now();
  const value = await work();
  return { ...value, took: Math.round(performance.now() - began) };
}

/** Names, modes and contents of everything below a folder. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      const whole = join(path, name);
      const facts = lstatSync(whole);
      hash.update(`${whole} ${facts.mode}\n`);
      if (facts.isDirectory()) walk(whole);
      else hash.update(facts.isSymbolicLink() ? readlinkSync(whole) : readFileSync(whole));
    }
  };
  walk(folder);
  return hash.digest('hex');
}
