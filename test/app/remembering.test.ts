/** Answers that are remembered, in the whole supervisor: by page and terminal, over a restart, and by nobody else. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MovableClock } from '../../main/platform/clock.ts';
import type { Answer, Approval } from '../../preload/contract.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, answerTo, policyText, RealApp, readCard, soon, type TestPage } from '../support/real-app.ts';

const ROOT = process.cwd();
let real: RealApp;
let page: TestPage;
let session = 0;
/** A command in the project that the session is seen to run in: of what runs elsewhere no kind is remembered. */
const bash = (command: string) =>
  claudeCall('Bash', { command }, { session_id: `s${session}`, cwd: process.cwd() });

async function start(): Promise<void> {
  real = await RealApp.start(ASKING, new MovableClock());
  page = real.page('first');
  const project = join(real.home, 'shop');
  mkdirSync(join(project, '.git'), { recursive: true });
  // The supervisor reads from the kernel where the one at the agent door runs.
  process.chdir(project);
}
async function remove(): Promise<void> {
  process.chdir(ROOT);
  await real.remove();
}

beforeEach(() => {
  session += 1;
});

function remembering(
  card: Approval,
  scope: 'session' | 'project' | 'always',
  id = 'kind',
  seconds: number | null = null,
): Answer {
  const choice = card.remember.choices.find((one) => one.id === id);
  if (choice === undefined) throw new Error(`${id} is not offered`);
  const remember = { choice: choice.id, digest: choice.digest, forSeconds: seconds };
  return answerTo(card, { kind: 'allow', scope, remember });
}

/** Asks, and answers no once it waits: it was asked about. */
async function isAsked(command: string): Promise<boolean> {
  const asked = real.ask(bash(command));
  const card = await Promise.race([readCard(page), asked.then(() => null)]);
  if (card === null) return false;
  await page.value('answer', answerTo(card, { kind: 'deny', reason: null }));
  return (await asked).decision === 'deny';
}

/** Does something to the state file while no supervisor runs. */
function inState<T>(act: (database: Database.Database) => T): T {
  const database = new Database(real.paths.stateDb);
  try {
    return act(database);
  } finally {
    database.close();
  }
}

async function remember(command: string, scope: 'session' | 'project' | 'always', id = 'kind') {
  const asked = real.ask(bash(command));
  await page.value('answer', remembering(await readCard(page), scope, id));
  await expect(asked).resolves.toMatchObject({ decision: 'allow' });
}

