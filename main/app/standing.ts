/** Pauses, the stop of everything, tray and notifications, put together on top of the running app. */
import type { Overview } from '../../preload/contract.ts';
import { EVERYTHING } from '../audit/filter.ts';
import type { AuditLog } from '../audit/log.ts';
import type { Engine } from '../engine/engine.ts';
import type { Clock } from '../platform/clock.ts';
import type { StateStore } from '../store/state-store.ts';
import { DesktopKeeper } from './desktop/desktop-keeper.ts';
import { PauseDesk } from './pause/pause-desk.ts';
import { Pauses } from './pause/pauses.ts';
import { millis } from './views/words.ts';

/** More rows about pauses than a person makes in a day. */
const HISTORY_ROWS = 200;

export interface StandingSetup {
  readonly clock: Clock;
  readonly home: string;
  /** Takes the vault's values out of what a person is shown. */
  readonly clean: <T>(value: T) => T;
  readonly state: StateStore;
  readonly log: AuditLog;
  readonly engine: Engine;
  /** The policy of whoever manages the computer; null where there can be none. */
  readonly managedFile: string | null;
  readonly overview: () => Overview;
  readonly concern: (module: string, action: string) => string | null;
  /** Ends the programs that Gatehouse runs for agents. */
  readonly endPrograms: () => void;
  readonly securityEvent: (what: string, detail: string) => void;
  readonly onDefect: (where: string, error: unknown) => void;
}

export interface Standing {
  readonly pauses: Pauses;
  readonly pause: PauseDesk;
  readonly desktop: DesktopKeeper;
  readonly close: () => Promise<void>;
}

/** Nothing is paused, stopped or shown before `pauses.load()`. */
export function createStanding(setup: StandingSetup): Standing {
  const { clock, home, state, log, engine, onDefect } = setup;
  const nowMs = () => millis(clock.wallMicros());
  const pending = () => engine.desk.pending();
  const answer: Engine['answer'] = (id, fingerprint, given) => engine.answer(id, fingerprint, given);
  const pauses = new Pauses({
    store: state.setting('stop'),
    log: { append: (event) => log.append(event), history: () => pauseRows(log) },
    clock,
    onUnwritten: (error) => onDefect('a pause', error),
  });
  const pause = new PauseDesk({
    pauses,
    managedFile: setup.managedFile,
    nowMs,
    pending,
    answer,
    recheck: () => engine.recheck(),
    endPrograms: async () => setup.endPrograms(),
    onDefect,
  });
  const desktop = new DesktopKeeper({
    store: state.setting('notifications'),
    home,
    clean: setup.clean,
    overview: setup.overview,
    pending,
    answer,
    concern: setup.concern,
    pause,
    nowMs,
    monotonicMs: () => clock.monotonicMs(),
    onSuspicion: setup.securityEvent,
    onDefect,
  });
  const ends = [
    engine.desk.onChange(() => {
      pause.deskChanged();
      desktop.changed();
    }),
    pause.onChange(() => desktop.changed()),
  ];
  return {
    pauses,
    pause,
    desktop,
    close: async () => {
      for (const end of ends) end();
      await desktop.detach();
    },
  };
}

/** The newest rows about pauses and stops, newest first. */
async function pauseRows(log: AuditLog) {
  const filter = { ...EVERYTHING, action: ['pause.changed'] };
  const { rows } = await log.timeline(filter, null, HISTORY_ROWS);
  const read = await Promise.all(rows.map(({ seq }) => log.row(seq)));
  return read.filter((row) => row !== null);
}
