/**
 * What is kept of a project while another program swaps its files and folders for links that lead out: never a byte of
 * what they lead to, whatever the moment; and a comparison that follows none either.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../main/platform/errors.ts';
import { CopyHouse } from '../support/copy-house.ts';
import { launcherMissing, STARTERS } from '../support/launcher.ts';

const missing = launcherMissing();
const SECRET = 'not-for-the-project-7c1f';
/** Renames over each other, as fast as it can: a file and a link to one outside, a folder and a link to one outside. */
const SWAPPER = `
import os, sys
print("goes", flush=True)
while True:
    for name, other in (("file", "file-link"), ("folder", "folder-link")):
        os.rename(name, "aside"); os.rename(other, name)
        os.rename(name, other); os.rename("aside", name)
`;
const BOUNDS = { bytes: 2 ** 30, entries: 100_000, milliseconds: 30_000, largest: 2 ** 20, skips: false };
/** Contents of every regular file below a folder. */
function contents(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const facts = lstatSync(path);
    if (facts.isDirectory()) return contents(path);
    return facts.isFile() ? [readFileSync(path, 'utf8')] : [];
  });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe.each(STARTERS)('kept by %s', (starter) => {
  let house: CopyHouse;
  let swapper: ChildProcess | null = null;
  beforeEach((context) => {
    if (missing !== null) return context.skip(missing);
    house = new CopyHouse(starter);
  });
  afterEach(async () => {
    if (swapper !== null && swapper.exitCode === null && swapper.kill('SIGKILL')) await once(swapper, 'exit');
    swapper = null;
    house?.remove();
  });

  it('holds nothing of what links lead to', async () => {
    const outside = house.makeFolder('outside');
    house.makeFile('outside/inner', SECRET);
    house.makeFile('home/proj/file', 'the file\n');
    house.makeFile('home/proj/folder/inner', 'in the folder\n');
    for (let number = 0; number < 200; number += 1) house.makeFile(`home/proj/more/${number}`, `${number}\n`);
    const links = `import os; os.symlink("${outside}/inner", "file-link"); os.symlink("${outside}", "folder-link")`;
    const made = spawn('python3', ['-c', links], { cwd: house.workspace });
    await once(made, 'exit');
    swapper = spawn('python3', ['-c', SWAPPER], {
      cwd: house.workspace,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (swapper.stdout !== null) await once(swapper.stdout, 'data');
    let kept = 0;
    for (let round = 0; round < 30; round += 1) {
      const store = house.makeFolder(`gh/keep/${round}`);
      const base = round === 0 ? null : join(house.folder, `gh/keep/${round - 1}`);
      try {
        kept += (await house.program.keep(house.workspace, store, base, BOUNDS)).files;
      } catch (error) {
        // A folder that went while it was entered: then nothing is kept, and that is said.
        if (!(error instanceof GatehouseError) || error.code !== 'not_kept') throw error;
        continue;
      }
      const { bytes } = await house.program.compare(house.workspace, store);
      expect(contents(store).filter((text) => text.includes(SECRET))).toEqual([]);
      // The list of changes holds hashes: that of the secret is none of them.
      expect(bytes.toString('latin1')).not.toContain(hashOf(SECRET));
    }
    expect(kept).toBeGreaterThan(200);
  });

  it('is kept again from nothing but its own tree: what an earlier one lists and lost is copied', async () => {
    house.makeFile('home/proj/a', 'aaa\n');
    const [first, second] = [house.makeFolder('gh/keep/1'), house.makeFolder('gh/keep/2')];
    await new Promise((resolve) => setTimeout(resolve, 3100));
    await house.program.keep(house.workspace, first, null, BOUNDS);
    writeFileSync(join(first, 'before/a'), 'longer than it was\n');
    expect(await house.program.keep(house.workspace, second, first, BOUNDS)).toMatchObject({ linked: 0 });
    expect(readFileSync(join(second, 'before/a'), 'utf8')).toBe('aaa\n');
    mkdirSync(join(house.workspace, 'b'));
    const { list } = await house.program.compare(house.workspace, second);
    expect(list.changes.map(({ path }) => path)).toEqual(['b']);
  });
});
