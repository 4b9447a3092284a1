/**
 * What one session has done, for behaviour rules: what has succeeded, and beside it what was let through and is
 * not back yet. A call is decided on both: on the state as it will be when the calls under way have succeeded,
 * and a rule that blocks also on the state without them.
 */
import type { StateView } from '../../policy/conditions/subject.ts';
import type { Effects } from './effects.ts';
import { Prints } from './prints.ts';

/** Targets of one set; a session that touches more forgets the oldest. */
const MOST_TARGETS = 50_000;
/** Calls under way; results of older ones are not waited for any more. */
const MOST_UNDER_WAY = 512;
/** Of the agent's text since the prompt. */
const LONGEST_TEXT = 256 * 1024;

interface UnderWay {
  readonly tool: string;
  readonly turn: number;
  readonly effects: Effects;
}

class History {
  callsThisTurn = 0;
  lastTool: string | null = null;
  consecutive = 0;

  count(tool: string, thisTurn: boolean): void {
    if (thisTurn) this.callsThisTurn += 1;
    this.consecutive = this.lastTool === tool ? this.consecutive + 1 : 1;
    this.lastTool = tool;
  }
}

/** The part of a state that outlives the process. */
export interface SavedState {
  readonly sets: Readonly<Record<string, readonly string[]>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
  readonly turn: number;
}

export class SessionState {
  readonly #sets = new Map<string, Set<string>>();
  readonly #counters = new Map<string, number>();
  readonly #flags = new Set<string>();
  readonly #prints = new Map<string, Prints>();
  readonly #underWay = new Map<string, UnderWay>();
  /** Of calls that were let through, and of those that are back. */
  readonly #released = new History();
  readonly #ended = new History();
  #turn = 0;
  #text: string | null = null;

  /** What has succeeded: for rules after the call. */
  readonly committed: StateView;
  /** What will be when the calls under way have succeeded: for rules before the call. */
  readonly projected: StateView;

  constructor(saved: SavedState | null = null) {
    if (saved !== null) {
      for (const [name, keys] of Object.entries(saved.sets)) this.#sets.set(name, new Set(keys));
      for (const [name, n] of Object.entries(saved.counters)) this.#counters.set(name, n);
      for (const name of saved.flags) this.#flags.add(name);
      this.#turn = saved.turn;
    }
    this.committed = this.#view(this.#ended, () => []);
    this.projected = this.#view(this.#released, () => this.#awaited());
  }

  /** What the agent has said since the prompt; null where its client tells no text. */
  get text(): string | null {
    return this.#text;
  }

  /** @param tellsText whether the client is known to tell what its agent says */
  startTurn(turn: number, tellsText: boolean): void {
    this.#turn = turn;
    this.#released.callsThisTurn = 0;
    this.#ended.callsThisTurn = 0;
    this.#text = tellsText ? '' : null;
  }

  say(text: string): void {
    this.#text = `${this.#text ?? ''}${text}`.slice(-LONGEST_TEXT);
  }

  /** A client turned out to tell text: nothing was said so far. */
  listen(): void {
    this.#text ??= '';
  }

  /** A call is let through. */
  release(callId: string, tool: string, effects: Effects): void {
    this.#released.count(tool, true);
    this.#underWay.set(callId, { tool, turn: this.#turn, effects });
    if (this.#underWay.size <= MOST_UNDER_WAY) return;
    const oldest = this.#underWay.keys().next();
    if (!oldest.done) this.#underWay.delete(oldest.value);
  }

  /** It was not let through after all: nothing of it counts. What was called in a row stays counted. */
  withdraw(callId: string): void {
    if (this.#underWay.delete(callId)) this.#released.callsThisTurn -= 1;
  }

  /** A call is back; only one that succeeded changes what is kept. */
  end(callId: string, success: boolean): void {
    const call = this.#underWay.get(callId);
    if (call === undefined) return;
    this.#underWay.delete(callId);
    this.#ended.count(call.tool, call.turn === this.#turn);
    if (success) this.#apply(call.effects);
  }

  /** What a source returned is known again later. */
  remember(source: string, text: string): void {
    const prints = this.#prints.get(source) ?? new Prints();
    this.#prints.set(source, prints);
    prints.add(text);
  }

  save(): SavedState {
    return {
      sets: Object.fromEntries([...this.#sets].map(([name, keys]) => [name, [...keys]])),
      counters: Object.fromEntries(this.#counters),
      flags: [...this.#flags],
      turn: this.#turn,
    };
  }

  #awaited(): readonly Effects[] {
    if (this.#underWay.size === 0) return [];
    return [...this.#underWay.values()]
      .filter(({ turn }) => turn === this.#turn)
      .map(({ effects }) => effects);
  }

  #apply(effects: Effects): void {
    for (const [name, key] of effects.adds) {
      const keys = this.#sets.get(name) ?? new Set<string>();
      this.#sets.set(name, keys);
      keys.add(key);
      if (keys.size <= MOST_TARGETS) continue;
      const oldest = keys.keys().next();
      if (!oldest.done) keys.delete(oldest.value);
    }
    for (const [name, by] of effects.counts)
      this.#counters.set(name, by === 'reset' ? 0 : (this.#counters.get(name) ?? 0) + 1);
    for (const [name, value] of effects.flags) {
      if (value) this.#flags.add(name);
      else this.#flags.delete(name);
    }
  }

  #view(history: History, awaited: () => readonly Effects[]): StateView {
    const state = this;
    return {
      has: (set, key) =>
        state.#sets.get(set)?.has(key) === true ||
        awaited().some(({ adds }) => adds.some(([name, added]) => name === set && added === key)),
      size: (set) => {
        const more = awaited().flatMap(({ adds }) =>
          adds.flatMap(([name, key]) => (name === set ? [key] : [])),
        );
        return more.length === 0
          ? (state.#sets.get(set)?.size ?? 0)
          : new Set([...(state.#sets.get(set) ?? []), ...more]).size;
      },
      counter: (name) =>
        awaited()
          .flatMap(({ counts }) => counts)
          .reduce(
            (n, [counter, by]) => (counter !== name ? n : by === 'reset' ? 0 : n + 1),
            state.#counters.get(name) ?? 0,
          ),
      flag: (name) =>
        awaited()
          .flatMap(({ flags }) => flags)
          .reduce((set, [flag, value]) => (flag === name ? value : set), state.#flags.has(name)),
      get turn() {
        return state.#turn;
      },
      get callsThisTurn() {
        return history.callsThisTurn;
      },
      get lastTool() {
        return history.lastTool;
      },
      get consecutive() {
        return history.consecutive;
      },
      flows: (source, text) => state.#prints.get(source)?.meets(text) ?? false,
    };
  }
}
