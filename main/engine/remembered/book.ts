/**
 * The remembered answers in force.
 *
 * A rule that outlives its session is in the store and, before it takes effect, on the log with a digest of all of
 * it. At the start a stored rule counts only when the log, which is chained and signed, says that it was made just
 * so and has not ended since: what somebody writes into the store gives nothing. Rules of one session live in
 * memory and end with it.
 */
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { AnswerVia } from '../approvals/approval.ts';
import type { LogPort } from '../ports.ts';
import { type Covered, concerns, coveringShapes, coversExactly } from './covers.ts';
import { type RememberedRule, type RuleScope, type RuleShape, type RuleUse, ruleDigest } from './rule.ts';

/** What the book needs of the store. Synchronous: when it returns, it is on disk. */
export interface RuleStore {
  list(): readonly StoredRule[];
  insert(row: StoredRule): void;
  used(uses: readonly { readonly id: string; readonly hits: number; readonly lastUsed: number }[]): void;
  remove(id: string): void;
}

export interface StoredRule {
  readonly id: string;
  /** The rule as JSON. */
  readonly rule: string;
  /** Where the row stands that says it was made. */
  readonly madeSeq: number;
  readonly hits: number;
  readonly lastUsed: number | null;
}

/** What the log says of rules: rows of the type `rule.changed`. */
export interface RuleHistory {
  readonly seq: number;
  readonly rule: string;
  readonly change: 'made' | RuleEnd;
  readonly digest: string;
}

export type RuleEnd = 'withdrawn' | 'expired' | 'merged' | 'session_ended';

/** Rules that outlive a session, at most: a person makes fewer, a defect might make more. */
const MOST_RULES = 2000;
const MOST_OF_SESSION = 1000;
/** A rule from the future was made by a clock that was wrong: it holds again once its time has come. */
const CLOCK_SLACK_MICROS = 60_000_000;

export interface RuleDraft {
  readonly scope: RuleScope;
  readonly client: string;
  readonly module: string;
  readonly action: string;
  readonly app: string;
  readonly session: string;
  readonly sandboxed: boolean;
  readonly shape: RuleShape;
  readonly sentence: string;
  /** Milliseconds from now; null: until it is taken back, or the session ends. */
  readonly forMs: number | null;
  readonly via: AnswerVia;
  readonly callId: string | null;
}

interface Kept extends RuleUse {
  readonly rule: RememberedRule;
}

interface Owed {
  readonly rule: RememberedRule;
  readonly change: RuleEnd;
  readonly via: AnswerVia | null;
  readonly why: string;
}

export class RuleBook {
  readonly #clock: Clock;
  readonly #log: LogPort;
  readonly #store: RuleStore;
  readonly #rules = new Map<string, Kept>();
  readonly #exact = new Map<string, Set<string>>();
  readonly #byAction = new Map<string, Set<string>>();
  readonly #unsaved = new Set<string>();
  /** Ends that are still to be written: without their row the log would vouch for the rule again. */
  readonly #owed = new Map<string, Owed>();
  readonly #listeners = new Set<() => void>();

  constructor(options: { readonly clock: Clock; readonly log: LogPort; readonly store: RuleStore }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#store = options.store;
  }

  /**
   * Takes the stored rules in that the log vouches for.
   *
   * @param history every `rule.changed` row, oldest first
   * @returns ids of stored rules that it does not vouch for; they are removed
   */
  load(history: readonly RuleHistory[]): readonly string[] {
    const made = new Map<string, RuleHistory>();
    for (const row of history) {
      if (row.change === 'made') made.set(row.rule, row);
      else made.delete(row.rule);
    }
    const strange: string[] = [];
    for (const { id, rule: text, madeSeq, hits, lastUsed } of this.#store.list()) {
      const row = made.get(id);
      const rule = row === undefined || row.seq !== madeSeq ? null : readRule(text, id);
      // Rules of a session are never stored: the log names them too, and says nothing of their end.
      const isOurs = rule !== null && rule.scope !== 'session' && ruleDigest(rule) === row?.digest;
      if (!isOurs) {
        if (!history.some((one) => one.rule === id && one.change !== 'made')) strange.push(id);
        this.#store.remove(id);
      } else this.#put({ rule, hits, lastUsedMicros: lastUsed });
    }
    this.#changed();
    return strange;
  }

