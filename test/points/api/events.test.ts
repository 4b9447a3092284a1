import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventView } from '../../../main/points/api/event-schema.ts';
import { ApiHouse, type Follower } from '../../support/api-house.ts';

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

/** Reads a file, and comes back when the token has asked too often for now: a fast machine is quicker than its rate. */
async function read(session: string, path: string, token = agent, root = house.web) {
  for (;;) {
    const answered = await house.agent.ask(house.port, house.path('calls', root), {
      token,
      body: { tool_name: 'filesystem.read', params: { path }, session },
    });
    if (answered.status !== 429) return answered;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

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

describe('the stream', () => {
  const follow = async (query = '', token = agent, root = house.web): Promise<Follower> => {
    const follower = house.follow(`${house.path('stream', root)}${query}`, token);
    await follower.ready();
    return follower;
  };

  it('sends what happens, as it happens', async () => {
    const follower = await follow();
    expect(follower.received[0]).toMatchObject({ type: 'ready', app_id: house.id(house.web) });
    const waiting = house.submit(agent, { session: 'live' });
    await follower.until(() => follower.events.some(({ type }) => type === 'approval_pending'));
    const pending = follower.events.find(({ type }) => type === 'approval_pending');
    const { status } = await house.ask(house.path('approve'), {
      token: decider,
      body: { request_id: pending.request_id, approved: false, reason: 'not now' },
    });
    expect(status).toBe(200);
    await waiting;
    await follower.until(() => follower.events.some(({ type }) => type === 'approval_resolved'));
    expect(follower.events.at(-1)).toMatchObject({ approved: false, outcome: 'denied', reason: 'not now' });
    follower.end();
  });

  it('has no gap and no repetition, however often it is cut under load', { timeout: 60_000 }, async () => {
    const CALLS = 300;
    const reader = house.follow(`${house.path('stream')}?since_seq=0`, agent);
    let running = true;
    const load = (async () => {
      for (let i = 0; i < CALLS; i += 10)
        await Promise.all(Array.from({ length: 10 }, (_, k) => read(`load ${k % 3}`, `file ${i + k}`)));
      running = false;
    })();
    const seen: EventView[] = [];
    let cuts = 0;
    for (let since = 0; running || cuts < 5; cuts++) {
      const follower = await follow(`?since_seq=${since}`);
      const wanted = 1 + ((cuts * 37) % 60);
      await Promise.race([
        follower.until(() => follower.events.length >= wanted),
        new Promise((resolve) => setTimeout(resolve, 400)),
      ]);
      follower.end();
      // What arrived after the cut does not count: the client goes on from what it took.
      const took = follower.events.slice(0, wanted);
      seen.push(...took);
      since = took.at(-1)?.seq ?? since;
    }
    await load;
    const path = '/api/audit/decisions?event_type=*&limit=1000&app=web';
    const { body } = await house.ask(path, { token: agent });
    expect(body.has_more).toBe(false);
    const whole: readonly EventView[] = body.events.toReversed();
    expect(whole.filter(({ type }) => type === 'call_allowed').length).toBeGreaterThanOrEqual(CALLS);
    const rest = await follow(`?since_seq=${seen.at(-1)?.seq ?? 0}`);
    await rest.until(() => seen.length + rest.events.length >= whole.length);
    expect([...seen, ...rest.events]).toEqual(whole);
    await reader.until(() => reader.events.length >= whole.length);
    expect(reader.events).toEqual(whole);
    // More than one page behind, at once.
    const late = await follow('?since_seq=0');
    await late.until(() => late.events.length >= whole.length);
    expect(late.events).toEqual(whole);
    late.end();
    rest.end();
    reader.end();
  });

  it('waits for a slow reader and leaves nothing out', { timeout: 60_000 }, async () => {
    const from = (await follow()).received[0].since_seq;
    const path = `${house.path('stream')}?since_seq=${from}`;
    const slow = house.follow(path, agent);
    await slow.ready();
    slow.socket.pause();
    const big = 'x'.repeat(60_000);
    for (let i = 0; i < 40; i++) await read('slow', `${i} ${big}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = slow.events.length;
    slow.socket.resume();
    await slow.until(() => slow.events.filter(({ type }) => type === 'call_allowed').length === 40);
    expect(before).toBeLessThan(41);
    expect(isIncreasing(seqs(slow.events))).toBe(true);
    slow.end();
  });

  it('can be of one session, and is of one project', async () => {
    const { body } = await read('only', 'a');
    const one = await follow(`?since_seq=0&session_id=${body.session_id}`);
    const project = await follow('?since_seq=0', shopper, house.shop);
    await read('not this', 'b');
    await read('shop', 'c', shopper, house.shop);
    await read('only', 'd');
    await one.until(() => one.events.length === 3);
    await project.until(() => project.events.filter(({ type }) => type === 'call_allowed').length >= 1);
    expect(new Set(one.events.map(({ session_id }) => session_id))).toEqual(new Set([body.session_id]));
    expect(new Set(project.events.map(({ app_id }) => app_id))).toEqual(new Set([house.id(house.shop)]));
    one.end();
    project.end();
  });

  it('is refused without a good token, from a page, for another project, with a strange query', async () => {
    const path = house.path('stream');
    const status = async (where: string, token: string | null, headers: Record<string, string> = {}) => {
      const follower = house.follow(where, token, headers);
      await follower.ready();
      return follower.refusedWith;
    };
    expect(await status(path, null)).toBe(401);
    expect(await status(path, `gth_${'A'.repeat(43)}`)).toBe(401);
    expect(await status(path, agent, { Origin: 'https://evil.example' })).toBe(403);
    expect(await status(path, agent, { Host: 'evil.example' })).toBe(421);
    expect(await status(house.path('stream', house.shop), agent)).toBe(404);
    expect(await status(`${path}?since_seq=-1`, agent)).toBe(400);
    expect(await status(`${path}?token=${agent}`, null)).toBe(401);
    expect(await status(`${path}?session_id=ses_none`, agent)).toBe(404);
    expect(await status('/api/other', agent)).toBe(404);
    expect((await house.ask(path, { token: agent })).status).toBe(404);
  });

  it('takes no messages', async () => {
    const follower = await follow();
    follower.socket.send('{"type":"approve"}');
    await follower.until(() => follower.closeCode !== null);
    expect(follower.closeCode).toBe(1008);
    const large = await follow();
    large.socket.send('x'.repeat(5000));
    await large.until(() => large.closeCode !== null);
    expect(large.closeCode).toBe(1009);
  });

  it('lets a token have 16 at once', async () => {
    const token = await house.token('many', ['watch']);
    const open = await Promise.all(Array.from({ length: 16 }, () => follow('', token)));
    const more = await follow('', token);
    expect(more.refusedWith).toBe(429);
    for (const follower of open) follower.end();
  });

  it('ends when the API is switched off, and the port is closed', async () => {
    const follower = await follow();
    const { port } = house;
    await house.page('switchApi', false);
    await follower.until(() => follower.closeCode !== null);
    expect(follower.closeCode).toBe(1001);
    const socket = connect(port, '127.0.0.1');
    await expect(
      new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject)),
    ).rejects.toThrow();
    await house.page('switchApi', true);
    expect((await house.look()).address).toBe(`http://127.0.0.1:${port}`);
    expect((await house.ask(house.path('approvals'), { token: agent })).status).toBe(200);
  });
});
