import { describe, expect } from 'vitest';
import { card, cards } from '../support/contract-scene.ts';
import { eventually, it, type Stage } from './harness.ts';

const title = (stage: Stage) => stage.detail.getByRole('heading', { level: 1 }).innerText();
const heading = (stage: Stage) =>
  stage.page.getByRole('region', { name: 'Waiting requests' }).getByRole('heading', { level: 1 }).innerText();

describe('what waits', () => {
  it('is nothing: the page says so, and what comes is said to those who hear the page', async ({ open }) => {
    const stage = await open();
    await stage.page.getByText('Nothing waits. 4 agents at work').waitFor();
    expect(await stage.requests.count()).toBe(0);
    expect(await stage.detail.count()).toBe(0);
    for (const key of ['j', 'k', 'n', 'y', 'o', 'r', 's', 'u', 'x']) await stage.page.keyboard.press(key);
    expect(await stage.verdicts()).toEqual([]);
    stage.double.arrive(card('a', { risk: 'high' }));
    const said = stage.page.getByRole('status').filter({ hasText: '1 new high-risk request, 1 waiting' });
    await said.waitFor({ state: 'attached' });
    expect(await said.getAttribute('aria-live')).toBe('polite');
  });

  it('is one: it is open, with all that is known of it, and never more time than there is', async ({
    open,
  }) => {
    const stage = await open({ pending: [card('a', { remainingMs: 299_400 })] });
    await stage.detail.waitFor();
    expect(await heading(stage)).toBe('1 waits for you');
    const words = await stage.detail.innerText();
    for (const part of [
      'Run npm run test -- --watch=false',
      'Medium risk',
      'Claude Code',
      '~/code/web',
      'asks you, line 14',
      'Commands ask first',
      'policy.yaml line 14',
      'Effects not known',
      '/usr/local/bin/claude',
      'from the kernel',
      'runs the tests once',
      'agent’s words',
      'exactly these bytes',
    ])
      expect(words).toContain(part);
    expect(await stage.detail.getByRole('listitem').count()).toBe(7);
    const bar = stage.detail.getByRole('progressbar', { name: 'Time left to answer' });
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeLessThanOrEqual(299);
    expect(await stage.page.title()).toContain('1');
  });

  it('is 200: all are there, and the last one can be reached and answered', async ({ open }) => {
    const stage = await open({ pending: cards(200) });
    await eventually(() => stage.requests.count()).toBe(200);
    expect(await heading(stage)).toBe('200 wait for you');
    expect(await stage.requests.first().innerText()).toContain('# 2\n');
    await stage.requests.last().click();
    expect(await title(stage)).toContain('# 198');
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.page.keyboard.press('n');
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['r198']);
    // The neighbour takes its place, and is on the screen.
    await eventually(() => title(stage)).toContain('# 197');
    await eventually(async () => ((await stage.selected.boundingBox())?.y ?? 9999) < 800).toBe(true);
  });
});

describe('requests that come and go', () => {
  it('change neither the selection nor the focus, nor what was chosen for the open one', async ({ open }) => {
    const stage = await open({ pending: cards(30) });
    await eventually(() => stage.requests.count()).toBe(30);
    await stage.requests.nth(12).click();
    const before = await title(stage);
    await stage.page.keyboard.press('s');
    await stage.page.getByRole('radio', { name: 'this session' }).focus();
    stage.double.arrive(
      card('urgent', { risk: 'high', title: 'Run rm -rf', createdAt: 0 }),
      card('calm', { risk: 'low' }),
    );
    stage.double.end('r000', 'expired');
    stage.double.end('r011', 'cancelled', 'Claude Code gave up before an answer');
    // Thirty again, of which two are others: as many are said to wait before anything has changed.
    await stage.page.locator('[id$="fp-urgent"]').waitFor();
    await stage.page.locator('[id$="fp-r011"]').waitFor({ state: 'detached' });
    await stage.page.getByText('30 wait for you').waitFor();
    expect(await title(stage)).toBe(before);
    expect(await stage.selected.innerText()).toContain(before.slice(0, 12));
    const session = stage.page.getByRole('radio', { name: 'this session' });
    expect([
      await session.isChecked(),
      await session.evaluate((radio) => radio === document.activeElement),
    ]).toEqual([true, true]);
  });

  it('do not move the row under the pointer', async ({ open }) => {
    const stage = await open({ pending: cards(30) });
    await eventually(() => stage.requests.count()).toBe(30);
    const row = await stage.requests.nth(4).elementHandle();
    if (row === null) throw new Error('no row');
    await row.hover();
    const before = await row.boundingBox();
    stage.double.arrive(card('urgent', { risk: 'high', title: 'Run rm -rf', createdAt: 0 }));
    stage.double.end('r002', 'expired');
    stage.double.end('r008', 'expired');
    await eventually(() => stage.page.getByText('29 wait for you').count()).toBe(1);
    expect(await row.boundingBox()).toEqual(before);
    // Off the list, the order is the supervisor's again: the riskiest first.
    await stage.page.mouse.move(900, 300);
    await eventually(() => stage.requests.first().innerText()).toMatch(/^Run rm -rf\n/);
  });

  it('that are equal stand in one row, and say so', async ({ open }) => {
    const twin = { fingerprint: 'the-same', title: 'Run make' };
    const stage = await open({ pending: [card('a', twin), card('b', twin), card('c')] });
    await eventually(() => stage.requests.count()).toBe(2);
    expect(await stage.requests.first().innerText()).toContain('asked 2 times');
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.page.keyboard.press('n');
    await eventually(() => stage.double.answers.map(({ id }) => id)).toEqual(['a']);
    expect(await title(stage)).toContain('make');
  });
});

