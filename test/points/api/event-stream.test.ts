/** The stream of events over WebSocket. */
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

const read = (session: string, path: string, token = agent, root = house.web) =>
  house.read(session, path, token, root);

const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq);
const isIncreasing = (numbers: readonly number[]) =>
  numbers.every((each, i) => i === 0 || each > (numbers[i - 1] ?? 0));

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
    const resolved = follower.events.find(({ type }) => type === 'approval_resolved');
    expect(resolved).toMatchObject({ approved: false, outcome: 'denied', reason: 'not now' });
    follower.end();
  });

  it('has no gap and no repetition, however often it is cut under load', { timeout: 180_000 }, async () => {
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

  it('waits for a slow reader and leaves nothing out', { timeout: 180_000 }, async () => {
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
