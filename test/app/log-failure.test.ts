import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { claudeCall } from '../support/door-hook.ts';
import { launcherMissing } from '../support/launcher.ts';
import { ASKING, answerTo, LETTING, RealApp, readCard, soon } from '../support/real-app.ts';
import { run } from '../support/run-client.ts';

const made: RealApp[] = [];
const ends: (() => void)[] = [];

async function running(policy: string): Promise<RealApp> {
  const real = await RealApp.start(policy);
  made.push(real);
  return real;
}

/** Lets every write to the log fail, as a full disk does, or only those of one kind; answers what ends it. */
function fillDisk(real: RealApp, kind: string | null = null): () => void {
  const when = kind === null ? '' : `WHEN json_extract(new.event, '$.type') = '${kind}'`;
  const run = (sql: string) => {
    const database = new Database(real.paths.auditDb);
    database.exec(sql);
    database.close();
  };
  run(
    `CREATE TRIGGER full BEFORE INSERT ON rows ${when} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
  );
  return () => run('DROP TRIGGER full');
}

/** Every thread that is started from now on, the log's writer first. */
function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  const listener = (worker: Worker) => workers.push(worker);
  process.on('worker', listener);
  ends.push(() => process.off('worker', listener));
  return workers;
}

const read = () => claudeCall('Read', { file_path: '/tmp/x' });
const bash = () => claudeCall('Bash', { command: 'ls' });

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  for (const real of made.splice(0)) await real.remove();
});

describe('a log that cannot be written', () => {
  it('takes no word from a person about what a session changed', async (context) => {
    const lacking = launcherMissing();
    if (lacking !== null) return context.skip(lacking);
    const real = await running(`${LETTING}\nsecurity:\n  sandbox: { level: standard }\n`);
    const project = join(real.home, 'proj');
    mkdirSync(project);
    const emptyDisk = fillDisk(real, 'sandbox.ended');
    const session = (script: string) =>
      run(real.paths.agentDoor, ['--', 'sh', '-ec', script], { cwd: project, env: { HOME: real.home } });
    const { code, stderr } = await session('echo new > a');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /the end of this session is not on the audit log: the disk is full; hint: make room .*[\s\S]*can be taken back for a week/,
      ),
    });
    emptyDisk();
    expect((await session('echo two > a')).stderr).not.toContain('not on the audit log');
    const emptyAgain = fillDisk(real);
    expect(await session('echo three > a')).toMatchObject({
      code: 126,
      stderr: expect.stringMatching(/was not run: the log: .*disk is full; hint: make room/),
    });
    emptyAgain();
  });

  it('lets no call run, says so at once, and lets them run again when it can', async () => {
    const real = await running(LETTING);
    const page = real.page('first');
    await expect(real.ask(bash())).resolves.toMatchObject({ decision: 'allow' });
    const emptyDisk = fillDisk(real);
    for (const call of [read(), bash(), claudeCall('Bash', { command: 'ls' }, { session_id: 'another' })]) {
      const { decision, reason } = await real.ask(call);
      expect(decision).toBe('deny');
      expect(reason).toMatch(/^The call was not run: the log: database or disk is full/);
    }
    const { enforcement, log } = await page.value('overview');
    expect(enforcement).toMatchObject({
      state: 'deny_all',
      sentence: 'Every call is refused: the log cannot be trusted or written.',
      problems: [
        expect.stringMatching(
          /^Cannot write the log: .*disk is full.*Calls are refused until it can be written\.$/,
        ),
      ],
    });
    expect(log.state).toBe('unwritable');
    expect(
      await soon(() => page.sent.overview.findLast((sent) => sent.enforcement.state === 'deny_all')),
    ).toBeDefined();
    const status = await real.command(['status']);
    expect(status.stdout).toMatch(
      /^Every call is refused: the log cannot be trusted or written\.\n {2}! Cannot write/,
    );
    emptyDisk();
    await expect(real.ask(bash())).resolves.toMatchObject({ decision: 'allow' });
    expect((await page.value('overview')).log.state).toBe('intact');
    expect(await page.value('verifyLog')).toMatchObject({ ok: true });
    const rows = (await page.value('timeline', { action: ['shell', 'filesystem'] }, null, 50)).rows;
    expect(rows.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed']);
  });

  it('turns a yes that cannot be written into a refusal, on the page and for the agent', async () => {
    const real = await running(ASKING);
    const page = real.page('first');
    const asked = real.ask(bash());
    const card = await readCard(page);
    const emptyDisk = fillDisk(real, 'approval.resolved');
    expect(await page.value('answer', answerTo(card))).toMatchObject({ outcome: 'refused', undoUntil: null });
    const { decision, reason } = await asked;
    expect([decision, reason]).toEqual(['deny', expect.stringMatching(/could not be written to the log/)]);
    emptyDisk();
    // The log still says that it waits; the next start ends that.
    await real.restart();
    const rows = (await real.page('x').value('timeline', { action: ['shell'] }, null, 50)).rows;
    expect(rows).toMatchObject([{ outcome: 'expired' }]);
  });

  it('lets nobody be asked about what could not be written', async () => {
    const real = await running(ASKING);
    const page = real.page('first');
    await real.ask(read());
    fillDisk(real, 'call.decided');
    await expect(real.ask(bash())).resolves.toMatchObject({ decision: 'deny' });
    expect((await page.value('inbox')).pending).toEqual([]);
  });

  it('unlocks no page, since that cannot be written down', async () => {
    const real = await running(ASKING);
    const page = real.page('first');
    await page.value('setPin', { pin: 'granite-7', current: null });
    const other = real.page('other');
    fillDisk(real, 'presence');
    expect(await other.code('unlock', 'granite-8')).not.toBe('ok');
    expect(await other.code('unlock', 'granite-7')).not.toBe('ok');
    expect((await other.value('overview')).presence.mayDecide).toBe(false);
  });

  it('keeps a supervisor from starting', async () => {
    const real = await running(ASKING);
    await real.stop();
    const emptyDisk = fillDisk(real);
    await expect(real.start()).rejects.toMatchObject({ code: 'audit_unwritable' });
    await expect(real.ask(read())).rejects.toThrow();
    emptyDisk();
    await real.start();
    await expect(real.ask(read())).resolves.toMatchObject({ decision: 'allow' });
  });
});

describe("the log's thread", () => {
  it('that ends is started again; until then every call is refused, and everybody is told', async () => {
    const workers = watchWorkers();
    const real = await running(LETTING);
    const page = real.page('first');
    await expect(real.ask(bash())).resolves.toMatchObject({ decision: 'allow' });
    const rowsBefore = (await page.value('overview')).log.rows;
    const kill = (worker: Worker) => void worker.terminate();
    process.on('worker', kill);
    ends.push(() => process.off('worker', kill));
    const [writer] = workers;
    if (writer === undefined) throw new Error('no thread was started');
    await writer.terminate();
    const told = await soon(() =>
      page.sent.overview.findLast(({ enforcement }) => enforcement.state === 'deny_all'),
    );
    expect(told.log).toMatchObject({
      state: 'unwritable',
      sentence: expect.stringMatching(/^Cannot write the log: the log's worker ended/),
    });
    for (let round = 0; round < 3; round += 1) {
      const { decision, reason } = await real.ask(bash());
      expect([decision, reason]).toEqual([
        'deny',
        expect.stringMatching(/^The call was not run: the log's worker ended/),
      ]);
    }
    process.off('worker', kill);
    await soon(() => (page.sent.overview.at(-1)?.enforcement.state === 'deny_all' ? null : true));
    await expect(real.ask(bash())).resolves.toMatchObject({ decision: 'allow' });
    expect(await page.value('verifyLog')).toMatchObject({ ok: true });
    // Not one row of a call that was refused meanwhile.
    const { rows } = (await page.value('overview')).log;
    expect(rows).toBe(rowsBefore + 2);
  });

  it('that ends while a call is being written fails that call', async () => {
    const workers = watchWorkers();
    const real = await running(LETTING);
    await real.ask(bash());
    const calls = Array.from({ length: 20 }, () => real.ask(bash()));
    const [writer] = workers;
    if (writer === undefined) throw new Error('no thread was started');
    const gone = once(writer, 'exit');
    void writer.terminate();
    await gone;
    const decisions = (await Promise.all(calls)).map(({ decision }) => decision);
    const page = real.page('first');
    await soon(async () => ((await page.value('overview')).log.state === 'intact' ? true : null));
    const { rows } = await page.value('timeline', { action: ['shell'] }, null, 100);
    // What ran is on the log; what is on the log may have been refused all the same.
    expect(rows.length).toBeGreaterThanOrEqual(
      1 + decisions.filter((decision) => decision === 'allow').length,
    );
    expect(decisions.filter((decision) => decision !== 'allow' && decision !== 'deny')).toEqual([]);
    expect(await page.value('verifyLog')).toMatchObject({ ok: true });
  });
});
