/** Pipes at the agent door: how they wait, are let in or sent away, and pass bytes. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openPipe } from '../../../main/platform/door-client.ts';
import {
  AnswerDecoder,
  type DoorAnswer,
  encodeBody,
  encodeHeartbeat,
} from '../../../main/platform/framing.ts';
import { header, NONCE, newHouse, type Visitor } from './house.ts';

const NO: DoorAnswer = { exit: 2, stdout: '', stderr: 'gatehouse: no\n' };
const PROOF = Buffer.concat([
  Buffer.from('P\0\0\0\x20', 'latin1'),
  createHash('sha256').update(NONCE).digest(),
]);

/** What a visitor was answered, when it was. */
function answerOf(visitor: Visitor): DoorAnswer | null {
  const events = new AnswerDecoder(NONCE, 'pipe').take(visitor.heard());
  return events.find((event) => event.type === 'answer')?.answer ?? null;
}

/** What a visitor heard after the pipe was opened; null while it is not. */
function rawOf(visitor: Visitor): string | null {
  const at = visitor.heard().indexOf(PROOF);
  return at < 0
    ? null
    : visitor
        .heard()
        .subarray(at + PROOF.length)
        .toString('latin1');
}

async function textOf(stream: Duplex): Promise<string> {
  let text = '';
  for await (const bytes of stream) text += String(bytes);
  return text;
}

describe('a pipe that waits', () => {
  it('is offered by its name, with who asks, and hears signs of life until it is let in', async () => {
    await using house = await newHouse({ limits: { heartbeatMs: 20 } });
    const visitor = await house.visit(header('git_hub-2'));
    const pipe = await house.nextPipe();
    expect(pipe.name).toBe('git_hub-2');
    expect(pipe.peer.uid === null || pipe.peer.uid === process.geteuid?.()).toBe(true);
    await expect.poll(() => visitor.heard().length).toBeGreaterThan(3 * 5);
    expect(house.door).toMatchObject({ pipes: 1, waiting: 0 });
    const stream = pipe.accept();
    stream.write('hello');
    await expect.poll(() => rawOf(visitor)).toBe('hello');
    const beats = visitor.heard().indexOf(PROOF) / 5;
    const beat = encodeHeartbeat();
    const all = Buffer.concat([...Array.from({ length: beats }, () => beat), PROOF, Buffer.from('hello')]);
    expect(visitor.heard().equals(all)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rawOf(visitor)).toBe('hello');
  });

  it('can be refused, with a line and an exit code', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(header('github'));
    const pipe = await house.nextPipe();
    pipe.refuse({ exit: 3, stdout: '', stderr: 'gatehouse: unknown server\n' });
    await visitor.ended;
    expect(answerOf(visitor)).toEqual({ exit: 3, stdout: '', stderr: 'gatehouse: unknown server\n' });
    expect(() => pipe.accept()).toThrow(/cannot be opened/);
    pipe.refuse(NO);
    expect(house.door.pipes).toBe(0);
  });

  it('can be refused though its client has sent what nobody reads', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(header('github') + 'x'.repeat(1_000_000));
    (await house.nextPipe()).refuse(NO);
    await visitor.ended;
    expect(answerOf(visitor)).toEqual(NO);
  });

  it('is gone when its client is', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(header('github'));
    const pipe = await house.nextPipe();
    expect(pipe.signal.aborted).toBe(false);
    visitor.socket.end();
    await once(pipe.signal, 'abort');
    expect(() => pipe.accept()).toThrow(expect.objectContaining({ code: 'pipe_settled' }));
    pipe.refuse(NO);
    await expect.poll(() => house.door.pipes).toBe(0);
  });

  it('is gone when its client is, also with bytes that nobody has read', async () => {
    await using house = await newHouse({ limits: { heartbeatMs: 20 } });
    const visitor = await house.visit(`${header('github')}early`);
    const pipe = await house.nextPipe();
    visitor.socket.destroy();
    await once(pipe.signal, 'abort');
    expect(() => pipe.accept()).toThrow(/cannot be opened/);
  });

  it('waits no longer than a request may', async () => {
    await using house = await newHouse({ limits: { totalMs: 1000 } });
    const visitor = await house.visit(header('github'));
    const pipe = await house.nextPipe();
    await visitor.ended;
    expect(answerOf(visitor)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/waited too long/) });
    expect(pipe.signal.aborted).toBe(true);
  });

  it('is refused where its owner fails', async () => {
    const failure = new Error('a defect');
    await using house = await newHouse({
      onPipe: () => {
        throw failure;
      },
    });
    const visitor = await house.visit(header('github'));
    await visitor.ended;
    expect(answerOf(visitor)?.stderr).toMatch(/^gatehouse: the MCP server was not connected: [^\n]+\n$/);
    expect(house.defects).toEqual([failure]);
  });

  it('is offered to the governed tools by the one name that no server can have', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(header('tools'));
    const pipe = await house.nextPipe();
    expect(pipe).toMatchObject({ kind: 'mcp', name: 'tools' });
    visitor.socket.destroy();
  });

  it.each(['add', 'export', 'list', 'remove', 'import', 'a__b', 'a_', '_a', '-a', 'GitHub', 'a.b', 'ä'])(
    'cannot have the name %s',
    async (name) => {
      await using house = await newHouse();
      const visitor = await house.visit(header(name));
      await visitor.ended;
      expect(visitor.heard()).toHaveLength(0);
      await expect.poll(() => house.events).toMatchObject([{ what: 'not_our_protocol' }]);
      expect(house.pipes).toEqual([]);
    },
  );
});

