import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Paths, preparePaths, resolvePaths } from '../../main/platform/paths.ts';

const SOMEBODY_ELSE = 65_534;
const isRoot = process.getuid?.() === 0;
const coded = (code: string) => expect.objectContaining({ code });

let folder: string;
let gatehouse: string;
let paths: Paths;

const modeOf = (path: string) => statSync(path).mode & 0o777;
const folders = () => [paths.config, paths.data, paths.run, paths.logs, paths.bin, paths.backups];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-paths-'));
  gatehouse = join(folder, 'gh');
  paths = resolvePaths({ GATEHOUSE_HOME: gatehouse }, process.platform, '/nowhere');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('where things are', () => {
  it('GATEHOUSE_HOME moves everything, and nothing else has a say then', () => {
    const env = { GATEHOUSE_HOME: '/srv/gh', XDG_CONFIG_HOME: '/x', XDG_DATA_HOME: '/y' };
    const all = Object.values(resolvePaths(env, 'linux', '/home/u'));
    expect(all.filter((path) => !path.startsWith('/srv/gh/'))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('follows the XDG folders, and ignores relative ones', () => {
    const set = resolvePaths({ XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }, 'linux', '/home/u');
    expect([set.config, set.data, set.policyFile, set.auditDb]).toEqual([
      '/c/gatehouse',
      '/d/gatehouse',
      '/c/gatehouse/policy.yaml',
      '/d/gatehouse/audit.db',
    ]);
    const plain = resolvePaths(
      { XDG_CONFIG_HOME: 'c', XDG_DATA_HOME: '', GATEHOUSE_HOME: '' },
      'linux',
      '/home/u',
    );
    expect([plain.config, plain.data]).toEqual([
      '/home/u/.config/gatehouse',
      '/home/u/.local/share/gatehouse',
    ]);
  });

  it('keeps the doors out of the runtime folder, whose name changes with the login', () => {
    const { agentDoor, data } = resolvePaths({ XDG_RUNTIME_DIR: '/run/user/1000' }, 'linux', '/home/u');
    expect(agentDoor).toBe(join(data, 'run', 'agent.sock'));
  });

  it('knows the other systems', () => {
    expect(resolvePaths({}, 'darwin', '/Users/u').data).toBe(
      '/Users/u/Library/Application Support/Gatehouse/data',
    );
    const windows = resolvePaths({ APPDATA: '/r', LOCALAPPDATA: '/l' }, 'win32', 'C:\\Users\\u');
    expect([windows.config, windows.data]).toEqual(['/r/Gatehouse', '/l/Gatehouse']);
    expect(windows.agentDoor).toMatch(/^\\\\\.\\pipe\\gatehouse-[\w-]+-agent$/);
    expect(windows.agentDoor).not.toBe(windows.supervisorDoor);
    expect(windows.agentDoor).not.toBe(resolvePaths({}, 'win32', 'C:\\Users\\v').agentDoor);
  });

  it('refuses a relative home, and one whose sockets no system could open', () => {
    expect(() => resolvePaths({ GATEHOUSE_HOME: 'gh' }, 'linux', '/home/u')).toThrow(coded('bad_home'));
    const fits = `/${'x'.repeat(103 - '//run/supervisor.sock'.length)}`;
    expect(Buffer.byteLength(resolvePaths({ GATEHOUSE_HOME: fits }, 'linux', '/').supervisorDoor)).toBe(103);
    expect(() => resolvePaths({ GATEHOUSE_HOME: `${fits}x` }, 'linux', '/')).toThrow(coded('path_too_long'));
    const wide = `/${'ü'.repeat(60)}`;
    expect(() => resolvePaths({ GATEHOUSE_HOME: wide }, 'linux', '/')).toThrow(coded('path_too_long'));
    expect(() => resolvePaths({ GATEHOUSE_HOME: wide }, 'win32', 'C:\\Users\\u')).not.toThrow();
  });
});

describe('folders at the start', () => {
  it('are made for their owner alone, whatever the umask', () => {
    const before = process.umask(0);
    try {
      preparePaths(paths);
    } finally {
      process.umask(before);
    }
    expect(folders().map(modeOf)).toEqual(folders().map(() => 0o700));
    expect(modeOf(gatehouse)).toBe(0o700);
  });

  it('are closed again when somebody opened them', () => {
    preparePaths(paths);
    for (const path of folders()) chmodSync(path, 0o777);
    preparePaths(paths);
    expect(folders().map(modeOf)).toEqual(folders().map(() => 0o700));
  });

  it('leave no file in them readable for others, and keep what makes a program run', () => {
    preparePaths(paths);
    const files: [string, number, number][] = [
      [paths.policyFile, 0o644, 0o600],
      [paths.auditDb, 0o666, 0o600],
      [join(paths.config, 'script'), 0o755, 0o700],
      [join(paths.data, 'read-only'), 0o444, 0o400],
    ];
    for (const [file, mode] of files) {
      writeFileSync(file, '');
      chmodSync(file, mode);
    }
    preparePaths(paths);
    expect(files.map(([file]) => modeOf(file))).toEqual(files.map(([, , mode]) => mode));
  });

  it.each(['config', 'data', 'run', 'logs', 'bin', 'backups'] as const)('%s may not be a link', (name) => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    preparePaths(paths);
    rmSync(paths[name], { recursive: true });
    symlinkSync(elsewhere, paths[name]);
    expect(() => preparePaths(paths)).toThrow(/it is a link; hint/);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('may not be a link that leads nowhere, nor a file', () => {
    mkdirSync(gatehouse);
    symlinkSync(join(folder, 'gone'), paths.config);
    expect(() => preparePaths(paths)).toThrow(coded('unsafe_folder'));
    rmSync(paths.config);
    writeFileSync(paths.config, 'a file');
    expect(() => preparePaths(paths)).toThrow(/it is not a folder/);
  });

  it("may not be somebody else's", () => {
    // Without root nothing can be given away, but the system's folders are somebody else's then.
    const foreign = isRoot ? join(folder, 'foreign') : '/usr';
    if (isRoot) {
      mkdirSync(foreign);
      chownSync(foreign, SOMEBODY_ELSE, SOMEBODY_ELSE);
    }
    expect(() => preparePaths({ ...paths, config: foreign })).toThrow(/it belongs to user \d+; hint: chown/);
    expect(isRoot ? lstatSync(foreign).uid : SOMEBODY_ELSE).toBe(SOMEBODY_ELSE);
  });

  it("hold nothing of somebody else's, file or link", () => {
    preparePaths(paths);
    // Names that no program of ours reads could still be read by a later one.
    const planted = join(paths.data, 'planted');
    if (isRoot) {
      writeFileSync(planted, '');
      chownSync(planted, SOMEBODY_ELSE, SOMEBODY_ELSE);
      expect(() => preparePaths(paths)).toThrow(/planted is not safe to use: it belongs to user 65534/);
      rmSync(planted);
      symlinkSync('/etc/hostname', planted);
    } else {
      // A folder of the system's with files of the system's.
      expect(() => preparePaths({ ...paths, data: '/usr' })).toThrow(coded('unsafe_folder'));
      return;
    }
    expect(() => preparePaths(paths)).not.toThrow();
    lchownSync(planted, SOMEBODY_ELSE, SOMEBODY_ELSE);
    expect(() => preparePaths(paths)).toThrow(/planted is not safe to use: it belongs to user 65534/);
  });

  it('may not lie in a folder that everybody may write into, unless it is sticky', () => {
    mkdirSync(gatehouse);
    chmodSync(gatehouse, 0o777);
    expect(() => preparePaths(paths)).toThrow(
      /gh is not safe to use: everybody may write into it; hint: chmod o-w/,
    );
    chmodSync(gatehouse, 0o1777);
    expect(() => preparePaths(paths)).not.toThrow();
  });

  it('may be reached through a link of our own, but not out of a folder that everybody may write into', () => {
    const real = join(folder, 'open', 'real');
    mkdirSync(real, { recursive: true, mode: 0o700 });
    const link = join(folder, 'link');
    symlinkSync(real, link);
    const through = resolvePaths({ GATEHOUSE_HOME: join(link, 'gh') }, process.platform, '/nowhere');
    expect(() => preparePaths(through)).not.toThrow();
    expect(modeOf(join(real, 'gh', 'config'))).toBe(0o700);
    chmodSync(join(folder, 'open'), 0o777);
    expect(() => preparePaths(through)).toThrow(/open is not safe to use: everybody may write into it/);
  });

  it('may not be reached through a relative link chain that leaves for such a folder', () => {
    const open = join(folder, 'open');
    mkdirSync(join(open, 'deep'), { recursive: true });
    symlinkSync('../open/deep', join(open, 'hop'));
    symlinkSync('open/hop', join(folder, 'link'));
    const through = resolvePaths(
      { GATEHOUSE_HOME: join(folder, 'link', 'gh') },
      process.platform,
      '/nowhere',
    );
    chmodSync(open, 0o777);
    expect(() => preparePaths(through)).toThrow(/everybody may write into it/);
    chmodSync(open, 0o755);
    expect(() => preparePaths(through)).not.toThrow();
  });

  it("may not be reached through somebody else's link, who can aim it anew", () => {
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    const through = resolvePaths({ GATEHOUSE_HOME: join(link, 'gh') }, process.platform, '/nowhere');
    expect(() => preparePaths(through)).not.toThrow();
    if (!isRoot) return;
    lchownSync(link, SOMEBODY_ELSE, SOMEBODY_ELSE);
    expect(() => preparePaths(through)).toThrow(/link is not safe to use: it belongs to user 65534/);
  });

  it('say it when they cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    const inFile = resolvePaths({ GATEHOUSE_HOME: join(folder, 'file', 'gh') }, process.platform, '/nowhere');
    expect(() => preparePaths(inFile)).toThrow(coded('no_folder'));
  });
});
