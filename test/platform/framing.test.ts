import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  AnswerDecoder,
  type AnswerEvent,
  type DoorAnswer,
  encodeAnswer,
  encodeBody,
  encodeChunk,
  encodeHeader,
  encodeHeartbeat,
  encodePipe,
  encodeQuestion,
  MAX_ANSWER_BYTES,
  MAX_CHUNK_BYTES,
  ProtocolError,
  RequestDecoder,
  type RequestEvent,
} from '../../main/platform/framing.ts';

const NONCE = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const HEADER = 'GATEHOUSE1 hook claude-code 00112233445566778899aabbccddeeff\n';
const ANSWER: DoorAnswer = { exit: 2, stdout: '{"a":1}\n', stderr: 'no, \u00fc\n' };

const newDecoder = (maxBodyBytes = 1 << 20) => new RequestDecoder({ maxBodyBytes });

/** Small, fast, the same for ever: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe('what a client sends', () => {
  it('is the bytes that the protocol names', () => {
    expect(encodeHeader({ kind: 'hook', agent: 'claude-code', nonce: NONCE }).toString()).toBe(HEADER);
    expect(encodeHeader({ kind: 'command', agent: null, nonce: NONCE }).toString()).toBe(
      `GATEHOUSE1 command - ${NONCE.toString('hex')}\n`,
    );
    expect(encodeHeader({ kind: 'mcp', server: 'git_hub', nonce: NONCE }).toString()).toBe(
      `GATEHOUSE1 mcp git_hub ${NONCE.toString('hex')}\n`,
    );
    expect(encodeBody(Buffer.from('abc')).toString('hex')).toBe('0000000361626300000000');
    expect(encodeBody(Buffer.alloc(0)).toString('hex')).toBe('00000000');
  });

  it('is read back, however it is cut', () => {
    const body = randomBytes(200_000);
    const bytes = Buffer.concat([
      encodeHeader({ kind: 'command', agent: null, nonce: NONCE }),
      encodeBody(body),
      encodeChunk(Buffer.from('1234')),
      encodeChunk(Buffer.alloc(0)),
    ]);
    for (const size of [1, 3, 7, 61, 4096, 65_536, bytes.length]) {
      const decoder = newDecoder();
      const events: RequestEvent[] = [];
      for (let at = 0; at < bytes.length; at += size)
        events.push(...decoder.take(bytes.subarray(at, at + size)));
      expect(events.map((event) => event.type)).toEqual(['header', 'body', 'reply', 'reply']);
      expect(events[0]).toEqual({ type: 'header', header: { kind: 'command', agent: null, nonce: NONCE } });
      expect(events[1]?.type === 'body' && events[1].body.equals(body)).toBe(true);
      expect(events.slice(2)).toEqual([
        { type: 'reply', text: '1234' },
        { type: 'reply', text: '' },
      ]);
    }
  });

  it('is raw after the header of a pipe, however it is cut', () => {
    const server = `s${'x'.repeat(63)}`;
    const raw = randomBytes(100_000);
    const bytes = Buffer.concat([encodeHeader({ kind: 'mcp', server, nonce: NONCE }), raw]);
    for (const size of [1, 7, 113, 114, 4096, bytes.length]) {
      const decoder = newDecoder(10);
      const events: RequestEvent[] = [];
      for (let at = 0; at < bytes.length; at += size)
        events.push(...decoder.take(bytes.subarray(at, at + size)));
      expect(events[0]).toEqual({ type: 'header', header: { kind: 'mcp', server, nonce: NONCE } });
      const parts = events.slice(1).map((event) => (event.type === 'raw' ? event.bytes : Buffer.alloc(0)));
      expect(Buffer.concat(parts).equals(raw)).toBe(true);
      expect(decoder.buffered).toBe(0);
    }
  });

  it.each([
    'GATEHOUSE1 mcp - 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 mcp add 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 mcp a__b 00112233445566778899aabbccddeeff\n',
    `GATEHOUSE1 mcp ${'a'.repeat(65)} 00112233445566778899aabbccddeeff\n`,
    'GATEHOUSE1 mcp git hub 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE2 hook claude-code 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 hook - 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 hook Claude 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 hook ../x 00112233445566778899aabbccddeeff\n',
    `GATEHOUSE1 hook ${'a'.repeat(33)} 00112233445566778899aabbccddeeff\n`,
    'GATEHOUSE1 command status 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 hook claude-code 00112233445566778899AABBCCDDEEFF\n',
    'GATEHOUSE1 hook claude-code 00112233445566778899aabbccddee\n',
    'GATEHOUSE1 hook claude-code 00112233445566778899aabbccddeeff \n',
    'GATEHOUSE1 hook claude-code 00112233445566778899aabbccddeeff\r\n',
    'GATEHOUSE1  hook claude-code 00112233445566778899aabbccddeeff\n',
    'GATEHOUSE1 hook claude-code\n',
    '\n',
    'GET / HTTP/1.1\r\n',
    'x'.repeat(128),
    `${'x'.repeat(4000)}\n`,
  ])('must begin with a header: %j', (text) => {
    expect(() => newDecoder().take(Buffer.from(text))).toThrow(ProtocolError);
  });

  it('may end its first line late, but not later than 128 bytes', () => {
    expect(newDecoder().take(Buffer.from('x'.repeat(127)))).toEqual([]);
    expect(() => newDecoder().take(Buffer.from('x'.repeat(128)))).toThrow(ProtocolError);
  });

  it('may have no chunk above 64 KiB', () => {
    const decoder = newDecoder();
    decoder.take(Buffer.from(HEADER));
    expect(() => decoder.take(Buffer.from([0, 1, 0, 1]))).toThrow(/65537/);
    expect(() => decoder.take(Buffer.alloc(0))).toThrow(/spent/);
    expect(() => encodeChunk(Buffer.alloc(MAX_CHUNK_BYTES + 1))).toThrow(ProtocolError);
  });

  it('is told too large once, and swallowed after that', () => {
    const decoder = newDecoder(100_000);
    decoder.take(Buffer.from(HEADER));
    const chunk = encodeChunk(Buffer.alloc(MAX_CHUNK_BYTES));
    expect(decoder.take(chunk)).toEqual([]);
    expect(decoder.buffered).toBe(MAX_CHUNK_BYTES);
    expect(decoder.take(chunk)).toEqual([{ type: 'too_large' }]);
    expect(decoder.take(chunk)).toEqual([]);
    expect(decoder.buffered).toBeLessThan(MAX_CHUNK_BYTES * 2);
  });

  it('may be exactly as large as allowed', () => {
    const decoder = newDecoder(70_000);
    decoder.take(Buffer.from(HEADER));
    expect(decoder.take(encodeBody(Buffer.alloc(70_000)))[0]).toMatchObject({ type: 'body' });
  });

  it('may hold nothing after a hook body', () => {
    const decoder = newDecoder();
    decoder.take(Buffer.concat([Buffer.from(HEADER), encodeBody(Buffer.from('{}'))]));
    expect(() => decoder.take(encodeChunk(Buffer.from('more')))).toThrow(/more than its call/);
  });

  it('is read in time that grows with its bytes, not with its pieces', () => {
    const decoder = newDecoder(1 << 23);
    decoder.take(Buffer.from(HEADER));
    const chunk = encodeChunk(Buffer.from('x'));
    for (let count = 0; count < 300_000; count++)
      for (let at = 0; at < 5; at++) decoder.take(chunk.subarray(at, at + 1));
    expect(decoder.buffered).toBe(300_000);
  });
});

describe('what a supervisor sends', () => {
  it('is the bytes that the protocol names', () => {
    expect(encodeHeartbeat().toString('hex')).toBe('4200000000');
    expect(encodeQuestion('PIN?').toString('latin1')).toBe('Q\0\0\0\u0004PIN?');
    const told = Buffer.concat([
      Buffer.from([2, 0, 0, 0, 8, 0, 0, 0, 7]),
      Buffer.from(ANSWER.stdout),
      Buffer.from(ANSWER.stderr),
    ]);
    const digest = createHash('sha256').update(NONCE).update(told).digest();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(told.length + 32);
    expect(encodeAnswer(NONCE, ANSWER).equals(Buffer.concat([Buffer.from('A'), length, told, digest]))).toBe(
      true,
    );
  });

  it('is read back, however it is cut', () => {
    const bytes = Buffer.concat([
      encodeHeartbeat(),
      encodeQuestion('PIN?'),
      encodeHeartbeat(),
      encodeAnswer(NONCE, ANSWER),
    ]);
    for (let size = 1; size <= bytes.length; size++) {
      const decoder = new AnswerDecoder(NONCE);
      const events: AnswerEvent[] = [];
      for (let at = 0; at < bytes.length; at += size)
        events.push(...decoder.take(bytes.subarray(at, at + size)));
      expect(events).toEqual([
        { type: 'heartbeat' },
        { type: 'question', prompt: 'PIN?' },
        { type: 'heartbeat' },
        { type: 'answer', answer: ANSWER },
      ]);
    }
  });

  it.each([-1, 256, 1.5, Number.NaN])('has no exit code %s', (exit) => {
    expect(() => encodeAnswer(NONCE, { ...ANSWER, exit })).toThrow(ProtocolError);
  });

  it('is at most 16 MiB', () => {
    const decoder = new AnswerDecoder(NONCE);
    const most = { exit: 0, stdout: 'x'.repeat(MAX_ANSWER_BYTES), stderr: '' };
    expect(decoder.take(encodeAnswer(NONCE, most))).toEqual([{ type: 'answer', answer: most }]);
    expect(() => encodeAnswer(NONCE, { ...most, stderr: 'x' })).toThrow(ProtocolError);
  });

  it('is refused with any one bit changed', () => {
    const bytes = encodeAnswer(NONCE, ANSWER);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      let events: readonly AnswerEvent[] = [];
      try {
        events = new AnswerDecoder(NONCE).take(copy);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
      expect(events.filter((event) => event.type === 'answer')).toEqual([]);
    }
  });

  it('is refused with any one bit of the nonce changed', () => {
    const bytes = encodeAnswer(NONCE, ANSWER);
    for (let bit = 0; bit < 128; bit++) {
      const other = Buffer.from(NONCE);
      other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => new AnswerDecoder(other).take(bytes)).toThrow(/another call/);
    }
  });

  it('opens a pipe for who asked for one, and the rest is raw', () => {
    expect(encodePipe(NONCE).toString('hex')).toBe(
      `5000000020${createHash('sha256').update(NONCE).digest('hex')}`,
    );
    const bytes = Buffer.concat([encodeHeartbeat(), encodePipe(NONCE), Buffer.from('B\0\0\0\0raw')]);
    for (let size = 1; size <= bytes.length; size++) {
      const decoder = new AnswerDecoder(NONCE, 'pipe');
      let at = 0;
      const events: AnswerEvent[] = [];
      while (!events.some((event) => event.type === 'pipe')) {
        events.push(...decoder.take(bytes.subarray(at, at + size)));
        at += size;
      }
      const [beat, opened] = events;
      expect(beat).toEqual({ type: 'heartbeat' });
      const rest = opened?.type === 'pipe' ? opened.rest : Buffer.alloc(0);
      expect(Buffer.concat([rest, bytes.subarray(at)]).toString()).toBe('B\0\0\0\0raw');
      expect(() => decoder.take(Buffer.from('more'))).toThrow(/spent/);
    }
    expect(new AnswerDecoder(NONCE, 'pipe').take(encodeAnswer(NONCE, ANSWER))).toEqual([
      { type: 'answer', answer: ANSWER },
    ]);
  });

  it('opens no pipe without the right proof, nor for who asked for none', () => {
    const good = encodePipe(NONCE);
    const wants = () => new AnswerDecoder(NONCE, 'pipe');
    for (let bit = 40; bit < good.length * 8; bit++) {
      const copy = Buffer.from(good);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => wants().take(copy)).toThrow(/another connection/);
    }
    expect(() => wants().take(encodePipe(Buffer.alloc(16)))).toThrow(/another connection/);
    expect(() => wants().take(Buffer.from('P\0\0\0\0'))).toThrow(/without its proof/);
    expect(() => wants().take(Buffer.from('P\0\0\0\u0021', 'latin1'))).toThrow(/without its proof/);
    expect(() => wants().take(encodeQuestion('PIN?'))).toThrow(ProtocolError);
    expect(() => new AnswerDecoder(NONCE).take(good)).toThrow(ProtocolError);
  });

  it('ends with the answer', () => {
    const decoder = new AnswerDecoder(NONCE);
    decoder.take(encodeAnswer(NONCE, ANSWER));
    expect(() => decoder.take(Buffer.from('\n'))).toThrow(/more than an answer/);
  });
});

describe('the decoders under fuzz', () => {
  const random = seeded(20_261_123);
  const below = (limit: number) => Math.floor(random() * limit);
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));

  /** Cuts, repeats, changes, inserts: a few times each. */
  const mutate = (bytes: Buffer): Buffer => {
    let result = Buffer.from(bytes);
    for (let times = 1 + below(4); times > 0; times--) {
      const at = below(result.length + 1);
      const kind = below(6);
      if (kind === 0) result = result.subarray(0, at);
      else if (kind === 1)
        result = Buffer.concat([result.subarray(0, at), noise(1 + below(8)), result.subarray(at)]);
      else if (kind === 2)
        result = Buffer.concat([
          result.subarray(0, at),
          result.subarray(Math.min(result.length, at + 1 + below(8))),
        ]);
      else if (kind === 3 && at < result.length) result.writeUInt8(below(256), at);
      else if (kind === 4 && at + 4 <= result.length) result.writeUInt32BE(below(2 ** 32), at);
      else result = Buffer.concat([result, result.subarray(at, at + below(64))]);
    }
    return result;
  };

  const feed = (bytes: Buffer, take: (part: Buffer) => void) => {
    try {
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + below(64);
        take(bytes.subarray(at, at + size));
        at += size;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  };

  it('never believes 10 000 damaged answers, nor fails other than on purpose', () => {
    const good = Buffer.concat([encodeHeartbeat(), encodeAnswer(NONCE, ANSWER)]);
    for (let run = 0; run < 10_000; run++) {
      const bytes = run % 10 === 0 ? noise(below(200)) : mutate(good);
      const decoder = new AnswerDecoder(NONCE);
      const answers: DoorAnswer[] = [];
      feed(bytes, (part) => {
        for (const event of decoder.take(part)) if (event.type === 'answer') answers.push(event.answer);
      });
      // A mutation may touch only what lies round the answer; then it is the whole and right one.
      for (const answer of answers) expect(answer).toEqual(ANSWER);
    }
  });

  it('never reads more than was sent from 10 000 damaged requests, nor fails other than on purpose', () => {
    const body = Buffer.from(JSON.stringify({ tool_name: 'Bash', tool_input: { command: 'ls' } }));
    const good = Buffer.concat([Buffer.from(HEADER), encodeBody(body)]);
    for (let run = 0; run < 10_000; run++) {
      const bytes = run % 10 === 0 ? noise(below(200)) : mutate(good);
      const decoder = newDecoder(4096);
      feed(bytes, (part) => {
        for (const event of decoder.take(part))
          if (event.type === 'body') expect(event.body.length).toBeLessThan(bytes.length);
      });
      expect(decoder.buffered).toBeLessThanOrEqual(bytes.length);
    }
  });
});