/** One supervisor for all of them: each has a session of its own, and what it had remembered is taken back. */
describe('remembered answers', () => {
  beforeAll(start);
  afterEach(async () => {
    const ids = (await page.value('rules')).map(({ id }) => id);
    if (ids.length > 0) await page.value('withdrawRules', ids);
  });
  afterAll(remove);

  describe('an answer for a kind of calls', () => {
    it('lets its kind through, and nothing else; it is on the log when it is made, used and taken back', async () => {
      await remember('git status', 'project');
      await expect(real.ask(bash('git status --short'))).resolves.toMatchObject({ decision: 'allow' });
      expect(await isAsked('git status; rm x')).toBe(true);
      expect(await isAsked('git stash')).toBe(true);
      const [rule] = await page.value('rules');
      expect(rule).toMatchObject({ sentence: 'git status …', scope: 'project', hits: 1, exact: false });
      const used = (await page.value('timeline', { action: ['shell'] }, null, 10)).rows.find(
        ({ summary }) => summary === 'git status --short',
      );
      const { records } = await page.value('timelineDetail', used?.seq ?? 0);
      expect(records[0]?.json).toContain(rule?.id ?? 'none');
      await page.value('withdrawRules', [rule?.id ?? '']);
      expect(await isAsked('git status')).toBe(true);
      const rows = (await page.value('timeline', { action: ['rule.changed'], events: true }, null, 2)).rows;
      expect(rows.map(({ summary }) => summary)).toEqual([
        'A remembered answer was taken back: git status …',
        'An answer is remembered: git status …',
      ]);
    });

    it('outlives a restart; a row that somebody writes into the state file does not', async () => {
      await remember('git status', 'project');
      await real.stop();
      const database = new Database(real.paths.stateDb);
      const row = database.prepare('SELECT * FROM rules').get() as {
        id: string;
        rule: string;
        made_seq: number;
      };
      database
        .prepare('INSERT INTO rules VALUES (?, ?, ?, 0, NULL)')
        .run(
          'grant_forged',
          row.rule.replace(row.id, 'grant_forged').replace('"status"', '"stash"'),
          row.made_seq,
        );
      database.close();
      await real.start();
      page = real.page('first');
      await expect(real.ask(bash('git status'))).resolves.toMatchObject({ decision: 'allow' });
      expect(await isAsked('git stash')).toBe(true);
      expect(await page.value('rules')).toHaveLength(1);
      const alarms = (await page.value('timeline', { action: ['security'], events: true }, null, 10)).rows;
      expect(alarms[0]?.summary).toMatch(/made by nobody the log knows of/);
    });

    it('that the state file lost is ended on the log: put back later, it gives nothing', async () => {
      await remember('git status', 'project');
      await real.stop();
      const rows = inState((database) => {
        const kept = database.prepare('SELECT * FROM rules').all() as Record<string, unknown>[];
        database.prepare('DELETE FROM rules').run();
        return kept;
      });
      expect(rows).toHaveLength(1);
      await real.restart();
      await real.stop();
      inState((database) => {
        const put = database.prepare('INSERT INTO rules VALUES (@id, @rule, @made_seq, @hits, @last_used)');
        for (const row of rows) put.run(row);
      });
      await real.start();
      page = real.page('first');
      expect(await page.value('rules')).toEqual([]);
      expect(await isAsked('git status')).toBe(true);
      const [last] = (await page.value('timeline', { action: ['rule.changed'], events: true }, null, 1)).rows;
      expect(last?.summary).toBe('A remembered answer was taken back: git status …');
    });

    it('lifts no deny: a policy that refuses the call later wins', async () => {
      await remember('git status', 'project');
      real.writePolicy(policyText('default_policy: approve\ndeny: [{ module: shell, actions: [bash] }]'));
      await page.value('reloadPolicy');
      await expect(real.ask(bash('git status'))).resolves.toMatchObject({ decision: 'deny' });
      real.writePolicy(ASKING);
      await page.value('reloadPolicy');
    });

    it('reaches no further than was offered, and is what was shown', async () => {
      const asked = real.ask(bash('npm test'));
      const card = await readCard(page);
      expect(card.remember.choices.every(({ widest }) => widest === 'session')).toBe(true);
      expect(await page.code('answer', remembering(card, 'project'))).toBe('unavailable');
      const other = remembering(card, 'session');
      if (other.verdict.kind === 'allow' && other.verdict.remember !== undefined)
        expect(
          await page.code('answer', {
            ...other,
            verdict: { ...other.verdict, remember: { ...other.verdict.remember, digest: 'another' } },
          }),
        ).toBe('changed');
      await page.value('answer', remembering(card, 'session'));
      await expect(asked).resolves.toMatchObject({ decision: 'allow' });
      await expect(real.ask(bash('npm test -- login'))).resolves.toMatchObject({ decision: 'allow' });
    });

    it('releases what waits already and is covered', async () => {
      const first = real.ask(bash('git status'));
      const card = await readCard(page);
      const second = real.ask(bash('git status -s'));
      await soon(async () => ((await page.value('inbox')).pending.length === 2 ? true : null));
      await page.value('answer', remembering(card, 'session'));
      await expect(Promise.all([first, second])).resolves.toMatchObject([
        { decision: 'allow' },
        { decision: 'allow' },
      ]);
    });
  });

  describe('a rule of a row', () => {
    it('is made for a call that has been, by the kinds that it is of', async () => {
      expect(await isAsked('git status')).toBe(true);
      const [row] = (await page.value('timeline', { action: ['shell'] }, null, 1)).rows;
      const seq = row?.seq ?? 0;
      const offered = await page.value('rowChoices', seq);
      expect(offered).toMatchObject({ title: 'Run git status', decision: 'approve', problem: null });
      const kind = offered.remember.choices.find(({ id }) => id === 'kind');
      expect(
        (await page.value('coverage', { seq })).coverage.find(({ choice }) => choice === 'kind'),
      ).toMatchObject({
        project: expect.toSatisfy((count: number) => count >= 1),
      });
      const remember = { choice: 'kind', digest: kind?.digest ?? '', forSeconds: 3600 } as const;
      await page.value('makeRule', { seq, scope: 'project', remember });
      await expect(real.ask(bash('git status'))).resolves.toMatchObject({ decision: 'allow' });
    });

    it('is not made where the log lost part of the call, or the policy refuses it', async () => {
      expect(await isAsked('curl -H "Authorization: Bearer abcdefghijklmnop" https://x.example/')).toBe(true);
      const [row] = (await page.value('timeline', { action: ['shell'] }, null, 1)).rows;
      expect(await page.value('rowChoices', row?.seq ?? 0)).toMatchObject({
        problem: expect.stringMatching(/does not hold all/),
        remember: { choices: [] },
      });
    });
  });

  describe('files that a call runs', () => {
    it('void the yes when one changes while it waits', async () => {
      const file = join(process.cwd(), 'deploy.sh');
      writeFileSync(file, 'echo one\n');
      const asked = real.ask(bash('sh deploy.sh'));
      const card = await readCard(page);
      expect(card.binding).toMatch(/deploy\.sh as it is now/);
      writeFileSync(file, 'rm -rf ~\n');
      await page.value('answer', answerTo(card, { kind: 'allow', scope: 'once' }));
      const { decision, reason } = await asked;
      expect(decision).toBe('deny');
      expect(reason).toMatch(/deploy\.sh has changed since/);
    });
  });

  describe('rules together', () => {
    it('are made one, end at another time, and never later than they did', async () => {
      await remember('git status', 'project');
      await remember('git diff', 'project');
      const both = await page.value('rules');
      expect(new Set(both.map(({ mergesAs }) => mergesAs)).size).toBe(1);
      await page.value('endRule', both[0]?.id ?? '', 3600);
      const ids = (await page.value('rules')).map(({ id }) => id);
      const [one, ...more] = await page.value('mergeRules', ids);
      expect(more).toEqual([]);
      expect(one?.endsAt ?? 0).toBeLessThan(Date.now() + 3_700_000);
      await expect(real.ask(bash('git status && git diff'))).resolves.toMatchObject({ decision: 'allow' });
    });
  });

  describe('in a terminal', () => {
    it('a kind is remembered with the PIN, listed, and taken back without one', async () => {
      await page.value('setPin', { pin: 'granite-7', current: null });
      const asked = real.ask(bash('git status'));
      const { id } = await readCard(page);
      expect((await real.command(['approvals', 'choices', id])).stdout).toMatch(/^kind {3}git status …$/m);
      const wish = ['--scope', 'project', '--remember', 'kind', '--for', '2h'];
      expect(await real.command(['approvals', 'approve', id, ...wish])).toMatchObject({ exit: 1 });
      expect(await page.value('rules')).toEqual([]);
      const done = await real.command(['approvals', 'approve', id, ...wish], ['granite-7']);
      expect(done).toMatchObject({ exit: 0, stdout: 'Allowed, and remembered in this project.\n' });
      expect(done.questions[0]).toMatch(/PIN for remembering in this project, until .* UTC: git status …: $/);
      await asked;
      await expect(real.ask(bash('git status -b'))).resolves.toMatchObject({ decision: 'allow' });
      const [rule] = await page.value('rules');
      expect((await real.command(['rules', 'list'])).stdout).toMatch(/Claude Code: git status …/);
      expect(await real.command(['rules', 'withdraw', rule?.id ?? ''])).toMatchObject({ exit: 0 });
      expect((await real.command(['rules', 'list'])).stdout).toBe('Nothing is remembered.\n');
    });
  });
});

