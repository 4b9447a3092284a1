/** What differs from system to system in a sandbox: the plan, and what the kernel is asked. Linux's is here. */
import type { Duplex } from 'node:stream';
import type { Peer, ProcessFacts } from '../../platform/peer.ts';
import { realDisk } from '../../sandbox/disk.ts';
import type { InsideKind, Level } from '../../sandbox/launch-plan.ts';
import { type Enforced, enforced, type LaunchReport, type Limits } from '../../sandbox/levels.ts';
import { type LaunchPlan, type LaunchWish, linuxPlan } from '../../sandbox/linux.ts';
import { checkCommand, checkLauncher } from './kernel-check.ts';

/** A sandbox that is about to begin. */
export interface RunPlace {
  /** `run_…` */
  readonly id: string;
  /** Its own folder in Gatehouse's data; it need not be there. */
  readonly folder: string;
  /** Takes a connection of its own, where the system has no other way in: see InsideHandler. */
  readonly accept: (kind: InsideKind, socket: Duplex) => void;
}

export interface RunSystem {
  /** The process that connected is our launcher. @throws GatehouseError `not_the_launcher` */
  checkLauncher(peer: Peer, launcher: string): number;
  /** @throws GatehouseError `sandbox_refused` */
  plan(wish: LaunchWish, place: RunPlace): Promise<LaunchPlan>;
  /**
   * The command that waits, as the kernel knows it.
   *
   * @param first  the process that the launcher names
   * @throws GatehouseError `not_confined` when it is anything less
   */
  checkCommand(launcher: number, first: number, name: string, run: string): ProcessFacts;
  enforced(asked: Level, report: LaunchReport, limits: Limits): Enforced;
  /** A sandbox is over, however far it came. Called once or more. */
  over(run: string): void;
}

export const linuxSystem: RunSystem = {
  checkLauncher,
  plan: async (wish) => linuxPlan(wish, realDisk),
  checkCommand,
  enforced,
  over: () => undefined,
};
