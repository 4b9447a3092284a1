import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WIRE_MAX_BYTES } from '../../preload/contract/wire.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, answerTo, RealApp, readCard, soon, type TestPage } from '../support/real-app.ts';

let real: RealApp;
let page: TestPage;
let asked: Promise<unknown>[];

const ask = (tool: string, input: Record<string, unknown>, more: Record<string, unknown> = {}) => {
  asked.push(real.ask(claudeCall(tool, input, more)));
};
const waiting = (count: number) =>
  soon(async () => {
    const inbox = await page.value('inbox');
    return inbox.pending.length === count ? inbox : null;
  });

beforeEach(async () => {
  asked = [];
  real = await RealApp.start(ASKING);
  page = real.page('first');
});
afterEach(async () => {
  await real.stop();
  await Promise.allSettled(asked);
  await real.remove();
});

describe('the inbox', () => {
  it('has the riskiest first, the older before the younger, and counts twins', async () => {
    ask('WebFetch', { url: 'https://one.example/', prompt: 'x' });
    await waiting(1);
    ask('Bash', { command: 'ls one' });
    await waiting(2);
    ask('WebFetch', { url: 'https://two.example/', prompt: 'x' });
    await waiting(3);
    for (let twin = 0; twin < 2; twin += 1) ask('Bash', { command: 'ls two' });
    const { pending, recent, lastQuestionAt } = await waiting(5);
    expect(pending.map(({ title, risk, asked: times }) => [title, risk, times])).toEqual([
      ['Run ls one', 'high', 1],
      ['Run ls two', 'high', 2],
      ['Run ls two', 'high', 2],
      ['Fetch a page from one.example', 'medium', 1],
      ['Fetch a page from two.example', 'medium', 1],
    ]);
    expect(new Set(pending.map(({ nonce }) => nonce)).size).toBe(5);
    expect(recent).toEqual([]);
    expect(lastQuestionAt).toBe(Math.max(...pending.map(({ createdAt }) => createdAt)));
  });

  it('fits into one message of the page, however much waits and however long it is', async () => {
    for (let call = 0; call < 32; call += 1)
      ask('Bash', { command: `echo ${call} ${'<&"\u0001'.repeat(20_000)}`, description: 'é'.repeat(50_000) });
    // Looked at where it costs nothing: an inbox of these takes as long to read as the next of them to come.
    await soon(async () => ((await page.value('overview')).waiting === 32 ? true : null));
    const inbox = await waiting(32);
    expect(
      Buffer.byteLength(JSON.stringify({ type: 'event', channel: 'inbox', payload: inbox })),
    ).toBeLessThan(WIRE_MAX_BYTES);
    for (const { params } of inbox.pending) {
      expect(params[0]).toMatchObject({ name: 'command', truncated: true });
      expect(params[0]?.bytes).toBeGreaterThan(80_000);
      expect(params[0]?.value.length).toBeGreaterThanOrEqual(200);
    }
  });

  it('remembers what ended lately, newest first, and nothing that was shown before', async () => {
    for (const name of ['one', 'two']) {
      ask('Bash', { command: name });
      await page.value('answer', answerTo(await readCard(page, name), { kind: 'deny', reason: null }));
    }
    const { pending, recent } = await page.value('inbox');
    expect(pending).toEqual([]);
    expect(recent.map(({ title, outcome, byPerson }) => [title, outcome, byPerson])).toEqual([
      ['Run two', 'denied', true],
      ['Run one', 'denied', true],
    ]);
  });
});