describe('an open pipe', () => {
  it('begins with what its client has sent before', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(`${header('github')}one `);
    visitor.socket.write('two ');
    const pipe = await house.nextPipe();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stream = pipe.accept();
    visitor.socket.end('three');
    expect(await textOf(stream)).toBe('one two three');
  });

  it('loses nothing, however and whenever its owner reads', async () => {
    await using house = await newHouse();
    const readers: Record<string, (stream: Duplex) => Promise<string>> = {
      'asks for data at once': async (stream) => {
        let text = '';
        stream.on('data', (bytes) => {
          text += String(bytes);
        });
        await once(stream, 'end');
        return text;
      },
      'asks for data later': async (stream) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        let text = '';
        stream.on('data', (bytes) => {
          text += String(bytes);
        });
        await once(stream, 'end');
        return text;
      },
      'pipes it': async (stream) => {
        return textOf(stream.pipe(new PassThrough()));
      },
      'walks over it': textOf,
    };
    for (const [how, read] of Object.entries(readers)) {
      const visitor = await house.visit(`${header('github')}early `);
      const stream = (await house.nextPipe()).accept();
      const text = read(stream);
      visitor.socket.write('late ');
      await new Promise((resolve) => setTimeout(resolve, 80));
      visitor.socket.end('last');
      expect([how, await text]).toEqual([how, 'early late last']);
    }
  });

  it('passes megabytes both ways at once, bit by bit, and is closed when both have ended', async () => {
    await using house = await newHouse();
    const bytes = randomBytes(8 * 1024 * 1024);
    const client = openPipe(house.door.path, 'github');
    const pipe = await house.nextPipe();
    const stream = pipe.accept();
    stream.pipe(stream);
    const near = await client;
    near.end(bytes);
    const back: Buffer[] = [];
    for await (const part of near) back.push(part as Buffer);
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
    await expect.poll(() => house.door.pipes).toBe(0);
    expect(pipe.signal.aborted).toBe(true);
  });

  it('is ended by either side alone', async () => {
    await using house = await newHouse();
    const client = openPipe(house.door.path, 'github');
    const pipe = await house.nextPipe();
    const stream = pipe.accept();
    const near = await client;
    stream.end('bye');
    expect(await textOf(near)).toBe('bye');
    const rest = textOf(stream);
    near.end('and thanks');
    expect(await rest).toBe('and thanks');
  });

  it('holds its client back while nobody reads', async () => {
    await using house = await newHouse();
    const near = openPipe(house.door.path, 'github');
    const pipe = await house.nextPipe();
    const stream = pipe.accept();
    const socket = await near;
    socket.write(Buffer.alloc(20_000_000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(socket.writableNeedDrain).toBe(true);
    expect(stream.readableLength).toBeLessThan(1_000_000);
    expect(pipe.signal.aborted).toBe(false);
  });

  it('outlives every limit of a request', async () => {
    // Long enough for a busy machine to come as far as the open pipe within them.
    const limits = { headerMs: 1000, idleMs: 20, bodyMs: 20, totalMs: 1000, lingerMs: 20, maxBodyBytes: 10 };
    await using house = await newHouse({ limits: { ...limits, maxBufferedBytes: 10 } });
    const visitor = await house.visit(header('github'));
    const stream = (await house.nextPipe()).accept();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    visitor.socket.end('x'.repeat(1000));
    stream.end('y'.repeat(1000));
    expect(await textOf(stream)).toHaveLength(1000);
    await visitor.ended;
    expect(rawOf(visitor)).toHaveLength(1000);
  });

  it('ends when its client vanishes, without an error that nobody catches', async () => {
    await using house = await newHouse();
    const visitor = await house.visit(header('github'));
    const pipe = await house.nextPipe();
    const stream = pipe.accept();
    stream.on('data', () => undefined);
    visitor.socket.destroy();
    stream.write(Buffer.alloc(1_000_000));
    await once(pipe.signal, 'abort');
    await expect.poll(() => house.door.pipes).toBe(0);
  });
});

