/**
 * The way out of a sandbox: the proxy behind the two ports inside. Each connection is read strictly, decided by
 * the engine, looked up once, and dialled to exactly what was checked.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LogPort } from '../../engine/ports.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { namedHost } from '../../policy/sandbox-hosts.ts';
import type { InsideKind } from '../../sandbox/launch-plan.ts';
import type { RunSession } from '../run/run-session.ts';
import { kindOfAddress } from './address.ts';
import { Destinations, type EgressEngine, type Pass } from './destinations.ts';
import { addressesOf, dial, type Resolve, systemResolve } from './dial.ts';
import { serveHttp } from './http-proxy.ts';
import { Intake } from './intake.ts';
import { checkAddresses, checkTarget } from './reachable.ts';
import { Refusals } from './refusals.ts';
import { serveSocks } from './socks5.ts';
import { refusal, shownTarget, type Target } from './target.ts';

const MOST_PER_SESSION = 128;
const MOST_IN_ALL = 512;

export interface EgressOptions {
  readonly engine: EgressEngine;
  readonly log: LogPort;
  /** Left out: as the system looks names up. */
  readonly resolve?: Resolve;
  /** Whether this program listens on a port of this computer itself: that is never the way out. */
  readonly isOwnPort: (port: number) => boolean;
  readonly defect: (error: unknown) => void;
}

/** A client's connection while it is served, for whoever speaks its protocol. */
export interface Client {
  readonly socket: Duplex;
  readonly intake: Intake;
  /**
   * A connection to the target, decided and made.
   *
   * @param how  the protocol, for the row
   * @throws GatehouseError `egress_refused`, `egress_denied` (decided so), `egress_failed`
   */
  reach(target: Target, how: string): Promise<{ readonly place: Socket; readonly pass: Pass }>;
  /** Writes a refusal down that no call of the engine stands for. */
  refused(target: string, why: string): void;
}

export class Egress {
  readonly #options: EgressOptions;
  readonly #destinations: Destinations;
  readonly #refusals: Refusals;
  readonly #open = new Map<RunSession, Set<Duplex>>();
  #inAll = 0;

  constructor(options: EgressOptions) {
    this.#options = options;
    this.#destinations = new Destinations(options.engine, options.defect);
    this.#refusals = new Refusals(options.log, options.defect);
  }

  /** How many connections are served now. */
  get connections(): number {
    return this.#inAll;
  }

  /** Serves one connection from inside; the socket is ours from here on. */
  serve(session: RunSession, kind: InsideKind, socket: Duplex): void {
    const open = this.#open.get(session) ?? new Set<Duplex>();
    socket.on('error', () => undefined);
    if (open.size >= MOST_PER_SESSION || this.#inAll >= MOST_IN_ALL) {
      this.#refusals.add(session, '', 'too many connections at once');
      socket.destroy();
      return;
    }
    if (!this.#open.has(session)) {
      if (session.ended.aborted) return void socket.destroy();
      session.ended.addEventListener('abort', () => this.#sessionEnded(session), { once: true });
    }
    this.#open.set(session, open.add(socket));
    this.#inAll += 1;
    socket.once('close', () => {
      this.#inAll -= 1;
      open.delete(socket);
    });
    const client = this.#client(session, socket);
    const served = kind === 'socks5' ? serveSocks(client) : serveHttp(client);
    served.catch((error: unknown) => {
      socket.destroy();
      if (!(error instanceof GatehouseError)) this.#options.defect(error);
    });
  }

  #client(session: RunSession, socket: Duplex): Client {
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const intake = new Intake(socket);
    return {
      socket,
      intake,
      reach: async (target, how) => {
        // Nobody ends a tunnel before it stands, but one who has given up. A request may be all that is said.
        const stop = intake.watch(() => (how === 'HTTP' ? undefined : gone.abort()));
        try {
          return await this.#reach(session, target, how, gone.signal, (why) =>
            socket.destroy(new Error(why)),
          );
        } finally {
          stop();
        }
      },
      refused: (target, why) => this.#refusals.add(session, target, why),
    };
  }

  async #reach(
    session: RunSession,
    target: Target,
    how: string,
    signal: AbortSignal,
    cut: (why: string) => void,
  ): Promise<{ place: Socket; pass: Pass }> {
    const shown = shownTarget(target);
    const hosts = session.policy?.networkAllow ?? null;
    const named = namedHost(hosts, target.host, target.port);
    try {
      checkTarget(target, named);
      if (session.narrowed && hosts !== null && named === null)
        throw refusal('the policy file that was named for this run does not allow it');
    } catch (error) {
      this.#refusals.add(session, shown, messageOf(error));
      throw error;
    }
    const entry = await this.#destinations.enter(session, target, how, signal, cut);
    if (entry.kind === 'refused') {
      if (entry.again) this.#refusals.add(session, shown, 'tried again after it was refused');
      throw new GatehouseError('egress_denied', entry.message);
    }
    const { pass } = entry;
    try {
      const addresses = await addressesOf(target, this.#options.resolve ?? systemResolve);
      checkAddresses(target, named, addresses);
      if (addresses.some((one) => kindOfAddress(one) === 'loopback') && this.#options.isOwnPort(target.port))
        throw refusal('Gatehouse itself listens there');
      return { place: await dial(addresses, target.port, signal), pass };
    } catch (error) {
      const why = messageOf(error);
      pass.left({ up: 0, down: 0, problem: why });
      if (error instanceof GatehouseError && error.code === 'egress_refused')
        this.#refusals.add(session, shown, why);
      throw error;
    }
  }

  #sessionEnded(session: RunSession): void {
    const open = this.#open.get(session) ?? [];
    this.#open.delete(session);
    this.#destinations.end(session);
    this.#refusals.flush(session);
    for (const socket of open) socket.destroy();
  }
}
