/**
 * The egress proxy over the real engine, as a sandbox reaches it: connections that come in on loopback stand in for
 * those that the launcher passes on. Servers of the test are places outside, which the policy must name.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Egress, type EgressOptions } from '../../main/points/egress/egress.ts';
import type { RunSession } from '../../main/points/run/run-session.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { engineBench, policyFrom } from './engine-bench.ts';
import { peerOf } from './peers.ts';

export class EgressHouse {
  readonly bench = engineBench(null);
  readonly #closers: (() => void)[] = [];
  readonly #over = new AbortController();
  readonly #egress: Egress;
  readonly defects: unknown[] = [];
  readonly session: RunSession;
  readonly resolved: string[] = [];
  /** What names stand for; others are not found. */
  readonly names = new Map<string, readonly string[]>();
  readonly #accepted: Socket[] = [];
  #next = 2;
  #ports: Record<'http-proxy' | 'socks5', number> | null = null;

  constructor(options: Partial<EgressOptions> = {}, session: Partial<RunSession> = {}) {
    this.#egress = new Egress({
      engine: this.bench.engine,
      log: this.bench.log,
      isOwnPort: () => false,
      resolve: async (host) => {
        this.resolved.push(host);
        const found = this.names.get(host);
        if (found === undefined) throw new Error('ENOTFOUND');
        return found;
      },
      defect: (error) => this.defects.push(error),
      ...options,
    });
    const peer = peerOf({}, { sandbox: { run: 'run_1', level: 'strict', lacking: [] } });
    this.session = {
      id: 'run_1',
      claim: { client: 'claude-code', claimedSession: 'unhooked', claimedCwd: '/tmp', peer },
      peer,
      app: '/tmp',
      level: 'strict',
      policy: null,
      narrowed: false,
      engineSession: 'session_1',
      endpoints: [],
      ended: this.#over.signal,
      ...session,
    };
  }

  /** @param allow  `security.sandbox.network.allow`; null when the policy does not say */
  async open(allow: readonly string[] | null, capabilities = 'default_policy: block'): Promise<void> {
    const network = allow === null ? '' : `, network: { allow: ${JSON.stringify(allow)} }`;
    this.setPolicy(policyFrom(capabilities, `security: { sandbox: { level: strict${network} } }\n`));
    const ports = { 'http-proxy': 0, socks5: 0 };
    for (const kind of ['http-proxy', 'socks5'] as const)
      ports[kind] = await this.#listen((socket) => {
        this.#accepted.push(socket);
        this.#egress.serve(this.session, kind, socket);
      });
    this.#ports = ports;
  }

  setPolicy(policy: CompiledPolicy): void {
    this.bench.policy = policy;
    (this.session as { policy: unknown }).policy = policy.sandbox;
  }

  /** A place outside. @returns its port on 127.0.0.1 */
  async place(serve: (socket: Socket) => void): Promise<number> {
    return this.#listen(serve);
  }

  /** Ends the sandbox. */
  end(): void {
    this.#over.abort();
  }

  /** How many connections are served now. */
  serving(): number {
    return this.#egress.connections;
  }

  /** How many bytes came in from inside. */
  received(): number {
    return this.#accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** A further sandbox, which ends with this house. */
  another(): RunSession {
    const id = `run_${this.#next++}`;
    return { ...this.session, id };
  }

  /** Serves a connection of any sandbox's. */
  serve(session: RunSession, socket: Duplex): void {
    this.#closers.push(() => socket.destroy());
    this.#egress.serve(session, 'http-proxy', socket);
  }

  /** A connection from inside. */
  client(kind: 'http-proxy' | 'socks5' = 'http-proxy'): Talk {
    const socket = connect({ host: '127.0.0.1', port: this.#ports?.[kind] ?? 0, allowHalfOpen: true });
    this.#closers.push(() => socket.destroy());
    return new Talk(socket);
  }

  /** Sends a request and reads all of the answer. */
  async http(text: string | Buffer): Promise<string> {
    const talk = this.client();
    talk.send(text);
    return (await talk.all()).toString('latin1');
  }

  /** All that was written down of refused connections. */
  async refused(): Promise<
    readonly { readonly target: string; readonly why: string; readonly count: number }[]
  > {
    this.end();
    await new Promise((resolve) => setImmediate(resolve));
    return this.bench.log.ofType('egress.refused').flatMap(({ refused }) => refused);
  }

  remove(): void {
    this.end();
    for (const close of this.#closers.splice(0)) close();
  }

  #listen(serve: (socket: Socket) => void): Promise<number> {
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#closers.push(() => socket.destroy());
      socket.on('error', () => undefined);
      serve(socket);
    });
    this.#closers.push(() => server.close());
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  }
}

/** A connection of a client that speaks byte by byte. */
export class Talk {
  readonly socket: Socket;
  #held = Buffer.alloc(0);
  #over = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      this.#look();
    });
    for (const event of ['end', 'close', 'error'] as const)
      socket.on(event, () => {
        this.#over = true;
        this.#look();
      });
  }

  send(bytes: string | Buffer | readonly number[]): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes));
  }

  /** The next so many bytes; fewer when it ends before. */
  async bytes(length: number): Promise<Buffer> {
    await this.#until(() => this.#held.length >= length || this.#over);
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  /** All up to a text, with it; all there is when it does not come. */
  async upTo(text: string): Promise<string> {
    await this.#until(() => this.#held.includes(text) || this.#over);
    const at = this.#held.indexOf(text);
    return (await this.bytes(at < 0 ? this.#held.length : at + text.length)).toString('latin1');
  }

  async all(): Promise<Buffer> {
    await this.#until(() => this.#over);
    return this.bytes(this.#held.length);
  }

  #look(): void {
    for (const each of [...this.#waiting]) each();
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** How a port of a `place` is named. */
export const at = (port: number) => `127.0.0.1:${port}`;

/** What a client says for a tunnel. @param more  further lines of the head, each with its end */
export const connectTo = (target: string, more = '') =>
  `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${more}\r\n`;

/** A ClientHello that asks for a name, in as many records as there are lengths. */
export function clientHello(name: string | null, cuts: readonly number[] = []): Buffer {
  const number = (value: number, size: number) => {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  const part = (size: number, ...bytes: readonly Buffer[]) => {
    const body = Buffer.concat(bytes);
    return Buffer.concat([number(body.length, size), body]);
  };
  const server =
    name === null
      ? Buffer.alloc(0)
      : Buffer.concat([number(0, 2), part(2, part(2, number(0, 1), part(2, Buffer.from(name, 'latin1'))))]);
  const body = Buffer.concat([
    number(0x0303, 2),
    Buffer.alloc(32, 7),
    part(1),
    part(2, number(0x1301, 2)),
    part(1, number(0, 1)),
    part(2, Buffer.concat([number(43, 2), part(2, part(1, number(0x0304, 2)))]), server),
  ]);
  const message = Buffer.concat([number(1, 1), part(3, body)]);
  const ends = [...cuts, message.length];
  let from = 0;
  return Buffer.concat(
    ends.map((end) => {
      const piece = message.subarray(from, end);
      from = end;
      return Buffer.concat([number(22, 1), number(0x0301, 2), part(2, piece)]);
    }),
  );
}
