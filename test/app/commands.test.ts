import { chmodSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPrivately } from '../../main/app/private.ts';
import { AnswerDecoder, type DoorAnswer, encodeBody, encodeHeader } from '../../main/platform/framing.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, RealApp, readCard, soon } from '../support/real-app.ts';

let real: RealApp;

const bash = (command: string) => claudeCall('Bash', { command });
const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const waitingId = async () =>
  soon(async () => {
    const { stdout } = await real.command(['approvals', 'list', '--json']);
    return (JSON.parse(stdout) as { id: string }[])[0]?.id;
  });

beforeEach(async () => {
  real = await RealApp.start(ASKING);
});
afterEach(() => real.remove());

describe('any command', () => {
  it.each([
    [[], /there is no command ""/],
    [['no-such'], /there is no command "no-such"; hint: npx --no-install gatehouse --help/],
    [['toString'], /there is no command "toString"/],
    [['\u001b[31m'], /there is no command "\\u001b\[31m"/],
    [
      ['status', '--nonsense'],
      /^gatehouse: status: .*--nonsense.*; hint: npx --no-install gatehouse status --help/,
    ],
    [['status', 'more'], /^gatehouse: status: .*; hint: /],
    [['approvals'], /one of list, approve ID, choices ID, deny ID is needed/],
    [['approvals', 'approve'], /one of list, approve ID, choices ID, deny ID is needed/],
    [['audit', 'twist'], /one of query, tail, export, story, verify, prune, reseal is needed/],
    [['audit', 'query', '--limit', '0'], /--limit: allowed: 1 to 500/],
    [['audit', 'query', '--limit', 'many'], /--limit: allowed: 1 to 500/],
    [['audit', 'query', '--outcome', 'gone'], /audit query: --outcome: /],
    [['policy', 'eval'], /one of check FILE, eval --policy FILE, explain, .* is needed/],
    [['agents', 'install'], /one of list, install AGENT, uninstall AGENT, doctor is needed/],
  ] as [string[], RegExp][])('%j that is not understood: one line on stderr, exit 2', async (argv, words) => {
    const { exit, stdout, stderr } = await real.command(argv);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).not.toContain('\u001b');
  });

  it.each([
    ['no JSON', 'argv'],
    ['no object', '[]'],
    ['words that are no text', '{"argv":[1],"cwd":"/"}'],
    ['no folder', '{"argv":["status"]}'],
    ['a folder too long', JSON.stringify({ argv: ['status'], cwd: '/'.repeat(5000) })],
    ['nothing', ''],
    ['bytes that are no text', '\ufffd\u0000'],
  ])('in a form that the door does not take (%s) is refused with a line', async (_name, body) => {
    const answer = await new Promise<DoorAnswer>((resolve, reject) => {
      const nonce = Buffer.alloc(16, 7);
      const decoder = new AnswerDecoder(nonce);
      const socket = connect(real.paths.supervisorDoor);
      socket.on('error', reject);
      socket.on('data', (bytes) => {
        for (const event of decoder.take(bytes)) if (event.type === 'answer') resolve(event.answer);
      });
      socket.write(encodeHeader({ kind: 'command', agent: null, nonce }));
      socket.write(encodeBody(Buffer.from(body)));
    });
    expect([answer.exit, answer.stdout]).toEqual([2, '']);
    expect(answer.stderr).toMatch(/^gatehouse: the command was not run: the command was not understood/);
  });
});

describe('status', () => {
  it('says what is enforced, the policy, the log and what waits', async () => {
    const asked = real.ask(bash('ls'));
    await waitingId();
    const { exit, stdout, stderr } = await real.command(['status']);
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^One agent is supervised by hooks only\. Programs that an agent starts are not confined\.$/m,
    );
    expect(stdout).toMatch(/^Policy {2}The policy file is in force\. \(.*policy\.yaml\)$/m);
    expect(stdout).toMatch(
      /^Log {5}Log intact to row \d+\n {8}Key and newest row are kept in files beside the log \(this session has no keychain\)/m,
    );
    expect(stdout).toMatch(/^Now {5}1 waiting, 1 live session$/m);
    const json = JSON.parse((await real.command(['status', '--json'])).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({
      shell: 'headless',
      waiting: 1,
      policy: { state: 'ok' },
      log: { state: 'intact' },
      sessions: [{ client: 'claude-code', enforcement: 'Hooks only' }],
    });
    await real.command(['approvals', 'deny', await waitingId()]);
    await asked;
  });

  it('names every error of the policy with its place', async () => {
    real.writePolicy('tools: { capabilities: { default_policy: nope } }');
    await real.page('first').value('reloadPolicy');
    const { exit, stdout } = await real.command(['status']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /^ {2}\S*policy\.yaml:1:42 tools\.capabilities\.default_policy: .*allowed: auto, approve, block/m,
    );
  });
});

