import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../main/app/commands/run.ts';
import { OWN_COMMANDS } from '../../main/cli/help.ts';
import { buildOnce } from '../support/built.ts';
import { Home } from '../support/supervisor-process.ts';

const home = new Home();
beforeAll(buildOnce, 240_000);
afterAll(() => home.remove());

describe('gatehouse', { timeout: 180_000 }, () => {
  it.each(Object.keys({ ...COMMANDS, ...OWN_COMMANDS }))('%s --help says how it is used', async (name) => {
    const { code, stdout, stderr } = await home.done([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^  npx --no-install gatehouse ${name}`, 'm'));
  });

  it('--help names every command', async () => {
    for (const args of [['--help'], [], ['help'], ['-h']]) {
      const { code, stdout } = await home.done(args);
      expect(code).toBe(0);
      for (const name of Object.keys({ ...COMMANDS, ...OWN_COMMANDS }))
        expect(stdout).toContain(`gatehouse ${name}`);
    }
  });

  it('--version says the version of package.json', async () => {
    const { stdout } = await home.done(['--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['statsu'], /there is no command "statsu"; hint: did you mean npx --no-install gatehouse status\?/],
    [['toString'], /there is no command "toString"/],
    [['__proto__', '--help'], /there is no command "__proto__"/],
    [['--root'], /there is no option "--root"/],
    [['start', '--no-sandbox'], /no-sandbox/],
    [['start', '--port', 'x'], /is no port/],
    [
      ['tutorial', '9'],
      /^gatehouse: tutorial: there is no tutorial "9"; hint: there is: 1 \(Ask first\).*\n$/,
    ],
    [['tutorial'], /which one\?; hint: there is: 1 /],
  ])('%j is not understood: one line, exit 2', async (args, words) => {
    const { code, stdout, stderr } = await home.done(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('a command that needs the supervisor says that none runs, and how to start it', async () => {
    for (const args of [['status'], ['open'], ['approvals', 'list']]) {
      const { code, stdout, stderr } = await home.done(args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^gatehouse: .*Gatehouse is not running; hint: start it with npx --no-install gatehouse start\n$/,
      );
    }
  });

  it('policy eval decides about each line of its input, without a supervisor', async () => {
    const file = join(home.folder, 'policy.yaml');
    writeFileSync(
      file,
      'app: { app_id: t, name: T, version: "1.0" }\nagents: [{ id: main }]\ntools:\n  modules: { shell: {}, filesystem: {} }\n  capabilities:\n    default_policy: auto\n    max_risk_level: high\n    deny: [{ module: shell, actions: [bash] }]\n',
    );
    const read = {
      agent: 'main',
      module: 'filesystem',
      action: 'read',
      params: { path: '/tmp/x' },
      cwd: '/tmp',
    };
    const bash = { agent: 'main', module: 'shell', action: 'bash', params: { command: 'ls' }, cwd: '/tmp' };
    const { code, stdout } = await home.done(
      ['policy', 'eval', '--policy', file],
      `${JSON.stringify(read)}\n\n${JSON.stringify(bash)}\n--help\n`,
    );
    expect(code).toBe(0);
    const decisions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { decision: string }).decision);
    expect(decisions).toEqual(['allow', 'deny', 'deny']);
  });

  it('hook without the native client would block', async () => {
    const { spawnSync } = await import('node:child_process');
    const { projectRoot } = await import('../support/built.ts');
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(projectRoot, 'dist', 'main', 'cli.js'), 'hook', 'claude-code'],
      { encoding: 'utf8', input: '{}' },
    );
    expect([status, stdout]).toEqual([2, '']);
  });
});
