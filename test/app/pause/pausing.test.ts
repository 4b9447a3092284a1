import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claudeCall } from '../../support/door-hook.ts';
import { ASKING, RealApp, readCard, soon, type TestPage } from '../../support/real-app.ts';
import { TrayDouble } from '../../support/tray-double.ts';

const PIN = '4711-violet';

let real: RealApp;
let page: TestPage;

const write = (name = 'a.md') => real.ask(claudeCall('Write', { file_path: `/tmp/${name}`, content: 'x' }));
const rows = async () => (await page.value('timeline', {}, null, 100)).rows;
const pauses = async () => (await rows()).filter(({ action }) => action === 'pause.changed');
const overview = () => page.value('overview');

/** Attaches a tray; answers it and what it asked to be opened. */
function tray(trusted: boolean): { tray: TrayDouble; opened: (string | null)[]; quits: () => number } {
  const double = new TrayDouble(trusted);
  const opened: (string | null)[] = [];
  let quits = 0;
  real.app.attachDesktop({
    tray: double,
    notifier: null,
    open: (request) => opened.push(request),
    quit: () => {
      quits += 1;
    },
  });
  return { tray: double, opened, quits: () => quits };
}

beforeEach(async () => {
  real = await RealApp.start(ASKING);
  page = real.page('first');
});
afterEach(() => real.remove());

describe('a pause', () => {
  it('lets calls run and records what the gates said; Gatehouse goes on protecting itself', async () => {
    const view = await page.value('pause', null, '15m');
    expect(view.running).toMatchObject([{ agent: null }]);
    expect((await overview()).enforcement).toMatchObject({
      state: 'paused',
      sentence: `Paused until ${view.ends['15m']}. Calls run and are recorded.`,
    });
    expect(await write()).toMatchObject({ decision: 'allow' });
    const [ran] = (await rows()).filter(({ kind }) => kind === 'call');
    expect(ran).toMatchObject({ outcome: 'allowed', byPerson: false });
    expect(ran?.reason).toMatch(/^Paused until \d\d:\d\d\. Otherwise it would have asked: /);
    const own = claudeCall('Write', { file_path: real.paths.policyFile, content: 'x' });
    expect(await real.ask(own)).toMatchObject({ decision: 'deny' });
    await page.value('resume', null);
    expect((await overview()).pause.running).toEqual([]);
    const asked = write();
    await readCard(page);
    expect((await pauses()).map(({ summary }) => summary.split(' until ')[0])).toEqual([
      'The pause of all agents ended',
      'All agents are paused',
    ]);
    await real.stop();
    await asked;
  });

  it('does not answer what waits already', async () => {
    const asked = write();
    await readCard(page);
    await page.value('pause', null, '1h');
    await write('b.md');
    expect((await page.value('inbox')).pending).toHaveLength(1);
    await real.stop();
    await asked;
  });

  it('of one agent is no pause of another, and shows as a weakness', async () => {
    await page.value('pause', 'codex', '15m');
    expect((await overview()).enforcement.state).not.toBe('paused');
    const asked = write();
    await readCard(page);
    await page.value('pause', 'claude-code', '15m');
    expect(await write('b.md')).toMatchObject({ decision: 'allow' });
    await real.stop();
    await asked;
  });

  it('goes on after a restart, and a page that may only look ends it but begins none', async () => {
    await page.value('pause', null, '1h');
    await real.restart();
    page = real.page('again', { origin: 'open-link' });
    expect(await write()).toMatchObject({ decision: 'allow' });
    expect(await page.code('pause', null, '1h')).toBe('locked');
    await page.value('resume', null);
    expect((await overview()).pause.running).toEqual([]);
  });
});

