/**
 * Calls under way in clients that give them no id, or ask about one twice: each is known again by what it is.
 *
 * Bounded: the oldest are forgotten first. What is forgotten counts as never decided.
 */
import { randomUUID } from 'node:crypto';
import type { EnginePort } from '../../engine/requests.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';

const MOST_CALLS = 2000;
const MOST_PARENTS = 2000;

export interface OpenCall {
  /** Ours: told to the engine as the client's. */
  readonly id: string;
  /** The outermost session. */
  readonly session: string;
  /** The client's own id of the subagent, or of the session. */
  readonly inner: string;
  readonly tool: string;
  readonly module: string;
  readonly action: string;
  /** Under the catalog's names. */
  readonly params: JsonObject;
  /** By what the client will name it when it ended: one text each. */
  readonly known: readonly string[];
  readonly state: 'deciding' | 'released' | 'stopped';
  /** Somebody who may decide said yes to it. */
  readonly answered: boolean;
  /** When it was decided, milliseconds on a clock that never goes back. */
  readonly decidedMs: number;
}

export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();
  readonly #roots = new Map<string, string>();
  readonly #now: () => number;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes that an agent belongs to another one, or to a session; answers the outermost session. */
  root(inner: string, parent: string | null): string {
    const known = this.#roots.get(inner);
    if (known !== undefined) return known;
    if (parent === null || parent === inner) return inner;
    const root = this.#roots.get(parent) ?? parent;
    this.#roots.set(inner, root);
    forgetOldest(this.#roots, MOST_PARENTS);
    return root;
  }

  begin(call: Omit<OpenCall, 'id' | 'state' | 'answered' | 'decidedMs'>): OpenCall {
    const open: OpenCall = {
      ...call,
      id: `gatehouse-${randomUUID()}`,
      state: 'deciding',
      answered: false,
      decidedMs: 0,
    };
    this.#calls.set(open.id, open);
    forgetOldest(this.#calls, MOST_CALLS);
    return open;
  }

  /** How it was decided, and by what else it will be known. */
  decided(
    id: string,
    state: 'released' | 'stopped',
    more: {
      readonly answered?: boolean;
      readonly params?: JsonObject;
      readonly known?: readonly string[];
    } = {},
  ): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.set(id, {
      ...call,
      state,
      answered: more.answered ?? false,
      decidedMs: this.#now(),
      params: more.params ?? call.params,
      known: [...call.known, ...(more.known ?? [])],
    });
  }

  /** The oldest one that fits, which is over then; null when there is none. @param withinMs since it was decided */
  end(session: string, inner: string, known: string, withinMs = Number.POSITIVE_INFINITY): OpenCall | null {
    const oldest = this.#now() - withinMs;
    for (const call of this.#calls.values()) {
      if (call.session !== session || call.inner !== inner || !call.known.includes(known)) continue;
      if (call.state !== 'deciding' && call.decidedMs < oldest) continue;
      this.#calls.delete(call.id);
      return call;
    }
    return null;
  }

  /** Those of an agent that were let through and are not over. */
  released(session: string, inner: string): readonly OpenCall[] {
    return [...this.#calls.values()].filter(
      (call) => call.session === session && call.inner === inner && call.state === 'released',
    );
  }

  /** A session is over. */
  forget(session: string): void {
    for (const [id, call] of this.#calls) if (call.session === session) this.#calls.delete(id);
    for (const [inner, root] of this.#roots) if (root === session) this.#roots.delete(inner);
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

/** Books of calls, one for each engine: calls of one are nothing to another. */
export function openCallsByEngine(): (engine: EnginePort) => OpenCalls {
  const books = new WeakMap<EnginePort, OpenCalls>();
  return (engine) => {
    const known = books.get(engine);
    if (known !== undefined) return known;
    const made = new OpenCalls();
    books.set(engine, made);
    return made;
  };
}

/** The id under which a call ended; one that is nobody's for a call that was not seen before. */
export function endedId(open: Pick<OpenCall, 'id'> | null, tool: string): string {
  return open?.id ?? `unknown-${agentText(tool, 60)}`;
}
