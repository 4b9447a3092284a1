import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventView } from '../../../main/points/api/event-schema.ts';
import { ApiHouse } from '../../support/api-house.ts';

let house: ApiHouse;
let agent: string;
let shopper: string;
let decider: string;
beforeAll(async () => {
  house = await ApiHouse.open();
  agent = await house.token('agent', ['submit', 'watch']);
  shopper = await house.token('shopper', ['submit', 'watch'], house.shop);
  decider = await house.token('decider', ['watch', 'decide'], null);
});
afterAll(() => house.remove());

const read = (session: string, path: string, token = agent, root = house.web) =>
  house.read(session, path, token, root);

async function answer(approved: boolean) {
  const { request_id } = await house.waiting(decider);
  await house.ask(house.path('approve'), { token: decider, body: { request_id, approved } });
}

/** All events of a session, page by page. */
async function all(session: string, limit: number): Promise<readonly EventView[]> {
  const events: EventView[] = [];
  for (let since = 0; ; ) {
    const path = house.path(`sessions/${session}/events?since_seq=${since}&limit=${limit}`);
    const { status, body } = await house.ask(path, { token: agent });
    expect(status).toBe(200);
    expect(body.events.length).toBeLessThanOrEqual(limit);
    events.push(...body.events);
    if (!body.has_more) return events;
    expect(body.next_since_seq).toBeGreaterThan(since);
    since = body.next_since_seq;
  }
}

const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq);
const isIncreasing = (numbers: readonly number[]) =>
  numbers.every((each, i) => i === 0 || each > (numbers[i - 1] ?? 0));

describe('events of a session', () => {
  it('tell the whole story in order: who began, what was asked, what became of it', async () => {
    const waiting = house.submit(agent, { session: 'story', params: { command: 'npm ci', token: 'sk-1' } });
    await answer(true);
    const { body } = await waiting;
    const path = house.path(`calls/${body.call_id}/complete`);
    const told = { success: false, error: 'exit 1, token=sk-2', duration_ms: 7 };
    await house.ask(path, { token: agent, body: told });
    const events = await all(body.session_id, 500);
    expect(events.map(({ type }) => type)).toEqual([
      'session_started',
      'approval_pending',
      'approval_resolved',
      'call_completed',
    ]);
    const [started, pending, resolved, completed] = events;
    const common = { app_id: house.id(house.web), session_id: body.session_id };
    expect(started).toMatchObject({ ...common, client: 'api:agent', enforcement: 'api' });
    expect(pending).toMatchObject({
      ...common,
      call_id: body.call_id,
      request_id: body.request_id,
      tool_name: 'shell.bash',
      risk_level: 'high',
      params: { command: 'npm ci', token: '[REDACTED]' },
      gate: 'gate4_policy',
      decision: 'approval_required',
    });
    expect(resolved).toMatchObject({
      ...common,
      request_id: body.request_id,
      tool_name: 'shell.bash',
      approved: true,
      by: 'program',
      via: 'api',
      token: 'decider',
    });
    expect(completed).toMatchObject({
      ...common,
      call_id: body.call_id,
      tool_name: 'shell.bash',
      success: false,
      error: 'exit 1, token=[REDACTED]',
      duration_ms: 7,
    });
    for (const { ts } of events) expect(Math.abs(ts / 1000 - Date.now())).toBeLessThan(60_000);
    expect(JSON.stringify(events)).not.toMatch(/sk-[12]/);
  });

  it('are the same in pages of every size, and go on where the last one ended', async () => {
    const { body } = await read('paged', 'a');
    for (let i = 0; i < 30; i++) await read('paged', `file ${i}`);
    const whole = await all(body.session_id, 5000);
    expect(whole).toHaveLength(32);
    expect(isIncreasing(seqs(whole))).toBe(true);
    for (const limit of [1, 7, 31, 32, 33]) expect(await all(body.session_id, limit)).toEqual(whole);
    const last = whole.at(-1)?.seq ?? 0;
    const path = house.path(`sessions/${body.session_id}/events?since_seq=${last}`);
    const { body: rest } = await house.ask(path, { token: agent });
    expect(rest).toEqual({ events: [], has_more: false, next_since_seq: last });
  });

  it('are of that session alone, and not for a token of another project', async () => {
    const { body: mine } = await read('mine', 'a');
    const { body: other } = await read('mine', 'a', shopper, house.shop);
    expect(other.session_id).not.toBe(mine.session_id);
    const events = await all(mine.session_id, 100);
    expect(new Set(events.map(({ session_id }) => session_id))).toEqual(new Set([mine.session_id]));
    const get = async (session: string, root: string, token: string) =>
      (await house.ask(house.path(`sessions/${session}/events`, root), { token })).status;
    expect(await get(mine.session_id, house.shop, shopper)).toBe(404);
    expect(await get(mine.session_id, house.web, shopper)).toBe(404);
    expect(await get('ses_none', house.web, agent)).toBe(404);
    expect(await get(other.session_id, house.shop, shopper)).toBe(200);
  });
});

