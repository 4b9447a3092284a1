/**
 * Profiles under a real kernel: on a Mac only, in the workflow sandbox-macos. What is tried is what the evaluator is
 * asked about; where the two differ, the evaluator is wrong.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readNativeStatus } from '../../../main/platform/native-status.ts';
import { realDisk } from '../../../main/sandbox/disk.ts';
import { type Level, planText } from '../../../main/sandbox/launch-plan.ts';
import { enforced, LaunchReport } from '../../../main/sandbox/levels.ts';
import { type MacosWish, macosPlan } from '../../../main/sandbox/macos/plan.ts';
import { macWish } from './mac-wish.ts';

const missing =
  process.platform === 'darwin' && process.env['GATEHOUSE_REAL_SEATBELT'] === '1'
    ? null
    : 'macOS only: the workflow sandbox-macos runs it';
const LEVELS: readonly Level[] = ['standard', 'strict'];
/** Each try starts a process, and some wait for an answer that does not come. */
const LONG_MS = 300_000;

let folder: string;
let wish: MacosWish;
let outside: Server;
let proxy: Server;
let number = 0;

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

beforeAll(async () => {
  if (missing !== null) return;
  folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'gh-mac-')));
  const at = (name: string) => join(folder, name);
  const put = (name: string, text: string) => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  put('home/.ssh/id_ed25519', 'secret-of-ssh\n');
  put('home/.zshrc', '\n');
  put('home/other/file', 'of another project\n');
  put('home/proj/.envrc', 'export A=1\n');
  put('home/proj/.vscode/tasks.json', '{}\n');
  put('home/proj/src/a.txt', 'a\n');
  for (const name of ['gh/bin', 'gh/run', 'gh/s/tmp']) mkdirSync(at(name), { recursive: true });
  execFileSync('git', ['init', '-q', at('home/proj')]);
  put('home/proj/.git/hooks/existing', '#!/bin/sh\n');
  outside = createServer((socket) => socket.end('outside\n'));
  proxy = createServer((socket) => socket.end('proxy\n'));
  for (const server of [outside, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
  wish = {
    ...macWish,
    require: null,
    home: at('home'),
    workspace: at('home/proj'),
    cwd: at('home/proj'),
    path: `${dirname(process.execPath)}:/usr/bin:/bin:/usr/sbin:/sbin`,
    program: null,
    preset: null,
    settings: [],
    allowPaths: [],
    state: [],
    gatehouse: { own: [at('gh')], bin: at('gh/bin'), run: at('gh/run') },
    agentDoor: at('gh/run/agent.sock'),
    scratch: at('gh/s'),
    mark: `gatehouse.test-${process.pid}`,
    network: { listen: [{ kind: 'http-proxy', port: (proxy.address() as AddressInfo).port }] },
  };
});
afterAll(() => {
  if (missing !== null) return;
  outside.close();
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(level: Level, script: string) {
  const { launcherPath, launcherReason } = readNativeStatus();
  if (launcherPath === null) throw new Error(`no launcher: ${launcherReason ?? ''}`);
  const plan = join(folder, `plan-${++number}`);
  const report = join(folder, `report-${number}`);
  writeFileSync(plan, planText(macosPlan({ ...wish, level }, realDisk).steps));
  const ran = spawnSync(launcherPath, ['plan', plan, '--report', report, '--', '/bin/sh', '-c', script], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, AWS_SECRET_ACCESS_KEY: 'x' },
  });
  const told = existsSync(report) ? readFileSync(report, 'utf8') : '';
  return { ...ran, report: told === '' ? {} : LaunchReport.parse(JSON.parse(told)) };
}

