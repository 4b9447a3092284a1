/** `gatehouse run` end to end: a real supervisor, the real client and launcher, the kernel of this computer. */

import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeHeader } from '../../../main/platform/framing.ts';
import { processRuns } from '../../../main/platform/process-facts.ts';
import { isRoot, launcherMissing, ORDINARY_USER } from '../../support/launcher.ts';
import { RealApp } from '../../support/real-app.ts';
import { CLIENT, run, startRun } from '../../support/run-client.ts';

const missing = launcherMissing();
const policy = (sandbox: string) => `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities:
    max_risk_level: high
    default_policy: approve
    grant: [{ module: filesystem, actions: [read] }]
security:
  sandbox: { ${sandbox} }
`;

let real: RealApp;
let project: string;

beforeAll(async () => {
  if (missing !== null) return;
  real = await RealApp.start(policy('level: standard'));
  project = join(real.home, 'proj');
  mkdirSync(project);
});
afterAll(async () => {
  await real?.remove();
});
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

const here = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run(real.paths.agentDoor, words, { cwd: project, env });

/** Whether the timeline has a line with this text. */
async function isTold(text: string): Promise<boolean> {
  const { stdout } = await real.command(['audit', 'query', '--limit', '200', '--json']);
  return stdout.includes(text);
}

