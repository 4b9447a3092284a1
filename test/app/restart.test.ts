import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { startApp } from '../../main/app/app.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, answerTo, LETTING, RealApp, readCard, soon } from '../support/real-app.ts';

const made: RealApp[] = [];

async function running(policy: string | null = ASKING): Promise<RealApp> {
  const real = await RealApp.start(policy);
  made.push(real);
  return real;
}

/** A supervisor over what this one would leave if it were killed now. */
async function killedCopy(real: RealApp): Promise<RealApp> {
  const copy = new RealApp();
  made.push(copy);
  copy.writePolicy(readFileSync(real.paths.policyFile));
  for (const [from, to] of [
    [real.paths.auditDb, copy.paths.auditDb],
    [real.paths.stateDb, copy.paths.stateDb],
  ] as const) {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    const database = new Database(from, { readonly: true });
    await database.backup(to);
    database.close();
  }
  return copy;
}

const rowsOf = async (real: RealApp, filter: object) =>
  (await real.page('reader', { origin: 'open-link' }).value('timeline', filter, null, 200)).rows;

afterEach(async () => {
  for (const real of made.splice(0)) await real.remove();
});

describe('a supervisor that is stopped', () => {
  it('expires what waits, tells the agent, writes it down, and is in order at the next start', async () => {
    const real = await running();
    const asked = real.ask(claudeCall('Bash', { command: 'ls' }));
    await readCard(real.page('first'));
    await real.stop('the person stopped it');
    const { decision, reason } = await asked;
    expect(decision).toBe('deny');
    expect(reason).toMatch(/stop/i);
    expect(reason).not.toMatch(/denied by a person/i);
    await real.start();
    expect(await rowsOf(real, { action: ['shell'] })).toMatchObject([
      { outcome: 'expired', byPerson: false },
    ]);
    const life = (await rowsOf(real, { text: '' })).map(({ action }) => action).toReversed();
    expect(life.filter((action) => /^supervisor|^policy/.test(action))).toEqual([
      'supervisor.started',
      'policy.loaded',
      'supervisor.stopped',
      'supervisor.started',
      'policy.loaded',
    ]);
    const page = real.page('second');
    expect((await page.value('inbox')).pending).toEqual([]);
    expect(await page.value('verifyLog')).toMatchObject({ ok: true });
  });

  it('answers nobody any more: its doors are gone, and stopping twice is fine', async () => {
    const real = await running();
    const { app } = real;
    await app.stop('once');
    await app.stop('twice');
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).rejects.toThrow();
    await expect(real.command(['status'])).rejects.toMatchObject({ code: 'no_supervisor' });
    expect(existsSync(real.paths.agentDoor)).toBe(false);
  });
});

describe('a supervisor that was killed', () => {
  it('leaves a request that the next one expires, once, in the store and on the log', async () => {
    const real = await running();
    const asked = real.ask(claudeCall('Bash', { command: 'ls' }));
    const card = await readCard(real.page('first'));
    const copy = await killedCopy(real);
    await copy.start();
    expect(await rowsOf(copy, { action: ['shell'] })).toMatchObject([
      { outcome: 'expired', reason: expect.stringMatching(/stopped/) },
    ]);
    const page = copy.page('first');
    expect((await page.value('inbox')).pending).toEqual([]);
    expect(await page.code('answer', answerTo(card))).toBe('not_found');
    await copy.restart();
    const [line] = await rowsOf(copy, { action: ['shell'] });
    const { records } = await copy.page('x').value('timelineDetail', line?.seq ?? 0);
    expect(records.map(({ type }) => type)).toEqual(['call.decided', 'approval.resolved']);
    expect(await copy.page('y').value('verifyLog')).toMatchObject({ ok: true });
    await real.stop();
    await asked;
  });

  it('after the row of a lost request was written and before the store knew of it: no second row', async () => {
    const real = await running();
    const asked = real.ask(claudeCall('Bash', { command: 'ls' }));
    await readCard(real.page('first'));
    const copy = await killedCopy(real);
    // The store as it was before the next supervisor marked anything in it, the log as that one left it.
    const stateBefore = readFileSync(copy.paths.stateDb);
    await copy.start();
    await copy.stop();
    rmSync(`${copy.paths.stateDb}-wal`, { force: true });
    rmSync(`${copy.paths.stateDb}-shm`, { force: true });
    writeFileSync(copy.paths.stateDb, stateBefore);
    await copy.start();
    const [line] = await rowsOf(copy, { action: ['shell'] });
    const { records } = await copy.page('x').value('timelineDetail', line?.seq ?? 0);
    expect(records.map(({ type }) => type)).toEqual(['call.decided', 'approval.resolved']);
    const state = new Database(copy.paths.stateDb, { readonly: true });
    expect(state.prepare('SELECT state FROM approvals').all()).toEqual([{ state: 'expired' }]);
    state.close();
    await real.stop();
    await asked;
  });
});

