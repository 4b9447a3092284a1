import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Approval } from '../../preload/contract.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, answerTo, RealApp, readCard, soon, type TestPage } from '../support/real-app.ts';

let real: RealApp;
let page: TestPage;

const bash = (command: string) => claudeCall('Bash', { command });
const yes = answerTo;
const no = (card: Approval, reason: string | null = null): Answer => answerTo(card, { kind: 'deny', reason });
const stillWaits = async (id: string) => (await page.value('inbox')).pending.some((card) => card.id === id);
const events = async (action: string) => (await page.value('timeline', { action: [action] }, null, 100)).rows;

beforeEach(async () => {
  real = await RealApp.start(ASKING);
  page = real.page('first');
});
afterEach(() => real.remove());

describe('a request', () => {
  it('comes to the page by itself, and a yes lets exactly this call run', async () => {
    const asked = real.ask(bash('ls -la'));
    const told = await soon(() => page.sent.inbox.findLast(({ pending }) => pending.length === 1));
    expect(told.pending[0]).toMatchObject({
      title: 'Run ls -la',
      action: 'shell.bash',
      risk: 'high',
      asked: 1,
      test: false,
    });
    await soon(() => page.sent.overview.findLast(({ waiting }) => waiting === 1));
    const card = await readCard(page);
    expect(card.nonce).toBe(told.pending[0]?.nonce);
    expect(await page.value('answer', yes(card))).toMatchObject({
      outcome: 'allowed',
      note: 'Once',
      byPerson: true,
    });
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
    await soon(() =>
      page.sent.inbox.findLast(({ pending, recent }) => pending.length === 0 && recent.length === 1),
    );
    const [row] = (await page.value('timeline', { action: ['shell'] }, null, 10)).rows;
    expect(row).toMatchObject({ outcome: 'allowed', byPerson: true, summary: 'ls -la', scope: 'once' });

    const again = real.ask(bash('ls -la'));
    const second = await readCard(page);
    expect(second.id).not.toBe(card.id);
    await page.value('answer', no(second, 'use a smaller folder'));
    const { decision, reason } = await again;
    expect(decision).toBe('deny');
    expect(reason).toContain('use a smaller folder');
  });

  it('takes no answer in the first 400 ms, and waits on', async () => {
    const asked = real.ask(bash('ls'));
    const card = await soon(async () => (await page.value('inbox')).pending[0]);
    // Shown by the very answer that brought it: no page can have read it yet.
    expect(await page.code('answer', yes(card))).toBe('too_soon');
    expect(await page.code('answer', no(card))).toBe('too_soon');
    expect(await stillWaits(card.id)).toBe(true);
    await readCard(page);
    expect(await page.code('answer', no(card))).toBe('ok');
    await expect(asked).resolves.toMatchObject({ decision: 'deny' });
  });

  it('takes an answer with its own nonce and fingerprint only', async () => {
    void real.ask(bash('ls one'));
    void real.ask(bash('ls two'));
    const [one, two] = [await readCard(page, 'one'), await readCard(page, 'two')];
    const wrong: Answer[] = [
      { ...yes(one), nonce: two.nonce },
      { ...yes(one), nonce: '' },
      { ...yes(one), nonce: one.nonce.toUpperCase() },
      { ...yes(one), fingerprint: two.fingerprint },
      { ...yes(one), fingerprint: '' },
      { ...yes(two), id: one.id },
    ];
    for (const answer of wrong)
      expect([answer, await page.code('answer', answer)]).toEqual([answer, 'changed']);
    expect(await page.code('answer', { ...yes(one), id: 'req_none' })).toBe('not_found');
    expect([await stillWaits(one.id), await stillWaits(two.id)]).toEqual([true, true]);
  });

  it('is answered once: a frame that comes again changes nothing, whatever it says', async () => {
    const asked = real.ask(bash('ls'));
    const card = await readCard(page);
    const codes = await Promise.all([
      page.code('answer', no(card)),
      page.code('answer', yes(card)),
      page.code('answer', no(card)),
    ]);
    expect(codes).toEqual(['ok', 'already_decided', 'already_decided']);
    await expect(asked).resolves.toMatchObject({ decision: 'deny' });
    expect(await page.code('answer', yes(card))).toBe('already_decided');
    expect((await page.value('inbox')).recent.map(({ outcome }) => outcome)).toEqual(['denied']);
  });

  it('cannot be answered with what another page was shown', async () => {
    const window = real.page('window', { via: 'window' });
    const asked = real.ask(bash('ls'));
    const [mine, theirs] = [await readCard(page), await readCard(window)];
    expect(mine.nonce).not.toBe(theirs.nonce);
    expect(await page.code('answer', yes(theirs))).toBe('changed');
    expect(await window.code('answer', yes(theirs))).toBe('ok');
    expect(await page.code('answer', yes(mine))).toBe('already_decided');
    await asked;
    const [row] = (await page.value('timeline', { action: ['shell'] }, null, 10)).rows;
    const { records } = await page.value('timelineDetail', row?.seq ?? 0);
    expect(records.at(-1)?.json).toMatch(/"via": "window"/);
  });

  it('is not decided by a page that is closed', async () => {
    const asked = real.ask(bash('ls'));
    const card = await readCard(page);
    page.close();
    expect(await page.code('answer', yes(card))).toBe('unavailable');
    page = real.page('first');
    expect(await stillWaits(card.id)).toBe(true);
    // What a page was shown before a reload it does not show any more.
    expect(await page.code('answer', yes(card))).toBe('changed');
    await page.value('answer', yes(await readCard(page)));
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
  });

  it('that its agent gave up is cancelled, and no yes revives it', async () => {
    const gone = new AbortController();
    const asked = real.ask(bash('ls'), gone.signal);
    const card = await readCard(page);
    gone.abort();
    await expect(asked).rejects.toThrow('given up');
    await soon(async () => ((await stillWaits(card.id)) ? null : true));
    expect(await page.code('answer', yes(card))).toBe('already_decided');
    expect((await page.value('inbox')).recent[0]).toMatchObject({ outcome: 'cancelled', byPerson: false });
  });

  it('for the session is not asked again, until it is taken back', async () => {
    const asked = real.ask(bash('ls'));
    const card = await readCard(page);
    const decided = await page.value('answer', answerTo(card, { kind: 'allow', scope: 'session' }));
    expect(decided.undoUntil).toBeGreaterThan(Date.now());
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
    await expect(real.ask(bash('ls'))).resolves.toMatchObject({ decision: 'allow' });
    expect(await page.code('undo', card.id)).toBe('ok');
    expect(await page.code('undo', card.id)).toBe('not_found');
    const third = real.ask(bash('ls'));
    await page.value('answer', no(await readCard(page)));
    await expect(third).resolves.toMatchObject({ decision: 'deny' });
  });
});

