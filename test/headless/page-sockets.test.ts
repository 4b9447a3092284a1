import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINK_LIFE_MS, SESSION_IDLE_MS } from '../../main/headless/links.ts';
import { MAX_PAGES } from '../../main/headless/page-sockets.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openRig, PageClient, type Rig, tokenOf } from '../support/headless-rig.ts';

let rig: Rig;
let clock: FakeClock;
const clients: PageClient[] = [];

beforeEach(async () => {
  clock = new FakeClock();
  rig = await openRig({ clock });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end();
  await rig.stop();
});

async function hello(message: { link?: string; session?: string }) {
  const result = await PageClient.hello(rig.shell.port, message);
  clients.push(result.client);
  return result;
}

/** Opens a page with a fresh link; answers its client and session token. */
async function openPage(origin: 'start-link' | 'open-link' = 'start-link') {
  const link = tokenOf(rig.shell.makeLink(origin));
  const { client, answer } = await hello({ link });
  if (answer?.type !== 'welcome') throw new Error(`expected a welcome, got ${JSON.stringify(answer)}`);
  return { client, session: answer.session, link };
}

function connectWith(options: ConstructorParameters<typeof PageClient>[1]): PageClient {
  const client = new PageClient(rig.shell.port, options);
  clients.push(client);
  return client;
}

describe('coming in', () => {
  it('by a link gives a session and attaches a page that remembers where it came from', async () => {
    rig.app.greeting = [{ version: 'first' }];
    const { client } = await openPage('open-link');
    await client.until(() => client.received.length === 2);
    expect(client.received.map(({ type }) => type)).toEqual(['welcome', 'event']);
    expect(rig.app.pages[0]?.options).toMatchObject({ via: 'page', origin: 'open-link' });
  });

  it('a second time by the same link is refused, recorded and shown to the first', async () => {
    const { link } = await openPage();
    const { client, answer } = await hello({ link });
    expect(answer).toMatchObject({ type: 'refused', code: 'link_used' });
    await client.closed();
    expect(client.closeCode).toBe(1008);
    expect(rig.app.events.map(({ what }) => what)).toEqual(['link_reused']);
    expect(rig.app.notices).toEqual([{ tone: 'stop', text: expect.stringContaining('used before') }]);
    expect(rig.app.attached()).toHaveLength(1);
    expect(JSON.stringify(rig.app.events)).not.toContain(link);
  });

  it('by two pages with one link at the same moment lets one in', async () => {
    const link = tokenOf(rig.shell.makeLink('start-link'));
    const answers = await Promise.all(Array.from({ length: 5 }, () => hello({ link })));
    expect(answers.filter(({ answer }) => answer?.type === 'welcome')).toHaveLength(1);
    expect(answers.filter(({ answer }) => answer?.type === 'refused')).toHaveLength(4);
  });

  it('by a link older than five minutes is refused', async () => {
    const link = tokenOf(rig.shell.makeLink('start-link'));
    clock.advance(LINK_LIFE_MS);
    expect((await hello({ link })).answer).toMatchObject({ type: 'refused', code: 'link_expired' });
    expect(rig.app.pages).toEqual([]);
  });

  it('after a reload keeps the session', async () => {
    const { client, session } = await openPage();
    client.end();
    await client.closed();
    const again = await hello({ session });
    expect(again.answer).toEqual({ type: 'welcome', session });
    const [first, second] = rig.app.pages;
    expect(second?.options.session).toBe(first?.options.session);
    expect(second?.options.origin).toBe('start-link');
    await expect.poll(() => first?.detached).toBe(true);
  });

  it('by a session of nobody, or an idle one, is refused', async () => {
    expect((await hello({ session: 'x'.repeat(43) })).answer).toMatchObject({
      type: 'refused',
      code: 'session_unknown',
    });
    const { session } = await openPage();
    clock.advance(SESSION_IDLE_MS);
    expect((await hello({ session })).answer).toMatchObject({ type: 'refused', code: 'session_unknown' });
  });

  it.each([
    ['neither link nor session', {}],
    ['both', { link: 'a', session: 'b' }],
  ])('with %s is refused', async (_name, message) => {
    expect((await hello(message)).answer).toMatchObject({ type: 'refused', code: 'bad_hello' });
    expect(rig.app.pages).toEqual([]);
  });

  it('as the ninth page is refused, and its link stays good', async () => {
    const first = await openPage();
    for (let i = 1; i < MAX_PAGES; i++) await openPage();
    const link = tokenOf(rig.shell.makeLink('open-link'));
    expect((await hello({ link })).answer).toMatchObject({ type: 'refused', code: 'too_many_pages' });
    first.client.end();
    await first.client.closed();
    while (rig.app.attached().length === MAX_PAGES) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await hello({ link })).answer).toMatchObject({ type: 'welcome' });
  });

  it('is not kept from a person by an agent that guesses', async () => {
    const { session } = await openPage();
    for (let i = 0; i < 40; i++) await hello({ link: `guess-${i}` });
    expect(rig.app.events.filter(({ what }) => what === 'page_attempts_flood')).toHaveLength(1);
    expect(rig.app.events.length).toBeLessThan(15);
    // Wrong ones get no answer any more; right ones do, and reuse is still told.
    expect((await hello({ link: 'one more' })).answer).toBeNull();
    expect((await hello({ session })).answer).toMatchObject({ type: 'welcome' });
    const { link } = await openPage();
    await hello({ link });
    expect(rig.app.notices).toHaveLength(1);
  });

  it('is not kept from a person by connections that say nothing', async () => {
    const silent = Array.from({ length: 40 }, () => connectWith({}));
    await Promise.all(silent.map((client) => client.opened()));
    expect((await openPage()).session).toMatch(/^[\w-]{43}$/);
    await expect.poll(() => silent.filter((client) => client.closeCode !== null).length).toBeGreaterThan(0);
  });

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['no origin', { origin: null }, 403],
    ['the null origin', { origin: 'null' }, 403],
    ['https instead of http', { origin: 'https://127.0.0.1:PORT' }, 403],
    ['another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['localhost on 127.0.0.1', { origin: 'http://localhost:PORT' }, 403],
    ['a longer origin', { origin: 'http://127.0.0.1:PORT.evil.example' }, 403],
    ['a foreign host', { host: 'evil.example', origin: 'http://evil.example' }, 421],
    ['another path', { path: '/' }, 404],
    ['a longer path', { path: '/ws/' }, 404],
    ['a path with a question', { path: '/ws?link=x' }, 404],
  ])('from %s is refused before the upgrade', async (_name, options, status) => {
    const origin =
      'origin' in options && typeof options.origin === 'string'
        ? options.origin.replace('PORT', String(rig.shell.port))
        : 'origin' in options
          ? null
          : undefined;
    const client = connectWith({
      ...options,
      ...(origin === undefined ? {} : { origin }),
    } as ConstructorParameters<typeof PageClient>[1]);
    await client.closed();
    expect(client.refusedWith).toBe(status);
    expect(rig.app.pages).toEqual([]);
    if (status !== 404) expect(rig.app.events).toHaveLength(1);
  });

  it('from localhost asked as localhost is fine', async () => {
    const host = `localhost:${rig.shell.port}`;
    const client = connectWith({ host, origin: `http://${host}` });
    await client.opened();
    client.send({ type: 'hello', link: tokenOf(rig.shell.makeLink('start-link')) });
    await client.until(() => client.received.length > 0);
    expect(client.received[0]?.type).toBe('welcome');
  });
});

