/**
 * How long the way out waits, with the clock put ahead: for what a client wants, for a name, for a place, for bytes.
 * And how an open tunnel ends when it would not be let through any more.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { at, connectTo, EgressHouse, type Talk } from '../../support/egress-house.ts';
import { policyFrom } from '../../support/engine-bench.ts';

const HEAD_MS = 15_000;
const LOOKUP_MS = 10_000;
const CONNECT_MS = 10_000;
const IDLE_MS = 30 * 60_000;
const HALF_OPEN_MS = 60_000;
const RECHECK_MS = 1000;

let house: EgressHouse;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  house = new EgressHouse();
});
afterEach(() => {
  house.remove();
  vi.useRealTimers();
});

/** Lets what is under way on real sockets happen, without a moment of the clock that was put ahead. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const seen = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};
/** A place that echoes, and the sockets of it. */
async function echoes(): Promise<number> {
  return house.place((socket) => socket.pipe(socket));
}
async function tunnelTo(port: number): Promise<Talk> {
  const talk = house.client();
  talk.send(connectTo(at(port)));
  expect(await talk.upTo('\r\n\r\n')).toContain('200');
  return talk;
}
async function passes(talk: Talk, text: string): Promise<void> {
  talk.send(text);
  expect((await talk.bytes(text.length)).toString()).toBe(text);
}

it.each(['http-proxy', 'socks5'] as const)('a client of %s that says nothing is let go', async (kind) => {
  await house.open([]);
  const talk = house.client(kind);
  await seen(() => house.serving() === 1);
  vi.advanceTimersByTime(HEAD_MS - 1);
  await settle();
  expect(house.serving()).toBe(1);
  vi.advanceTimersByTime(1);
  await talk.all();
  expect(await house.refused()).toMatchObject([{ why: 'it did not say in time what it wants' }]);
});

it.each([
  ['http-proxy', Buffer.from(connectTo('x.example:443')).subarray(0, 8)],
  ['socks5', Buffer.from([5, 1, 0, 5, 1, 0, 3, 60])],
] as const)('a byte now and then keeps no connection of %s open for longer', async (kind, bytes) => {
  await house.open([]);
  const talk = house.client(kind);
  await seen(() => house.serving() === 1);
  for (const byte of bytes) {
    const before = house.received();
    talk.send([byte]);
    await seen(() => house.received() > before);
    await settle();
    vi.advanceTimersByTime(HEAD_MS / 8);
  }
  await talk.all();
  expect(await house.refused()).toMatchObject([{ why: 'it did not say in time what it wants' }]);
});

it('a name that nobody answers for is given up', async () => {
  house.remove();
  house = new EgressHouse({ resolve: () => new Promise(() => undefined) });
  await house.open(['slow.example:443']);
  const answer = house.http(connectTo('slow.example:443'));
  await seen(() => house.bench.log.ofType('call.decided').length === 1);
  await settle();
  vi.advanceTimersByTime(LOOKUP_MS);
  expect(await answer).toMatch(/502[\s\S]*no answer in time/);
});

it('a place that does not answer is given up', async () => {
  // A listener that takes nobody: its queue is filled, and the kernel answers no further greeting.
  const child = spawn(process.execPath, [
    '-e',
    `const s = require('node:net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => { process.stdout.write(String(s.address().port)); process.kill(process.pid, 'SIGSTOP'); });`,
  ]);
  const fillers: ReturnType<typeof connect>[] = [];
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    for (let count = 0; count < 8; count++) {
      const filler = connect(Number(port.toString()), '127.0.0.1').on('error', () => undefined);
      fillers.push(filler);
    }
    await seen(() => fillers.filter(({ connecting }) => !connecting).length >= 2);
    await settle();
    const target = at(Number(port.toString()));
    await house.open([target]);
    const answer = house.http(connectTo(target));
    await seen(() => house.bench.log.ofType('call.decided').length === 1);
    await settle();
    vi.advanceTimersByTime(CONNECT_MS);
    expect(await answer).toMatch(/502[\s\S]*does not answer/);
  } finally {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
  }
});

it('a tunnel in which nothing moves ends after half an hour, and not before', async () => {
  const port = await echoes();
  await house.open([at(port)]);
  const talk = await tunnelTo(port);
  await passes(talk, 'one');
  vi.advanceTimersByTime(IDLE_MS - RECHECK_MS);
  await passes(talk, 'more');
  vi.advanceTimersByTime(IDLE_MS);
  expect((await talk.all()).length).toBe(0);
  house.end();
  await settle();
  expect(JSON.stringify(house.bench.log.ofType('call.completed'))).toContain(
    'nothing moved for half an hour',
  );
});

it('one side that has ended leaves the other a minute after its last word', async () => {
  const servers: Socket[] = [];
  const port = await house.place((socket) => {
    servers.push(socket);
    socket.resume();
  });
  await house.open([at(port)]);
  const talk = await tunnelTo(port);
  talk.socket.end('over');
  await seen(() => servers[0]?.readableEnded === true);
  for (let turn = 0; turn < 3; turn++) {
    vi.advanceTimersByTime(HALF_OPEN_MS - RECHECK_MS);
    servers[0]?.write('late');
    expect((await talk.bytes(4)).toString()).toBe('late');
  }
  vi.advanceTimersByTime(HALF_OPEN_MS);
  await talk.all();
  expect(house.serving()).toBe(0);
});