describe('several requests', () => {
  it('are denied together, with one reason; a yes is never given to more than one', async ({ open }) => {
    const stage = await open({ pending: [card('a'), card('b'), card('c')] });
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    for (const key of ['x', 'j', 'j', 'x']) await stage.page.keyboard.press(key);
    const bar = stage.page.getByRole('region', { name: 'Answer to several' });
    await bar.getByRole('button', { name: 'Deny 2 requests' }).waitFor();
    for (const key of ['y', 'o']) await stage.page.keyboard.press(key);
    expect(await stage.button(/Allow|Hold/).count()).toBe(0);
    expect(await stage.verdicts()).toEqual([]);
    await bar.getByRole('button', { name: 'Reason' }).click();
    await bar.getByLabel('What the agents are told').fill('not today');
    await stage.page.keyboard.press('Enter');
    await eventually(() => stage.double.answers.length).toBe(2);
    expect(stage.double.answers.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['a', { kind: 'deny', reason: 'not today' }],
      ['c', { kind: 'deny', reason: 'not today' }],
    ]);
    await eventually(() => stage.requests.count()).toBe(1);
    await stage.button(/^Allow/).waitFor();
  });
});

describe('the open request', () => {
  it('that ended elsewhere makes room for the next, which cannot be answered by the same press', async ({
    open,
  }) => {
    const stage = await open({
      pending: [card('a', { title: 'Run first' }), card('b', { title: 'Run second' })],
    });
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    stage.double.end('a', 'cancelled', 'Claude Code gave up before an answer');
    await eventually(() => title(stage)).toContain('second');
    await stage.page.getByText('Cancelled: Run first').waitFor();
    await stage.page.getByText('Claude Code gave up before an answer').waitFor();
    expect(await stage.verdicts()).toEqual([]);
  });

  it('says why an answer was not taken, and still waits', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    const failures = [
      ['changed', 'this card was not shown to this page'],
      ['too_soon', 'the request was only just shown'],
      ['already_decided', 'this request has ended: Denied once'],
    ] as const;
    for (const [code, message] of failures) {
      stage.double.fail('answer', code, message);
      await eventually(() => stage.button(/^Allow/).isEnabled()).toBe(true);
      await stage.button(/^Allow/).click();
      await stage.detail.getByRole('alert').filter({ hasText: message }).waitFor();
    }
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.button('Deny once').click();
    await eventually(() => stage.double.answers.length).toBe(failures.length + 1);
    await eventually(() => stage.requests.count()).toBe(0);
  });

  it('is answered once, however often the button is pressed', async ({ open }) => {
    const stage = await open({ pending: [card('a')] });
    const held = stage.double.hold('answer');
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.button('Deny once').click();
    await held.called;
    await stage.button('Deny once').click({ force: true });
    for (const key of ['n', 'y', 'o']) await stage.page.keyboard.press(key);
    expect(await stage.verdicts()).toEqual([{ kind: 'deny', reason: null }]);
    held.release();
    await eventually(() => stage.requests.count()).toBe(0);
  });

  it('is denied with the reason exactly as it was typed', async ({ open }) => {
    const reason = '  Не this way; use "npm ci" \\ instead — thanks 👍  ';
    const stage = await open({ pending: [card('a'), card('b')] });
    await eventually(() => stage.button('Deny once').isEnabled()).toBe(true);
    await stage.button('Deny with reason').click();
    await stage.page.getByLabel('What Claude Code is told').fill(reason);
    await stage.page.keyboard.press('Enter');
    await eventually(() => stage.double.answers.map(({ verdict }) => verdict)).toEqual([
      { kind: 'deny', reason },
    ]);
    await eventually(() => stage.requests.count()).toBe(1);
    // Only blanks are no reason.
    await eventually(() => stage.button('Deny with reason').isEnabled()).toBe(true);
    await stage.button('Deny with reason').click();
    await stage.page.getByLabel('What Claude Code is told').fill('   ');
    await stage.button('Deny with this reason').click();
    await eventually(() => stage.double.answers.at(-1)?.verdict).toEqual({ kind: 'deny', reason: null });
  });
});
