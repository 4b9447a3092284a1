/**
 * Sandboxes on macOS. There is no network of one's own: what is served from outside listens on a port of this computer's
 * loopback, for each sandbox another, which its profile alone lets be reached from a sandbox. Whoever is not confined
 * reaches it too, and gets there what the sandbox may have.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, realpathSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import type { Peer, ProcessFacts } from '../../platform/peer.ts';
import { type Disk, realDisk } from '../../sandbox/disk.ts';
import { decodeWord, type Level } from '../../sandbox/launch-plan.ts';
import { type Enforced, enforced, type LaunchReport, type Limits } from '../../sandbox/levels.ts';
import type { LaunchPlan, LaunchWish } from '../../sandbox/linux.ts';
import { macosPlan } from '../../sandbox/macos/plan.ts';
import type { RunPlace, RunSystem } from './run-system.ts';

/** What the kernel of macOS says of a process. */
export interface MacFacts {
  readonly parent: number;
  /** Absolute path of its program. */
  readonly executable: string;
  /** It runs under the profile with the mark that was asked for. */
  readonly confined: boolean;
}

/** Null when there is no such process, or nothing that could be believed was said. */
export type MacKernel = (pid: number, mark: string) => MacFacts | null;

const ASK_MS = 5000;
const FACTS = /^parent (\d+)\nexecutable (\S+)\nconfined ([01])\n$/;

/** Asks by the launcher, which is Gatehouse's own program. Waits for it: once or twice for each sandbox. */
export function kernelBy(launcher: string): MacKernel {
  return (pid, mark) => {
    const { status, stdout } = spawnSync(launcher, ['facts', String(pid), mark], {
      encoding: 'utf8',
      timeout: ASK_MS,
      killSignal: 'SIGKILL',
      env: {},
    });
    const facts = status === 0 ? FACTS.exec(stdout) : null;
    if (facts === null) return null;
    return {
      parent: Number(facts[1]),
      executable: decodeWord(facts[2] ?? ''),
      confined: facts[3] === '1',
    };
  };
}

/** The disk as the kernel spells it: `realpath` of libc gives the letters that a file system has which folds them. */
const macDisk: Disk = {
  ...realDisk,
  real(path) {
    try {
      return realpathSync.native(path);
    } catch {
      return null;
    }
  },
};

export class MacosSystem implements RunSystem {
  readonly #kernel: MacKernel;
  readonly #open = new Map<string, { readonly servers: Server[]; readonly sockets: Set<Socket> }>();

  constructor(kernel: MacKernel) {
    this.#kernel = kernel;
  }

  checkLauncher(peer: Peer, launcher: string): number {
    const facts = peer.source === 'kernel' && peer.pid !== null ? this.#kernel(peer.pid, '-') : null;
    if (peer.pid === null || facts?.executable !== launcher)
      throw new GatehouseError('not_the_launcher', 'the program that asked is not the sandbox launcher', {
        hint: 'use `gatehouse run`',
      });
    return peer.pid;
  }

  async plan(wish: LaunchWish, place: RunPlace): Promise<LaunchPlan> {
    mkdirSync(join(place.folder, 'tmp'), { recursive: true, mode: 0o700 });
    const real = (path: string) => macDisk.real(path) ?? path;
    const network = wish.network === null ? null : { listen: await this.#listen(wish.network.listen, place) };
    return macosPlan(
      {
        ...wish,
        network,
        home: real(wish.home),
        workspace: real(wish.workspace),
        cwd: real(wish.cwd),
        settings: wish.settings.map((path) => join(real(wish.home), path.slice(wish.home.length))),
        gatehouse: {
          own: wish.gatehouse.own.map(real),
          bin: real(wish.gatehouse.bin),
          run: real(wish.gatehouse.run),
        },
        agentDoor: join(real(dirname(wish.agentDoor)), basename(wish.agentDoor)),
        scratch: real(place.folder),
        mark: markOf(place.id),
      },
      macDisk,
    );
  }

  /** One port for each kind; the agent door stays the socket that it is. */
  async #listen(
    wanted: NonNullable<LaunchWish['network']>['listen'],
    { id, accept }: RunPlace,
  ): Promise<NonNullable<LaunchWish['network']>['listen']> {
    const servers: Server[] = [];
    const sockets = new Set<Socket>();
    this.#open.set(id, { servers, sockets });
    return Promise.all(
      wanted.map(async ({ kind, port }) => {
        if (kind === 'agent-door') return { kind, port };
        const server = createServer((socket) => {
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket));
          accept(kind, socket);
        });
        servers.push(server);
        await once(server.listen(0, '127.0.0.1'), 'listening');
        return { kind, port: (server.address() as AddressInfo).port };
      }),
    );
  }

  checkCommand(launcher: number, first: number, name: string, run: string): ProcessFacts {
    const facts = this.#kernel(first, markOf(run));
    const wrong =
      facts === null
        ? 'its command does not wait'
        : facts.parent !== launcher
          ? 'its command is not the launcher’s child'
          : facts.confined
            ? null
            : 'its command is not under the profile';
    if (wrong !== null)
      throw new GatehouseError('not_confined', `the kernel does not confirm the sandbox: ${wrong}`);
    return { pid: first, startTime: null, name, executable: null, digest: null, cwd: null };
  }

  enforced(asked: Level, report: LaunchReport, limits: Limits): Enforced {
    return enforced(asked, report, limits, 'darwin');
  }

  over(run: string): void {
    const { servers, sockets } = this.#open.get(run) ?? { servers: [], sockets: [] };
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    this.#open.delete(run);
  }
}

function markOf(run: string): string {
  return `gatehouse.${run}`;
}
