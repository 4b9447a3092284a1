import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, LETTING, RealApp } from '../support/real-app.ts';

let real: RealApp;

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

beforeEach(async () => {
  real = await RealApp.start(ASKING);
});
afterEach(() => real.remove());

describe('policy', () => {
  const file = (name: string, text: string) => {
    const path = join(real.folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('check says ok with the hash, or every error with file:line:col', async () => {
    file('good.yaml', LETTING);
    expect(await real.command(['policy', 'check', 'good.yaml'])).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/good\.yaml: ok \(sha256 [0-9a-f]{64}\)\n$/),
      stderr: '',
    });
    file('bad.yaml', 'tools:\n  modules: { shel: {} }\n  capabilities:\n    default_policy: nope\n');
    const { exit, stdout, stderr } = await real.command(['policy', 'check', 'bad.yaml']);
    expect([exit, stdout]).toEqual([1, '']);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^bad\.yaml:2:14 tools\.modules\.shel: .*did you mean shell/),
      expect.stringMatching(/^bad\.yaml:4:21 tools\.capabilities\.default_policy: /),
      'bad.yaml: 2 errors; it is not put in force',
    ]);
  });

  it('eval decides each line as the supervisor would, its own protection included', async () => {
    file('p.yaml', LETTING);
    const calls = [
      { module: 'shell', action: 'bash', params: { command: 'ls' }, cwd: '/tmp' },
      {
        module: 'filesystem',
        action: 'write',
        params: { path: real.paths.policyFile, content: '' },
        cwd: '/tmp',
      },
      {
        from: 'claude-code',
        tool_name: 'Bash',
        tool_input: { command: `cat ${real.paths.stateDb}` },
        cwd: '/tmp',
      },
      {
        from: 'claude-code',
        tool_name: 'Write',
        tool_input: { file_path: '.claude/settings.json', content: '{}' },
        cwd: '/srv/x',
      },
      {
        from: 'claude-code',
        tool_name: 'Read',
        tool_input: { file_path: '.claude/settings.json' },
        cwd: '/srv/x',
      },
      { from: 'claude-code', tool_name: 'NoSuchTool', tool_input: {}, cwd: '/tmp' },
      { from: 'claude-code' },
      { module: 'shell' },
    ].map((call) => JSON.stringify(call));
    const { exit, stdout } = await real.command([
      'policy',
      'eval',
      '--policy',
      'p.yaml',
      '--',
      ...calls,
      'no json',
      '[]',
    ]);
    expect(exit).toBe(0);
    const told = lines(stdout).map((line) => JSON.parse(line) as { decision: string; gate: string });
    expect(told.map(({ decision, gate }) => [decision, gate])).toEqual([
      ['allow', 'gate5_classification'],
      ['deny', 'self_protection'],
      ['deny', 'self_protection'],
      ['deny', 'self_protection'],
      ['allow', 'gate5_classification'],
      ['deny', expect.any(String)],
      ['deny', 'input'],
      ['deny', 'input'],
      ['deny', 'input'],
      ['deny', 'input'],
    ]);
    // Nothing of it is counted or written down.
    expect(
      (await real.page('x').value('timeline', { action: ['shell', 'filesystem'] }, null, 10)).rows,
    ).toEqual([]);
  });

  it('eval with a policy that does not compile decides nothing', async () => {
    file('bad.yaml', 'tools: 1');
    const { exit, stdout, stderr } = await real.command(['policy', 'eval', '--policy', 'bad.yaml', '{}']);
    expect([exit, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^bad\.yaml:1:8 tools: /);
  });

  it('does not let a file hold up the supervisor', async () => {
    execFileSync('mkfifo', [join(real.folder, 'pipe')]);
    symlinkSync('/dev/zero', join(real.folder, 'zero'));
    mkdirSync(join(real.folder, 'folder'));
    writeFileSync(join(real.folder, 'latin1'), Buffer.from([0x61, 0xff]));
    for (const [name, why] of [
      ['pipe', /it is not a regular file/],
      ['zero', /it is a link/],
      ['folder', /it is not a regular file/],
      ['latin1', /it is not UTF-8/],
      ['gone', /ENOENT/],
    ] as const) {
      const { exit, stdout, stderr } = await real.command(['policy', 'check', name]);
      expect([name, exit, stdout]).toEqual([name, 1, '']);
      expect(stderr).toMatch(new RegExp(`^gatehouse: ${name} cannot be read: `));
      expect(stderr).toMatch(why);
    }
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).resolves.toMatchObject({
      decision: 'allow',
    });
  });
});

describe('audit', () => {
  it('query prints the newest rows, oldest first, narrowed by words and fields', async () => {
    for (const name of ['one', 'two', 'three'])
      await real.ask(claudeCall('Read', { file_path: `/tmp/${name}\u001b[31m` }));
    const all = await real.command(['audit', 'query']);
    expect(all.exit).toBe(0);
    const shown = lines(all.stdout);
    expect(shown[0]).toMatch(/^ +1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}event {6}supervisor\.started/);
    expect(shown.at(-1)).toMatch(/allowed {4}filesystem\.read {2}\/tmp\/three/);
    expect(all.stdout).not.toContain('\u001b');
    const two = await real.command(['audit', 'query', '--text', 'two', '--json']);
    const rows = lines(two.stdout).map((line) => JSON.parse(line) as { summary: string });
    expect(rows.map(({ summary }) => summary.slice(0, 8))).toEqual(['/tmp/two']);
    expect(lines((await real.command(['audit', 'query', '--limit', '2'])).stdout)).toHaveLength(2);
    expect(
      lines(
        (await real.command(['audit', 'query', '--outcome', 'allowed', '--client', 'claude-code'])).stdout,
      ),
    ).toHaveLength(3);
    expect((await real.command(['audit', 'query', '--text', 'nothing-like-it'])).stdout).toBe(
      'No row matches.\n',
    );
  });

  it('verify says that the chain is intact, and how long it is', async () => {
    const { rows } = (await real.page('x').value('overview')).log;
    expect(await real.command(['audit', 'verify'])).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^Intact: ${rows} rows, (?:signed up to row \\d+|nothing signed yet)\\.\nKey and newest row are kept in files beside the log .+ is not found\\.\n$`,
        ),
      ),
    });
    expect(JSON.parse((await real.command(['audit', 'verify', '--json'])).stdout)).toMatchObject({
      ok: true,
      rows: rows + 1,
      problem: null,
    });
    // What came out is a row itself.
    const checks = await real.page('x').value('timeline', { action: ['log.verified'] }, null, 10);
    expect(checks.rows).toHaveLength(2);
  });
});
