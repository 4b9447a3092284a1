/**
 * The whole of it, with nothing replaced but the model: the real Claude Code asks, the real supervisor decides,
 * a person answers on the real page in a real Chromium, and the log proves what happened. One story, told in
 * order; a picture of each step is kept in test-results/claude-code.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildOnce } from '../support/built.ts';
import { noBrowser } from '../support/chromium.ts';
import { claudeProgram, HOW_TO_INSTALL, runClaude } from '../support/claude-code.ts';
import { freePort } from '../support/headless-rig.ts';
import { Person } from '../support/person.ts';
import { Home, linkIn, type Run } from '../support/supervisor-process.ts';

const PIN = '4711-violet';
/** Written as somebody's editor left it: nothing of it may change for good. */
const SETTINGS = '{\n   "model": "sonnet",\n\t"permissions": {"allow": ["Bash(ls:*)"]}\n}';

const claude = claudeProgram();
const missing = claude === null ? `the real Claude Code is not here: ${HOW_TO_INSTALL}` : noBrowser;

describe('a real agent, stopped by a click', { timeout: 300_000 }, () => {
  let home: Home;
  let work: string;
  let settings: string;
  let supervisor: Run;
  let person: Person;

  beforeAll(async () => {
    if (missing !== null || claude === null) return;
    await buildOnce();
    home = new Home();
    const user = join(home.folder, 'home');
    work = join(user, 'shop');
    settings = join(user, '.claude', 'settings.json');
    for (const folder of [work, join(user, '.claude'), join(user, 'bin')]) mkdirSync(folder);
    writeFileSync(settings, SETTINGS);
    symlinkSync(claude, join(user, 'bin', 'claude'));
    home.env['PATH'] = `${join(user, 'bin')}:${home.env['PATH'] ?? ''}`;
    supervisor = await home.start('--headless', '--port', String(await freePort()));
    person = await Person.open(linkIn(supervisor.stdout).url, 'claude-code');
  }, 240_000);

  afterAll(async () => {
    if (missing !== null) return;
    await person?.leaves();
    await home.remove();
  });

  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  /** Claude Code wants to make the file with a shell command. */
  const claudeWants = (file: string) =>
    runClaude({
      home: join(home.folder, 'home'),
      cwd: work,
      args: ['--allowedTools', 'Bash'],
      script: [
        { calls: [{ name: 'Bash', input: { command: `touch ${file}`, description: `Make ${file}` } }] },
      ],
    });
  const made = (file: string) => existsSync(join(work, file));

  it('is found, and connected after the change has been shown', async () => {
    expect(supervisor.stdout).toMatch(/^Found {2}Claude Code \d+\.\d+\.\d+: not connected/m);
    await person.sees('Nothing is supervised yet');
    await person.picture('first-screen');
    await person.presses('Connect');
    await person.sees('PreToolUse');
    await person.page.getByLabel('PIN', { exact: true }).fill(PIN);
    await person.page.getByLabel('Again', { exact: true }).fill(PIN);
    await person.picture('connect');
    expect(readFileSync(settings, 'utf8')).toBe(SETTINGS);
    await person.presses(/^Add \d+ hooks to/);
    await person.sees(/is connected\./);
    await person.presses('Close');
    expect(JSON.parse(readFileSync(settings, 'utf8'))).toMatchObject({ model: 'sonnet', hooks: {} });
    const doctor = await home.done(['agents', 'doctor', 'claude-code']);
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('is enforced')]);
  });

  it('runs the call after Allow, and only then', async () => {
    const running = claudeWants('yes.txt');
    const card = await person.opensRequest(/touch yes\.txt/);
    const text = await card.innerText();
    expect(text).toContain('Claude Code');
    expect(text).toContain('shop');
    expect(text).toContain('touch yes.txt');
    expect(text).toMatch(/In the project\s+Changes 1 path\s+yes\.txt/);
    expect(text).toMatch(/from the kernel/);
    await person.picture('asked-allow');
    expect(made('yes.txt')).toBe(false);
    await person.holds(/^Hold/);
    await person.sees(/^Allowed: /);
    const { exit, toolResults } = await running;
    await person.picture('allowed');
    expect([exit, toolResults.map(({ isError }) => isError)]).toEqual([0, [false]]);
    expect(made('yes.txt')).toBe(true);
  });

  it('does not run it after Deny, and the model is told why', async () => {
    const running = claudeWants('no.txt');
    await person.opensRequest(/touch no\.txt/);
    await person.presses('Deny with reason');
    await person.page.keyboard.type('Use the build folder, not this one.');
    await person.picture('asked-deny');
    await person.presses('Deny with this reason');
    await person.sees(/^Denied: /);
    const { toolResults } = await running;
    await person.picture('denied');
    expect(made('no.txt')).toBe(false);
    expect(toolResults).toMatchObject([{ isError: true }]);
    expect(toolResults[0]?.text).toContain('Use the build folder, not this one.');
  });

  it('shows both on the timeline, and the log proves it', async () => {
    await person.goesTo('Timeline');
    await person.sees('touch yes.txt');
    await person.sees('touch no.txt');
    // The doctor's own tests of the hook are no alarm.
    expect(await person.page.getByText('Alarm').count()).toBe(0);
    await person.picture('timeline');
    const rows = (await home.done(['audit', 'query', '--json', '--limit', '100'])).stdout;
    expect(rows).toContain('touch yes.txt');
    const verified = await home.done(['audit', 'verify', '--json']);
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    await person.goesTo('Inbox');
  });

  it('blocks the call when the supervisor is killed while it waits', async () => {
    const running = claudeWants('killed.txt');
    await person.opensRequest(/touch killed\.txt/);
    const pid = Number(execFileSync('pgrep', ['-P', String(supervisor.child.pid)], { encoding: 'utf8' }));
    process.kill(pid, 'SIGKILL');
    await person.sees('Gatehouse does not answer');
    await person.picture('killed');
    const { toolResults } = await running;
    expect(made('killed.txt')).toBe(false);
    expect(toolResults).toMatchObject([{ isError: true }]);
    expect(toolResults[0]?.text).toContain('this call was not run');
    await supervisor.ended;
  });

  it('blocks the call when no supervisor runs, and says both ways out', async () => {
    // The hook on the prompt stops it before the model is asked at all.
    const { stdout, requests } = await claudeWants('absent.txt');
    expect(made('absent.txt')).toBe(false);
    expect(requests.filter(({ body }) => (body?.tools ?? []).length > 0)).toEqual([]);
    expect(stdout).toMatch(/gatehouse[^"]* start/);
    expect(stdout).toMatch(/uninstall claude-code/);
  });

  it('after a new start knows what was lost, wants the PIN on a new page, and the log is whole', async () => {
    supervisor = await home.start('--headless', '--port', String(await freePort()));
    await person.follow(linkIn(supervisor.stdout).url);
    const pin = person.page.getByPlaceholder('PIN');
    await pin.waitFor();
    await person.picture('locked');
    await pin.fill(PIN);
    await pin.press('Enter');
    await pin.waitFor({ state: 'detached' });
    await person.goesTo('Timeline');
    await person.sees('touch killed.txt');
    await person.sees('Expired');
    await person.picture('after-restart');
    expect((await home.done(['audit', 'verify'])).code).toBe(0);
  });

  it('is disconnected to the byte', async () => {
    await person.goesTo('Agents');
    await person.presses('Disconnect');
    await person.presses(/^Remove \d+ hooks from/);
    await person.sees(/is not connected any more/);
    await person.picture('disconnected');
    expect(readFileSync(settings, 'utf8')).toBe(SETTINGS);
    expect(person.complaints.filter((text) => !/WebSocket connection/.test(text))).toEqual([]);
  });
});
