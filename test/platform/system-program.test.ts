import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOf } from '../../main/platform/system-program.ts';

describe('a program of the system', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gh-program-'));
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function started(program: string, ...args: readonly string[]): Promise<number> {
    const child = spawn(program, args, { stdio: 'ignore' });
    children.push(child);
    await new Promise((resolve) => child.once('spawn', resolve));
    // Until it is itself it is a copy of this process.
    for (let tries = 0; tries < 400; tries += 1) {
      if ((await programOf(child.pid ?? 0)).executable !== process.execPath) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return child.pid ?? 0;
  }

  it('lies where only the administrator installs', async () => {
    const sleep = spawnSync('readlink', ['-f', spawnSync('which', ['sleep']).stdout.toString().trim()])
      .stdout.toString()
      .trim();
    expect(await programOf(await started(sleep, '60'))).toEqual({ executable: sleep, system: true });
    const own = join(folder, 'notify');
    copyFileSync(sleep, own);
    expect(await programOf(await started(own, '60'))).toEqual({ executable: own, system: false });
  });

  it('is no interpreter that runs a script of the person', async () => {
    const script = join(folder, 'fake.sh');
    writeFileSync(script, 'sleep 60\n');
    expect((await programOf(await started('/bin/sh', script))).system).toBe(false);
    expect((await programOf(await started('/bin/sh', '-c', 'sleep 60; true'))).system).toBe(false);
    expect((await programOf(process.pid)).system).toBe(false);
  });

  it('is not known of a process that is gone, or of none', async () => {
    expect(await programOf(null)).toEqual({ executable: null, system: false });
    expect(await programOf(2 ** 22 + 1)).toEqual({ executable: null, system: false });
  });
});
