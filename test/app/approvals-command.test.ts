import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callDoor } from '../../main/platform/door-client.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, RealApp, soon } from '../support/real-app.ts';

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

describe('approvals', () => {
  const setPin = () => real.page('first').value('setPin', { pin: 'granite-7', current: null });

  it('lists what waits, and nothing in it can forge a line of the terminal', async () => {
    expect(await real.command(['approvals', 'list'])).toMatchObject({ exit: 0, stdout: 'Nothing waits.\n' });
    const asked = real.ask(bash('echo \u001b[2Jx\u202ey\rAllowed.'));
    const id = await waitingId();
    const { stdout } = await real.command(['approvals', 'list']);
    expect(stdout.startsWith(`${id}  high    `)).toBe(true);
    expect(stdout).toMatch(/Run echo ‹U\+001B›\[2Jx‹U\+202E›y‹U\+000D›Allowed\./);
    expect(lines(stdout)).toHaveLength(2);
    const [item] = JSON.parse((await real.command(['approvals', 'list', '--json'])).stdout) as Record<
      string,
      unknown
    >[];
    expect(item).toMatchObject({
      id,
      risk: 'high',
      client: 'claude-code',
      action: 'shell.bash',
      secondsLeft: expect.any(Number),
    });
    await real.command(['approvals', 'deny', id]);
    await asked;
  });

  it('are listed without the secrets in them, since the list asks for no PIN', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const asked = real.ask(bash(`curl -H "Authorization: Bearer ${secret}" https://api.example`));
    const id = await waitingId();
    for (const more of [[], ['--json']])
      expect((await real.command(['approvals', 'list', ...more])).stdout).not.toContain(secret);
    await real.command(['approvals', 'deny', id]);
    await asked;
  });

  it('are not approved without a PIN, whoever asks', async () => {
    const asked = real.ask(bash('ls'));
    const id = await waitingId();
    const answer = await real.command(['approvals', 'approve', id], ['granite-7']);
    expect(answer).toMatchObject({ exit: 1, stdout: '', questions: [] });
    expect(answer.stderr).toMatch(
      /^gatehouse: approving: Run ls was not done: no PIN is set.*; hint: choose a PIN/,
    );
    expect(await waitingId()).toBe(id);
    await real.command(['approvals', 'deny', id]);
    await asked;
  });

  it('are approved with the PIN, once', async () => {
    await setPin();
    const asked = real.ask(bash('ls'));
    const id = await waitingId();
    const answer = await real.command(['approvals', 'approve', id], ['granite-7']);
    expect(answer).toMatchObject({
      exit: 0,
      stdout: 'Allowed.\n',
      questions: ['  command: ls\nPIN for approving: Run ls: '],
    });
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
    const again = await real.command(['approvals', 'approve', id], ['granite-7']);
    expect(again).toMatchObject({
      exit: 1,
      stderr: 'gatehouse: the request has ended already: allowed\n',
      questions: [],
    });
    const { rows } = await real.page('x').value('timeline', { action: ['presence'] }, null, 10);
    expect(rows[0]?.summary).toMatch(/approving: Run ls/);
  });

  it('are not approved with a wrong PIN, without a terminal, or too often', async () => {
    await setPin();
    const asked = real.ask(bash('ls'));
    const id = await waitingId();
    const noTerminal = await real.command(['approvals', 'approve', id]);
    expect(noTerminal).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/there is no terminal to ask on/),
    });
    for (let round = 0; round < 5; round += 1)
      expect(await real.command(['approvals', 'approve', id], [`wrong-${round}`])).toMatchObject({
        exit: 1,
        stderr: 'gatehouse: the PIN is not right\n',
      });
    const limited = await real.command(['approvals', 'approve', id], ['granite-7']);
    expect(limited).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/too many wrong PINs: the next try is taken in \d+ s/),
    });
    expect(await waitingId()).toBe(id);
    const { rows } = await real.page('x').value('timeline', { action: ['presence'] }, null, 20);
    expect(rows.filter(({ alarm }) => alarm)).toHaveLength(6);
    // A no needs no PIN.
    expect(await real.command(['approvals', 'deny', id, '--reason', 'not now'])).toMatchObject({
      exit: 0,
      stdout: 'Denied.\n',
    });
    expect((await asked).reason).toContain('not now');
  });

  it('that do not exist, or in a scope that does not, are told apart', async () => {
    await setPin();
    for (const verb of ['approve', 'deny'])
      expect(await real.command(['approvals', verb, 'req_none'])).toMatchObject({
        exit: 1,
        stderr: 'gatehouse: no request req_none waits; hint: npx --no-install gatehouse approvals list\n',
        questions: [],
      });
    expect(await real.command(['approvals', 'approve', 'x', '--scope', 'for-ever'])).toMatchObject({
      exit: 2,
      stderr: 'gatehouse: approvals approve: --scope for-ever: allowed: once, session, project, always\n',
    });
  });

  it('for the session are remembered as those of a page', async () => {
    await setPin();
    const asked = real.ask(bash('ls'));
    await real.command(['approvals', 'approve', await waitingId(), '--scope', 'session'], ['granite-7']);
    await asked;
    await expect(real.ask(bash('ls'))).resolves.toMatchObject({ decision: 'allow' });
  });

  it('are asked for the PIN while they wait, and not released when they end meanwhile', async () => {
    await setPin();
    const gone = new AbortController();
    const asked = real.ask(bash('ls'), gone.signal).catch(() => null);
    const id = await waitingId();
    const answer = await callDoor({
      path: real.paths.supervisorDoor,
      argv: ['approvals', 'approve', id],
      cwd: '/',
      onQuestion: async () => {
        gone.abort();
        await soon(async () =>
          (await real.command(['approvals', 'list'])).stdout === 'Nothing waits.\n' ? true : null,
        );
        return 'granite-7';
      },
    });
    expect(answer).toMatchObject({ exit: 1, stderr: expect.stringMatching(/the request has ended already/) });
    await asked;
  });
});
