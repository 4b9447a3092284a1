/**
 * Ways out of a sandbox, tried by a program that is built for it, as an ordinary user and by way of root, at every
 * level. What each attempt is after is listed in attempts.h; here stands what may be had at which level, and in the
 * end what is outside is looked at: nothing there may have changed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Level } from '../../main/sandbox/launch-plan.ts';
import { LaunchHouse, launcherMissing, STARTERS } from '../support/launcher.ts';

/** What an attempt may have at a level: nothing that leads out. Everything else is to be denied everywhere. */
const ALLOWED: Readonly<Record<Level, readonly string[]>> = {
  // Sockets of programs of one project, and what tells a program its own addresses.
  standard: ['unix_socket', 'unix_datagram', 'netlink_route', 'pair_to_project', 'pair_raw'],
  strict: [],
  maximum: [],
};
const ATTEMPTS_AT_LEAST = 430;
const SECRETS = [
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.kube/config',
  '.docker/config.json',
  '.netrc',
  '.npmrc',
  '.gnupg/secring',
  '.mozilla/cookies.sqlite',
  '.bash_history',
  '.bashrc',
  '.profile',
];
/** Attempts that an ordinary user's program gets away with on any Linux, and that disturb nobody. */
const UNSTOPPED = [
  'read_ssh',
  'read_other_env',
  'stat_ssh',
  'list_ssh',
  'write_home_bashrc',
  'write_other_project',
  'symlink_write',
  'symlink_read',
  'hardlink_in',
  'dotdot_write',
  'proc_self_root',
  'above_root',
  'hook_write',
  'hook_unlink',
  'git_config_write',
  'git_config_unlink',
  'settings_write',
  'envrc_write',
  'chmod_outside',
  'suid_chmod',
  'suid_open',
  'suid_creat',
  'suid_tmpfile',
  'write_hook_program',
  'unlink_hook_program',
  'replace_hook_folder',
  'ptrace_traceme',
  'pidfd_victim',
  'unix_socket',
  'netlink_route',
  'netlink_generic',
  'unix_outside',
  'unix_abstract',
  'tcp_outside_loopback',
  'shm_sysv',
  'shm_posix',
  'mq_posix',
  'tmp_of_outside',
  'env_github_token',
  'env_node_options',
  'git_rename',
  'kill_victim',
  'reopen_envrc',
  'rename_over_envrc',
  'exchange_envrc',
  'exchange_git_folder',
  'unlink_envrc',
  'swap_link',
  'memfd_exec',
  'trace_sibling',
  'prlimit_victim',
  'netlink_sock_diag',
  'msg_sysv',
  'sem_sysv',
  'scm_rights',
  'pair_to_project',
  'pair_to_outside',
  'pair_to_abstract',
  'names_of_outside_sockets',
  'ports_of_outside',
  'core_to_handler',
  'session_of_victim',
  'watch_home',
  'watch_outside',
  'dnotify_outside',
  'tmpfile_into_home',
];
/** The same where nobody has moved the folders away before. */
const UNSTOPPED_BY_DESCRIPTOR = [
  'chmod_hook_fd',
  'time_hook_fd',
  'tmpfile_into_hooks',
  'bind_socket_in_hooks',
];
const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  AWS_SECRET_ACCESS_KEY: 'hunter2',
  GITHUB_TOKEN: 'hunter2',
  SSH_AUTH_SOCK: '/tmp/agent',
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
  NODE_OPTIONS: '--require /tmp/x.js',
  PYTHONSTARTUP: '/tmp/x.py',
  PERL5OPT: '-Mx',
  BASH_ENV: '/tmp/x.sh',
  GIT_SSH_COMMAND: '/tmp/x',
  DISPLAY: ':0',
  XDG_RUNTIME_DIR: '/run/user/1000',
  KUBECONFIG: '/tmp/kube',
  npm_config_userconfig: '/tmp/npmrc',
  LD_LIBRARY_PATH: '/tmp/lib',
};

const missing =
  launcherMissing() ??
  (spawnSync('cc', ['--version']).status === 0 ? null : 'no C compiler: apt-get install gcc libc6-dev');
let attacker: string;