describe('the request of the first screen', () => {
  it('is real in everything, is one at a time, and is never remembered', async () => {
    const { id } = await page.value('sendTestRequest');
    expect(await page.value('sendTestRequest')).toEqual({ id });
    const card = await readCard(page);
    expect(card).toMatchObject({ id, test: true, binding: 'Nothing runs, whatever you answer.' });
    expect(card.scopes.find(({ scope }) => scope === 'session')?.unavailable).not.toBeNull();
    const decided = await page.value('answer', answerTo(card, { kind: 'allow', scope: 'session' }));
    expect(decided).toMatchObject({ outcome: 'allowed', undoUntil: null });
    expect((await page.value('sendTestRequest')).id).not.toBe(id);
    expect((await page.value('overview')).sessions).toEqual([]);
  });

  it('can be sent, and not answered, by a page that may only look', async () => {
    const second = real.page('second');
    const { id } = await second.value('sendTestRequest');
    const card = await readCard(second);
    expect(card.id).toBe(id);
    expect(await second.code('answer', yes(card))).toBe('locked');
    expect(await page.code('answer', yes(await readCard(page)))).toBe('ok');
  });
});

describe('pages and the PIN', () => {
  it('without a PIN the first page decides, a later one does not and is put on the timeline', async () => {
    const later = real.page('later');
    const linked = real.page('linked', { origin: 'open-link' });
    expect((await page.value('overview')).presence).toEqual({ pinSet: false, mayDecide: true, reason: null });
    for (const other of [later, linked])
      expect((await other.value('overview')).presence).toMatchObject({ pinSet: false, mayDecide: false });
    const asked = real.ask(bash('ls'));
    const card = await readCard(later);
    expect(await later.code('answer', yes(card))).toBe('locked');
    expect(await later.code('answer', no(card))).toBe('locked');
    expect(await later.code('reloadPolicy')).toBe('locked');
    expect(await later.code('setPin', { pin: 'granite-7', current: null })).toBe('refused');
    expect(await linked.code('setPin', { pin: 'granite-7', current: null })).toBe('refused');
    await soon(async () => ((await events('security')).length === 3 ? true : null));
    expect(new Set((await events('security')).map(({ alarm }) => alarm))).toEqual(new Set([true]));
    await page.value('answer', yes(await readCard(page)));
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
  });

  it('who sets it may decide on, everybody else must show it', async () => {
    const other = real.page('other');
    expect(await page.code('setPin', { pin: '111111', current: null })).toBe('bad_argument');
    expect(await page.code('setPin', { pin: 'granite-7', current: null })).toBe('ok');
    const reason = 'This page was opened anew. Enter the PIN to answer requests here.';
    expect((await page.value('overview')).presence).toEqual({ pinSet: true, mayDecide: true, reason: null });
    expect(
      await soon(() => other.sent.overview.findLast(({ presence }) => presence.pinSet)?.presence),
    ).toEqual({
      pinSet: true,
      mayDecide: false,
      reason,
    });
    expect(await other.code('unlock', 'granite-8')).toBe('wrong_pin');
    expect((await other.value('overview')).presence.mayDecide).toBe(false);
    expect(await other.code('unlock', 'granite-7')).toBe('ok');
    expect((await other.value('overview')).presence.mayDecide).toBe(true);
    const asked = real.ask(bash('ls'));
    await other.value('answer', yes(await readCard(other)));
    await expect(asked).resolves.toMatchObject({ decision: 'allow' });
    expect((await events('presence')).map(({ summary }) => summary).length).toBeGreaterThanOrEqual(4);
  });

  it('is changed with the one before only, and locks who had shown that', async () => {
    const other = real.page('other');
    await page.value('setPin', { pin: 'granite-7', current: null });
    await other.value('unlock', 'granite-7');
    expect(await other.code('setPin', { pin: 'basalt-99', current: null })).toBe('wrong_pin');
    expect(await other.code('setPin', { pin: 'basalt-99', current: 'granite-7' })).toBe('ok');
    expect((await page.value('overview')).presence.mayDecide).toBe(false);
    expect(await page.code('unlock', 'granite-7')).toBe('wrong_pin');
    expect(await page.code('unlock', 'basalt-99')).toBe('ok');
  });

  it('takes five wrong ones, then none for a while, from whatever page and over a restart', async () => {
    await page.value('setPin', { pin: 'granite-7', current: null });
    const others = [real.page('a'), real.page('b')];
    for (let round = 0; round < 5; round += 1)
      expect(await others[round % 2]?.code('unlock', `wrong-${round}`)).toBe('wrong_pin');
    expect(await others[0]?.code('unlock', 'granite-7')).toBe('rate_limited');
    await real.restart();
    page = real.page('first');
    const result = await page.call('unlock', 'granite-7');
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'rate_limited', message: expect.stringMatching(/next try is taken in \d+ s/) },
    });
    expect((await page.value('overview')).presence).toMatchObject({ pinSet: true, mayDecide: false });
  });

  it('is asked of the first page too once the supervisor has started again', async () => {
    await page.value('setPin', { pin: 'granite-7', current: null });
    await real.restart();
    page = real.page('first');
    expect((await page.value('overview')).presence.mayDecide).toBe(false);
    await page.value('unlock', 'granite-7');
    expect((await page.value('overview')).presence.mayDecide).toBe(true);
  });

  it('stands in no file, in no form that can be read', async () => {
    await page.value('setPin', { pin: 'granite-7', current: null });
    await page.code('unlock', 'granite-8');
    const rows = (await page.value('timeline', {}, null, 100)).rows;
    const details = await Promise.all(rows.map(({ seq }) => page.value('timelineDetail', seq)));
    expect(JSON.stringify(details)).not.toMatch(/granite/);
    await real.stop();
    const files = readdirSync(real.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const entry of files)
      expect([entry.name, readFileSync(`${entry.parentPath}/${entry.name}`).includes('granite')]).toEqual([
        entry.name,
        false,
      ]);
  });
});
