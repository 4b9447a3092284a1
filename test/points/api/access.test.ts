import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiHouse } from '../../support/api-house.ts';
import type { Ask } from '../../support/http-ask.ts';

let house: ApiHouse;
let agent: string;
let watcher: string;
let decider: string;
let shopper: string;
beforeAll(async () => {
  house = await ApiHouse.open();
  agent = await house.token('agent', ['submit', 'watch']);
  watcher = await house.token('watcher', ['watch'], null);
  decider = await house.token('decider', ['watch', 'decide']);
  shopper = await house.token('shopper', ['submit', 'watch'], house.shop);
});
afterAll(() => house.remove());

const list = (options: Ask = {}) => house.ask(house.path('approvals'), { token: watcher, ...options });
const host = () => `127.0.0.1:${house.port}`;

/** Sends bytes as they are and answers all that comes back until the end. */
async function raw(bytes: string, more?: (socket: Socket) => void): Promise<string> {
  const socket = connect(house.port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  more?.(socket);
  await once(socket, 'close');
  return text;
}

describe('who may come in', () => {
  it('listens on 127.0.0.1 alone', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((each) => each !== undefined && each.family === 'IPv4' && each.address !== '127.0.0.1');
    for (const other of [...others.map((each) => each?.address ?? ''), '::1']) {
      const socket = connect(house.port, other);
      const [error] = (await Promise.race([once(socket, 'error'), once(socket, 'connect')])) as [unknown];
      expect(error, other).toBeInstanceOf(Error);
      socket.destroy();
    }
  });

  it('answers with headers that keep it out of caches and pages', async () => {
    const { status, headers } = await list();
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-type']).toContain('application/json');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    ['no token', null],
    ['a made-up token', `gth_${'A'.repeat(43)}`],
    ['something else', 'hunter2'],
  ])('refuses %s', async (_what, token) => {
    const { status, headers, body } = await list({ token });
    expect([status, body.error.code]).toEqual([401, 'unauthorized']);
    expect(headers['www-authenticate']).toContain('Bearer');
  });

  it('refuses two Authorization headers, and other schemes', async () => {
    const twice = await raw(
      `GET ${house.path('approvals')} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${watcher}\r\nAuthorization: Bearer ${watcher}\r\nConnection: close\r\n\r\n`,
    );
    expect(twice).toContain('401');
    const basic = await list({ token: null, headers: { Authorization: `Basic ${watcher}` } });
    expect(basic.status).toBe(401);
  });

  it('puts wrong tokens on the timeline with the process that showed them', async () => {
    await list({ token: `gth_${'B'.repeat(43)}` });
    const [row] = await house.security('api_bad_token');
    expect(row?.alarm).toBe(true);
    if (process.platform !== 'linux') return;
    const detail = await house.page('timelineDetail', row?.seq ?? 0);
    expect(detail.facts.find((fact) => fact.label === 'Program')).toMatchObject({
      code: process.execPath,
      text: `pid ${process.pid}`,
    });
  });

  it('refuses a foreign Host: a page whose domain was pointed here gets nothing', async () => {
    for (const name of [
      'evil.example',
      `evil.example:${house.port}`,
      `127.0.0.1:${house.port + 1}`,
      'localhost',
    ]) {
      const { status } = await list({ headers: { Host: name } });
      expect(status, name).toBe(421);
    }
    expect(await house.security('api_foreign_host')).not.toEqual([]);
    expect((await list({ headers: { Host: `localhost:${house.port}` } })).status).toBe(200);
  });

  it('refuses every Origin, its own too', async () => {
    for (const origin of ['https://evil.example', 'null', `http://${host()}`, '']) {
      const { status, body } = await list({ headers: { Origin: origin } });
      expect([status, body.error.code], origin).toEqual([403, 'forbidden']);
    }
    const preflight = await list({
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(403);
  });
});

describe('what a token may do', () => {
  it('is its scopes and nothing more', async () => {
    const decide = { token: watcher, body: { request_id: 'req_x', approved: true } };
    expect((await house.ask(house.path('approve'), decide)).status).toBe(403);
    const submit = await house.submit(watcher);
    expect(submit).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    const asDecider = await house.submit(decider);
    expect(asDecider.status).toBe(403);
    expect(await house.security('api_wrong_scope')).not.toEqual([]);
  });

  it('never reaches another project: its routes, its requests', async () => {
    for (const rest of ['approvals', 'sessions']) {
      const there = await house.ask(house.path(rest, house.shop), { token: agent });
      expect([there.status, there.body.error.code]).toEqual([404, 'not_found']);
    }
    const path = house.path('calls', house.shop);
    const body = { tool_name: 'shell.bash', params: { command: 'make' } };
    expect((await house.agent.ask(house.port, path, { token: agent, body })).status).toBe(404);
    const asked = await house.agent.ask(house.port, path, {
      token: shopper,
      body: { ...body, wait_seconds: 0 },
    });
    expect(asked.status).toBe(202);
    // A token that may decide, for another project: neither under its own path nor under the other one.
    for (const root of [house.web, house.shop]) {
      const answered = await house.ask(house.path('approve', root), {
        token: decider,
        body: { request_id: asked.body.request_id, approved: true },
      });
      expect(answered.status).toBe(404);
    }
    const { body: pending } = await house.ask(house.path('approvals', house.shop), { token: shopper });
    expect(pending.approvals).toHaveLength(1);
    await house.ask(`${path}/${asked.body.call_id}`, { token: shopper, method: 'DELETE' });
  });

  it('finds a project by its label, its name or its root, and none that does not exist', async () => {
    for (const label of [house.id(house.web), 'web', encodeURIComponent(house.web)]) {
      const { status } = await house.ask(`/api/apps/${label}/approvals`, { token: agent });
      expect(status, label).toBe(200);
    }
    for (const label of ['shop', 'web-00000000', encodeURIComponent('/'), encodeURIComponent('../web')]) {
      const { status } = await house.ask(`/api/apps/${label}/approvals`, { token: agent });
      expect(status, label).toBe(404);
    }
    const { body } = await house.ask('/api/apps', { token: agent });
    expect(body.apps.map(({ root }: { root: string }) => root)).toEqual([house.web]);
  });

  it('ends when it is revoked: at once, for what waits and for what comes', async () => {
    const token = await house.token('short-lived', ['submit', 'watch']);
    const stream = house.follow(house.path('stream'), token);
    await stream.ready();
    const waiting = house.submit(token, { session: 'revoked' });
    await house.waiting(watcher);
    const view = await house.page('api');
    const { id } = view.tokens.find(({ name }) => name === 'short-lived') ?? { id: '' };
    await house.page('revokeToken', id);
    expect(await waiting).toMatchObject({ status: 403, body: { call: { status: 'cancelled' } } });
    await stream.until(() => stream.closeCode !== null);
    expect(stream.closeCode).toBe(1008);
    expect((await house.ask(house.path('approvals'), { token })).status).toBe(401);
    expect((await house.submit(token)).status).toBe(401);
  });
});

describe('answering', () => {
  const ask = async () => {
    const { body } = await house.submit(agent, { wait_seconds: 0 });
    return body;
  };
  const approve = (body: unknown, token: string | null = decider) =>
    house.ask(house.path('approve'), { token, body });

  it('is refused to the agent that asks, with a submitting token and with none, and is on the timeline', async () => {
    const { request_id, call_id } = await ask();
    const body = { request_id, approved: true };
    const before = (await house.events('security')).filter(({ reason }) => reason === 'api_decision_refused');
    for (const token of [agent, null]) {
      const tried = await house.agent.ask(house.port, house.path('approve'), { token, body });
      expect(tried.status).toBe(token === null ? 401 : 403);
    }
    const rows = await house.security('api_decision_refused', before.length + 2);
    expect(rows.length - before.length).toBe(2);
    expect(rows[0]?.alarm).toBe(true);
    if (process.platform === 'linux') {
      const detail = await house.page('timelineDetail', rows[0]?.seq ?? 0);
      expect(detail.facts.find((fact) => fact.label === 'Program')?.text).toBe(`pid ${house.agent.pid}`);
    }
    const look = await house.ask(house.path(`calls/${call_id}?wait_seconds=0`), { token: agent });
    expect(look.body.status).toBe('waiting');
    await approve({ request_id, approved: false });
  });

  it.runIf(process.platform === 'linux')(
    'is refused to the program that asks even with a token that may decide',
    async () => {
      const { request_id } = await ask();
      const body = { request_id, approved: true };
      const tried = await house.agent.ask(house.port, house.path('approve'), { token: decider, body });
      expect(tried).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
      expect(await house.security('api_self_approval')).toHaveLength(1);
      expect((await approve(body)).body).toMatchObject({ approved: true });
    },
  );

  it('is taken once', async () => {
    const { request_id } = await ask();
    const both = await Promise.all([
      approve({ request_id, approved: true }),
      approve({ request_id, approved: false }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const late = await approve({ request_id, approved: true });
    expect(late).toMatchObject({ status: 409, body: { error: { code: 'already_decided' } } });
  });

  it('is not taken for other bytes than were looked at', async () => {
    const { request_id } = await ask();
    const { fingerprint } = await house.waiting(decider);
    const other = await approve({ request_id, approved: true, fingerprint: '0'.repeat(64) });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'changed' } } });
    expect((await approve({ request_id, approved: true, fingerprint })).status).toBe(200);
  });

  it('is not taken for what never was, and not of a strange form', async () => {
    expect((await approve({ request_id: 'req_none', approved: true })).status).toBe(404);
    for (const body of [
      { request_id: 'req_none' },
      { request_id: 'req_none', approved: 'true' },
      { request_id: 'req_none', approved: true, scope: 'always' },
      [],
    ])
      expect((await approve(body)).status, JSON.stringify(body)).toBe(400);
  });

  it('shows exact parameters to who decides, and none of their secrets to who watches', async () => {
    const params = { command: 'deploy', api_key: 'sk-very-secret' };
    const { body } = await house.submit(agent, { params, wait_seconds: 0 });
    expect((await house.waiting(decider)).tool_params).toEqual(params);
    const seen = await house.waiting(agent);
    expect(seen.tool_params).toEqual({ command: 'deploy', api_key: '[REDACTED]' });
    await approve({ request_id: body.request_id, approved: false });
  });

  it('does not show the person’s own test request', async () => {
    const { id } = await house.page('sendTestRequest');
    const { body } = await house.ask('/api/apps', { token: watcher });
    for (const app of body.apps) {
      const { body: found } = await house.ask(`/api/apps/${app.app_id}/approvals`, { token: watcher });
      expect(found.approvals.map((each: { request_id: string }) => each.request_id)).not.toContain(id);
    }
  });
});

describe('a request', () => {
  const post = (options: Ask) =>
    house.agent.ask(house.port, house.path('calls'), { token: agent, ...options });

  it('has a body of bounded size, told or not', async () => {
    const large = JSON.stringify({
      tool_name: 'shell.bash',
      params: { command: 'x'.repeat(5 * 1024 * 1024) },
    });
    const told = await raw(
      `POST ${house.path('calls')} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${agent}\r\nContent-Type: application/json\r\nContent-Length: ${large.length}\r\n\r\n`,
    );
    expect(told).toContain('413');
    const chunked = await raw(
      `POST ${house.path('approve')} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${decider}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      (socket) => {
        const part = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
        for (let i = 0; i < 8; i++) socket.write(part);
      },
    );
    expect(chunked).toContain('413');
  });

  it('has one meaning', async () => {
    for (const [raw_, why] of [
      ['{', 'cut off'],
      ['{"tool_name":"shell.bash","tool_name":"filesystem.read"}', 'a key twice'],
      ['{"tool_name":"shell.bash","params":{"__proto__":{"a":1}}}', '__proto__'],
      ['{"tool_name":"shell.bash","params":{"command":"\\ud800"}}', 'a lone surrogate'],
      [`{"tool_name":"shell.bash","params":${'['.repeat(200)}${']'.repeat(200)}}`, 'too deep'],
      ['{"tool_name":"shell.bash","caller":"setup"}', 'an unknown member'],
      ['{"tool_name":"shell.bash","cwd":"relative"}', 'a relative folder'],
      ['"text"', 'no object'],
    ] as const)
      expect((await post({ raw: raw_ })).status, why).toBe(400);
  });

  it('is JSON and says so', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json-patch+json'])
      expect((await post({ raw: '{}', headers: { 'Content-Type': type } })).status, type).toBe(415);
    expect((await post({ raw: '{}', headers: { 'Content-Encoding': 'gzip' } })).status).toBe(415);
  });

  it('has a route, a method and a query that exist', async () => {
    expect((await house.ask('/api/nothing', { token: watcher })).status).toBe(404);
    expect((await house.ask('/', { token: watcher })).status).toBe(404);
    expect((await house.ask('/api/apps/%ff/approvals', { token: watcher })).status).toBe(400);
    const wrong = await list({ method: 'DELETE' });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET']);
    for (const query of [
      'limit=0',
      'limit=5001',
      'limit=x',
      'since_seq=-1',
      'since_seq=1.5',
      'limit=1&limit=2',
      'a=1',
    ]) {
      const path = house.path(`sessions/ses_x/events?${query}`);
      expect((await house.ask(path, { token: watcher })).status, query).toBe(400);
    }
  });

  it('is cut off when its header or body does not come', { timeout: 180_000 }, async () => {
    const head = `POST ${house.path('calls')} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${agent}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"tool`;
    const [slowBody, slowHead, silent] = await Promise.all([
      raw(head),
      raw('GET / HTTP/1.1\r\nHost: '),
      raw(''),
    ]);
    expect(slowBody).toMatch(/^HTTP\/1\.1 408 /);
    expect(slowHead).toMatch(/^HTTP\/1\.1 408 /);
    expect(silent).not.toContain(' 200 ');
  });
});

describe('guessing', () => {
  it('stops hearing wrong tokens after some, and goes on hearing good ones', async () => {
    const began = performance.now();
    const tries: Awaited<ReturnType<typeof list>>[] = [];
    for (let i = 0; i < 40; i++)
      tries.push(await list({ token: i % 2 === 0 ? `gth_${'C'.repeat(43)}` : 'x' }));
    const unheard = tries.filter(({ status }) => status === 429);
    // One more is heard every six seconds, so it may be any of them that is.
    const heard = 20 + Math.ceil((performance.now() - began) / 6000);
    expect(unheard.length).toBeGreaterThanOrEqual(40 - heard);
    expect(new Set(unheard.map(({ headers }) => headers['retry-after']))).toEqual(new Set(['6']));
    expect((await list()).status).toBe(200);
    // Once for each time that it begins; on a slow machine some are heard again in between.
    const floods = await house.security('api_attempts_flood');
    expect(floods.length).toBeGreaterThan(0);
    expect(floods.length).toBeLessThan(8);
  });
});
