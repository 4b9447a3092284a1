/**
 * A compiled policy: immutable, and indexed so that a decision costs the same for ten rules and for ten thousand.
 *
 * All names in it are canonical. Tables answer with the first entry of the file that matches.
 */
import type { JsonObject } from '../platform/canonical-json.ts';
import type { BehaviorPolicy } from './behavior/behavior-policy.ts';
import { familyOf } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import type { Condition } from './conditions/condition.ts';
import type { ContentPolicy } from './content-policy.ts';
import type { CredentialsSchema } from './credentials-schema.ts';
import type { LayerInfo } from './layer.ts';
import type { ObserveLayer } from './observe.ts';
import type { RuleRef } from './rule-ref.ts';
import type { SandboxPolicy } from './sandbox-policy.ts';
import type { ServerAuth } from './server-auth.ts';

export type DefaultPolicy = 'auto' | 'approve' | 'block';
export type RiskCap = 'low' | 'medium' | 'high';
export type DataClass = 'public' | 'internal' | 'confidential' | 'restricted';

/** One entry of grant, approve, deny or the hidden lists. */
export interface Entry {
  readonly module: string;
  /** Null: every action of the module. */
  readonly actions: readonly string[] | null;
  /** Of a grant: without it the entry is not there, for every gate. Null: always. */
  readonly when: Condition | null;
  /** The file's own words; null when it has none. */
  readonly reason: string | null;
  readonly rule: RuleRef;
  /** Position in its list. */
  readonly index: number;
}

/** Whether an entry's condition holds for the call that is asked about. */
export type Holds = (entry: Entry) => boolean;

/** For where there is no call to ask about: an entry with a condition is not there. */
export const NO_CONDITION_HOLDS: Holds = () => false;

interface Bucket {
  readonly whole: Entry[];
  readonly actions: Map<string, Entry[]>;
}

/** The entries of one list. */
export class RuleTable {
  readonly entries: readonly Entry[];
  /** Some entry has a condition. */
  readonly conditional: boolean;
  readonly #modules = new Map<string, Bucket>();

  constructor(entries: readonly Entry[]) {
    this.entries = Object.freeze([...entries]);
    this.conditional = entries.some(({ when }) => when !== null);
    for (const entry of entries) {
      const bucket = this.#modules.get(entry.module) ?? { whole: [], actions: new Map<string, Entry[]>() };
      this.#modules.set(entry.module, bucket);
      if (entry.actions === null) append(bucket.whole, entry);
      else
        for (const action of entry.actions) {
          const named = bucket.actions.get(action) ?? [];
          bucket.actions.set(action, named);
          append(named, entry);
        }
    }
    Object.freeze(this);
  }

