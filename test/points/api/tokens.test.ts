/** Tokens: how they are made, and what one is worth in other hands. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiAgent } from '../../support/api-agent.ts';
import { ApiHouse, PIN } from '../../support/api-house.ts';

let house: ApiHouse;
let thief: ApiAgent;
let agent: string;
let sibling: string;
let shopper: string;
let decider: string;
beforeAll(async () => {
  house = await ApiHouse.open();
  agent = await house.token('agent', ['submit', 'watch']);
  sibling = await house.token('sibling', ['submit', 'watch']);
  shopper = await house.token('shopper', ['submit', 'watch'], house.shop);
  decider = await house.token('decider', ['watch', 'decide']);
  thief = new ApiAgent(house.shop);
});
afterAll(async () => {
  await thief.end();
  await house.remove();
});

describe('making tokens', () => {
  const make = (wish: Record<string, unknown>) =>
    house.page('makeToken', { name: 'new', scopes: ['watch'], app: null, pin: null, ...wish });

  it('needs the PIN for one that may decide', async () => {
    const rows = (await house.events('presence')).length;
    await expect(make({ scopes: ['decide'], pin: null })).rejects.toThrow('wrong_pin');
    await expect(make({ scopes: ['decide'], pin: 'wrong-pin-1' })).rejects.toThrow('wrong_pin');
    expect((await house.events('presence')).length).toBe(rows + 2);
    await house.page('makeToken', { name: 'ok', scopes: ['decide'], app: null, pin: PIN });
    expect((await house.events('api.changed'))[0]?.summary).toContain('ok');
  });

  it('makes none that both submits and decides, none that submits everywhere, none without a name of its own', async () => {
    const bad = [
      { scopes: ['submit', 'decide'], app: house.web, pin: PIN },
      { scopes: ['submit'], app: null },
      { app: join(house.real.folder, 'nowhere') },
      { app: 'relative' },
      { name: 'Two Words' },
      { name: 'agent' },
      { name: '' },
      { scopes: [] },
      { scopes: ['everything'] },
    ];
    for (const wish of bad) await expect(make(wish), JSON.stringify(wish)).rejects.toThrow('bad_argument');
  });

  it('makes one for the project that a folder belongs to', async () => {
    await make({ name: 'inner', app: join(house.web, '.git') });
    const { tokens } = await house.look();
    expect(tokens.find(({ name }) => name === 'inner')?.apps).toEqual(['~/src/web']);
  });
});

describe('a token in other hands', () => {
  it('is one in the header alone: in an address, a cookie or a protocol it is none', async () => {
    for (const query of [`token=${agent}`, `access_token=${agent}`, `api_key=${agent}`])
      expect((await house.ask(`${house.path('approvals')}?${query}`)).status, query).toBe(401);
    for (const headers of [
      { Cookie: `token=${agent}` },
      { 'X-Api-Key': agent },
      { 'Proxy-Authorization': `Bearer ${agent}` },
    ])
      expect((await house.ask(house.path('approvals'), { headers })).status).toBe(401);
    for (const headers of [{ 'Sec-WebSocket-Protocol': agent }, { Cookie: `token=${agent}` }]) {
      const follower = house.follow(house.path('stream'), null, headers);
      await follower.ready();
      expect(follower.refusedWith).toBe(401);
    }
  });

  it.runIf(process.platform === 'linux')(
    'asks as the process that holds it: the timeline names the thief, and the card says that whoever holds it asks',
    async () => {
      const body = { tool_name: 'shell.bash', params: { command: 'make' }, wait_seconds: 0 };
      const asked = await thief.ask(house.port, house.path('calls'), { token: agent, body });
      expect(asked.status).toBe(202);
      const { rows } = await house.page('timeline', { action: ['shell.bash'] }, null, 1);
      const { facts } = await house.page('timelineDetail', rows[0]?.seq ?? 0);
      expect(facts.find(({ label }) => label === 'Program')).toMatchObject({
        text: `pid ${thief.pid}`,
        source: 'kernel',
      });
      const { pending } = await house.page('inbox');
      expect(pending[0]?.who).toContainEqual(
        expect.objectContaining({
          label: 'Token',
          text: expect.stringContaining('whoever holds this token'),
        }),
      );
      await thief.ask(house.port, house.path(`calls/${asked.body.call_id}`), {
        token: agent,
        method: 'DELETE',
      });
    },
  );

  it('reaches no call of another token, also in the same project: not to look, not to cancel, not to end', async () => {
    const { body } = await house.submit(agent, { wait_seconds: 0 });
    const path = house.path(`calls/${body.call_id}`);
    for (const token of [sibling, shopper]) {
      expect((await thief.ask(house.port, path, { token })).status).toBe(404);
      expect((await thief.ask(house.port, path, { token, method: 'DELETE' })).status).toBe(404);
      const told = { success: true, result: 'done' };
      const ended = await thief.ask(house.port, `${path}/complete`, { token, body: told });
      expect(ended.status).toBe(404);
    }
    expect((await house.ask(`${path}?wait_seconds=0`, { token: agent })).body.status).toBe('waiting');
    await house.agent.ask(house.port, path, { token: agent, method: 'DELETE' });
  });

  it('is no result for a call that was not let through, and none twice', async () => {
    const { body } = await house.submit(agent, { wait_seconds: 0 });
    const path = house.path(`calls/${body.call_id}/complete`);
    const told = { token: agent, body: { success: true, result: 'done' } };
    expect((await house.ask(path, told)).status).toBe(409);
    await house.ask(house.path('approve'), {
      token: decider,
      body: { request_id: body.request_id, approved: true },
    });
    const { status } = await house.ask(house.path(`calls/${body.call_id}?wait_seconds=5`), { token: agent });
    expect(status).toBe(200);
    expect((await house.ask(path, told)).status).toBeLessThan(300);
    expect((await house.ask(path, told)).status).toBe(409);
  });

  it('goes on from somebody else’s place in the stream and hears nothing of theirs', async () => {
    const read = { tool_name: 'filesystem.read', params: { path: 'a' } };
    const theirs = house.follow(house.path('stream', house.shop), shopper);
    await theirs.ready();
    await thief.ask(house.port, house.path('calls', house.shop), { token: shopper, body: read });
    await theirs.until(() => theirs.events.some(({ type }) => type === 'call_allowed'));
    const place = Number(theirs.events[0]?.seq) - 1;
    const ours = house.follow(house.path(`stream?since_seq=${place}`), agent);
    await ours.ready();
    await house.submit(agent, { ...read, session: 'mine' });
    await ours.until(() => ours.events.some(({ type }) => type === 'call_allowed'));
    expect(new Set(ours.events.map(({ app_id }) => app_id))).toEqual(new Set([house.id(house.web)]));
    const session = theirs.events.find(({ session_id }) => session_id !== null)?.session_id;
    const foreign = house.follow(house.path(`stream?since_seq=0&session_id=${session}`), agent);
    await foreign.ready();
    expect(foreign.refusedWith).toBe(404);
    for (const follower of [theirs, ours]) follower.end();
  });

  it('is nothing once it was revoked, also where it left off', async () => {
    const token = await house.token('stolen', ['submit', 'watch']);
    const { tokens } = await house.page('api');
    await house.page('revokeToken', tokens.find(({ name }) => name === 'stolen')?.id ?? '');
    const follower = house.follow(house.path('stream?since_seq=1'), token);
    await follower.ready();
    expect(follower.refusedWith).toBe(401);
    const body = { tool_name: 'filesystem.read', params: { path: 'a' } };
    expect((await thief.ask(house.port, house.path('calls'), { token, body })).status).toBe(401);
    expect(await house.security('api_bad_token')).not.toEqual([]);
  });
});