it('so many connections are served in all, whoever has them', async () => {
  await house.open([]);
  const held = Array.from({ length: 4 }, () => house.another()).flatMap((session) =>
    Array.from({ length: 128 }, () => {
      const [ours] = duplexPair();
      house.serve(session, ours);
      return ours;
    }),
  );
  const [ours] = duplexPair();
  const late = house.another();
  house.serve(late, ours);
  expect([ours.destroyed, house.serving()]).toEqual([true, 512]);
  held[0]?.destroy();
  await seen(() => house.serving() === 511);
  const [next] = duplexPair();
  house.serve(late, next);
  expect([next.destroyed, house.serving()]).toEqual([false, 512]);
});

const NOT_ANY_MORE = 'it is not allowed any more';

it('an open tunnel is cut when the policy does not let its host through any more', async () => {
  const [port, other] = [await echoes(), await echoes()];
  await house.open([at(port), at(other)]);
  const talk = await tunnelTo(port);
  const stays = await tunnelTo(other);
  await passes(talk, 'one');
  vi.advanceTimersByTime(RECHECK_MS);
  await passes(talk, 'two');
  house.setPolicy(
    policyFrom(
      'default_policy: block',
      `security: { sandbox: { level: strict, network: { allow: ["${at(other)}"] } } }\n`,
    ),
  );
  vi.advanceTimersByTime(RECHECK_MS);
  expect((await talk.all()).length).toBe(0);
  await passes(stays, 'still');
  await seen(() => house.bench.log.ofType('call.completed').length === 1);
  expect(JSON.stringify(house.bench.log.ofType('call.completed'))).toContain(NOT_ANY_MORE);
  expect(await house.http(connectTo(at(port)))).toContain('403');
  // The way in is the other's still.
  await passes(stays, 'more');
});

const ASKS = 'default_policy: auto\napprove: [{ module: web, actions: [connect] }]';
async function answered(port: number, scope: 'once' | 'session'): Promise<Talk> {
  const talk = house.client();
  talk.send(connectTo(at(port)));
  const { engine } = house.bench;
  await seen(() => engine.desk.pending().length > 0);
  const [card] = engine.desk.pending();
  if (card === undefined) throw new Error('no card');
  await engine.answer(card.id, card.fingerprint, { kind: 'allow', scope, via: 'page' });
  expect(await talk.upTo('\r\n\r\n')).toContain('200');
  return talk;
}

it('an open tunnel is cut when the answer that it stands on is taken back', async () => {
  const port = await echoes();
  await house.open([at(port)], ASKS);
  const talk = await answered(port, 'session');
  vi.advanceTimersByTime(RECHECK_MS);
  await passes(talk, 'one');
  const [rule] = house.bench.engine.rules.list();
  if (rule === undefined) throw new Error('nothing is remembered');
  await house.bench.engine.rules.end(rule.rule.id, 'withdrawn', 'page');
  vi.advanceTimersByTime(RECHECK_MS);
  expect((await talk.all()).length).toBe(0);
});

it('a yes to one connection holds while it lasts, until the policy refuses it', async () => {
  const port = await echoes();
  await house.open([at(port)], ASKS);
  const talk = await answered(port, 'once');
  vi.advanceTimersByTime(60 * RECHECK_MS);
  await passes(talk, 'one');
  house.setPolicy(
    policyFrom('default_policy: block', 'security: { sandbox: { level: strict, network: { allow: [] } } }\n'),
  );
  vi.advanceTimersByTime(RECHECK_MS);
  expect((await talk.all()).length).toBe(0);
});

it('an open tunnel is cut when nobody can tell whether it is allowed, and the others are looked at', async () => {
  const [port, other] = [await echoes(), await echoes()];
  await house.open([at(port), at(other)]);
  const talk = await tunnelTo(port);
  const stays = await tunnelTo(other);
  const { engine } = house.bench;
  const stands = engine.stands.bind(engine);
  vi.spyOn(engine, 'stands').mockImplementation((input) => {
    if (JSON.stringify(input.params).includes(String(port))) throw new Error('the policy cannot be read');
    return stands(input);
  });
  vi.advanceTimersByTime(RECHECK_MS);
  expect((await talk.all()).length).toBe(0);
  await passes(stays, 'still');
  expect(house.defects).toHaveLength(1);
  vi.advanceTimersByTime(RECHECK_MS);
  await passes(stays, 'more');
});

it('a rate that is used up ends nothing that is open', async () => {
  const [port, other] = [await echoes(), await echoes()];
  await house.open([at(port), at(other)], 'default_policy: block\nrate_limits: { "web.connect": 1 }');
  const talk = await tunnelTo(port);
  vi.advanceTimersByTime(3 * RECHECK_MS);
  await passes(talk, 'one');
  expect(await house.http(connectTo(at(other)))).toContain('403');
  await passes(talk, 'two');
});

it('an open tunnel is cut when the sandbox ends, or the supervisor stops', async () => {
  const port = await echoes();
  await house.open([at(port)]);
  const stopped = await tunnelTo(port);
  await house.bench.engine.stop('the test');
  vi.advanceTimersByTime(RECHECK_MS);
  expect((await stopped.all()).length).toBe(0);
  house.remove();
  house = new EgressHouse();
  const again = await echoes();
  await house.open([at(again)]);
  const talk = await tunnelTo(again);
  house.end();
  expect((await talk.all()).length).toBe(0);
  expect(house.serving()).toBe(0);
});