describe('a start', () => {
  it('is refused while another supervisor has the doors', async () => {
    const real = await running();
    await expect(startApp({ env: real.env, shell: 'headless' })).rejects.toMatchObject({
      code: 'already_running',
    });
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).resolves.toMatchObject({
      decision: 'allow',
    });
  });

  it('closes what somebody opened, and is refused where a folder is a link', async () => {
    const real = await running();
    await real.stop();
    const { config, data, policyFile, auditDb } = real.paths;
    for (const path of [config, data]) chmodSync(path, 0o755);
    for (const path of [policyFile, auditDb]) chmodSync(path, 0o644);
    await real.start();
    const modes = [config, data, policyFile, auditDb].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
    await real.stop();
    rmSync(config, { recursive: true });
    symlinkSync(real.home, config);
    await expect(real.start()).rejects.toMatchObject({ code: 'unsafe_folder' });
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).rejects.toThrow();
  });

  it('with a state file that is no database is refused, and nothing is left behind', async () => {
    const real = await running();
    await real.stop();
    const good = readFileSync(real.paths.stateDb);
    writeFileSync(real.paths.stateDb, 'this is no database at all');
    await expect(real.start()).rejects.toMatchObject({ code: 'store_unreadable' });
    writeFileSync(real.paths.stateDb, good);
    await real.start();
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).resolves.toMatchObject({
      decision: 'allow',
    });
  });

  it('with files of a later version is refused, and they stay as they are', async () => {
    const real = await running();
    await real.stop();
    for (const file of [real.paths.stateDb, real.paths.auditDb]) {
      copyFileSync(file, `${file}.good`);
      const database = new Database(file);
      database.pragma('user_version = 50');
      database.close();
      const before = readFileSync(file);
      await expect(real.start()).rejects.toMatchObject({ code: 'store_newer' });
      expect(readFileSync(file).equals(before)).toBe(true);
      copyFileSync(`${file}.good`, file);
    }
    await real.start();
  });
});

describe('the policy in force', () => {
  const allowed = async (real: RealApp) => (await real.ask(claudeCall('Bash', { command: 'ls' }))).decision;

  it('at the first start is the careful preset', async () => {
    const real = await running(null);
    const { policy, enforcement } = await real.page('first').value('overview');
    expect(policy).toMatchObject({ state: 'ok', errors: [], sentence: 'The policy file is in force.' });
    expect(enforcement.state).toBe('none');
    await expect(real.ask(claudeCall('Read', { file_path: '/tmp/x' }))).resolves.toMatchObject({
      decision: 'allow',
    });
    await expect(real.ask(claudeCall('Nothing', {}))).resolves.toMatchObject({ decision: 'deny' });
  });

  it('that does not compile denies everything, and says so everywhere', async () => {
    const real = await running('tools: { capabilities: { default_policy: yes-please } }\n');
    const { decision, reason } = await real.ask(claudeCall('Read', { file_path: '/tmp/x' }));
    expect([decision, reason]).toEqual(['deny', expect.stringMatching(/No policy is in force/)]);
    const { policy, enforcement } = await real.page('first').value('overview');
    expect(policy).toMatchObject({
      state: 'none',
      errors: [{ line: 1, column: 42, path: 'tools.capabilities.default_policy' }],
    });
    expect(enforcement).toMatchObject({
      state: 'deny_all',
      sentence: 'Every call is refused: no policy is in force.',
    });
    expect(real.app.enforcementSentence()).toBe(enforcement.sentence);
  });

  it('changes only when the person says so, and then decides at once, also about what waits', async () => {
    const real = await running(LETTING);
    const page = real.page('first');
    expect(await allowed(real)).toBe('allow');
    real.writePolicy(ASKING.replace('default_policy: approve', 'default_policy: block'));
    expect(await allowed(real)).toBe('allow');
    expect(await page.value('reloadPolicy')).toMatchObject({ state: 'ok' });
    expect(await allowed(real)).toBe('deny');
    real.writePolicy(ASKING);
    await page.value('reloadPolicy');
    const waiting = allowed(real);
    await readCard(page);
    real.writePolicy(ASKING.replace('default_policy: approve', 'default_policy: block'));
    await page.value('reloadPolicy');
    expect(await waiting).toBe('deny');
    expect((await page.value('inbox')).recent[0]).toMatchObject({ outcome: 'refused' });
  });

  it('stays the last good one when the file is spoilt, over a restart too, and the page says why', async () => {
    const real = await running(LETTING);
    real.writePolicy('tools: [');
    const page = real.page('first');
    const spoilt = await page.value('reloadPolicy');
    expect(spoilt.state).toBe('last_good');
    expect(spoilt.errors.length).toBeGreaterThan(0);
    expect(spoilt.sentence).toMatch(/The last good version stays in force\.$/);
    expect(await allowed(real)).toBe('allow');
    await real.restart();
    const { policy, enforcement } = await real.page('second').value('overview');
    expect(policy.state).toBe('last_good');
    expect(enforcement.problems).toContain('The policy file has errors: the last good version is in force.');
    expect(await allowed(real)).toBe('allow');
    await soon(async () => (await rowsOf(real, { action: ['policy.loaded'] })).find(({ alarm }) => alarm));
  });
});