describe('gatehouse run', () => {
  it('runs the command with its words, streams and code', async () => {
    const { code, stdout, stderr } = await here([
      '--',
      'sh',
      '-c',
      'echo out "$1"; echo err >&2; exit 9',
      'sh',
      'a b',
    ]);
    expect({ code, stdout, stderr }).toEqual({ code: 9, stdout: 'out a b\n', stderr: 'err\n' });
  });

  it('is on the log with what is really enforced', async () => {
    await here(['--level', 'strict', '--', 'true']);
    expect(await isTold('in a sandbox: strict')).toBe(true);
  });

  it('shows the session as sandboxed while it runs, and gone after it', async () => {
    const running = startRun(
      real.paths.agentDoor,
      ['--level', 'strict', '--', 'sh', '-c', 'echo up; read x'],
      {
        cwd: project,
      },
    );
    await running.printed('up');
    const { stdout } = await real.command(['status', '--json']);
    expect(stdout).toContain('Sandbox strict');
    running.write('x\n');
    await running.ended;
    expect((await real.command(['status', '--json'])).stdout).not.toContain('Sandbox strict');
  });

  it('lets hooks inside reach the supervisor, as this session', async () => {
    mkdirSync(real.paths.bin, { recursive: true });
    const hook = join(real.paths.bin, 'gatehouse');
    writeFileSync(hook, readFileSync(CLIENT), { mode: 0o755 });
    const call = JSON.stringify({
      hook_event_name: 'PreToolUse',
      session_id: 's1',
      cwd: project,
      tool_name: 'Read',
      tool_input: { file_path: join(project, 'x') },
      tool_use_id: 't1',
      transcript_path: '/x',
    });
    const command = `printf '%s' '${call}' | ${hook} hook claude-code --door ${real.paths.agentDoor}`;
    const { code, stdout, stderr } = await here(['--level', 'strict', '--', 'sh', '-c', command]);
    expect(stderr).toContain('1 calls, 0 of them stopped');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'allow' } });
  });

  it('gives nothing inside but that door: no supervisor door, no data of Gatehouse', async () => {
    const { stdout } = await here([
      '--',
      'sh',
      '-c',
      `ls -A ${real.paths.run} ${real.paths.data} ${real.paths.config}`,
    ]);
    expect(stdout).toContain('agent.sock');
    expect(stdout).not.toMatch(/supervisor\.sock|audit\.db|state\.db|policy\.yaml/);
  });

  it('takes new hooks and settings out of the project before it returns, and keeps what is harmless', async () => {
    const plant = [
      'mkdir -p sub/.git/hooks .vscode',
      'echo "#!/bin/sh" > sub/.git/hooks/post-checkout',
      'printf "[core]\\n\\tbare = false\\n" > sub/.git/config',
      'echo {} > .vscode/tasks.json',
      'echo x > .envrc',
      'mkdir -p odd/.GIT/Hooks && echo x > odd/.GIT/Hooks/pre-commit',
      'echo fine > kept.txt',
    ].join(' && ');
    const { code, stderr } = await here(['--', 'sh', '-c', plant]);
    expect(code).toBe(0);
    for (const name of [
      'sub/.git/hooks/post-checkout',
      '.vscode/tasks.json',
      '.envrc',
      'odd/.GIT/Hooks/pre-commit',
    ]) {
      expect(existsSync(join(project, name)), name).toBe(false);
      expect(stderr).toContain(`taken out of the project: ${name}`);
    }
    expect(existsSync(join(project, 'kept.txt'))).toBe(true);
    expect(existsSync(join(project, 'sub/.git/config'))).toBe(true);
    const kept = readdirSync(join(real.paths.data, 'quarantine'));
    expect(kept.length).toBeGreaterThan(0);
  });

  it('finds what lies in a folder that nobody may list, or enter', () => {
    const home = mkdtempSync(join(tmpdir(), 'gh-user-'));
    if (isRoot) chownSync(home, ORDINARY_USER, ORDINARY_USER);
    const script = join(import.meta.dirname, '../../support/plant-hidden.ts');
    const user = ['setpriv', '--reuid', `${ORDINARY_USER}`, '--regid', `${ORDINARY_USER}`, '--clear-groups'];
    const [program = '', ...words] = [...(isRoot ? user : []), process.execPath, script];
    const ran = spawnSync(program, words, {
      cwd: home,
      env: { HOME: home, PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
    rmSync(home, { recursive: true, force: true });
    expect(ran.status, ran.stderr).toBe(0);
    const { code, stderr, left } = JSON.parse(ran.stdout);
    expect(code, stderr).toBe(0);
    for (const name of [
      'listed/.git/hooks/pre-commit',
      'entered/.git/hooks/pre-commit',
      'kept/.vscode/tasks.json',
    ]) {
      expect(stderr).toContain(`taken out of the project: ${name}`);
      expect(left).not.toContain(name);
    }
    expect(left).toContain('kept/.vscode');
  });

  it('looks through other writable folders too, and keeps what stands in them as it is', async () => {
    const own = await RealApp.start(policy('level: standard, allow_paths: ["~/other:rw"]'));
    try {
      const other = join(own.home, 'other');
      for (const folder of [join(own.home, 'p'), join(other, '.git/hooks'), join(other, 'sub')])
        mkdirSync(folder, { recursive: true });
      writeFileSync(join(other, '.git/config'), '[core]\n');
      const script =
        'cd ~/other; echo x > .git/hooks/pre-commit; echo y >> .git/config; mkdir -p sub/.git/hooks && echo x > sub/.git/hooks/pre-push && echo x > plain';
      const { stderr } = await run(own.paths.agentDoor, ['--', 'sh', '-c', script], {
        cwd: join(own.home, 'p'),
      });
      expect(readdirSync(join(other, '.git/hooks'))).toEqual([]);
      expect(readFileSync(join(other, '.git/config'), 'utf8')).toBe('[core]\n');
      expect(existsSync(join(other, 'sub/.git/hooks/pre-push'))).toBe(false);
      expect(stderr).toContain(
        `taken out of the project: ${join(other, 'sub/.git/hooks/pre-push')} (a git hook)`,
      );
      expect(stderr).not.toContain('new or changed');
      expect(existsSync(join(other, 'plain'))).toBe(true);
    } finally {
      await own.remove();
    }
  });

  it('says what changed in the project, what runs or leads out first', async () => {
    mkdirSync(join(project, 'node_modules', 'x'), { recursive: true });
    writeFileSync(join(project, 'before.txt'), '');
    const work = [
      'echo x > plain.txt',
      'echo "#!/bin/sh" > tool && chmod +x tool',
      'echo "{}" > package.json',
      'ln -s /etc/passwd leads',
      'ln -s plain.txt stays',
      'echo x > node_modules/x/quiet.js',
    ].join(' && ');
    // Times of files are as coarse as the kernel's clock.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { stderr } = await here(['--', 'sh', '-c', work]);
    expect(stderr).toContain('5 files of the project are new or changed.');
    const first = /look first at: (.*)/.exec(stderr)?.[1] ?? '';
    for (const name of [
      'tool (a program)',
      'package.json (tools run what it says)',
      'leads (a link to /etc/passwd)',
    ])
      expect(first).toContain(name);
    expect(/ changed: (.*)/.exec(stderr)?.[1]?.split(', ').toSorted()).toEqual(['plain.txt', 'stays']);
    expect(stderr).not.toMatch(/before\.txt|quiet\.js/);
    const { stdout } = await here(['--', 'true']);
    expect(stdout).toBe('');
  });

  it('keeps what stands in repositories inside the project as it is, and says what is deleted', async () => {
    for (const folder of ['deep/a/b/c/d/e/.git/hooks', 'dep/.git'])
      mkdirSync(join(project, folder), { recursive: true });
    writeFileSync(join(project, 'deep/a/b/c/d/e/.git/hooks/pre-push'), 'mine\n');
    writeFileSync(join(project, 'dep/.git/config'), '[core]\n');
    writeFileSync(join(project, 'dep/kept.txt'), '');
    writeFileSync(join(project, 'dep/gone.txt'), '');
    mkdirSync(join(project, 'dep/templates'));
    writeFileSync(join(project, 'dep/templates/post-merge'), 'old\n');
    const script = [
      'echo evil > deep/a/b/c/d/e/.git/hooks/pre-push',
      'rm -f deep/a/b/c/d/e/.git/hooks/pre-push',
      'echo "[core] fsmonitor = evil" >> dep/.git/config',
      'mv dep/.git/config dep/.git/old',
      'mv dep/kept.txt deep/moved.txt && mv deep/moved.txt dep/kept.txt',
      'rm dep/gone.txt',
      'mv dep/templates dep/.git/hooks',
    ].join('; ');
    const { stderr } = await here(['--', 'sh', '-c', script]);
    expect(readFileSync(join(project, 'deep/a/b/c/d/e/.git/hooks/pre-push'), 'utf8')).toBe('mine\n');
    expect(readFileSync(join(project, 'dep/.git/config'), 'utf8')).toBe('[core]\n');
    expect(existsSync(join(project, 'dep/kept.txt'))).toBe(true);
    expect(stderr).toContain('2 files of the project are deleted: dep/gone.txt, dep/templates/post-merge');
    expect(stderr.match(/taken out of the project: .*\)/g)).toEqual([
      'taken out of the project: dep/.git/hooks/post-merge (a git hook)',
    ]);
  });

  it.each([
    ['no command', [], 125, /no command after --/],
    ['an unknown option', ['--loud', '--', 'true'], 125, /not understood/],
    ['an unknown level', ['--level', 'high', '--', 'true'], 126, /no level/],
    ['a level below the policy’s', ['--level', 'off', '--', 'true'], 126, /the policy says standard/],
    ['a policy file that is not there', ['--policy', '/no/such', '--', 'true'], 126, /cannot be read/],
    ['a program that is not there', ['--', '/no/such/program'], 127, /no such program/],
  ])('refuses %s', async (_what, words, code, why) => {
    const result = await here(words);
    expect(result.stderr).toMatch(why);
    expect(result.code).toBe(code);
  });

  it('does not take the home folder for a project', async () => {
    const { code, stderr } = await run(real.paths.agentDoor, ['--', 'true'], { cwd: real.home });
    expect(stderr).toContain('everything of yours');
    expect(code).toBe(126);
  });

  it('ends everything when it is killed, and the supervisor knows', async () => {
    const running = startRun(real.paths.agentDoor, ['--', 'sh', '-c', 'echo up; sleep 1000'], {
      cwd: project,
    });
    await running.printed('up');
    running.kill('SIGKILL');
    await running.ended;
    while (!(await isTold('the launcher went away'))) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('is not a door for anybody but the launcher', async () => {
    for (const kind of ['run', 'inside'] as const) {
      const said = await new Promise<string>((resolve, reject) => {
        const socket = connect(real.paths.agentDoor);
        let text = '';
        socket.on('data', (bytes) => {
          text += bytes.toString('latin1');
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
        socket.write(
          encodeHeader({ kind, server: kind === 'run' ? '-' : 'agent-door', nonce: Buffer.alloc(16, 7) }),
        );
      });
      expect(said).toMatch(/not the sandbox launcher|no sandbox that runs/);
    }
  });

  it('runs nobody on when the supervisor stops', async () => {
    const own = await RealApp.start(policy('level: standard'));
    const folder = join(own.home, 'p');
    mkdirSync(folder);
    const running = startRun(own.paths.agentDoor, ['--', 'sh', '-c', 'echo up; sleep 1000'], { cwd: folder });
    await running.printed('up');
    await own.remove();
    const { code, stderr } = await running.ended;
    expect(stderr).toMatch(/Gatehouse (?:ended it|went away)/);
    expect(code).toBe(125);
    expect(processRuns(running.pid, null)).toBe(false);
  });

  it('takes away what it left also when the supervisor stops', async () => {
    const own = await RealApp.start(policy('level: standard'));
    const folder = mkdtempSync(join(tmpdir(), 'gh-left-'));
    const script = 'echo x > .envrc; echo up; sleep 1000';
    const running = startRun(own.paths.agentDoor, ['--', 'sh', '-c', script], { cwd: folder });
    await running.printed('up');
    await own.remove();
    const { code, stderr } = await running.ended;
    expect(code).toBe(125);
    expect(stderr).toContain('taken out of the project: .envrc');
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('takes a hook out of the project also where a folder’s name is no UTF-8', async () => {
    const script =
      'd=$(printf "odd\\377"); mkdir -p "$d/.git/hooks" && echo x > "$d/.git/hooks/pre-commit"; echo $?';
    const { stdout, stderr } = await here(['--', 'sh', '-c', script]);
    expect(stdout).toBe('0\n');
    expect(stderr).toContain('.git/hooks/pre-commit (a git hook). It is in ');
    const find = spawnSync('find', [project, '-name', 'pre-commit'], { encoding: 'utf8' });
    expect(find.stdout).toBe('');
  });

  it('says of limits that nothing enforces here that nothing does', async () => {
    const own = await RealApp.start(
      policy('level: standard, resources: { memory: 512MB, cpu: 1.5, processes: 64 }'),
    );
    try {
      const folder = join(own.home, 'p');
      mkdirSync(folder);
      const limits = '/Max (processes|data size)/ { print $(NF-1) }';
      const awk = ['--', 'awk', limits, '/proc/self/limits'];
      const { stdout } = await run(own.paths.agentDoor, awk, { cwd: folder });
      expect(stdout).toBe(`${512 * 1024 * 1024}\n64\n`);
      const { stdout: told } = await own.command(['audit', 'query', '--limit', '50', '--json']);
      expect(told).toContain('cpu: no controller enforces it here');
      expect(told).toContain('bytes for each process, not for all together');
      expect(told).not.toContain('processes: ');
    } finally {
      await own.remove();
    }
  });

  it('runs nothing where the level is off, and says that it is', async () => {
    const own = await RealApp.start(policy('level: off'));
    try {
      const folder = join(own.home, 'p');
      mkdirSync(folder);
      const off = await run(own.paths.agentDoor, ['--', 'touch', 'ran'], { cwd: folder });
      expect(off.stderr).toContain('the level is off: there is no sandbox to run it in');
      expect([off.code, existsSync(join(folder, 'ran'))]).toEqual([126, false]);
      const more = await run(own.paths.agentDoor, ['--level', 'standard', '--', 'touch', 'ran'], {
        cwd: folder,
      });
      expect([more.code, existsSync(join(folder, 'ran'))]).toEqual([0, true]);
    } finally {
      await own.remove();
    }
  });

  it('reaches all that the policy requires, and leaves the project alone', async () => {
    const own = await RealApp.start(policy('level: maximum, require: maximum'));
    const folder = join(own.home, 'p');
    mkdirSync(folder);
    const { code, stderr } = await run(own.paths.agentDoor, ['--', 'touch', 'ran'], { cwd: folder });
    const left = readdirSync(folder);
    await own.remove();
    expect(stderr).toContain('nothing in the project changed');
    expect(code).toBe(0);
    expect(left).toEqual([]);
  });
});
