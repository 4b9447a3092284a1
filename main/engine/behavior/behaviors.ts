/**
 * The state that behaviour rules look at, kept for each session, and the texts that wait for its agent.
 *
 * A call counts as under way from the moment at which it is let through, before its row is durable, so that calls
 * that come at once see one another; one that is not let through after all is taken back.
 */
import type { JsonValue } from '../../platform/canonical-json.ts';
import { canonicalCall } from '../../policy/catalog.ts';
import { isFrom } from '../../policy/conditions/data-source.ts';
import {
  type CommandView,
  type Enforcement,
  NO_DISK,
  type Subject,
} from '../../policy/conditions/subject.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { ToolCall } from '../tool-call.ts';
import { diskFacts } from './disk-facts.ts';
import { type Effects, effectsOf } from './effects.ts';
import { type BehaviorFacts, subjectBefore } from './facts.ts';
import { agentText, askRules, type Firing, NO_FIRINGS } from './firing.ts';
import { type SavedState, SessionState } from './session-state.ts';

/** Texts that wait for one agent; a client that never takes them must not fill the memory. */
const MOST_TEXTS = 32;
/** Calls whose result may still come. */
const MOST_CALLS = 2000;
/** More than the sessions that are kept: the rest have ended without a word. */
const MOST_SESSIONS = 600;

export interface BehaviorWorld {
  readonly home: string;
  /** What decides in a project. */
  readonly policy: (app: string) => CompiledPolicy | null;
  /** How strongly a session is enforced; left out: not at all. */
  readonly enforcement?: (session: string) => Enforcement;
  readonly commands: CommandView | null;
  /** Clients that are known to tell what their agents say. */
  readonly tellers: TextTellers;
  readonly saved: SavedStates;
}

/** Nothing outlives the process, and nobody is known to tell text: for tests and for what asks no rules. */
export function forgetful(): Pick<BehaviorWorld, 'tellers' | 'saved' | 'commands'> {
  const tellers = new Set<string>();
  return {
    tellers: { has: (client) => tellers.has(client), add: (client) => void tellers.add(client) },
    saved: { read: () => null, write: () => undefined, remove: () => undefined },
    commands: null,
  };
}

/** Which clients tell text: learnt from the first text that one tells, and remembered. */
export interface TextTellers {
  has(client: string): boolean;
  add(client: string): void;
}

/** States that outlive the process, by the key of a session. */
export interface SavedStates {
  read(key: string): SavedState | null;
  /** May be late, and may be lost by a crash. */
  write(key: string, state: () => SavedState): void;
  remove(key: string): void;
}

interface Waiting {
  readonly text: string;
  /** Worth going on for when the agent would stop. */
  readonly urgent: boolean;
}

interface Entry {
  readonly key: string;
  readonly app: string;
  readonly state: SessionState;
  /** By agent: `main`, or the name of a subagent. */
  readonly texts: Map<string, Waiting[]>;
  readonly calls: Map<string, { readonly call: ToolCall; readonly subject: Subject }>;
  /** The message that is being told, in parts. */
  message: { id: string; text: string };
}

/** What a session is known by here. */
export interface BehaviorSession {
  readonly id: string;
  /** The same after a restart of the supervisor; see `SavedStates`. */
  readonly key: string;
  readonly client: string;
  readonly app: string;
}

/** A piece of what an agent says. */
export interface Said {
  readonly messageId: string;
  readonly text: string;
  /** The last piece of its message. */
  readonly final: boolean;
  /** It may have been told before in other words: then it is not heard again. */
  readonly again?: true;
  /**
   * It may come after calls that it was said before. Rules on text are asked of it, and rules before a call are not:
   * they would take it for silence that the client has not told it yet.
   */
  readonly late?: true;
}

export class Behaviors {
  readonly #world: BehaviorWorld;
  readonly #sessions = new Map<string, Entry>();

  constructor(world: BehaviorWorld) {
    this.#world = world;
  }

  /** Begins with what is known of the session from before a restart. */
  begin(session: BehaviorSession): void {
    this.#entry(session);
  }

  end(session: BehaviorSession): void {
    this.#sessions.delete(session.id);
    this.#world.saved.remove(session.key);
  }

