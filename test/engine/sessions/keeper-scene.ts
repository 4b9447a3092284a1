/** A keeper of sessions whose parts are told apart: a clock of its own, a log in memory, and what it told on. */
import type { Behaviors } from '../../../main/engine/behavior/behaviors.ts';
import type { SessionClaim } from '../../../main/engine/requests.ts';
import { SessionKeeper } from '../../../main/engine/sessions/keeper.ts';
import type { Session } from '../../../main/engine/sessions/session.ts';
import { MemoryLog } from '../../support/engine-bench.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { peerOf } from '../../support/peers.ts';

export function setUp() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const told: unknown[][] = [];
  const tell =
    (word: string) =>
    (...args: readonly unknown[]) => {
      told.push([word, ...args.map((arg) => (typeof arg === 'object' ? (arg as Session).id : arg))]);
      return [];
    };
  let alive = true;
  let changes = 0;
  const keeper = new SessionKeeper({
    clock,
    log,
    home: '/nowhere/home',
    probe: () => alive,
    inForce: {
      policy: (app) => (app === '/nowhere/with' ? ({ hash: 'h1' } as never) : null),
      appActive: () => true,
      protection: () => ({ paths: [], pids: [], home: '/nowhere/home' }),
    },
    rules: { endSession: (id) => void told.push(['rules', id]) },
    behaviors: {
      begin: tell('begin'),
      startTurn: tell('turn'),
      end: tell('end'),
      complete: tell('complete'),
    } as unknown as Behaviors,
  });
  const off = keeper.onChange(() => {
    changes += 1;
  });
  const claim = (more: Partial<SessionClaim> = {}): SessionClaim => ({
    client: 'claude-code',
    claimedSession: 'abc',
    claimedCwd: '/nowhere/x',
    peer: peerOf({ cwd: '/nowhere/x' }),
    ...more,
  });
  const boxed = (level: 'strict' | 'standard' | null, run = 'run1') =>
    claim({
      claimedSession: `boxed-${level}-${run}`,
      peer: peerOf({ cwd: '/nowhere/x' }, { sandbox: { run, level } as never }),
    });
  return {
    ...{ clock, log, keeper, told, claim, boxed, off },
    die: () => {
      alive = false;
    },
    changed: () => changes,
  };
}
