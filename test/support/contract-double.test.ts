import { beforeEach, describe, expect, it } from 'vitest';
import type { PageHandle } from '../../main/app/shell-port.ts';
import { type Inbox, type MethodName, methods, TimelineFilter } from '../../preload/contract.ts';
import { ContractDouble } from './contract-double.ts';
import { rows } from './contract-rows.ts';
import { card, cards } from './contract-scene.ts';
import { governedClient, mcpClient } from './mcp-views.ts';
import { CALLS } from './method-calls.ts';
import { reviewView } from './review-views.ts';
import { ruleView } from './rule-views.ts';

let double: ContractDouble;
let sent: { channel: string; payload: unknown }[];
beforeEach(() => {
  double = new ContractDouble();
  sent = [];
});

async function attach(session = 'first'): Promise<PageHandle> {
  const page = double.attachPage({
    via: 'page',
    origin: 'start-link',
    session,
    send: (channel, payload) => sent.push({ channel, payload }),
  });
  await Promise.resolve();
  return page;
}
async function inboxOf(page: PageHandle): Promise<Inbox> {
  const answer = await page.call('inbox', []);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as Inbox;
}

describe('the double', () => {
  it('answers every method of the contract in its form', async () => {
    await double.play({
      pending: [card('a')],
      rows: rows(3),
      clients: [mcpClient('cursor')],
      governed: { clients: [governedClient('cursor')], sessions: [], problem: null },
      rules: [ruleView('grant_1'), ruleView('grant_2'), ruleView('grant_3')],
      reviews: [reviewView('review_1')],
    });
    const page = await attach();
    const nonce = (await inboxOf(page)).pending[0]?.nonce ?? '';
    for (const method of Object.keys(methods) as MethodName[]) {
      const args = method === 'answer' ? [{ ...CALLS.answer[0], nonce }] : CALLS[method];
      const answer = await page.call(method, args);
      expect(answer, method).toMatchObject({ ok: true });
      if (answer.ok) expect(methods[method].result.safeParse(answer.value).success, method).toBe(true);
    }
    expect(double.defects).toEqual([]);
    expect(double.calls.map(({ method }) => method)).toEqual(['inbox', ...Object.keys(methods)]);
  });

  it('greets a page, and tells it what changes', async () => {
    await attach();
    expect(sent.map(({ channel }) => channel)).toEqual(['overview', 'inbox']);
    double.arrive(card('a'), card('b', { risk: 'high' }));
    expect(sent.at(-1)).toMatchObject({ payload: { pending: [{ id: 'b' }, { id: 'a' }] } });
    double.end('b', 'expired');
    expect(sent.at(-1)?.payload).toMatchObject({
      pending: [{ id: 'a' }],
      recent: [{ id: 'b', outcome: 'expired' }],
    });
  });

  it('refuses what the supervisor refuses', async () => {
    await double.play({ pending: [card('a')], pin: '271828' });
    const page = await attach();
    const answer = (change: object) => page.call('answer', [{ ...CALLS.answer[0], ...change }]);
    expect(await page.call('constructor', [])).toMatchObject({ error: { code: 'bad_argument' } });
    expect(await page.call('timelineDetail', ['1'])).toMatchObject({ error: { code: 'bad_argument' } });
    expect(await answer({})).toMatchObject({ error: { code: 'locked' } });
    expect(await page.call('unlock', ['000000'])).toMatchObject({ error: { code: 'wrong_pin' } });
    expect(await page.call('unlock', ['271828'])).toMatchObject({ ok: true });
    expect(await answer({ nonce: 'guessed' })).toMatchObject({ error: { code: 'changed' } });
    const nonce = (await inboxOf(page)).pending[0]?.nonce ?? '';
    expect(await answer({ nonce, fingerprint: 'other' })).toMatchObject({ error: { code: 'changed' } });
    expect(await answer({ nonce })).toMatchObject({ ok: true });
    expect(await answer({ nonce })).toMatchObject({ error: { code: 'already_decided' } });
    // Another page has a nonce of its own.
    double.arrive(card('b'));
    const [mine, theirs] = [await inboxOf(page), await inboxOf(await attach('second'))];
    expect(mine.pending[0]?.nonce).not.toBe(theirs.pending[0]?.nonce);
  });

  it('takes no scene that the contract does not know', async () => {
    const page = await attach();
    double.pending = [{ ...card('a'), risk: 'extreme' as 'high' }];
    double.pushAll();
    expect(double.defects).toEqual([expect.stringContaining('inbox: ')]);
    expect(await page.call('inbox', [])).toMatchObject({ error: { code: 'internal' } });
    expect(double.defects).toHaveLength(2);
  });

  it('fails and waits when it is told to, once', async () => {
    const page = await attach();
    double.fail('verifyLog', 'unavailable', 'not now');
    expect(await page.call('verifyLog', [])).toMatchObject({
      error: { code: 'unavailable', message: 'not now' },
    });
    const held = double.hold('verifyLog');
    let answered = false;
    const call = page.call('verifyLog', []).then(() => {
      answered = true;
    });
    await held.called;
    expect(answered).toBe(false);
    held.release();
    await call;
    expect(await page.call('verifyLog', [])).toMatchObject({ ok: true });
  });
});

describe('its scenes', () => {
  it.each([0, 1, 200])('hold %i requests, in order, within one message', async (count) => {
    await double.play({ pending: cards(count) });
    const { pending } = await inboxOf(await attach());
    expect(pending).toHaveLength(count);
    expect(new Set(pending.map(({ fingerprint }) => fingerprint)).size).toBe(count);
    const rank = { high: 0, unknown: 0, medium: 1, low: 2 };
    expect(pending.map(({ risk }) => rank[risk])).toEqual(pending.map(({ risk }) => rank[risk]).toSorted());
    expect(JSON.stringify(pending).length).toBeLessThan(1024 * 1024);
    if (count < 200) return;
    expect(new Set(pending.map(({ session }) => session.id)).size).toBe(4);
    expect(new Set(pending.map(({ risk }) => risk)).size).toBe(4);
    expect(Math.max(...pending.flatMap(({ params }) => params.map(({ bytes }) => bytes)))).toBeGreaterThan(
      20_000,
    );
  });

  it('are narrowed by every part of the filter', async () => {
    await double.play({ rows: rows(100) });
    const page = await attach();
    const matched = async (filter: Partial<TimelineFilter>) => {
      const answer = await page.call('timeline', [TimelineFilter.parse(filter), null, 500]);
      return answer.ok ? (answer.value as { matched: number }).matched : -1;
    };
    expect(await matched({})).toBe(100);
    const narrowed = [
      { text: 'step' },
      { outcome: ['denied'] },
      { client: ['claude-code'] },
      { agent: ['claude-code'] },
      { turn: [2] },
      { success: false },
      { app: ['/home/me/code/web'] },
      { session: ['s_api'] },
      { action: ['filesystem.read'] },
      { gate: [4] },
      { risk: ['low'] },
      { since: Date.now() - 600_000 },
      { until: Date.now() - 600_000 },
      { events: false },
    ] as const;
    for (const filter of narrowed) {
      const count = await matched(filter as Partial<TimelineFilter>);
      expect(count, JSON.stringify(filter)).toBeGreaterThan(0);
      expect(count, JSON.stringify(filter)).toBeLessThan(100);
    }
  });
});
