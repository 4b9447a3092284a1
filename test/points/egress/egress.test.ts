/** The way out of a sandbox, over the real engine: what is let through, what is refused, and what is written down. */
import { lookup } from 'node:dns/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { at, connectTo, EgressHouse, type Talk } from '../../support/egress-house.ts';
import { until } from '../../support/engine-bench.ts';

let house: EgressHouse;
afterEach(() => house.remove());

const echoes = () => house.place((socket) => socket.pipe(socket));
/** Opens a port for the test's server, which the policy names. */
async function named(serve: () => Promise<number>, more: readonly string[] = []): Promise<number> {
  house = new EgressHouse();
  const port = await serve();
  await house.open([at(port), ...more]);
  return port;
}
async function tunnelTo(port: number): Promise<Talk> {
  const talk = house.client();
  talk.send(connectTo(at(port)));
  expect(await talk.upTo('\r\n\r\n')).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
  return talk;
}

describe('a tunnel', () => {
  it('passes bytes both ways until both have ended, and is on the log with what went through', async () => {
    const talk = await tunnelTo(await named(echoes));
    talk.send('one two');
    expect((await talk.bytes(7)).toString()).toBe('one two');
    talk.socket.end('!');
    expect((await talk.all()).toString()).toBe('!');
    house.end();
    await until(() => house.bench.log.ofType('call.completed').length === 1);
    expect(house.bench.log.ofType('call.decided')).toMatchObject([
      {
        decision: 'allowed',
        call: { module: 'web', action: 'connect', point: 'egress', toolName: 'CONNECT' },
      },
    ]);
    expect(house.bench.log.ofType('call.completed')).toMatchObject([{ success: true, source: 'observed' }]);
    expect(house.defects).toEqual([]);
  });

  it('takes what was sent along with the request', async () => {
    const port = await named(echoes);
    const talk = house.client();
    talk.send(`${connectTo(at(port))}early`);
    await talk.upTo('\r\n\r\n');
    expect((await talk.bytes(5)).toString()).toBe('early');
  });

  it('lets a server speak first', async () => {
    const port = await named(() => house.place((socket) => socket.end('220 ready\r\n')));
    const talk = await tunnelTo(port);
    expect((await talk.all()).toString()).toBe('220 ready\r\n');
  });

  it('ends on the other side when the client goes, and on the client’s when the server goes', async () => {
    let ended = 0;
    const port = await named(() =>
      house.place((socket) => {
        socket.on('end', () => {
          ended += 1;
        });
        socket.on('data', (chunk) => {
          if (chunk.toString() === 'die') socket.resetAndDestroy();
        });
      }),
    );
    const gone = await tunnelTo(port);
    gone.socket.resetAndDestroy();
    await until(() => ended === 1);
    const dies = await tunnelTo(port);
    dies.send('die');
    await dies.all();
  });
});

describe('what is decided', () => {
  it('is asked live: the connection waits, a yes lets it through, and those that come with it share the answer', async () => {
    house = new EgressHouse();
    const port = await echoes();
    house.names.set('git.corp.example', ['127.0.0.1']);
    await house.open([at(port)], 'default_policy: auto\napprove: [{ module: web, actions: [connect] }]');
    const talks = [house.client(), house.client()];
    for (const talk of talks) talk.send(connectTo(at(port)));
    const { desk } = house.bench.engine;
    await until(() => desk.pending().length > 0);
    const [card] = desk.pending();
    if (card === undefined) throw new Error('no card');
    expect(card.call.params).toEqual({ url: `tcp://${at(port)}` });
    await house.bench.engine.answer(card.id, card.fingerprint, {
      kind: 'allow',
      scope: 'session',
      via: 'page',
    });
    for (const talk of talks) expect(await talk.upTo('\r\n\r\n')).toContain('200');
    expect(desk.pending()).toEqual([]);
    expect(house.bench.log.ofType('call.decided')).toHaveLength(1);
  });

  it('is denied by the person: the client hears it, and trying again asks nobody', async () => {
    house = new EgressHouse();
    const port = await echoes();
    await house.open([at(port)], 'default_policy: auto\napprove: [{ module: web, actions: [connect] }]');
    const answer = house.http(connectTo(at(port)));
    const { desk } = house.bench.engine;
    await until(() => desk.pending().length > 0);
    const [card] = desk.pending();
    if (card === undefined) throw new Error('no card');
    await house.bench.engine.answer(card.id, card.fingerprint, {
      kind: 'deny',
      reason: 'not this',
      via: 'page',
    });
    expect(await answer).toMatch(/403 Forbidden[\s\S]*not this/);
    expect(await house.http(connectTo(at(port)))).toContain('403');
    expect(desk.pending()).toEqual([]);
    expect(await house.refused()).toMatchObject([{ target: at(port), count: 1 }]);
  });

  it('is cancelled when every client that waits has gone', async () => {
    house = new EgressHouse();
    const port = await echoes();
    await house.open([at(port)], 'default_policy: auto\napprove: [{ module: web, actions: [connect] }]');
    const talk = house.client();
    talk.send(connectTo(at(port)));
    const { desk } = house.bench.engine;
    await until(() => desk.pending().length > 0);
    talk.socket.destroy();
    await until(() => desk.pending().length === 0);
    expect(desk.recent()[0]?.end?.state).toBe('cancelled');
  });

  it('is refused by the policy, with one row for many attempts', async () => {
    house = new EgressHouse();
    await house.open(['x.example:443']);
    for (let turn = 0; turn < 4; turn++)
      expect(await house.http(connectTo('other.example:443'))).toContain('403 Forbidden');
    expect(house.bench.log.ofType('call.decided')).toMatchObject([{ decision: 'denied' }]);
    expect(house.resolved, 'a name that is refused is never looked up').toEqual([]);
    expect(await house.refused()).toMatchObject([{ target: 'other.example:443', count: 3 }]);
  });

  it('lets the model’s host through where no list is written', async () => {
    house = new EgressHouse({}, { endpoints: [{ host: 'api.model.example', port: 443 }] });
    house.names.set('api.model.example', ['203.0.113.5']);
    await house.open(null, 'default_policy: approve');
    // It is decided yes, and then refused because the name stands for no public address.
    expect(await house.http(connectTo('api.model.example:443'))).toContain('stands for 203.0.113.5');
    expect(house.bench.log.ofType('call.decided')).toMatchObject([{ decision: 'allowed' }]);
  });

  it('takes nothing that the file that was named for the run leaves out', async () => {
    house = new EgressHouse({}, { narrowed: true });
    await house.open(['x.example:443'], 'default_policy: auto');
    expect(await house.http(connectTo('other.example:443'))).toContain('403');
    expect(house.bench.log.ofType('call.decided')).toEqual([]);
    expect(await house.refused()).toMatchObject([{ target: 'other.example:443' }]);
  });
});