  /** The first entry that covers the action, by its name or with its whole module. */
  find(module: string, action: string, holds: Holds = NO_CONDITION_HOLDS): Entry | null {
    const own = this.#inBucket(module, action, true, holds);
    const family = familyOf(module);
    return family === null ? own : first(own, this.#inBucket(family, action, true, holds));
  }

  /** The first entry that names this very action. */
  findNamed(module: string, action: string, holds: Holds = NO_CONDITION_HOLDS): Entry | null {
    const own = this.#inBucket(module, action, false, holds);
    const family = familyOf(module);
    return family === null ? own : first(own, this.#inBucket(family, action, false, holds));
  }

  /** The first entry that covers all of a module, by its own or its family's name. */
  findWhole(module: string): Entry | null {
    const own = pick(this.#modules.get(module)?.whole, NO_CONDITION_HOLDS);
    const family = familyOf(module);
    return family === null ? own : first(own, pick(this.#modules.get(family)?.whole, NO_CONDITION_HOLDS));
  }

  #inBucket(module: string, action: string, withWhole: boolean, holds: Holds): Entry | null {
    const bucket = this.#modules.get(module);
    if (bucket === undefined) return null;
    const named = pick(bucket.actions.get(action), holds);
    return withWhole ? first(named, pick(bucket.whole, holds)) : named;
  }
}

/** What stands after an entry without a condition is never reached. */
function append(list: Entry[], entry: Entry): void {
  if (list.length === 0 || list.at(-1)?.when !== null) list.push(entry);
}

function pick(list: readonly Entry[] | undefined, holds: Holds): Entry | null {
  if (list === undefined) return null;
  for (const entry of list) if (entry.when === null || holds(entry)) return entry;
  return null;
}

/** The table of entries that lift: all grants first, then all approve entries, as they are looked up. */
export function liftingTable(lists: readonly (readonly Entry[])[]): RuleTable {
  return new RuleTable(
    lists
      .flat()
      .filter((entry) => entry.actions !== null)
      .map((entry, index) => Object.freeze({ ...entry, index })),
  );
}

function first(a: Entry | null, b: Entry | null): Entry | null {
  if (a === null) return b;
  if (b === null) return a;
  return a.index <= b.index ? a : b;
}

/** A limit that applies to a call. Windows are kept per `key`. */
export interface RateLimit {
  /** `module`, or `module.action`; unambiguous, because a module's name holds no dot. */
  readonly key: string;
  /** Calls in 60 seconds, at least 1. */
  readonly limit: number;
  readonly rule: RuleRef;
}

export interface RateRow {
  /** Null for `*`, the default of every action without a row of its own. */
  readonly module: string | null;
  readonly action: string | null;
  /** 0 lifts the limit. */
  readonly limit: number;
  readonly rule: RuleRef;
}

const NO_LIMITS: readonly RateLimit[] = Object.freeze([]);

export class RateLimits {
  readonly rows: readonly RateRow[];
  readonly #modules = new Map<string, RateRow>();
  readonly #actions = new Map<string, Map<string, RateRow>>();
  readonly #default: RateRow | null;
  /** Limits of further layers; all of them hold. */
  readonly #others: readonly RateLimits[];

  constructor(rows: readonly RateRow[], others: readonly RateLimits[] = []) {
    this.rows = Object.freeze([...rows, ...others.flatMap((other) => other.rows)]);
    this.#others = others;
    let fallback: RateRow | null = null;
    for (const row of rows) {
      if (row.module === null) fallback = row;
      else if (row.action === null) this.#modules.set(row.module, row);
      else {
        const actions = this.#actions.get(row.module) ?? new Map<string, RateRow>();
        this.#actions.set(row.module, actions.set(row.action, row));
      }
    }
    this.#default = fallback;
    Object.freeze(this);
  }

  /** The limits of several layers, of which each holds by itself. */
  static all(layers: readonly RateLimits[]): RateLimits {
    const speaking = layers.filter(({ rows }) => rows.length > 0);
    return speaking.length === 1 && speaking[0] !== undefined ? speaking[0] : new RateLimits([], speaking);
  }

  /** Every limit that a call must hold, the lowest for each key: of its module, its family (all MCP servers together) and its action. */
  of(module: string, action: string): readonly RateLimit[] {
    if (this.rows.length === 0) return NO_LIMITS;
    if (this.#others.length > 0) {
      const lowest = new Map<string, RateLimit>();
      for (const limit of this.#others.flatMap((other) => other.of(module, action))) {
        const before = lowest.get(limit.key);
        if (before === undefined || limit.limit < before.limit) lowest.set(limit.key, limit);
      }
      return [...lowest.values()];
    }
    const limits: RateLimit[] = [];
    const family = familyOf(module);
    for (const name of family === null ? [module] : [module, family]) {
      const row = this.#modules.get(name);
      if (row !== undefined && row.limit > 0) limits.push({ key: name, limit: row.limit, rule: row.rule });
    }
    const own = this.#actions.get(module)?.get(action);
    const shared = own === undefined && family !== null ? this.#actions.get(family)?.get(action) : undefined;
    const row = own ?? shared ?? this.#default;
    if (row !== null && row.limit > 0)
      limits.push({
        key: `${shared === undefined ? module : family}.${action}`,
        limit: row.limit,
        rule: row.rule,
      });
    return limits;
  }
}

/** Which modules and actions an agent may use. */
export class ModuleAccess {
  readonly #modules: ReadonlyMap<string, ReadonlySet<string> | null>;

  /** @param modules the actions of each module; null for all of them */
  constructor(modules: ReadonlyMap<string, ReadonlySet<string> | null>) {
    this.#modules = modules;
    Object.freeze(this);
  }

  allows(module: string, action: string): boolean {
    const family = familyOf(module);
    return this.#has(module, action) || (family !== null && this.#has(family, action));
  }

  get names(): readonly string[] {
    return [...this.#modules.keys()];
  }

  #has(module: string, action: string): boolean {
    const actions = this.#modules.get(module);
    return actions === null || (actions?.has(action) ?? false);
  }
}

export interface AgentPolicy {
  readonly id: string;
  /** Null: no restriction of its own. */
  readonly modules: ModuleAccess | null;
  readonly rule: RuleRef;
}

export interface ModulePolicy {
  readonly name: string;
  readonly rule: RuleRef;
  /** Every limit holds. */
  readonly limits: readonly PathLimit[];
}

/** Paths outside the project that a module's calls may name, as written. */
export interface PathLimit {
  readonly paths: readonly string[];
  readonly rule: RuleRef;
}

/** What one layer says about secrets and personal data: rows by class, and the ceiling for what has no row. */
export interface ContentLayer {
  readonly rules: ContentPolicy;
  readonly ceiling: Setting<DataClass | null>;
  /** Of a file that nobody has trusted: what it allows gives nothing. */
  readonly tightensOnly?: boolean;
}

/** A value with the line it stands in; `rule` is null where the default applies. */
export interface Setting<T> {
  readonly value: T;
  readonly rule: RuleRef | null;
}

export interface Capabilities {
  readonly defaultPolicy: Setting<DefaultPolicy>;
  readonly maxRisk: Setting<RiskCap>;
  /** Null: no ceiling. */
  readonly maxClass: Setting<DataClass | null>;
  /** What is done about secrets and personal data in parameters. */
  readonly content: readonly ContentLayer[];
  readonly approvalTimeoutSeconds: number;
  /** Null where the default applies. */
  readonly approvalTimeoutRule: RuleRef | null;
  readonly grant: RuleTable;
  readonly approve: RuleTable;
  readonly deny: RuleTable;
  /** Entries that lift gates 2 and 3 for the actions they name: grants, then approve entries, of trusted files. */
  readonly lifting: RuleTable;
  /** hidden_modules and hidden_actions together. */
  readonly hidden: RuleTable;
  readonly rateLimits: RateLimits;
}

export interface AppInfo {
  readonly id: string | null;
  readonly name: string | null;
  readonly version: string | null;
}

export interface CompiledPolicy {
  /** Hex SHA-256 of the file's text. */
  readonly hash: string;
  readonly file: string;
  readonly app: AppInfo | null;
  /** By id, as written. Empty: agents are not told apart. */
  readonly agents: ReadonlyMap<string, AgentPolicy>;
  /** The lists of all layers that have one: an agent must be let through by each. */
  readonly agentLists: readonly ReadonlyMap<string, AgentPolicy>[];
  /** Who is observed and not blocked. */
  readonly observeLayers: readonly ObserveLayer[];
  /** What it was merged from, highest first; empty for a single file. */
  readonly layers: readonly LayerInfo[];
  /** `tools.modules`: an agent holds the permissions of these. */
  readonly modules: ReadonlyMap<string, ModulePolicy>;
  /** Null when the file has none: then gate 4 denies everything. */
  readonly capabilities: Capabilities | null;
  /** `security.sandbox`; null when the file has none. */
  readonly sandbox: SandboxPolicy | null;
  /** `security.credentials_schema`; null when the file has none. */
  readonly credentials: CredentialsSchema | null;
  /** Which declared credential a registered server is started with; of trusted files alone. */
  readonly serverAuth: readonly ServerAuth[];
  /** Behaviour rules and what a session keeps for them; without `security.behavior` there are none. */
  readonly behavior: BehaviorPolicy;
  readonly catalog: Catalog;
  /** Sections that are kept but that this version does not enforce, for example `security.sandbox`. */
  readonly unenforced: readonly string[];
  /** What was kept of them, by path. */
  readonly kept: Readonly<Record<string, JsonObject>>;
}

/** Seconds a person has when the file does not say. */
export const DEFAULT_APPROVAL_TIMEOUT = 300;
export const DEFAULT_MAX_RISK: RiskCap = 'medium';