describe('a page', () => {
  it('calls and is answered, by its own ids', async () => {
    const { client } = await openPage();
    rig.app.respond = async (method, args) => ({ ok: true, value: { method, args } });
    expect(await client.call(7, 'overview', [])).toEqual({
      ok: true,
      value: { method: 'overview', args: [] },
    });
    client.send({ type: 'call', id: 'a', method: 'undo', args: ['x'] });
    await client.until(() =>
      client.received.some((message) => message.type === 'result' && message.id === 'a'),
    );
    expect(rig.app.calls).toEqual([
      { method: 'overview', args: [] },
      { method: 'undo', args: ['x'] },
    ]);
  });

  it('gets events', async () => {
    const { client } = await openPage();
    rig.app.pages[0]?.options.send('notice', { text: 'look' });
    await client.until(() => client.received.length === 2);
    expect(client.received[1]).toEqual({ type: 'event', channel: 'notice', payload: { text: 'look' } });
  });

  it('gets a result even when the app breaks its word and rejects', async () => {
    const { client } = await openPage();
    rig.app.respond = () => Promise.reject(new Error('secret detail'));
    const result = await client.call(1, 'overview');
    expect(result).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(result)).not.toContain('secret detail');
  });

  it.each([
    ['a call before hello', { type: 'call', id: 1, method: 'overview', args: [] }],
    ['no JSON', '{"type":'],
    ['an unknown type', { type: 'decide', id: 1 }],
    ['a hello with more', { type: 'hello', link: 'x', admin: true }],
    ['a list', []],
    ['null', 'null'],
  ])('that begins with %s is closed', async (_name, message) => {
    const client = connectWith({});
    await client.opened();
    client.send(message);
    await client.closed();
    expect([1003, 1008]).toContain(client.closeCode);
    expect(rig.app.calls).toEqual([]);
    expect(rig.app.pages).toEqual([]);
  });

  it.each([
    ['arguments that are no list', { type: 'call', id: 1, method: 'overview', args: { 0: 'x', length: 1 } }],
    ['a negative id', { type: 'call', id: -1, method: 'overview', args: [] }],
    ['an endless method', { type: 'call', id: 1, method: 'x'.repeat(65), args: [] }],
    ['an unknown member', { type: 'call', id: 1, method: 'overview', args: [], sudo: 1 }],
    ['a second hello', { type: 'hello', link: 'x' }],
  ])('that sends %s is closed and detached', async (_name, message) => {
    const { client } = await openPage();
    client.send(message);
    await client.closed();
    expect(rig.app.calls).toEqual([]);
    await expect.poll(() => rig.app.attached().length).toBe(0);
  });

  it('that sends more than 1 MiB at once is closed', async () => {
    const { client } = await openPage();
    client.send({ type: 'call', id: 1, method: 'answer', args: ['x'.repeat(1024 * 1024)] });
    await client.closed();
    expect(client.closeCode).toBe(1009);
    expect(rig.app.calls).toEqual([]);
  });

  it('that sends binary frames is closed', async () => {
    const { client } = await openPage();
    client.socket.send(Buffer.from('{"type":"call","id":1,"method":"overview","args":[]}'), { binary: true });
    await client.closed();
    expect(rig.app.calls).toEqual([]);
  });

  it('that asks too much at once is told so, and the rest still runs', async () => {
    const { client } = await openPage();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.app.respond = async () => {
      await gate;
      return { ok: true, value: null };
    };
    for (let id = 0; id < 50; id++) client.send({ type: 'call', id, method: 'overview', args: [] });
    const results = () => client.received.filter((message) => message.type === 'result');
    await client.until(() => results().length === 18);
    expect(results().every((message) => JSON.stringify(message).includes('rate_limited'))).toBe(true);
    release();
    await client.until(() => results().length === 50);
    expect(rig.app.calls).toHaveLength(32);
  });

  it('that does not read is dropped, and the supervisor keeps little for it', async () => {
    const { client } = await openPage();
    const page = rig.app.pages[0];
    client.socket.pause();
    const payload = { text: 'x'.repeat(256 * 1024) };
    const deadline = Date.now() + 45_000;
    while (page?.detached === false && Date.now() < deadline) {
      for (let i = 0; i < 20; i++) page.options.send('notice', payload);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(page?.detached).toBe(true);
    client.socket.resume();
    await client.closed();
  });

  it('that leaves while a call runs breaks nothing', async () => {
    const { client } = await openPage();
    let release: () => void = () => undefined;
    rig.app.respond = () =>
      new Promise((resolve) => {
        release = () => resolve({ ok: true, value: null });
      });
    client.send({ type: 'call', id: 1, method: 'overview', args: [] });
    await expect.poll(() => rig.app.calls.length).toBe(1);
    client.end();
    await expect.poll(() => rig.app.attached().length).toBe(0);
    release();
    rig.app.pages[0]?.options.send('notice', { text: 'late' });
    expect((await openPage()).session).toMatch(/^[\w-]{43}$/);
  });

  it('is told when the supervisor stops, and the port closes although it does not answer', async () => {
    const { client } = await openPage();
    const deaf = connect(rig.shell.port, '127.0.0.1');
    deaf.on('error', () => undefined);
    await once(deaf, 'connect');
    await rig.shell.close();
    await client.closed();
    expect(client.closeCode).toBe(1001);
    expect(rig.app.attached()).toEqual([]);
  });
});

describe('gatehouse open', () => {
  it('makes a link whose page is known as such', async () => {
    const { url } = (await rig.app.open?.()) ?? { url: '' };
    expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${rig.shell.port}/#[\\w-]{43}$`));
    await hello({ link: tokenOf(url) });
    expect(rig.app.pages[0]?.options.origin).toBe('open-link');
  });

  it('has an end', async () => {
    for (let i = 0; i < 8; i++) await rig.app.open?.();
    await expect(rig.app.open?.()).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