describe('agents doctor without an agent', () => {
  it('looks at every agent that is connected, and says when none is', async () => {
    const none = await real.command(['agents', 'doctor']);
    expect([none.exit, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toMatch(/^gatehouse: agents: none is connected; hint: .*agents install AGENT\n$/);
    for (const agent of ['cursor', 'opencode'])
      expect(await real.command(['agents', 'install', agent, '--yes'])).toMatchObject({ exit: 0 });
    const { stdout } = await real.command(['agents', 'doctor']);
    expect(stdout).toMatch(/^opencode is (?:NOT )?enforced\.\n\n[\s\S]*^cursor is (?:NOT )?enforced\.$/m);
    const { stdout: json } = await real.command(['agents', 'doctor', '--json']);
    const { agents } = JSON.parse(json) as { agents: { agent: string; checks: unknown[] }[] };
    expect(agents.map(({ agent, checks }) => [agent, checks.length > 5])).toEqual([
      ['opencode', true],
      ['cursor', true],
    ]);
  });
});

describe('open and doctor', () => {
  it('open prints a link of the shell', async () => {
    expect(await real.command(['open'])).toMatchObject({
      exit: 0,
      stdout: 'Open   http://127.0.0.1:1/#link   (one use, 5 min)\n',
    });
  });

  it('doctor says what is in order and what is not, with a hint for each', async () => {
    const before = await real.command(['doctor', '--json']);
    const report = JSON.parse(before.stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; hint: string | null }[];
    };
    const check = (name: string) => report.checks.find((candidate) => candidate.name === name);
    expect(check('supervisor')).toMatchObject({ ok: true });
    expect(check('policy')).toMatchObject({ ok: true });
    expect(check('log')).toMatchObject({ ok: true });
    expect(check(real.paths.data)).toMatchObject({ ok: true });
    expect(check('PIN')).toMatchObject({
      ok: true,
      hint: 'choose one in the page, under Settings',
    });
    // The native parts are there or not, as this machine has a compiler.
    const ok = report.checks.every((candidate) => candidate.ok);
    expect([report.ok, before.exit]).toEqual([ok, ok ? 0 : 1]);

    await real.page('first').value('setPin', { pin: 'granite-7', current: null });
    real.writePolicy('tools: 1');
    await real.page('first').value('reloadPolicy');
    chmodSync(real.paths.data, 0o750);
    const { exit, stdout } = await real.command(['doctor']);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^ok {3}PIN: set$/m);
    expect(stdout).toMatch(/^BAD {2}policy: The policy file has 1 error\. .*\n {7}hint: .*policy check /m);
    expect(stdout).toMatch(/^BAD {2}.*\/data: others can reach into it\n {7}hint: chmod 700 /m);
  });
});

describe('without a supervisor', () => {
  const privately = (...argv: string[]) => runPrivately(argv, real.env);

  it('the log can be read and verified, the policy checked, and doctor says that none runs', async () => {
    await real.ask(claudeCall('Read', { file_path: '/tmp/x' }));
    await real.stop();
    expect(await privately('audit', 'verify')).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(
        /^Intact: \d+ rows, signed up to row \d+\.\nKey and newest row are kept in files .+\n$/,
      ),
    });
    expect((await privately('audit', 'query')).stdout).toMatch(/supervisor\.stopped/);
    expect(await privately('policy', 'check', real.paths.policyFile)).toMatchObject({ exit: 0 });
    const doctor = await privately('doctor');
    expect(doctor.exit).toBe(1);
    expect(doctor.stdout).toMatch(/^BAD {2}supervisor: not running: connected agents are blocked$/m);
  });

  it('nothing decides', async () => {
    await real.stop();
    for (const argv of [
      ['status'],
      ['open'],
      ['approvals', 'list'],
      ['approvals', 'approve', 'x'],
      ['approvals', 'deny', 'x'],
    ])
      expect(await privately(...argv)).toMatchObject({
        exit: 1,
        stderr: expect.stringMatching(/^gatehouse: Gatehouse is not running; hint: start it/),
      });
  });

  it('a card that waited is answered by nobody', async () => {
    const page = real.page('first');
    const asked = real.ask(bash('ls'));
    const { id } = await readCard(page);
    await real.stop();
    await asked;
    expect(await privately('approvals', 'approve', id)).toMatchObject({ exit: 1 });
  });
});