describe('the door', () => {
  it('takes 64 pipes, and another when one of them has ended', async () => {
    await using house = await newHouse();
    const streams: Duplex[] = [];
    for (let count = 0; count < 64; count++) {
      await house.visit(header(`server-${count}`));
      const pipe = await house.nextPipe();
      // Those that wait and those that are open count alike.
      if (count % 2 === 0) streams.push(pipe.accept());
    }
    expect(house.door.pipes).toBe(64);
    const late = await house.visit(header('late'));
    await late.ended;
    expect(answerOf(late)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/64 MCP pipes/) });
    await expect.poll(() => house.events).toMatchObject([{ what: 'too_many_requests' }]);

    const request = await house.visit(`GATEHOUSE1 hook claude-code ${NONCE.toString('hex')}\n`);
    request.socket.write(encodeBody(Buffer.from('{}')));
    await request.ended;
    expect(answerOf(request)).toMatchObject({ exit: 0 });

    streams[0]?.destroy();
    await expect.poll(() => house.door.pipes).toBe(63);
    await house.visit(header('next'));
    expect((await house.nextPipe()).name).toBe('next');
  });

  it('refuses pipes that nobody takes', async () => {
    await using house = await newHouse({ onPipe: undefined });
    const visitor = await house.visit(header('github'));
    await visitor.ended;
    expect(answerOf(visitor)).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(/^gatehouse: the MCP server was not connected: [^\n]+\n$/),
    });
    expect(house.events).toEqual([]);
  });

  it('for commands takes none, and reports them', async () => {
    await using house = await newHouse({ kind: 'supervisor' });
    const visitor = await house.visit(header('github'));
    await visitor.ended;
    expect(answerOf(visitor)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/takes no pipes/) });
    expect(house.pipes).toEqual([]);
    await expect.poll(() => house.events).toMatchObject([{ what: 'wrong_door' }]);
  });

  it('ends its pipes when it closes: with a line those that wait, with an end those that are open', async () => {
    await using house = await newHouse();
    const waits = await house.visit(header('waits'));
    const waiting = await house.nextPipe();
    const opened = await house.visit(header('open'));
    const open = await house.nextPipe();
    open.accept().write('last words');
    const closed = house.door.close('Gatehouse stopped');
    await Promise.all([opened.ended, waits.ended]);
    expect(answerOf(waits)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/Gatehouse stopped/) });
    expect(rawOf(opened)).toBe('last words');
    expect([waiting.signal.aborted, open.signal.aborted]).toEqual([true, true]);
    await closed;
    expect(house.door.pipes).toBe(0);
  });
});
