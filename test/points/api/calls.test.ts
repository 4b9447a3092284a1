import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../../preload/contract.ts';
import { ApiHouse, POLICY } from '../../support/api-house.ts';
import type { Answered } from '../../support/http-ask.ts';

let house: ApiHouse;
let agent: string;
let decider: string;
beforeAll(async () => {
  house = await ApiHouse.open();
  agent = await house.token('agent', ['submit', 'watch']);
  decider = await house.token('decider', ['watch', 'decide'], null);
});
afterAll(() => house.remove());

async function answer(approved: boolean, more: Record<string, unknown> = {}): Promise<Answered> {
  const { request_id } = await house.waiting(decider);
  return house.ask(house.path('approve'), { token: decider, body: { request_id, approved, ...more } });
}

const complete = (call: string, body: unknown, token = agent) =>
  house.agent.ask(house.port, house.path(`calls/${call}/complete`), { token, body });

describe('submitting a call', () => {
  it('answers 200 at once for what the policy lets through', async () => {
    const { status, body } = await house.submit(agent, {
      tool_name: 'filesystem.read',
      params: { path: 'README.md' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'allowed',
      app_id: house.id(house.web),
      request_id: null,
      call_id: expect.stringMatching(/^call_/),
      session_id: expect.stringMatching(/^ses_/),
    });
  });

  it('tells what behaviour rules have to say of the call, and of its result', async () => {
    await house.policy(`${POLICY}security:
  behavior:
    rule_definitions:
      - { id: before, trigger: [read], message: "Look around first." }
      - { id: after, trigger: [read], when: post_tool, action: remind, message: "Now think." }
`);
    try {
      const { status, body } = await house.submit(agent, {
        tool_name: 'filesystem.read',
        params: { path: 'README.md' },
      });
      expect(status).toBe(200);
      expect(body.notices).toEqual(['[BEHAVIOR WARNING] Look around first.\nRule: before']);
      const done = await complete(body.call_id, { success: true, result: 'x' });
      expect(done.body.notices).toEqual(['[BEHAVIOR REMINDER] Now think.\nRule: after']);
    } finally {
      await house.policy(POLICY);
    }
  });

  it('answers 403 with permission_denied and the reason for what the policy denies', async () => {
    const { status, body } = await house.submit(agent, {
      tool_name: 'filesystem.delete',
      params: { path: 'README.md' },
    });
    expect(status).toBe(403);
    expect(body.error.code).toBe('permission_denied');
    expect(body.error.message).toContain('Nothing is deleted here.');
    expect(body.call.status).toBe('refused');
  });

  it('holds a call until a program with `decide` says yes, and names it', async () => {
    const waiting = house.submit(agent);
    const answered = await answer(true);
    expect(answered).toMatchObject({ status: 200, body: { approved: true, outcome: 'allowed' } });
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'allowed', request_id: answered.body.request_id });
    expect(body.message).toContain('decider');
  });

  it('tells the agent permission_denied with the reason of a no', async () => {
    const waiting = house.submit(agent);
    await answer(false, { reason: 'use the staging folder' });
    const { status, body } = await waiting;
    expect(status).toBe(403);
    expect(body.error).toMatchObject({ code: 'permission_denied' });
    expect(body.error.message).toContain('use the staging folder');
    expect(body.error.message).not.toContain('by a person');
    expect(body.call.status).toBe('denied');
  });

  it('is answered by a person in the page like any other, and the card says who asks and how that is known', async () => {
    const waiting = house.submit(agent, { session: 'by hand', params: { command: 'make' } });
    await house.waiting(agent);
    const card = (await house.page('inbox')).pending[0] as Approval;
    expect(card.client.name).toBe('agent (API)');
    expect(card.app.root).toBe('~/src/web');
    const facts = new Map(card.who.map((fact) => [fact.label, fact]));
    expect(facts.get('Token')).toMatchObject({ source: 'checked' });
    if (process.platform === 'linux') {
      expect(facts.get('Program')).toMatchObject({ source: 'kernel', code: process.execPath });
      expect(facts.get('Started by')?.code).toContain(String(process.pid));
    }
    expect(facts.get('Folder')).toMatchObject({ source: 'claimed', code: '~/src/web' });
    expect(facts.get('Enforced')?.text).toContain('of its own accord');
    await new Promise((resolve) => setTimeout(resolve, 450));
    await house.page('answer', {
      id: card.id,
      fingerprint: card.fingerprint,
      nonce: card.nonce,
      verdict: { kind: 'allow', scope: 'session' },
    });
    expect((await waiting).body).toMatchObject({ status: 'allowed', message: 'Allowed by a person.' });
    // Remembered for this session of this token, and for no other.
    const again = await house.submit(agent, { session: 'by hand', params: { command: 'make' } });
    expect(again.status).toBe(200);
    const other = await house.submit(agent, {
      session: 'another',
      params: { command: 'make' },
      wait_seconds: 0,
    });
    expect(other.status).toBe(202);
    await answer(false);
  });

  it('does not run what the gates refuse by the time of the yes', async () => {
    const waiting = house.submit(agent);
    const { request_id } = await house.waiting(decider);
    await house.policy(POLICY.replace('deny: [', 'deny: [{ module: shell, actions: [bash] }, '));
    const answered = await house.ask(house.path('approve'), {
      token: decider,
      body: { request_id, approved: true },
    });
    await house.policy(POLICY);
    expect(answered.status).toBe(409);
    expect(answered.body.error.message).toContain('refused');
    expect((await waiting).body.call.status).toBe('refused');
  });

  it('sends on with Retry-After what comes too often, and takes it later under the same id', async () => {
    const glob = () => house.submit(agent, { tool_name: 'filesystem.glob', call_id: 'g2', session: 'rate' });
    const first = await house.submit(agent, { tool_name: 'filesystem.glob', session: 'rate' });
    expect(first.status).toBe(200);
    const second = await glob();
    expect(second.status).toBe(429);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect(second.body.error).toMatchObject({
      code: 'permission_denied',
      retry_after_seconds: Number(second.headers['retry-after']),
    });
    await house.policy(POLICY.replace('filesystem.glob: 1', 'filesystem.glob: 5'));
    expect((await glob()).status).toBe(200);
    await house.policy(POLICY);
  });

  it('cannot touch Gatehouse itself, whatever the policy says', async () => {
    const state = house.real.paths.stateDb;
    const { status, body } = await house.submit(agent, {
      tool_name: 'filesystem.read',
      params: { path: state },
    });
    expect(status).toBe(403);
    expect(body.error.message).toContain('self_protection');
  });

  it('refuses tools that nobody knows', async () => {
    const { status, body } = await house.submit(agent, { tool_name: 'rocket.launch' });
    expect([status, body.call.status]).toEqual([403, 'refused']);
  });

  it('belongs to the project of the token, wherever the program runs', async () => {
    const token = await house.token('shopper', ['submit', 'watch'], house.shop);
    const path = house.path('calls', house.shop);
    const body = { tool_name: 'filesystem.read', params: { path: 'x' } };
    const { body: call } = await house.agent.ask(house.port, path, { token, body });
    const { body: list } = await house.ask(house.path('sessions', house.shop), { token });
    expect(list.sessions).toMatchObject([{ session_id: call.session_id, client: 'api:shopper', live: true }]);
    const { body: own } = await house.ask(house.path('sessions'), { token: agent });
    expect(own.sessions.map((session: { session_id: string }) => session.session_id)).not.toContain(
      call.session_id,
    );
  });
});