/** Each is to fail. `OUT` is the folder, `PORT` a port of this computer that is not the proxy's. */
const DENIED: Readonly<Record<string, string>> = {
  'reading a key': 'cat $OUT/home/.ssh/id_ed25519',
  'listing the home folder': 'ls $OUT/home',
  'reading another project': 'cat $OUT/home/other/file',
  'reading it by a link': 'ln -s $OUT/home/other/file src/l && cat src/l',
  'linking to it': 'ln $OUT/home/other/file src/h',
  'writing in the home folder': 'echo x >> $OUT/home/.zshrc',
  'planting in the home folder': 'echo x > $OUT/home/planted',
  'writing in /private/tmp': 'echo x > /private/tmp/gatehouse-escape-$$',
  'planting a hook': 'echo x > .git/hooks/pre-commit',
  'changing a hook': 'echo x >> .git/hooks/existing',
  'changing a hook by a link': 'ln .git/hooks/existing src/k && echo x >> src/k',
  'moving the hooks away': 'mv .git/hooks .git/h2',
  'moving git away': 'mv .git .git2',
  'changing git’s settings': 'git config core.hooksPath src',
  'moving settings over': 'echo x > e && mv -f e .envrc',
  'making settings of an agent': 'mkdir .claude',
  'making them in other letters': 'echo x > .MCP.json',
  'making them with letters that fold': 'printf x > "$(printf \'.mcp.j\\305\\277on\')"',
  'moving the project away': 'mv $OUT/home/proj $OUT/home/proj2',
  'a setuid bit': 'echo x > s && chmod u+s s && test -u s',
  'an immutable flag': 'chflags uchg src/a.txt',
  'a setuid program': '/usr/bin/su root -c true || /bin/ps',
  'a port of this computer': '/usr/bin/nc -z -w 2 127.0.0.1 $PORT',
  'the network': '/usr/bin/nc -z -w 2 1.1.1.1 443',
  listening: '/usr/bin/nc -l 127.0.0.1 18231 & pid=$!; sleep 1; kill $pid',
  'looking up a name': '/usr/bin/dscacheutil -q host -a name example.com | grep -q ip_address',
  'starting a program outside': '/usr/bin/open -g -a TextEdit',
  'scripting another program': '/usr/bin/osascript -e \'tell application "Finder" to get name\'',
  'a job of launchd': '/bin/launchctl submit -l gatehouse-escape -- /usr/bin/true',
  'the keychain':
    '/usr/bin/security list-keychains | grep -q keychain && /usr/bin/security dump-keychain | grep -q svce',
  'ending a process outside': `kill -0 ${process.pid}`,
};

/** Each is to work. */
const ORDINARY: Readonly<Record<string, string>> = {
  'a file': 'echo x > src/new && cat src/new && rm src/new',
  'a folder that is moved': 'mkdir src/d1 && mv src/d1 src/d2 && rmdir src/d2',
  'a pipe, a loop and a subshell': 'for i in 1 2 3; do echo $i; done | (grep 2)',
  'the temporary folder': 'f=$(mktemp "$TMPDIR/x.XXXXXX") && echo x > "$f" && rm "$f"',
  node: "node -e \"require('child_process').execFileSync('/bin/echo'); require('fs').readdirSync('.')\"",
  git: 'git add -A src && git -c user.name=a -c user.email=a@b commit -qm x --allow-empty && git status --short',
  'the proxy': '/usr/bin/nc -w 5 127.0.0.1 $PROXY < /dev/null | grep -q proxy',
  'throwing output away': 'echo x > /dev/null && head -c 4 /dev/urandom > /dev/null',
};

describe.each(LEVELS)('a real kernel at %s', { timeout: LONG_MS }, (level) => {
  const around = (script: string) => {
    const port = (server: Server) => (server.address() as AddressInfo).port;
    return `OUT='${folder}' PORT=${port(outside)} PROXY=${port(proxy)}\n${script}`;
  };

  it('has the level that was asked for', () => {
    const { status, report, stderr } = run(level, 'true');
    expect([status, stderr]).toEqual([0, '']);
    expect(enforced(level, report, { memory: false, cpu: false }, 'darwin')).toMatchObject({
      reached: level,
    });
  });

  it('denies what leads out', () => {
    const through = Object.entries(DENIED).filter(([, script]) => run(level, around(script)).status === 0);
    expect(through.map(([name]) => name)).toEqual([]);
  });

  it('lets ordinary work be done', () => {
    const refused = Object.entries(ORDINARY).flatMap(([name, script]) => {
      const { status, stderr } = run(level, around(script));
      return status === 0 ? [] : [`${name}: ${stderr}`];
    });
    expect(refused).toEqual([]);
  });

  it('ends what left its session', () => {
    const script = `perl -e 'use POSIX; if (fork == 0) { setsid(); if (fork == 0) { $| = 1; print "$$\\n"; sleep 1000 } exit }'; sleep 1`;
    const pid = Number(run(level, script).stdout.trim());
    expect(pid).toBeGreaterThan(1);
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

it('would have gone through outside, which shows that the tries are real', async () => {
  chmodSync(join(folder, 'home/other/file'), 0o644);
  const port = (outside.address() as AddressInfo).port;
  for (const script of [
    `cat '${folder}/home/.ssh/id_ed25519'`,
    `ls '${folder}/home'`,
    `echo x > '${folder}/home/planted' && rm '${folder}/home/planted'`,
    `kill -0 ${process.pid}`,
    '/bin/ps',
  ])
    expect([script, spawnSync('/bin/sh', ['-c', script]).status]).toEqual([script, 0]);
  const child = spawn('/usr/bin/nc', ['-z', '-w', '2', '127.0.0.1', String(port)]);
  expect(await once(child, 'exit')).toEqual([0, null]);
});