beforeAll(() => {
  if (missing !== null) return;
  attacker = join(mkdtempSync(join(tmpdir(), 'gh-attacker-')), 'attacker');
  const source = join(import.meta.dirname, 'attacker.c');
  const built = spawnSync('cc', ['-O0', '-static', '-w', '-o', attacker, source], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  chmodSync(join(attacker, '..'), 0o755);
}, 180_000);
afterAll(() => {
  if (attacker !== undefined) rmSync(join(attacker, '..'), { recursive: true, force: true });
});
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

/** Everything outside that an attempt could reach, and how it stood before. */
class Outside {
  readonly house: LaunchHouse;
  readonly folder: string;
  readonly victim: ChildProcess;
  readonly #servers: Server[] = [];
  #holder: ChildProcess | null = null;
  readonly connections: string[] = [];
  readonly #before: ReadonlyMap<string, string>;
  port = 0;

  constructor(starter: (typeof STARTERS)[number]) {
    this.house = new LaunchHouse(starter);
    const { house } = this;
    for (const name of SECRETS) house.makeFile(`home/${name}`, `secret of ${name}\n`, 0o600);
    this.folder = house.makeFolder('outside');
    house.makeFile('outside/file', 'outside\n');
    house.makeFile('outside/.env', 'KEY=hunter2\n', 0o600);
    for (const name of ['data/state.db', 'config/policy.yaml'])
      house.makeFile(`gh/${name}`, 'gatehouse\n', 0o600);
    const project = 'home/proj';
    house.makeFile(`${project}/.git/hooks/existing`, '#!/bin/sh\n', 0o755);
    house.makeFile(`${project}/.git/config`, '[core]\n\tbare = false\n');
    for (const name of ['.claude/settings.json', '.vscode/tasks.json', '.envrc', 'gatehouse.yaml'])
      house.makeFile(`${project}/${name}`, '{}\n');
    copyFileSync(attacker, join(house.workspace, 'attacker'));
    chmodSync(join(house.workspace, 'attacker'), 0o755);
    house.makeFile('gh/bin/gatehouse', 'the hook program\n', 0o755);
    this.#attacker('prepare');
    this.victim = spawn(
      'sleep',
      ['1000'],
      house.uid === process.getuid?.() ? {} : { uid: house.uid, gid: house.uid },
    );
    this.#before = this.#look();
  }

  #attacker(word: 'prepare' | 'clean'): void {
    const { uid } = this.house;
    const done = spawnSync(attacker, [word], uid === process.getuid?.() ? {} : { uid, gid: uid });
    if (done.status !== 0) throw new Error(`the attacker could not ${word}: ${done.status}`);
  }

  async open(): Promise<void> {
    const listen = (where: string | { host: string; port: number }, name: string) =>
      new Promise<Server>((resolve, reject) => {
        const server = createServer((socket) => {
          this.connections.push(name);
          socket.destroy();
        });
        this.#servers.push(server);
        server.once('error', reject);
        server.listen(where, () => resolve(server));
      });
    const tcp = await listen({ host: '127.0.0.1', port: 0 }, 'tcp');
    this.port = (tcp.address() as AddressInfo).port;
    await listen(join(this.folder, 'listener.sock'), 'unix');
    chmodSync(join(this.folder, 'listener.sock'), 0o777);
    await listen(`\0gatehouse-escape-${this.port}`, 'abstract');
    const names = [this.house.workspace, this.folder].map((folder) => join(folder, 'datagrams.sock'));
    const { uid } = this.house;
    this.#holder = spawn(attacker, ['hold', ...names, `gatehouse-escape-${this.port}`], {
      ...(uid === process.getuid?.() ? {} : { uid, gid: uid }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(this.#holder.stdout ?? this.#holder, 'data')) as [Buffer];
    expect(said.toString()).toBe('held\n');
  }

  #look(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const walk = (folder: string) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        const facts = lstatSync(path);
        if (facts.isDirectory()) walk(path);
        else if (facts.isFile()) found.set(path, `${facts.mode} ${readFileSync(path, 'utf8').slice(0, 200)}`);
      }
    };
    for (const name of ['outside', 'gh']) walk(join(this.house.folder, name));
    for (const name of SECRETS) {
      const path = join(this.house.home, name);
      found.set(path, `${statSync(path).mode} ${readFileSync(path, 'utf8')}`);
    }
    for (const name of ['.git/hooks', '.git/config', '.claude', '.vscode', '.envrc', 'gatehouse.yaml']) {
      const path = join(this.house.workspace, name);
      if (statSync(path).isDirectory()) walk(path);
      else found.set(path, `${statSync(path).mode} ${readFileSync(path, 'utf8')}`);
    }
    found.set('home', readdirSync(this.house.home).sort().join());
    return found;
  }

  /** Where a copy of the project is kept: what is written to the project goes there. */
  get layers(): string {
    return join(this.house.folder, 'gh/review');
  }

  /** What is not as it was. */
  changed(): string[] {
    const now = this.#look();
    return [...new Set([...this.#before.keys(), ...now.keys()])].filter(
      (path) => this.#before.get(path) !== now.get(path) && !path.startsWith(this.layers),
    );
  }

  /** Files in the project that run as somebody else, or are devices. */
  dangerous(): string[] {
    return readdirSync(this.house.workspace).filter((name) => {
      const facts = lstatSync(join(this.house.workspace, name));
      return (
        (facts.isFile() && (facts.mode & 0o6000) !== 0) || facts.isBlockDevice() || facts.isCharacterDevice()
      );
    });
  }

  words(): string[] {
    return [
      this.house.home,
      this.house.workspace,
      this.folder,
      String(this.victim.pid),
      String(this.port),
      `gatehouse-escape-${this.port}`,
      join(this.house.folder, 'gh'),
    ];
  }

  close(): void {
    for (const server of this.#servers) server.close();
    this.victim.kill('SIGKILL');
    this.#holder?.kill('SIGKILL');
    this.#attacker('clean');
    this.house.remove();
  }
}

describe.each(STARTERS)('started by %s', (starter) => {
  let outside: Outside;
  beforeEach(async () => {
    if (missing !== null) return;
    outside = new Outside(starter);
    await outside.open();
  });
  afterEach(() => outside?.close());

  it.each(['standard', 'strict', 'maximum'] as const)('nothing gets out of %s', (level) => {
    // At maximum the project is a copy.
    const layers = level === 'maximum' ? outside.house.makeFolder('gh/review') : null;
    if (layers !== null) for (const name of ['upper', 'work']) outside.house.makeFolder(`gh/review/${name}`);
    const ran = outside.house.run({ level, processes: 256, layers }, ['./attacker', ...outside.words()], {
      env: ENVIRONMENT,
      timeoutMs: 60_000,
    });
    expect(ran.report['snapshot']?.on).toBe(level === 'maximum' ? true : undefined);
    const results = ran.stdout.split('\n').flatMap((line) => {
      const match = /^(\w+) (got|errno \d+|killed \d+)$/.exec(line);
      return match === null ? [] : [{ name: match[1] ?? '', result: match[2] ?? '' }];
    });
    const tried = Number(/^tried (\d+)$/m.exec(ran.stdout)?.[1]);
    expect(tried, `${ran.stderr}\n${ran.stdout.slice(-300)}`).toBeGreaterThanOrEqual(ATTEMPTS_AT_LEAST);
    // Each told what came of it, by itself.
    expect(results).toHaveLength(tried);
    const got = results.filter(({ result }) => result === 'got').map(({ name }) => name);
    expect(got.filter((name) => !ALLOWED[level].includes(name))).toEqual([]);
    // A list of what is allowed that nothing uses would hide that an attempt does not work.
    expect(ALLOWED[level].filter((name) => !got.includes(name))).toEqual([]);
    expect(outside.changed()).toEqual([]);
    expect(outside.dangerous()).toEqual([]);
    expect(outside.victim.exitCode ?? outside.victim.signalCode).toBe(null);
    expect(existsSync('/usr/planted') || existsSync('/etc/planted')).toBe(false);
  });

  it('what is denied for its name does not exist, and what may be read cannot be written', () => {
    const ran = outside.house.run({ level: 'standard', processes: 256 }, ['./attacker', ...outside.words()], {
      env: ENVIRONMENT,
    });
    const errno = (name: string) => Number(new RegExp(`^${name} errno (\\d+)$`, 'm').exec(ran.stdout)?.[1]);
    const [ENOENT, EROFS] = [2, 30];
    for (const name of [
      'read_ssh',
      'read_aws',
      'stat_ssh',
      'read_other_env',
      'unix_outside',
      'read_gatehouse_data',
    ])
      expect([name, errno(name)]).toEqual([name, ENOENT]);
    for (const name of [
      'write_home_bashrc',
      'write_etc',
      'hook_write',
      'git_config_write',
      'settings_new',
      'chmod_usr',
    ])
      expect([name, errno(name)]).toEqual([name, EROFS]);
    const EBUSY = 16;
    expect([errno('git_rename'), errno('settings_rename')]).toEqual([EBUSY, EBUSY]);
  });
});

describe('the attacker', () => {
  it.each([
    ['paths', UNSTOPPED],
    ['descriptors', UNSTOPPED_BY_DESCRIPTOR],
  ])('gets what it is after by %s where nothing stops it', async (_by, names) => {
    const outside = new Outside('user');
    await outside.open();
    const ran = spawnSync(join(outside.house.workspace, 'attacker'), [...outside.words(), ...names], {
      cwd: outside.house.workspace,
      env: ENVIRONMENT,
      encoding: 'utf8',
      timeout: 60_000,
      uid: outside.house.uid,
      gid: outside.house.uid,
    });
    const got = ran.stdout.split('\n').flatMap((line) => (line.endsWith(' got') ? [line.split(' ')[0]] : []));
    outside.close();
    expect(names.filter((name) => !got.includes(name))).toEqual([]);
  });
});
