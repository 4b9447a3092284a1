/** What electron-builder makes of the checkout, looked at and run. Electron's own program is played: see packed-app.ts. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkNativeParts, readNativeDigests } from '../../main/platform/native-digests.ts';
import { NO_WINDOW } from '../../main/platform/own-program.ts';
import { resolvePaths } from '../../main/platform/paths.ts';
import { isRoot, NOBODY } from '../native/other-user.ts';
import { projectRoot } from '../support/built.ts';
import { freePort } from '../support/headless-rig.ts';
import { type PackedApp, packApp } from '../support/packed-app.ts';

const reason = process.platform === 'linux' ? null : 'Linux only: this packs for Linux';
const TARGET = `linux-${process.arch}`;

describe('the packed app', () => {
  let packed: PackedApp;
  let archive: string[];
  beforeEach(({ skip }) => {
    if (reason !== null) skip(reason);
  });
  beforeAll(async () => {
    if (reason !== null) return;
    packed = await packApp();
    archive = listPackage(join(packed.resources, 'app.asar'), { isPack: true });
  }, 300_000);
  afterAll(() => {
    if (reason === null) packed.remove();
  });

  /** Regular files below a folder of it, from there. */
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .toSorted((a, b) => (a < b ? -1 : 1));
  const inArchive = () => archive.map((line) => line.split(' : ')[1] ?? '');

  it('holds what the app needs and nothing of the workshop', () => {
    const top = new Set(inArchive().map((path) => path.split('/').slice(1, 3).join('/')));
    expect([...top].filter((path) => !path.startsWith('node_modules')).toSorted()).toEqual([
      'dist',
      'dist/main',
      'dist/native-digests.json',
      'dist/preload',
      'dist/renderer',
      'package.json',
      'resources',
      ...readdirSync(join(projectRoot, 'resources'))
        .filter((name) => name !== 'screenshots' && name !== 'linux' && name !== 'mac')
        .map((name) => `resources/${name}`)
        .toSorted(),
    ]);
    const icons = inArchive().filter((path) => path.startsWith('/resources/icons/'));
    expect(icons.filter((path) => !/^\/resources\/icons\/tray(\/[a-z-]+-\d\d\.png)?$/.test(path))).toEqual(
      [],
    );
    expect(inArchive().filter((path) => /\.(map|ts|mts|cts|c|h)$/.test(path))).toEqual([]);
    // What is built into the page is not packed a second time, and tools are not packed at all.
    expect(
      [...top].filter((path) =>
        /^node_modules\/(react|zustand|@base-ui|vite|electron$|typescript)/.test(path),
      ),
    ).toEqual([]);
  });

  it('has its native parts beside the archive, of this system only, and their digests in it', () => {
    expect(archive.filter((line) => /\.(node|so)$/.test(line) && !line.startsWith('unpack'))).toEqual([]);
    const digests = readNativeDigests(packed.extracted);
    expect(Object.keys(digests ?? {}).toSorted()).toEqual([
      `app.asar.unpacked/node_modules/better-sqlite3/prebuilds/${TARGET}.node`,
      `app.asar.unpacked/node_modules/keytar/prebuilds/${TARGET}/keytar.node`,
      ...filesIn(join(projectRoot, 'native', 'build', TARGET))
        .filter((name) => name !== 'status.json')
        .map((name) => `native/build/${TARGET}/${name}`),
    ]);
    const beside = [
      ...filesIn(join(packed.resources, 'app.asar.unpacked')).map((name) => `app.asar.unpacked/${name}`),
      ...filesIn(join(packed.resources, 'native')).map((name) => `native/${name}`),
    ].filter((name) => !name.endsWith('status.json'));
    expect(beside.toSorted()).toEqual(Object.keys(digests ?? {}).toSorted());
  });

  it('leaves no list in the checkout, whose parts are compiled anew at any time', () => {
    expect(readNativeDigests(projectRoot)).toBeNull();
  });

  it('keeps the modes: programs can be run, and nobody else can write', () => {
    const client = join(packed.resources, 'native', 'build', TARGET, 'gatehouse');
    expect(lstatSync(client).mode & 0o111).toBe(0o111);
    for (const file of filesIn(packed.folder).map((name) => join(packed.folder, name)))
      expect([file, lstatSync(file).mode & 0o022]).toEqual([file, 0]);
  });

  it('has every fuse set, by name', async () => {
    const wire = await getCurrentFuseWire(join(packed.folder, 'gatehouse-desktop'));
    // The wire has a character for each fuse: `1` on, `0` off. One that this version does not know has no name.
    const named = Object.fromEntries(
      Object.entries(wire)
        .filter(([index]) => /^\d+$/.test(index))
        .map(([index, state]) => [FuseV1Options[Number(index)], Number(state) === '1'.charCodeAt(0)]),
    );
    expect(named).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: true,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
    });
  });

  it('has a preload that needs nothing but electron, in one file', () => {
    const preloads = inArchive().filter((path) => path.startsWith('/dist/preload/'));
    expect(preloads).toEqual(['/dist/preload/index.cjs']);
    const text = readFileSync(join(packed.extracted, 'dist', 'preload', 'index.cjs'), 'utf8');
    const needed = [...text.matchAll(/\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map(([, name]) => name);
    expect([...new Set(needed)]).toEqual(['electron']);
    expect(/\bimport\(/.test(text)).toBe(false);
  });

  it('loads its addons from where they are packed', () => {
    const from = createRequire(join(packed.extracted, 'dist', 'main', 'index.js'));
    const Database = from('better-sqlite3') as new (
      file: string,
    ) => {
      prepare(sql: string): { get(): { two: number } };
    };
    expect(new Database(':memory:').prepare('select 1 + 1 as two').get().two).toBe(2);
    expect(Object.keys(from('keytar') as object)).toContain('getPassword');
  });

  describe('started by its native program', () => {
    it('runs commands without a window', async () => {
      expect(await packed.run(['--version'])).toEqual({ exit: 0, stdout: 'gatehouse 0.1.0\n', stderr: '' });
      const preset = join(packed.extracted, 'resources', 'presets', 'careful.yaml');
      const checked = await packed.run(['policy', 'check', preset]);
      expect([checked.exit, checked.stderr]).toEqual([0, '']);
      expect(await packed.run(['status'])).toEqual({
        exit: 1,
        stdout: '',
        stderr: 'gatehouse: status: Gatehouse is not running; hint: start it with gatehouse start\n',
      });
    });

    it('opens its window and its doors where there is a display', async () => {
      const started = await packed.run([], { DISPLAY: ':99' });
      expect(started.stderr).toBe('');
      expect(started.stdout).toContain(
        '"url":"gatehouse://app/","status":200,"type":"text/html; charset=utf-8"',
      );
      expect(started.stdout).toContain('Gatehouse is running. ');
      expect(started.exit).toBe(0);
    });

    it('is headless where there is none', async () => {
      const started = await packed.run(['start', '--port', String(await freePort())]);
      expect(started.stdout).toContain('Gatehouse is running (headless: no display). ');
      expect(started.stdout).not.toContain('electron:');
      expect(started.exit).toBe(0);
    });

    it('plays a tutorial in a private supervisor, with its own hook program', async () => {
      const played = await packed.run(['tutorial', '1', '--auto']);
      expect(played.stderr).toBe('');
      expect(played.stdout).toContain('rows, chain intact.');
    });

    it.each([
      ['--remote-debugging-port=9222'],
      ['--hidden', '--remote-debugging-port=9222'],
      ['--no-sandbox'],
      ['gatehouse://open/inbox', '--inspect'],
    ])('opens no debugger and no hole: %s %s', async (...words) => {
      const refused = await packed.run(words, { DISPLAY: ':99' });
      expect(refused.exit).toBe(2);
      expect(refused.stdout).toBe('');
    });

    it('knows the door of whoever runs it: hooks are blocked, and nothing runs in a sandbox, while nobody answers', async () => {
      for (const env of [
        { GATEHOUSE_HOME: join(packed.home, 'elsewhere') },
        { GATEHOUSE_HOME: '', XDG_DATA_HOME: join(packed.home, 'data') },
        { GATEHOUSE_HOME: '', XDG_DATA_HOME: 'relative' },
      ]) {
        const { agentDoor } = resolvePaths(env, 'linux', packed.home);
        const hook = await packed.run(['hook', 'claude-code'], env);
        expect([hook.exit, hook.stdout]).toEqual([2, '']);
        const run = await packed.run(['run', '--', '/bin/echo', 'ran'], env);
        expect([run.exit === 0, run.stdout]).toEqual([false, '']);
        for (const said of [hook.stderr, run.stderr]) expect(said).toContain(agentDoor);
      }
    });

    it('does not run as root', (context) => {
      if (!isRoot) return context.skip('Linux only: as root');
      const program = join(packed.resources, 'native', 'build', TARGET, 'gatehouse');
      const refused = spawnSync(program, ['status'], { encoding: 'utf8' });
      expect([refused.status, refused.stderr]).toEqual([
        125,
        'gatehouse: the command was not run: the desktop app does not run as root; hint: run it as the user whose agents it supervises\n',
      ]);
    });
  });

  it('starts the keychain’s process by its own program, with its own keytar', async () => {
    const child = spawn(join(packed.folder, 'gatehouse-desktop'), [NO_WINDOW, 'keychain-child'], {
      env: { HOME: packed.home, GATEHOUSE_HOME: join(packed.home, 'gatehouse'), PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    try {
      const answered = once(child, 'message');
      child.send({ id: 1, ask: 'get', service: 'gatehouse-test', account: 'nobody' });
      // There is no session bus for it: what it says of that is keytar's own.
      const [reply] = await answered;
      expect(reply).toMatchObject({ id: 1, secret: null, failed: expect.stringMatching(/\S/) });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('installs the hook program that was packed, at its stable place', async () => {
    const client = join(packed.resources, 'native', 'build', TARGET, 'gatehouse');
    const claude = join(packed.home, '.claude');
    mkdirSync(claude);
    writeFileSync(join(claude, 'settings.json'), '{}');
    if (isRoot) for (const path of [claude, join(claude, 'settings.json')]) chownSync(path, NOBODY, NOBODY);
    const connected = await packed.run(['agents', 'install', 'claude-code', '--yes']);
    expect([connected.exit, connected.stderr]).toEqual([0, '']);
    const installed = join(packed.home, 'gatehouse', 'data', 'bin', 'gatehouse');
    expect(readFileSync(installed).equals(readFileSync(client))).toBe(true);
    expect(lstatSync(installed).mode & 0o7777).toBe(0o700);
    expect(readFileSync(join(claude, 'settings.json'), 'utf8')).toContain(installed);
  });

  // Last: it breaks what was packed.
  it('does not start when a native part was changed', async () => {
    const digests = readNativeDigests(packed.extracted) ?? {};
    expect(() => checkNativeParts(packed.resources, digests)).not.toThrow();
    const addon = join(packed.resources, 'native', 'build', TARGET, 'peer.node');
    const before = readFileSync(addon);
    appendFileSync(addon, '\0');
    const refused = await packed.run(['status']);
    expect([refused.exit, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toBe(
      `gatehouse: this install was changed: ${addon} is not the program that was packed; hint: install Gatehouse again\n`,
    );
    writeFileSync(addon, before);
    expect(() => checkNativeParts(packed.resources, digests)).not.toThrow();
  });
});
