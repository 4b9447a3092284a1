import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadElectron, electronState } from '../../main/cli/electron-binary.ts';
import { runElectron } from '../../main/cli/electron-process.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-electron-'));
  folder = join(root, 'node_modules', 'electron');
  mkdirSync(join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"electron","version":"45.4.1"}');
  writeFileSync(join(folder, 'install.js'), '');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function program(script: string): string {
  const path = join(folder, 'dist', 'electron');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

describe("Electron's program", () => {
  it('is there when its path was written and it can be run', () => {
    const binary = program('exit 0');
    expect(electronState(root).kind).toBe('no_binary');
    writeFileSync(join(folder, 'path.txt'), 'electron');
    expect(electronState(root)).toEqual({ kind: 'ready', binary });
  });

  it('is not there when it cannot be run, was cut off, or points elsewhere', () => {
    for (const path of ['electron', '../../../bin/sh', '/bin/sh', '']) {
      writeFileSync(join(folder, 'path.txt'), path);
      expect(electronState(root).kind).toBe('no_binary');
    }
  });

  it('cannot be had without the package', () => {
    rmSync(join(folder, 'install.js'));
    expect(electronState(root)).toEqual({ kind: 'no_package' });
    writeFileSync(join(folder, 'package.json'), '{');
    expect(electronState(root)).toEqual({ kind: 'no_package' });
    rmSync(folder, { recursive: true });
    expect(electronState(root)).toEqual({ kind: 'no_package' });
  });
});

describe('the download', () => {
  const get = (limitMs?: number) => {
    const progress = vi.fn();
    const done = downloadElectron({
      installRoot: root,
      version: '45.4.1',
      installer: join(folder, 'install.js'),
      env: process.env,
      progress,
      ...(limitMs === undefined ? {} : { limitMs }),
    });
    return { done, progress };
  };

  it('gives the program, and shows from the first moment that it is busy', async () => {
    writeFileSync(
      join(folder, 'install.js'),
      `const fs=require('fs');fs.writeFileSync(__dirname+'/dist/electron','#!/bin/sh\\n',{mode:0o755});fs.writeFileSync(__dirname+'/path.txt','electron');`,
    );
    const { done, progress } = get();
    expect(progress).toHaveBeenCalledWith(0);
    expect(await done).toEqual({ binary: join(folder, 'dist', 'electron') });
  });

  it('that fails says so without a stack', async () => {
    const write = vi.spyOn(process.stderr, 'write');
    writeFileSync(join(folder, 'install.js'), `throw new Error('getaddrinfo ENOTFOUND');`);
    expect(await get().done).toEqual({ why: 'Electron could not be downloaded' });
    expect(write).not.toHaveBeenCalled();
  });

  it('that does not end is ended', async () => {
    writeFileSync(
      join(folder, 'install.js'),
      `require('fs').writeFileSync(__dirname+'/pid',String(process.pid));setInterval(()=>{},1000);`,
    );
    expect(await get(1000).done).toEqual({ why: 'Electron was not downloaded within 1 s' });
  });
});

describe("the window's process", () => {
  const said = () => vi.spyOn(process.stdout, 'write').mockImplementation(() => true);

  it('hands its words on, and its exit code', async () => {
    const write = said();
    const end = await runElectron(program('echo "Gatehouse is running. Fine."; exit 3'), root, process.env);
    expect(end).toEqual({ kind: 'ran', exit: 3 });
    expect(write.mock.calls.map(([text]) => String(text)).join('')).toBe('Gatehouse is running. Fine.\n');
  });

  it('that dies before it runs is told apart, so that headless can take over', async () => {
    const noise = vi.spyOn(process.stderr, 'write');
    expect(await runElectron(program('echo "FATAL:stack" >&2; exit 133'), root, process.env)).toEqual({
      kind: 'failed',
      why: 'Electron ended at once, exit code 133',
    });
    expect(await runElectron(program('kill -SEGV $$'), root, process.env)).toEqual({
      kind: 'failed',
      why: 'Electron ended at once, SIGSEGV',
    });
    expect(await runElectron(join(root, 'nothing'), root, process.env)).toEqual({
      kind: 'failed',
      why: 'Electron could not be started',
    });
    expect(noise).not.toHaveBeenCalled();
  });

  it('that hangs before it runs is ended', async () => {
    expect(await runElectron(program('exec sleep 60'), root, process.env, 300)).toEqual({
      kind: 'failed',
      why: 'Electron ended at once, SIGKILL',
    });
  });

  it('gets no variable that would change what it runs, and never --no-sandbox', async () => {
    const write = said();
    await runElectron(program('echo "args=$* node=$ELECTRON_RUN_AS_NODE$NODE_OPTIONS"'), root, {
      ...process.env,
      ELECTRON_RUN_AS_NODE: '1',
      NODE_OPTIONS: '--inspect',
    });
    expect(write.mock.calls.map(([text]) => String(text)).join('')).toBe(`args=${root} node=\n`);
  });

  it('is passed the signal that ends us', async () => {
    const write = said();
    const end = runElectron(
      program('trap "exit 0" TERM; echo "Gatehouse is running."; while :; do sleep 0.05; done'),
      root,
      process.env,
    );
    await expect.poll(() => write).toHaveBeenCalled();
    const others = process.rawListeners('SIGTERM').slice(0, -1);
    for (const listener of others) process.removeListener('SIGTERM', listener as never);
    process.emit('SIGTERM');
    for (const listener of others) process.on('SIGTERM', listener as never);
    expect(await end).toEqual({ kind: 'ran', exit: 0 });
  });
});