describe('in a terminal', () => {
  it('a pause needs the PIN: without one set it is refused and on the timeline', async () => {
    const refused = await real.command(['pause', '--for', '15m']);
    expect(refused).toMatchObject({ exit: 1, questions: [] });
    expect(refused.stderr).toMatch(/^gatehouse: pausing all agents for 15m was not done: no PIN is set/);
    await page.value('setPin', { pin: PIN, current: null });
    expect((await real.command(['pause', '--for', '15m'], ['wrong-one'])).exit).toBe(1);
    expect((await real.command(['pause', '--for', '15m'])).exit).toBe(1);
    expect((await overview()).pause.running).toEqual([]);
    expect((await rows()).filter(({ alarm }) => alarm)).toHaveLength(3);
    const done = await real.command(['pause', 'claude-code', '--for', '15m'], [PIN]);
    expect(done.stdout).toMatch(
      /^Claude Code is paused until \d\d:\d\d\. Its calls run and are recorded\.\n$/,
    );
    expect(await write()).toMatchObject({ decision: 'allow' });
    expect((await real.command(['status'])).stdout).toContain('gatehouse resume');
    // Ending it narrows, and needs nobody.
    expect((await real.command(['resume'])).stdout).toBe('Resumed. Agents ask again.\n');
    expect((await real.command(['resume'])).stdout).toBe('Nothing was paused.\n');
  });

  it('what is not understood is one line, and pauses nothing', async () => {
    for (const [argv, words] of [
      [['pause'], /--for is needed/],
      [['pause', '--for', 'ever'], /--for is needed: allowed: 15m, 2h, tomorrow; a day at most/],
      [['pause', '--for', '25h'], /a day at most/],
      [['pause', 'nobody', '--for', '15m'], /there is no agent "nobody"/],
      [['pause', 'codex', 'copilot', '--for', '15m'], /one agent at a time/],
      [['resume', 'nobody'], /there is no agent "nobody"/],
      [['panic', 'now'], /panic/],
    ] as [string[], RegExp][]) {
      const { exit, stderr } = await real.command(argv);
      expect([argv, exit]).toEqual([argv, 2]);
      expect(stderr).toMatch(words);
    }
    expect((await overview()).pause).toMatchObject({ running: [], stoppedSince: null });
  });

  it('a panic needs nobody, denies what waits and refuses the rest; lifting it needs the PIN', async () => {
    await page.value('setPin', { pin: PIN, current: null });
    await page.value('pause', null, '1h');
    await page.value('resume', null);
    const asked = write();
    await readCard(page);
    const { stdout } = await real.command(['panic']);
    expect(stdout).toMatch(/^Everything is stopped: every call is refused\. One request was denied\.\n/);
    expect(await asked).toMatchObject({ decision: 'deny' });
    expect(await write()).toMatchObject({ decision: 'deny' });
    const read = claudeCall('Read', { file_path: '/tmp/a.md' });
    expect((await real.ask(read)).reason).toContain('The person stopped all agents');
    expect((await overview()).enforcement.state).toBe('deny_all');
    const status = JSON.parse((await real.command(['status', '--json'])).stdout);
    expect(status.pause.stopped_since).toBeGreaterThan(0);
    expect(await page.code('pause', null, '15m')).toBe('refused');
    await real.restart();
    page = real.page('second');
    expect(await write()).toMatchObject({ decision: 'deny' });
    expect((await real.command(['resume'])).exit).toBe(1);
    expect(await page.code('liftStop')).toBe('locked');
    expect((await real.command(['resume'], [PIN])).stdout).toBe('Agents may work again.\n');
    expect(await real.ask(read)).toMatchObject({ decision: 'allow' });
  });
});

describe('the tray', () => {
  it('shows what waits, what is paused and what is stopped', async () => {
    const { tray: shown } = tray(false);
    await soon(() => shown.view);
    expect(shown.view).toMatchObject({ bars: 'up', dot: false, waiting: 0, state: 'not_enforcing' });
    const asked = write('one.md');
    await readCard(page);
    await soon(() => (shown.view?.waiting === 1 ? true : null));
    expect(shown.view).toMatchObject({ bars: 'half', dot: true, state: 'waiting' });
    expect(shown.view?.title).toBe('Gatehouse: 1 request waits');
    expect(JSON.stringify(shown.view?.menu)).toContain('Write /tmp/one.md');
    await page.value('pause', null, '15m');
    await soon(() => (shown.view?.state === 'paused' ? true : null));
    expect(shown.view?.tooltip).toContain('Calls run and are recorded.');
    expect(JSON.stringify(shown.view?.menu)).toContain('Resume now');
    await page.value('stopAll');
    await soon(() => (shown.view?.state === 'blocked' ? true : null));
    expect(shown.view).toMatchObject({ bars: 'down', waiting: 0 });
    await asked;
    await real.stop();
    expect(shown.closed).toBe(true);
  });

  it('where others can press too pauses nothing: the person says it in the page', async () => {
    const { tray: shown, opened, quits } = tray(false);
    shown.press({ kind: 'pause', length: '1h' });
    expect((await overview()).pause).toMatchObject({ running: [], wished: '1h' });
    expect(opened).toEqual([null]);
    await page.value('dropPauseWish');
    expect((await overview()).pause.wished).toBeNull();
    shown.press({ kind: 'pause', length: 'tomorrow' });
    await page.value('pause', null, 'tomorrow');
    expect((await overview()).pause.wished).toBeNull();
    shown.press({ kind: 'resume' });
    await soon(async () => ((await overview()).pause.running.length === 0 ? true : null));
    const asked = write();
    const { id } = await readCard(page);
    shown.press({ kind: 'review', request: id });
    expect(opened.at(-1)).toBe(id);
    shown.press({ kind: 'panic' });
    expect(await asked).toMatchObject({ decision: 'deny' });
    shown.press({ kind: 'resume' });
    expect((await overview()).pause.stoppedSince).not.toBeNull();
    shown.press({ kind: 'quit' });
    expect(quits()).toBe(1);
  });

  it('where only the person can press pauses and lets agents work again', async () => {
    const { tray: shown } = tray(true);
    shown.press({ kind: 'pause', length: '15m' });
    await soon(async () => ((await overview()).pause.running.length === 1 ? true : null));
    shown.press({ kind: 'panic' });
    await soon(async () => ((await overview()).pause.stoppedSince !== null ? true : null));
    shown.press({ kind: 'resume' });
    await soon(async () => ((await overview()).pause.stoppedSince === null ? true : null));
    expect((await pauses())[0]?.reason).toContain('from the tray');
  });
});