  /** The rules in force, newest first. */
  list(): readonly Kept[] {
    return [...this.#rules.values()]
      .filter(({ rule }) => this.#alive(rule))
      .toSorted((a, b) => b.rule.madeMicros - a.rule.madeMicros);
  }

  /** Whether a rule is kept under this name, past its end or not. */
  has(id: string): boolean {
    return this.#rules.has(id);
  }

  get(id: string): RememberedRule | null {
    const kept = this.#rules.get(id);
    return kept !== undefined && this.#alive(kept.rule) ? kept.rule : null;
  }

  /** A rule for this very call, with the files that it runs. */
  exact(fingerprint: string, asked: Omit<Covered, 'analysis'>): RememberedRule | null {
    for (const id of this.#exact.get(fingerprint) ?? []) {
      const rule = this.get(id);
      if (rule !== null && coversExactly(rule, fingerprint, asked)) return rule;
    }
    return null;
  }

  /** Rules that cover a call by what it does; empty when they do not cover all of it. */
  shapes(asked: Omit<Covered, 'analysis'>, analysis: () => Covered['analysis']): readonly RememberedRule[] {
    const rules = [...(this.#byAction.get(key(asked.call.module, asked.call.action)) ?? [])].flatMap(
      (id) => this.get(id) ?? [],
    );
    const near = rules.filter((rule) => concerns(rule, asked));
    return near.length === 0 ? [] : coveringShapes(near, { ...asked, analysis: analysis() });
  }

  /** Counts a use. Written with the next round: nobody waits for it, and the log has the call's own row. */
  used(rules: readonly RememberedRule[]): void {
    for (const { id } of rules) {
      const kept = this.#rules.get(id);
      if (kept === undefined) continue;
      this.#rules.set(id, { ...kept, hits: kept.hits + 1, lastUsedMicros: this.#clock.wallMicros() });
      if (kept.rule.scope !== 'session') this.#unsaved.add(id);
    }
    if (rules.length > 0) this.#changed();
  }

  /**
   * Makes a rule. It is in force when this resolves; it is not when its row could not be written.
   *
   * @throws GatehouseError `too_many_rules`
   */
  async make(draft: RuleDraft): Promise<RememberedRule> {
    const now = this.#clock.wallMicros();
    const { forMs, app, session, ...rest } = draft;
    const rule: RememberedRule = {
      ...rest,
      id: newId('grant'),
      app: draft.scope === 'always' ? null : app,
      session: draft.scope === 'session' ? session : null,
      madeMicros: now,
      endsMicros: forMs === null ? null : now + Math.round(forMs * 1000),
    };
    const known = this.#same(rule);
    if (known !== null) return known;
    this.#makeRoom(rule);
    const { seq } = await this.#append(rule, 'made', draft.via, '');
    if (rule.scope !== 'session')
      this.#store.insert({ id: rule.id, rule: JSON.stringify(rule), madeSeq: seq, hits: 0, lastUsed: null });
    this.#put({ rule, hits: 0, lastUsedMicros: null });
    this.#changed();
    return rule;
  }

  /**
   * Ends a rule. It covers nothing from now on, whether its row can be written or not; a row that cannot is tried
   * again with each sweep.
   *
   * @throws GatehouseError `not_found`
   */
  async end(id: string, change: RuleEnd, via: AnswerVia | null, why = ''): Promise<void> {
    const kept = this.#rules.get(id);
    if (kept === undefined) throw new GatehouseError('not_found', 'nothing is remembered under this name');
    this.#owed.set(id, { rule: kept.rule, change, via, why });
    try {
      this.#drop(kept.rule);
    } finally {
      // The row alone ends it for good, also where the store cannot forget it.
      this.#changed();
      await this.#append(kept.rule, change, via, why);
      this.#owed.delete(id);
    }
  }

  /** The rule that the answer to this call made, while it is in force. */
  madeBy(callId: string): RememberedRule | null {
    for (const { rule } of this.#rules.values()) if (rule.callId === callId && this.#alive(rule)) return rule;
    return null;
  }

  /** Forgets what was remembered for a session. The session's own row says so. */
  endSession(session: string): void {
    for (const { rule } of [...this.#rules.values()]) if (rule.session === session) this.#drop(rule);
    this.#changed();
  }

  /** Ends what is past its time, and writes uses down. Again and again. */
  async sweep(): Promise<void> {
    const uses = [...this.#unsaved].flatMap((id) => {
      const kept = this.#rules.get(id);
      return kept === undefined ? [] : [{ id, hits: kept.hits, lastUsed: kept.lastUsedMicros ?? 0 }];
    });
    this.#unsaved.clear();
    if (uses.length > 0) this.#store.used(uses);
    for (const [id, { rule, change, via, why }] of [...this.#owed]) {
      await this.#append(rule, change, via, why);
      this.#owed.delete(id);
    }
    const now = this.#clock.wallMicros();
    for (const { rule } of [...this.#rules.values()])
      if (rule.endsMicros !== null && rule.endsMicros <= now) await this.end(rule.id, 'expired', null);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #alive({ madeMicros, endsMicros }: RememberedRule): boolean {
    const now = this.#clock.wallMicros();
    return (endsMicros === null || now < endsMicros) && now >= madeMicros - CLOCK_SLACK_MICROS;
  }

  /** The same answer a second time makes no second rule. */
  #same(draft: RememberedRule): RememberedRule | null {
    const twin = (one: RememberedRule) =>
      JSON.stringify([
        one.scope,
        one.client,
        one.module,
        one.action,
        one.app,
        one.session,
        one.sandboxed,
        one.shape,
        one.endsMicros,
      ]);
    if (draft.endsMicros !== null) return null;
    const wanted = twin(draft);
    for (const { rule } of this.#rules.values()) if (this.#alive(rule) && twin(rule) === wanted) return rule;
    return null;
  }

  #makeRoom(rule: RememberedRule): void {
    const mates = [...this.#rules.values()].filter(({ rule: one }) =>
      rule.session === null ? one.session === null : one.session === rule.session,
    );
    if (rule.session === null && mates.length >= MOST_RULES)
      throw new GatehouseError('too_many_rules', `${MOST_RULES} answers are remembered already`, {
        hint: 'withdraw some of them',
      });
    const [oldest] = mates;
    if (rule.session !== null && mates.length >= MOST_OF_SESSION && oldest !== undefined)
      this.#drop(oldest.rule);
  }

  #put(kept: Kept): void {
    const { rule } = kept;
    this.#rules.set(rule.id, kept);
    const { shape } = rule;
    const [index, name] =
      shape.kind === 'exact'
        ? [this.#exact, shape.fingerprint]
        : [this.#byAction, key(rule.module, rule.action)];
    const ids = index.get(name) ?? new Set<string>();
    ids.add(rule.id);
    index.set(name, ids);
  }

  #drop(rule: RememberedRule): void {
    this.#rules.delete(rule.id);
    this.#unsaved.delete(rule.id);
    const { shape } = rule;
    const [index, name] =
      shape.kind === 'exact'
        ? [this.#exact, shape.fingerprint]
        : [this.#byAction, key(rule.module, rule.action)];
    index.get(name)?.delete(rule.id);
    if (rule.scope !== 'session') this.#store.remove(rule.id);
  }

  #append(rule: RememberedRule, change: 'made' | RuleEnd, via: AnswerVia | null, why: string) {
    const { id, shape, session, callId } = rule;
    // One call's answer for its session belongs to the rows of the session, which go after their time.
    if (shape.kind === 'exact' && session !== null && callId !== null)
      return this.#log.append({
        type: 'grant.changed',
        v: 1,
        grant: id,
        change: change === 'made' ? 'made' : change === 'withdrawn' ? 'revoked' : 'ended',
        session,
        fingerprint: shape.fingerprint,
        callId,
      });
    return this.#log.append({
      type: 'rule.changed',
      v: 1,
      rule: id,
      change,
      sentence: rule.sentence,
      scope: rule.scope,
      client: rule.client,
      app: rule.app,
      session,
      endsMicros: rule.endsMicros,
      digest: ruleDigest(rule),
      callId,
      via,
      why,
    });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function key(module: string, action: string): string {
  return `${module}.${action}`;
}

/** Null for what is no rule. That it is one that a person made is told by its digest. */
function readRule(text: string, id: string): RememberedRule | null {
  try {
    const rule = JSON.parse(text) as RememberedRule;
    return rule.id === id && typeof rule.shape === 'object' && rule.shape !== null ? rule : null;
  } catch {
    return null;
  }
}
