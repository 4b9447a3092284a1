/**
 * Ids for calls of a client that gives them none: the result of a call is told with its name and parameters, which a
 * tool may have filled up, so the oldest call of that tool that is like it is meant.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';

interface Call {
  readonly id: string;
  readonly tool: string;
  /** Canonical JSON of the parameters with which it runs. */
  readonly params: string;
  /** What rules say about it, told with its result. */
  readonly notices: readonly string[];
}

/** Calls and sessions that are kept: those that ended without a result are forgotten, oldest first. */
const MOST_CALLS = 200;
const MOST_SESSIONS = 100;

export class UnnamedCalls {
  readonly #sessions = new Map<string, Call[]>();
  #next = 1;

  /** An id for a call, before it is decided. */
  newId(): string {
    const id = `call_${this.#next}`;
    this.#next += 1;
    return id;
  }

  /** The call runs, with these parameters. */
  began(
    session: string,
    call: { id: string; tool: string; params: JsonObject; notices: readonly string[] },
  ): void {
    const calls = this.#sessions.get(session) ?? [];
    calls.push({ ...call, params: canonicalJson(call.params) });
    if (calls.length > MOST_CALLS) calls.shift();
    this.#sessions.delete(session);
    this.#sessions.set(session, calls);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MOST_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
  }

  /** The call whose result this is; null when none like it runs. */
  ended(session: string, tool: string, params: JsonObject): Pick<Call, 'id' | 'notices'> | null {
    const calls = this.#sessions.get(session) ?? [];
    const text = canonicalJson(params);
    const same = calls.findIndex((call) => call.tool === tool && call.params === text);
    const at = same >= 0 ? same : calls.findIndex((call) => call.tool === tool);
    return calls.splice(at, at < 0 ? 0 : 1)[0] ?? null;
  }

  forget(session: string): void {
    this.#sessions.delete(session);
  }
}