describe('waiting', () => {
  it('answers 202 with a place to come back to, and there the answer', async () => {
    const first = await house.submit(agent, { wait_seconds: 0 });
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({ status: 'waiting', request_id: expect.stringMatching(/^req_/) });
    const location = first.headers.location ?? '';
    const again = await house.ask(`${location}?wait_seconds=0`, { token: agent });
    expect([again.status, again.body.call_id]).toEqual([202, first.body.call_id]);
    const held = house.ask(`${location}?wait_seconds=20`, { token: agent });
    await answer(true);
    expect(await held).toMatchObject({ status: 200, body: { call_id: first.body.call_id } });
    expect((await house.ask(location, { token: agent })).status).toBe(200);
  });

  it('is cancelled for ever when the client goes away', async () => {
    const cut = new AbortController();
    const waiting = house.submit(agent, {}, cut.signal);
    const { request_id } = await house.waiting(decider);
    cut.abort();
    await expect(waiting).rejects.toThrow();
    let late: Answered;
    do late = await house.ask(house.path('approvals'), { token: decider });
    while (late.body.approvals.length > 0);
    const answered = await house.ask(house.path('approve'), {
      token: decider,
      body: { request_id, approved: true },
    });
    expect(answered).toMatchObject({ status: 409, body: { error: { code: 'already_decided' } } });
    expect(answered.body.error.message).toContain('gave up');
  });

  it('can be given up, once', async () => {
    const { body } = await house.submit(agent, { wait_seconds: 0 });
    const path = house.path(`calls/${body.call_id}`);
    const gone = await house.ask(path, { token: agent, method: 'DELETE' });
    expect(gone).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect((await house.ask(path, { token: agent, method: 'DELETE' })).status).toBe(409);
    const then = await house.ask(path, { token: agent });
    expect(then).toMatchObject({ status: 403, body: { call: { status: 'cancelled' } } });
  });

  it('asks once for a call that is sent twice under one id, and not at all for a changed one', async () => {
    const send = (command: string) =>
      house.submit(agent, { call_id: 'mine', params: { command }, wait_seconds: 0 });
    const first = await send('npm run a');
    const second = await send('npm run a');
    expect([second.status, second.body.call_id]).toEqual([202, first.body.call_id]);
    const changed = await send('npm run b');
    expect(changed).toMatchObject({ status: 409, body: { error: { code: 'changed' } } });
    const { body } = await house.ask(house.path('approvals'), { token: decider });
    expect(body.approvals).toHaveLength(1);
    await answer(false);
  });

  it('lets 32 wait in a session, and says when to come back', async () => {
    const many = await Promise.all(
      Array.from({ length: 32 }, (_, i) =>
        house.submit(agent, { session: 'full', params: { command: `echo ${i}` }, wait_seconds: 0 }),
      ),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([202]));
    const more = await house.submit(agent, { session: 'full', wait_seconds: 0 });
    expect([more.status, more.headers['retry-after']]).toEqual([429, '30']);
    await Promise.all(
      many.map(({ body }) =>
        house.ask(house.path(`calls/${body.call_id}`), { token: agent, method: 'DELETE' }),
      ),
    );
  });
});