describe('the timeline', () => {
  it('comes in pages without gap or repetition, and in news as it happens', async () => {
    for (let call = 0; call < 25; call += 1)
      await real.ask(claudeCall('Read', { file_path: `/tmp/${call}` }));
    const seen: number[] = [];
    for (let before: number | null = null; ; before = seen.at(-1) ?? null) {
      const { rows, total } = await page.value('timeline', {}, before, 7);
      expect(total).toBeGreaterThanOrEqual(28);
      if (rows.length === 0) break;
      seen.push(...rows.map(({ seq }) => seq));
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
    expect(seen.at(-1)).toBe(1);
    const news = await soon(() => {
      const rows = page.sent.timeline.flat().filter(({ action }) => action === 'filesystem.read');
      return rows.length >= 25 ? rows : null;
    });
    expect(new Set(news.map(({ seq }) => seq)).size).toBe(25);
  });

  it('knows a line in full, and says when there is none', async () => {
    await real.ask(claudeCall('Read', { file_path: '/tmp/x', password: 'hunter22' }));
    const [row] = (await page.value('timeline', { action: ['filesystem.read'] }, null, 5)).rows;
    const detail = await page.value('timelineDetail', row?.seq ?? 0);
    expect(detail.row).toEqual(row);
    expect(detail.params[0]).toMatchObject({ name: 'file_path', value: '/tmp/x' });
    expect(JSON.stringify(detail)).not.toContain('hunter22');
    expect(await page.code('timelineDetail', 999_999)).toBe('not_found');
    expect(await page.code('timelineDetail', -1)).toBe('not_found');
  });

  it('that was tampered with is found, shown everywhere, and stays on show', async () => {
    for (let call = 0; call < 5; call += 1) await real.ask(claudeCall('Read', { file_path: `/tmp/${call}` }));
    expect(await page.value('verifyLog')).toMatchObject({ ok: true, problem: null });
    ask('Bash', { command: 'waits' });
    await waiting(1);
    const database = new Database(real.paths.auditDb);
    database.exec(
      "DROP TRIGGER rows_no_update; UPDATE rows SET event = replace(event, '/tmp/2', '/tmp/9') WHERE event LIKE '%/tmp/2%'",
    );
    const seq = database.prepare("SELECT seq FROM rows WHERE event LIKE '%/tmp/9%'").pluck().get();
    database.close();
    const report = await page.value('verifyLog');
    expect(report).toMatchObject({ ok: false, problem: { seq, kind: 'edited' } });
    const { log, enforcement } = await page.value('overview');
    expect(log).toMatchObject({
      state: 'broken',
      sentence: `The log is broken at row ${seq}: its content does not match its hash`,
    });
    expect(enforcement.state).toBe('deny_all');
    // It says that every call is refused: so every call is, what waits too.
    const { decision, reason } = await real.ask(claudeCall('Read', { file_path: '/tmp/x' }));
    expect([decision, reason]).toEqual(['deny', expect.stringMatching(`The log is broken at row ${seq}`)]);
    expect((await page.value('inbox')).recent).toMatchObject([{ title: 'Run waits', outcome: 'refused' }]);
    expect(await real.command(['audit', 'verify'])).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: `gatehouse: the log does not verify: row ${seq}: edited: its content does not match its hash\n`,
    });
    const [row] = (await page.value('timeline', { action: ['log.verified'] }, null, 5)).rows;
    expect(row).toMatchObject({
      alarm: true,
      summary: 'The log was checked: it is broken',
      reason: `row ${seq}: edited`,
    });
  });
});

describe('what the shell tells', () => {
  it('is shown on every page, and what is suspicious is on the timeline', async () => {
    const other = real.page('other');
    real.app.notice('The port was taken', 'wait');
    for (const one of [page, other])
      expect(one.sent.notice).toMatchObject([
        { text: 'The port was taken', tone: 'wait', id: expect.stringMatching(/^notice_/) },
      ]);
    real.app.securityEvent('foreign_origin', `a page of \ud800 ${'x'.repeat(5000)}`);
    const row = await soon(
      async () => (await page.value('timeline', { action: ['security'] }, null, 5)).rows[0],
    );
    expect(row).toMatchObject({ alarm: true, reason: 'foreign_origin', kind: 'event' });
    expect(row.summary.length).toBeLessThanOrEqual(1000);
  });

  it('is greeted at once with what it must know', async () => {
    const late = real.page('late');
    await soon(() => late.sent.overview[0] && late.sent.inbox[0]);
    expect(late.sent.overview[0]?.presence.mayDecide).toBe(false);
    expect(await real.app.describeAgents()).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'claude-code' })]),
    );
  });
});