/** A supervisor each: they count every row of the log. */
describe('past calls', () => {
  beforeEach(start);
  afterEach(remove);

  describe('what it would have covered', () => {
    it('is counted in the log, with examples', async () => {
      for (const command of ['git status', 'git status -s', 'ls']) expect(await isAsked(command)).toBe(true);
      const asked = real.ask(bash('git status -b'));
      const card = await readCard(page);
      const report = await page.value('coverage', { approval: card.id });
      expect(report.coverage.find(({ choice }) => choice === 'kind')).toMatchObject({
        project: 3,
        stopped: 2,
        examples: ['git status -b', 'git status -s', 'git status'],
      });
      expect(report).toMatchObject({ looked: 4, unknown: 0, whole: true });
      await page.value('answer', answerTo(card, { kind: 'deny', reason: null }));
      await asked;
    });
  });

  describe('replaying past calls', () => {
    it('says what a policy would have decided otherwise, widening first, and what it leaves out', async () => {
      expect(await isAsked('ls')).toBe(true);
      expect(await isAsked('curl -H "Authorization: Bearer abcdefghijklmnop" https://x.example/')).toBe(true);
      real.writePolicy(policyText('default_policy: approve\ndeny: [{ module: shell, actions: [bash] }]'));
      await page.value('reloadPolicy');
      await expect(real.ask(bash('git status'))).resolves.toMatchObject({ decision: 'deny' });
      const draft = policyText('default_policy: auto');
      const report = await page.value('replayPolicy', { draft, days: 30 });
      expect(report).toMatchObject({ looked: 3, replayed: 2, same: 0, whole: true });
      expect(report.changes.map(({ from, to, summary }) => [from, to, summary])).toEqual([
        ['deny', 'allow', 'git status'],
        ['approve', 'allow', 'ls'],
      ]);
      expect(report.left).toMatchObject([{ count: 1, why: expect.stringMatching(/does not hold all/) }]);
      const file = join(real.folder, 'draft.yaml');
      writeFileSync(file, draft);
      const said = await real.command(['policy', 'replay', file, '--since', '1d']);
      expect(said.stdout).toContain('what earlier ones wrote or fetched is not known');
      // Red.
      expect(said.stdout).toContain('\u001B[31m');
      expect(said.stdout).toMatch(/refused → let through.*git status/);
      const json = JSON.parse((await real.command(['policy', 'replay', file, '--json'])).stdout) as unknown;
      expect(json).toMatchObject({ looked: 3, counts: [{ from: 'deny', to: 'allow', count: 1 }, {}] });
      writeFileSync(file, 'tools: [');
      expect(await real.command(['policy', 'replay', file])).toMatchObject({ exit: 1 });
      expect(await page.code('replayPolicy', { draft: 'tools: [', days: 1 })).not.toBe('ok');
    });
  });
});
