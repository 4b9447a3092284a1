/** `gatehouse run` as on macOS, over the real control connection: what only macOS has is a stand-in, which confines nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { MacLauncher, macLauncherMissing } from '../../support/mac-launcher.ts';

const missing = macLauncherMissing();
const ROOT = join(import.meta.dirname, '../../..');
let launcher: MacLauncher;
let supervisor: ChildProcess | null = null;
let told: Record<string, unknown>[] = [];
let houses = 0;

beforeAll(() => {
  if (missing === null) launcher = new MacLauncher();
});
afterAll(() => launcher?.remove());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});
afterEach(async () => {
  if (supervisor !== null && supervisor.exitCode === null && supervisor.signalCode === null) {
    const ended = once(supervisor, 'exit');
    supervisor.stdin?.end();
    await ended;
  }
  supervisor = null;
});

/** A supervisor of its own; the door's path and the project. */
async function house(sandbox: string): Promise<{ door: string; home: string; project: string; own: string }> {
  const home = join(launcher.folder, `home-${++houses}`);
  const own = join(launcher.folder, `gh-${houses}`);
  for (const folder of [home, own, join(home, 'proj'), join(home, 'proj/.git')]) {
    mkdirSync(folder, { mode: 0o700 });
    launcher.give(folder);
  }
  told = [];
  const [program, ...args] = launcher.words(
    process.execPath,
    join(ROOT, 'test/support/mac-supervisor.ts'),
    launcher.program,
    home,
    own,
    sandbox,
  );
  supervisor = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HOME: home },
  });
  const lines = createInterface({ input: supervisor.stdout ?? process.stdin });
  lines.on('line', (line) => told.push(JSON.parse(line) as Record<string, unknown>));
  const door = await new Promise<string>((resolve, reject) => {
    lines.once('line', (line) => resolve((JSON.parse(line) as { door: string }).door));
    supervisor?.once('exit', () => reject(new Error('the supervisor ended')));
  });
  return { door, home, project: join(home, 'proj'), own };
}

async function run(door: string, cwd: string, words: readonly string[], program = launcher.program) {
  const [name, ...args] = launcher.words(program, 'run', '--door', door, ...words);
  const child = spawn(name, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const events = (type: string) =>
  told.flatMap(({ event }) => {
    const one = event as { type: string } & Record<string, unknown>;
    return one?.type === type ? [one] : [];
  });

it('runs a command under the plan, tells what is enforced, and what was left', async () => {
  const { door, project, home, own } = await house('{ level: strict, require: strict }');
  const script =
    'echo "$HOME $TMPDIR"; test -d "$TMPDIR" && echo x > .mcp.json && mkdir -p sub/.git/hooks && echo y > sub/.git/hooks/post-merge; exit 5';
  const { code, stdout, stderr } = await run(door, project, ['--', 'sh', '-c', script]);
  const [scratch = '', temporary] = stdout.trim().split(' ');
  expect({ code, temporary }).toEqual({ code: 5, temporary: `${scratch}/tmp` });
  expect(scratch.startsWith(own)).toBe(true);
  expect(existsSync(scratch)).toBe(false);
  // The stand-in lets all be written: what stands in for it here is the look at the end.
  expect(stderr).toContain('taken out of the project: .mcp.json');
  expect(existsSync(join(project, '.mcp.json'))).toBe(false);
  expect(events('sandbox.started')).toMatchObject([
    { asked: 'strict', reached: 'strict', lacking: [], app: project, program: '/usr/bin/sh' },
  ]);
  expect(events('sandbox.ended')).toMatchObject([{ code: 5, reason: '' }]);
  const profile = launcher.applied();
  expect(profile).toContain(`; WRITE_1 = ${home}/proj\n`);
  expect(profile).toMatch(/; MARK = gatehouse\.run_/);
  expect(told.filter((one) => 'defect' in one)).toEqual([]);
});

it('serves what is reached from inside at a port of the sandbox alone, and no longer than it lives', async () => {
  const { door, project } = await house('{ level: standard }');
  const script = 'echo "$HTTP_PROXY"; exec 3<>"/dev/tcp/127.0.0.1/${HTTP_PROXY##*:}"; cat <&3';
  const { code, stdout, stderr } = await run(door, project, ['--', 'bash', '-c', script]);
  expect([code, stderr]).toEqual([0, '']);
  const [proxy = '', served] = stdout.trim().split('\n');
  const port = /^http:\/\/127\.0\.0\.1:(\d+)$/.exec(proxy)?.[1] ?? '';
  expect(served).toBe('served');
  expect(told).toContainEqual({
    inside: 'http-proxy',
    run: expect.stringMatching(/^run_/),
    level: 'standard',
  });
  expect(launcher.applied()).toContain(`(remote ip "localhost:${port}")`);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

it('refuses more than macOS has, before anything runs', async () => {
  const { door, project } = await house('{ level: maximum, require: maximum }');
  const { code, stderr } = await run(door, project, ['--', 'touch', 'ran']);
  expect(code).toBe(126);
  expect(stderr).toContain('cannot enforce what is required: notify');
  expect(readdirSync(project)).toEqual(['.git']);
  expect(events('sandbox.started')).toEqual([]);
});

it('lets a level that is not required be reached in part, and says what is lacking', async () => {
  const { door, project } = await house('{ level: maximum, resources: { memory: 1GB, cpu: 1 } }');
  expect((await run(door, project, ['--', 'true'])).code).toBe(0);
  expect(events('sandbox.started')).toMatchObject([
    {
      reached: 'strict',
      lacking: [
        expect.stringMatching(/^record of denied system calls:/),
        expect.stringMatching(/^copy-on-write workspace:/),
        expect.stringMatching(/^cpu:/),
        expect.stringMatching(/^memory:/),
      ],
    },
  ]);
});

it('believes no program but its launcher', async () => {
  const { door, project } = await house('{ level: standard }');
  const other = join(launcher.folder, 'other');
  copyFileSync(launcher.program, other);
  const { code, stderr } = await run(door, project, ['--', 'touch', 'ran'], other);
  expect([code, stderr]).toEqual([125, expect.stringContaining('is not the sandbox launcher')]);
  expect(readdirSync(project)).toEqual(['.git']);
});

it('lets no command go whose confinement the kernel does not know of', async () => {
  const { door, project } = await house('{ level: standard }');
  launcher.forget(true);
  const { code, stderr } = await run(door, project, ['--', 'touch', 'ran']);
  launcher.forget(false);
  expect(code).toBe(126);
  expect(stderr).toContain('the kernel does not confirm the sandbox: its command is not under the profile');
  expect(readdirSync(project)).toEqual(['.git']);
});

it('ends the command when the supervisor goes', async () => {
  const { door, project } = await house('{ level: standard }');
  const [name, ...args] = launcher.words(
    launcher.program,
    'run',
    '--door',
    door,
    '--',
    'sh',
    '-c',
    'echo $$; sleep 1000',
  );
  const child = spawn(name, args, { cwd: project, stdio: ['ignore', 'pipe', 'ignore'] });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  const ended = once(child, 'exit');
  supervisor?.kill('SIGKILL');
  expect(await ended).toEqual([125, null]);
  expect(existsSync(`/proc/${first.toString().trim()}`)).toBe(false);
});