  startTurn(session: BehaviorSession, turn: number): void {
    const entry = this.#entry(session);
    entry.state.startTurn(turn, this.#world.tellers.has(session.client));
    this.#save(entry);
  }

  /** What the rules are told about a call, looked up now. */
  factsFor(call: ToolCall, policy: CompiledPolicy | null): BehaviorFacts {
    const { home, commands } = this.#world;
    const { module, action } = canonicalCall(call.module, call.action);
    const state = this.#sessions.get(call.session)?.state ?? new SessionState();
    return {
      projected: state.projected,
      committed: state.committed,
      // What a subagent says is not told; what its parent says is not its own.
      text: call.agent === 'main' ? state.text : null,
      disk:
        policy === null
          ? NO_DISK
          : diskFacts(policy.catalog, { module, action, params: call.params, cwd: call.cwd, home }),
      home,
      enforcement: call.confined ?? this.#world.enforcement?.(call.session) ?? 'none',
      commands,
    };
  }

  /** A call is let through. */
  release(call: ToolCall, policy: CompiledPolicy | null): void {
    const entry = this.#sessions.get(call.session);
    if (entry === undefined || policy === null || call.point === 'test') return;
    const { module, action } = canonicalCall(call.module, call.action);
    const subject = subjectBefore(call, module, action, this.factsFor(call, policy));
    const effects: Effects = effectsOf(policy.behavior.tracking, policy.catalog, subject);
    entry.state.release(call.id, `${module}.${action}`, effects);
    entry.calls.set(call.id, { call, subject });
    if (entry.calls.size > MOST_CALLS) {
      const oldest = entry.calls.keys().next();
      if (!oldest.done) entry.calls.delete(oldest.value);
    }
  }

  /** It was not let through after all. */
  withdraw(call: ToolCall): void {
    const entry = this.#sessions.get(call.session);
    entry?.state.withdraw(call.id);
    entry?.calls.delete(call.id);
  }

  /** A call is back: the state goes on, and then the rules after it are asked. Their texts wait for its agent. */
  complete(session: string, callId: string, success: boolean, result: string): readonly Firing[] {
    const entry = this.#sessions.get(session);
    const known = entry?.calls.get(callId);
    if (entry === undefined || known === undefined) return NO_FIRINGS;
    entry.calls.delete(callId);
    entry.state.end(callId, success);
    this.#save(entry);
    const policy = this.#world.policy(entry.app);
    if (policy === null) return NO_FIRINGS;
    const { call, subject: before } = known;
    const subject: Subject = {
      ...before,
      phase: 'post',
      state: entry.state.committed,
      text: call.agent === 'main' ? entry.state.text : null,
      result: resultOf(result),
    };
    for (const source of policy.behavior.sources)
      if (success && isFrom(source, policy.catalog, subject)) entry.state.remember(source.label, result);
    const rules = policy.behavior
      .rulesFor('post_tool', subject.module, subject.action)
      .filter(({ afterFailure }) => success || afterFailure);
    const firings = askRules(rules, subject);
    this.#queue(entry, call.agent, firings);
    return firings;
  }

  /** The agent says something. Rules on text are asked once a message is whole. */
  hear(session: BehaviorSession, said: Said): readonly Firing[] {
    const entry = this.#entry(session);
    const { state } = entry;
    if (said.late !== true) {
      if (!this.#world.tellers.has(session.client)) this.#world.tellers.add(session.client);
      state.listen();
      if (said.again === true && state.text?.endsWith(said.text) === true) return NO_FIRINGS;
      state.say(said.text);
    }
    entry.message =
      entry.message.id === said.messageId
        ? { id: said.messageId, text: entry.message.text + said.text }
        : { id: said.messageId, text: said.text };
    if (!said.final) return NO_FIRINGS;
    const policy = this.#world.policy(session.app);
    if (policy === null) return NO_FIRINGS;
    const { home, commands } = this.#world;
    const firings = askRules(policy.behavior.rulesFor('on_text', '', ''), {
      phase: 'text',
      module: '',
      action: '',
      params: {},
      cwd: session.app,
      app: session.app,
      home,
      state: state.committed,
      text: entry.message.text,
      result: null,
      disk: NO_DISK,
      enforcement: this.#world.enforcement?.(session.id) ?? 'none',
      commands,
    });
    this.#queue(entry, 'main', firings);
    return firings;
  }

  /**
   * Takes the texts that wait for an agent. With `urgentOnly` reminders stay, for they are no reason to go on.
   */
  takeTexts(session: string, agent: string, urgentOnly: boolean): readonly string[] {
    const entry = this.#sessions.get(session);
    const waiting = entry?.texts.get(agent) ?? [];
    const taken = waiting.filter(({ urgent }) => urgent || !urgentOnly);
    entry?.texts.set(
      agent,
      waiting.filter((one) => !taken.includes(one)),
    );
    return taken.map(({ text }) => text);
  }

  #queue(entry: Entry, agent: string, firings: readonly Firing[]): void {
    const texts = firings
      .filter(({ state }) => state === 'fired')
      .map((firing) => ({ text: agentText(firing), urgent: firing.rule.action !== 'remind' }));
    if (texts.length === 0) return;
    entry.texts.set(agent, [...(entry.texts.get(agent) ?? []), ...texts].slice(-MOST_TEXTS));
  }

  #save(entry: Entry): void {
    this.#world.saved.write(entry.key, () => entry.state.save());
  }

  #entry(session: BehaviorSession): Entry {
    const known = this.#sessions.get(session.id);
    if (known !== undefined) return known;
    const saved = this.#world.saved.read(session.key);
    const state = new SessionState(saved);
    if (this.#world.tellers.has(session.client)) state.listen();
    const entry: Entry = {
      key: session.key,
      app: session.app,
      state,
      texts: new Map(),
      calls: new Map(),
      message: { id: '', text: '' },
    };
    this.#sessions.set(session.id, entry);
    if (this.#sessions.size > MOST_SESSIONS) {
      const oldest = this.#sessions.keys().next();
      if (!oldest.done) this.#sessions.delete(oldest.value);
    }
    return entry;
  }
}

/** A result that is JSON is looked into; other text is text. */
function resultOf(text: string): JsonValue {
  if (!/^\s*[{["]/.test(text)) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