describe('results', () => {
  const read = () => house.submit(agent, { tool_name: 'filesystem.read', params: { path: 'a' } });

  it('are taken once, and stand on the timeline', async () => {
    const { body } = await read();
    const told = { success: false, error: 'ENOENT: a', duration_ms: 12 };
    expect(await complete(body.call_id, told)).toMatchObject({
      status: 200,
      body: { status: 'completed' },
    });
    const again = await complete(body.call_id, { success: true });
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'already_completed' } } });
    const run = await house.ask(house.path(`calls/${body.call_id}`), { token: agent });
    expect(run).toMatchObject({ status: 409, body: { error: { code: 'already_completed' } } });
    const filter = { text: '', outcome: [], client: ['api:agent'], app: [], session: [], action: [] };
    const rest = { gate: [], risk: [], since: null, until: null, events: false };
    const { rows } = await house.page('timeline', { ...filter, ...rest }, null, 1);
    expect(rows).toMatchObject([{ action: 'filesystem.read', success: false, durationMs: 12 }]);
    expect(await house.security('result_repeated')).toHaveLength(1);
  });

  it('are not taken for what was not let through, nor from another token', async () => {
    const denied = await house.submit(agent, { tool_name: 'filesystem.delete', params: { path: 'a' } });
    const told = await complete(denied.body.call.call_id, { success: true });
    expect(told).toMatchObject({ status: 409, body: { error: { code: 'not_released' } } });
    expect(await house.security('result_unmatched')).toHaveLength(1);
    const { body } = await read();
    const stranger = await house.token('stranger', ['submit', 'watch']);
    expect((await complete(body.call_id, { success: true }, stranger)).status).toBe(404);
    expect((await house.ask(house.path(`calls/${body.call_id}`), { token: stranger })).status).toBe(404);
    expect((await complete(body.call_id, { success: true })).status).toBe(200);
  });

  it('may come from another process that holds the token', async () => {
    const { body } = await read();
    const path = house.path(`calls/${body.call_id}/complete`);
    const told = await house.ask(path, { token: agent, body: { success: true, result: 'done' } });
    expect(told.status).toBe(200);
  });

  it('end with their session', async () => {
    const { body } = await house.submit(agent, { tool_name: 'filesystem.read', session: 'short' });
    const path = house.path(`sessions/${body.session_id}/end`);
    expect((await house.ask(path, { token: agent, body: {} })).status).toBe(200);
    expect((await complete(body.call_id, { success: true })).status).toBe(409);
    expect((await house.ask(house.path('sessions/ses_none/end'), { token: agent, body: {} })).status).toBe(
      404,
    );
  });
});

it('keeps no token on disk', async () => {
  await house.stop();
  for (const name of [
    'state.db',
    'state.db-wal',
    'audit.db',
    'audit.db-wal',
    'stream.db',
    'logs/gatehouse.log',
  ]) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(house.real.paths.data, name));
    } catch {
      continue;
    }
    for (const token of [agent, decider]) expect(bytes.includes(token)).toBe(false);
  }
});