describe('the gate decisions', () => {
  const ask = async (query: string, token = agent) => {
    const { status, body } = await house.ask(`/api/audit/decisions?${query}`, { token });
    expect(status, `${query} ${JSON.stringify(body)}`).toBe(200);
    return body.events as readonly (EventView & { decision?: string })[];
  };

  it('are the newest first, of the projects of the token only', async () => {
    await house.submit(agent, { tool_name: 'filesystem.delete', params: { path: 'x' } });
    await read('elsewhere', 'a', shopper, house.shop);
    const events = await ask('limit=1000');
    expect(isIncreasing(seqs(events).toReversed())).toBe(true);
    expect(new Set(events.map(({ app_id }) => app_id))).toEqual(new Set([house.id(house.web)]));
    expect(new Set(events.map(({ decision }) => decision))).toEqual(
      new Set(['allowed', 'denied', 'approval_required']),
    );
    const everywhere = await ask('limit=1000', decider);
    expect(new Set(everywhere.map(({ app_id }) => app_id))).toEqual(
      new Set([house.id(house.web), house.id(house.shop)]),
    );
    expect(await ask('app=shop', decider)).toEqual(
      everywhere.filter(({ app_id }) => app_id === house.id(house.shop)),
    );
    expect((await house.ask('/api/audit/decisions?app=shop', { token: agent })).status).toBe(404);
  });

  it('can be narrowed by all that the timeline can, page by page', async () => {
    const denied = await ask('limit=1000&decision=denied');
    expect(denied.length).toBeGreaterThan(0);
    expect(new Set(denied.map(({ decision }) => decision))).toEqual(new Set(['denied']));
    const deletes = await ask('limit=1000&action=filesystem.d*');
    expect(deletes.length).toBeGreaterThan(0);
    const both = await ask('limit=1000&action=filesystem.d*&decision=denied');
    expect(both).toEqual(deletes.filter(({ decision }) => decision === 'denied'));
    expect(await ask('limit=1000&action=filesystem.x*')).toEqual([]);
    expect(await ask('limit=1&offset=1&decision=denied')).toEqual(denied.slice(1, 2));
    expect(await ask('limit=1000&rule=nothing*')).toEqual([]);
    const bad = await house.ask('/api/audit/decisions?gate=9', { token: agent });
    expect(bad.status).toBe(400);
  });

  it('can be narrowed by type, success, time, user and place', async () => {
    const whole = await ask('limit=1000&event_type=*');
    expect(await ask('limit=1000&event_type=call_denied')).toEqual(
      whole.filter(({ type }) => type === 'call_denied'),
    );
    expect(await ask('limit=1000&event_type=approval_*')).toEqual(
      whole.filter(({ type }) => type.startsWith('approval_')),
    );
    const good = await ask('limit=1000&event_type=*&success=true');
    expect(good.length).toBeGreaterThan(0);
    expect(new Set(good.map(({ type }) => type))).toEqual(new Set(['call_allowed', 'approval_resolved']));
    const middle = whole[Math.floor(whole.length / 2)]?.ts ?? 0;
    expect(await ask(`limit=1000&event_type=*&since=${middle}`)).toEqual(
      whole.filter(({ ts }) => ts >= middle),
    );
    expect(await ask(`limit=1000&event_type=*&until=${middle}`)).toEqual(
      whole.filter(({ ts }) => ts <= middle),
    );
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(await ask(`since=${future}`)).toEqual([]);
    expect(await ask('event_type=*&limit=5&offset=3')).toEqual(whole.slice(3, 8));
    expect(await ask('user=somebody-else')).toEqual([]);
    const user = (whole.find(({ type }) => type === 'call_denied') as { user_id: string }).user_id;
    expect(await ask(`limit=1000&event_type=*&user=${user}`)).toEqual(whole);
  });

  it('say what is not understood', async () => {
    for (const query of ['event_type=nothing', 'since=yesterday', 'limit=1001', 'success=maybe', 'a=b']) {
      const { status } = await house.ask(`/api/audit/decisions?${query}`, { token: agent });
      expect(status, query).toBe(400);
    }
  });
});

describe('metrics', () => {
  it('count what failed, how long requests waited, and which rules fired', async () => {
    const before = (await house.ask('/api/audit/metrics', { token: agent })).body;
    const { body } = await read('metrics', 'a');
    const path = house.path(`calls/${body.call_id}/complete`);
    await house.ask(path, { token: agent, body: { success: false, error: 'no' } });
    await house.submit(agent, { tool_name: 'filesystem.delete', params: { path: 'x' } });
    const waiting = house.submit(agent);
    await answer(false);
    await waiting;
    const after = (await house.ask('/api/audit/metrics', { token: agent })).body;
    const sum = (rows: readonly { count: number }[]) => rows.reduce((all_, { count }) => all_ + count, 0);
    expect(sum(after.failed_calls) - sum(before.failed_calls)).toBe(1);
    expect(after.failed_calls[0]).toMatchObject({
      app_id: house.id(house.web),
      day: new Date().toISOString().slice(0, 10),
    });
    const denied = (rows: readonly { outcome: string; count: number }[]) =>
      sum(rows.filter(({ outcome }) => outcome === 'denied'));
    expect(denied(after.approval_waits) - denied(before.approval_waits)).toBe(1);
    const [wait] = after.approval_waits;
    expect(wait.mean_ms).toBeLessThanOrEqual(wait.max_ms);
    expect(after.rule_fires).toContainEqual(
      expect.objectContaining({ decision: 'denied', rule: expect.stringContaining('policy.yaml:') }),
    );
    expect(Object.keys(after).toSorted()).toEqual([
      'approval_waits',
      'failed_calls',
      'rule_fires',
      'since',
      'until',
    ]);
    const none = await house.ask('/api/audit/metrics?since=2020-01-01T00:00:00Z&until=2020-02-01T00:00:00Z', {
      token: agent,
    });
    expect(none.body).toMatchObject({ failed_calls: [], approval_waits: [], rule_fires: [] });
  });
});

it('checks the whole log on request, and that is itself on the timeline', async () => {
  const rows = (await house.events('log.verified')).length;
  const { status, body } = await house.ask('/api/audit/verify', { token: agent, body: {} });
  expect([status, body.ok, body.problem]).toEqual([200, true, null]);
  expect(body.rows).toBeGreaterThan(20);
  expect(await house.events('log.verified')).toHaveLength(rows + 1);
});
