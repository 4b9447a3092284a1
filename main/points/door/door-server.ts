/**
 * A door: the Unix socket (or named pipe) at which agents submit calls, or the person's terminal commands.
 *
 * The agent door takes hooks and MCP pipes and nothing else, the supervisor door commands and nothing else. Only
 * processes of this user are let in, one supervisor at a time has a door, and everything at it is bounded.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { PipeKind } from '../../platform/framing.ts';
import type { Peer } from '../../platform/peer.ts';
import { identifyPeer, peerUser } from '../../platform/peer-identity.ts';
import { DoorConnection } from './door-connection.ts';
import { alreadyRunning, type DoorLock, takeDoorLock } from './door-lock.ts';
import { isPipe, prepareDoorFolder, removeStaleSocket } from './door-place.ts';
import {
  DEFAULT_LIMITS,
  type DoorHandler,
  type DoorLimits,
  type DoorPipe,
  refusal,
  type SecurityEventName,
} from './door-request.ts';

export type {
  DoorAnswer,
  DoorHandler,
  DoorLimits,
  DoorPipe,
  DoorRequest,
  SecurityEventName,
} from './door-request.ts';

export interface DoorOptions {
  /** Absolute path of the socket, or a named pipe on Windows. */
  readonly path: string;
  /** Who it is for: agents' hooks, or the person's commands. */
  readonly kind: 'agent' | 'supervisor';
  readonly handler: DoorHandler;
  /** Takes who wants a pipe; only for the agent door. Without it they are refused with a line. */
  readonly onPipe?: ((pipe: DoorPipe) => void) | undefined;
  readonly limits?: Partial<DoorLimits>;
  /** Told at most ten times a minute for each `what`, so that a flood of them fills no log. */
  readonly onSecurityEvent?: (what: SecurityEventName, detail: string, peer: Peer | null) => void;
  /** What a handler threw that was no GatehouseError. */
  readonly onDefect?: (error: unknown) => void;
}

export interface Door {
  readonly path: string;
  /** Requests under way. */
  readonly waiting: number;
  /** Pipes that wait or are open. */
  readonly pipes: number;
  /** Serves a stream that came in another way, for a peer that is known already. It can ask for no sandbox. */
  adopt(stream: Duplex, peer: Peer): void;
  /** Refuses who waits with that reason, ends open pipes, lets nobody in any more, and gives the door up. Safe to call twice. */
  close(reason: string): Promise<void>;
}

const CLOSE_MS = 1000;
const EVENTS_A_MINUTE = 10;

/**
 * Opens a door.
 *
 * @throws GatehouseError `already_running` when another supervisor has it, `unsafe_folder`, `door_path`,
 *   `door_lock`, or `door_failed` when the system refuses
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  if (isPipe(options.path)) return new OpenDoor(options, null).listen();
  prepareDoorFolder(options.path);
  const lock = takeDoorLock(`${options.path}.lock`);
  try {
    await removeStaleSocket(options.path);
    return await new OpenDoor(options, lock).listen();
  } catch (error) {
    lock.release();
    throw error;
  }
}

class OpenDoor implements Door {
  readonly path: string;
  readonly #options: DoorOptions;
  readonly #limits: DoorLimits;
  readonly #lock: DoorLock | null;
  readonly #server: Server;
  readonly #connections = new Set<DoorConnection>();
  readonly #told = new Map<SecurityEventName, { since: number; count: number }>();
  readonly #user = process.geteuid?.() ?? null;
  #closing: Promise<void> | null = null;

  constructor(options: DoorOptions, lock: DoorLock | null) {
    this.path = options.path;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#lock = lock;
    // Half-open: a client that stops sending has gone, and we say so; one we answered may still be sending.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections =
      this.#limits.maxRequests * 2 + this.#limits.maxPipes + this.#limits.maxInside;
  }

  get waiting(): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.admitted) count++;
    return count;
  }

  get pipes(): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.piped === 'mcp') count++;
    return count;
  }

  #hasRoom(kind: PipeKind): boolean {
    if (kind === 'mcp') return this.pipes < this.#limits.maxPipes;
    let count = 0;
    for (const { piped } of this.#connections) if (piped !== null && piped !== 'mcp') count++;
    return count < this.#limits.maxInside;
  }

  async listen(): Promise<this> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        reject(
          taken
            ? alreadyRunning(this.path)
            : new GatehouseError(
                'door_failed',
                `the door ${this.path} cannot be opened: ${messageOf(error)}`,
                { cause: error },
              ),
        );
      });
      server.listen(this.path, resolve);
    });
    // From here on an error is one of accepting (no descriptors left): the client sees its connection end.
    server.removeAllListeners('error');
    server.on('error', (error) => this.#options.onDefect?.(error));
    if (!isPipe(this.path)) chmodSync(this.path, 0o600);
    return this;
  }

  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: string): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.refuse(reason, 'start Gatehouse and ask again');
    const impatient = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, CLOSE_MS);
    await closed;
    clearTimeout(impatient);
    this.#lock?.release();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#closing !== null) {
      socket.destroy();
      return;
    }
    const peer = identifyPeer(socket);
    const user = peerUser(socket);
    if (user !== null && user !== this.#user) {
      socket.destroy();
      void peer.then((who) =>
        this.#report('foreign_user', `user ${user} came to the ${this.#options.kind} door`, who),
      );
      return;
    }
    this.#serve(socket, peer, this.#options.onPipe ?? null);
  }

  adopt(stream: Duplex, peer: Peer): void {
    if (this.#closing !== null) {
      stream.destroy();
      return;
    }
    // Whatever the stream is of, what is said on it is what a client says at a door.
    this.#serve(stream as Socket, Promise.resolve(peer), (pipe) => {
      if (pipe.kind === 'mcp' && this.#options.onPipe !== undefined) this.#options.onPipe(pipe);
      else pipe.refuse(refusal(pipe.kind, 'a sandbox cannot ask for that', null));
    });
  }

  #serve(socket: Socket, peer: Promise<Peer>, onPipe: ((pipe: DoorPipe) => void) | null): void {
    const connection = new DoorConnection(socket, peer, {
      takes: this.#options.kind === 'agent' ? 'hook' : 'command',
      limits: this.#limits,
      handler: this.#options.handler,
      onPipe,
      admitPipe: (kind) => this.#hasRoom(kind),
      admit: () => this.waiting < this.#limits.maxRequests,
      buffered: () => this.#buffered(),
      report: (what, detail, who) => this.#report(what, detail, who),
      defect: (error) => this.#options.onDefect?.(error),
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  #buffered(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.buffered;
    return bytes;
  }

  #report(what: SecurityEventName, detail: string, peer: Peer | null): void {
    const now = performance.now();
    const told = this.#told.get(what);
    if (told === undefined || now - told.since > 60_000) {
      this.#told.set(what, { since: now, count: 1 });
    } else if (++told.count > EVENTS_A_MINUTE) {
      return;
    }
    const last = told !== undefined && told.count === EVENTS_A_MINUTE;
    this.#options.onSecurityEvent?.(
      what,
      last ? `${detail} (more of these in this minute are not told)` : detail,
      peer,
    );
  }
}
