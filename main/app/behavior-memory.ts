/**
 * What behaviour rules remember beyond the life of the process: the state of sessions whose agent still runs when
 * the supervisor is started again, and which clients tell what their agents say.
 *
 * Written a moment after a change and at the end: a crash loses that moment, after which an agent may be reminded
 * of what it has done. Nothing of it opens a gate.
 */
import { z } from 'zod';
import type { SavedStates, TextTellers } from '../engine/behavior/behaviors.ts';
import type { SavedState } from '../engine/behavior/session-state.ts';

const WRITE_AFTER_MS = 500;
const MOST_SESSIONS = 200;
/** Of each set, the newest. */
const MOST_TARGETS = 5000;

interface Setting {
  read(): string | null;
  write(value: string): void;
}

const State = z.object({
  sets: z.record(z.string(), z.array(z.string())),
  counters: z.record(z.string(), z.number()),
  flags: z.array(z.string()),
  turn: z.number(),
});
const States = z.array(z.tuple([z.string(), State]));

export class BehaviorMemory implements SavedStates {
  readonly #setting: Setting;
  readonly #onFault: (error: unknown) => void;
  /** By session, the one that changed last at the end. */
  readonly #states: Map<string, SavedState>;
  readonly #changed = new Map<string, () => SavedState>();
  #timer: NodeJS.Timeout | null = null;

  constructor(setting: Setting, onFault: (error: unknown) => void) {
    this.#setting = setting;
    this.#onFault = onFault;
    this.#states = new Map(parse(setting.read()));
  }

  read(key: string): SavedState | null {
    return this.#states.get(key) ?? null;
  }

  write(key: string, state: () => SavedState): void {
    this.#changed.set(key, state);
    this.#soon();
  }

  remove(key: string): void {
    this.#changed.delete(key);
    if (this.#states.delete(key)) this.#soon();
  }

  /** Writes what is not written yet, and no more after that. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
  }

  #soon(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, WRITE_AFTER_MS);
    this.#timer.unref();
  }

  #flush(): void {
    for (const [key, state] of this.#changed) {
      this.#states.delete(key);
      this.#states.set(key, bounded(state()));
    }
    this.#changed.clear();
    for (const key of this.#states.keys()) {
      if (this.#states.size <= MOST_SESSIONS) break;
      this.#states.delete(key);
    }
    try {
      this.#setting.write(JSON.stringify([...this.#states]));
    } catch (error) {
      this.#onFault(error);
    }
  }
}

function bounded(state: SavedState): SavedState {
  const sets = Object.entries(state.sets).map(([name, keys]) => [name, keys.slice(-MOST_TARGETS)] as const);
  return { ...state, sets: Object.fromEntries(sets) };
}

/** What cannot be read is forgotten. */
function parse(json: string | null): readonly (readonly [string, SavedState])[] {
  if (json === null) return [];
  try {
    return States.parse(JSON.parse(json));
  } catch {
    return [];
  }
}

/** Remembers the clients in a setting, each for ever. */
export function textTellers(setting: Setting): TextTellers {
  const known = new Set((setting.read() ?? '').split('\n').filter((client) => client !== ''));
  return {
    has: (client) => known.has(client),
    add: (client) => {
      if (known.has(client)) return;
      known.add(client);
      setting.write([...known].join('\n'));
    },
  };
}