describe('what is never reached', () => {
  it.each([
    ...[
      '127.0.0.1:22',
      'localhost:22',
      '[::1]:22',
      '169.254.169.254:80',
      'metadata.google.internal:80',
      '10.0.0.1:80',
      '192.168.1.1:80',
    ],
    ...[
      '100.64.0.1:80',
      '224.0.0.1:80',
      '0.0.0.0:80',
      '[::ffff:127.0.0.1]:80',
      '[64:ff9b::7f00:1]:80',
      '[2002:7f00:1::]:80',
    ],
    ...['2130706433:80', '0x7f.1:80', '0177.0.0.1:80', '127.1:80'],
  ])('%s', async (target) => {
    house = new EgressHouse();
    await house.open(null, 'default_policy: auto');
    expect(await house.http(connectTo(target))).toContain('403 Forbidden');
    expect(house.bench.log.ofType('call.decided'), 'nobody is asked').toEqual([]);
    expect(house.resolved).toEqual([]);
    expect(await house.refused()).toHaveLength(1);
  });

  it('by a name that stands for it, and never by one that says something else the next time', async () => {
    const port = await named(echoes, ['*.example:443']);
    let turn = 0;
    house.remove();
    house = new EgressHouse({
      resolve: async () => {
        turn += 1;
        return turn % 2 === 1 ? ['127.0.0.1'] : ['198.51.100.7'];
      },
    });
    await house.open(['*.example:443', at(port)]);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await house.http(connectTo('rebind.example:443'))).toMatch(/stands for/);
    expect(turn, 'it is looked up once for each connection').toBe(3);
    expect(house.bench.log.ofType('call.completed').every(({ success }) => !success)).toBe(true);
  });

  it('Gatehouse itself, whatever the policy names', async () => {
    house = new EgressHouse({ isOwnPort: () => true });
    const port = await echoes();
    await house.open([at(port)]);
    expect(await house.http(connectTo(at(port)))).toContain('Gatehouse itself');
  });

  it('is dialled at the address that was checked, under its name', async () => {
    house = new EgressHouse();
    const port = await echoes();
    house.names.set('localhost', ['127.0.0.1']);
    await house.open([`localhost:${port}`]);
    const talk = house.client();
    talk.send(connectTo(`localhost:${port}`));
    expect(await talk.upTo('\r\n\r\n')).toContain('200');
    expect(house.resolved).toEqual(['localhost']);
  });

  it('is said when nothing answers or a name is not found', async () => {
    house = new EgressHouse();
    await house.open(['gone.example:1', '127.0.0.1:1']);
    expect(await house.http(connectTo('gone.example:1'))).toMatch(/502 Bad Gateway[\s\S]*not found/);
    expect(await house.http(connectTo('127.0.0.1:1'))).toMatch(/502 Bad Gateway[\s\S]*no connection/);
  });
});

describe('what a client may take', () => {
  it('is so many connections, and no more', async () => {
    const port = await named(echoes);
    const talks = await Promise.all(Array.from({ length: 128 }, () => tunnelTo(port)));
    const more = house.client();
    more.send(connectTo(at(port)));
    expect((await more.all()).length).toBe(0);
    talks[0]?.socket.destroy();
    await until(() => (talks[0]?.socket.destroyed ?? false) === true);
    await new Promise<void>((resolve) => {
      const again = async () => {
        const talk = house.client();
        talk.send(connectTo(at(port)));
        if ((await talk.upTo('\r\n\r\n')).includes('200')) resolve();
        else await again();
      };
      void again();
    });
    expect(house.bench.log.ofType('call.decided'), 'one row for all').toHaveLength(1);
    expect(await house.refused()).toMatchObject([{ why: 'too many connections at once' }]);
  });

  it('is a head of a certain length', async () => {
    const port = await named(echoes);
    expect(await house.http(connectTo(at(port), `X: ${'a'.repeat(40_000)}\r\n`))).toContain('403');
    expect(await house.http(connectTo(at(port), 'X: a\r\n'.repeat(300)))).toContain('403');
  });

  it('ends with the sandbox: what is open is told as it stands, and nothing is served any more', async () => {
    const talk = await tunnelTo(await named(echoes));
    talk.send('abc');
    await talk.bytes(3);
    house.end();
    await until(() => house.bench.log.ofType('call.completed').length === 1);
    const late = house.client();
    await late.all();
  });
});

it('finds names as the system does', async () => {
  house = new EgressHouse();
  const { systemResolve } = await import('../../../main/points/egress/dial.ts');
  expect(await systemResolve('localhost')).toContain((await lookup('localhost')).address);
});
