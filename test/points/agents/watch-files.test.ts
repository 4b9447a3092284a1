import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchFiles } from '../../../main/points/agents/watch-files.ts';

let root = '';
let end: () => void = () => undefined;
let told = 0;
let wake: () => void = () => undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-watch-'));
  told = 0;
});
afterEach(() => {
  end();
  rmSync(root, { recursive: true, force: true });
});

function start(files: () => readonly string[]): void {
  end = watchFiles(files, () => {
    told += 1;
    wake();
  });
}

/** Resolves when the watcher tells of the change that `act` makes. */
async function tellsOf(act: () => void): Promise<void> {
  const next = new Promise<void>((resolve) => {
    wake = resolve;
  });
  act();
  await next;
}

describe('watchFiles', () => {
  it('tells of every way to change a file', async () => {
    const file = join(root, 'a', 'settings.json');
    start(() => [file]);
    // Not even the folder is there yet.
    await tellsOf(() => {
      mkdirSync(join(root, 'a'));
      writeFileSync(file, '1');
    });
    await tellsOf(() => writeFileSync(file, '22'));
    await tellsOf(() => {
      writeFileSync(join(root, 'a', 'tmp'), '3');
      renameSync(join(root, 'a', 'tmp'), file);
    });
    await tellsOf(() => rmSync(file));
    await tellsOf(() => writeFileSync(file, '4'));
    await tellsOf(() => renameSync(join(root, 'a'), join(root, 'b')));
    await tellsOf(() => {
      mkdirSync(join(root, 'a'));
      writeFileSync(file, '5');
    });
    await tellsOf(() => writeFileSync(file, '666'));
  });

  it('follows a list of files that changes', async () => {
    const files = [join(root, 'one')];
    start(() => files);
    const other = join(root, 'elsewhere', 'two');
    mkdirSync(join(root, 'elsewhere'));
    await tellsOf(() => files.push(other));
    await tellsOf(() => writeFileSync(other, 'x'));
  });

  it('is silent about other files, and after its end', async () => {
    const file = join(root, 'settings.json');
    writeFileSync(file, '1');
    start(() => [file]);
    writeFileSync(join(root, 'other'), 'x');
    await tellsOf(() => writeFileSync(file, '22'));
    expect(told).toBe(1);
    end();
    writeFileSync(file, '333');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(told).toBe(1);
  });
});
