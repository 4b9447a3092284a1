/** Compiled behaviour rules: what they are asked about, when they fire, and what they tell the agent. */
import type { Condition } from '../conditions/condition.ts';
import type { DataSource } from '../conditions/data-source.ts';
import type { ToolNames } from '../conditions/tool-names.ts';
import type { RuleRef } from '../rule-ref.ts';
import type { Tracking } from './tracking.ts';

export const MOMENTS = ['pre_tool', 'post_tool', 'on_text'] as const;
export const ACTIONS = ['block', 'warn', 'remind'] as const;
export type Moment = (typeof MOMENTS)[number];
/** `block` stops the call; `warn` and `remind` tell the agent and let it go on. */
export type BehaviorAction = (typeof ACTIONS)[number];

export interface BehaviorRule {
  readonly id: string;
  readonly description: string;
  readonly when: Moment;
  readonly action: BehaviorAction;
  readonly trigger: ToolNames;
  readonly condition: Condition;
  /** A template, see `expandMessage`. */
  readonly message: string;
  /** A person may let one exact call through that it blocks. */
  readonly confirmable: boolean;
  /** After the call: asked also when the call failed. */
  readonly afterFailure: boolean;
  readonly rule: RuleRef;
}

/** Numbers and words of a profile. The words are for a model runtime; they are kept and change nothing here. */
export interface ProfileValues {
  readonly max_blind_reads: number;
  readonly changes_before_test_reminder: number;
  readonly max_sequential_same_tool: number;
  readonly verbosity: string | null;
  readonly autonomy: string | null;
}

/** Tools for which the rules that apply are remembered; names of MCP tools are without end. */
const MOST_REMEMBERED = 512;

export interface BehaviorParts {
  readonly profile: string | null;
  readonly values: ProfileValues;
  readonly rules: readonly BehaviorRule[];
  readonly tracking: Tracking;
  /** What `data_from` conditions follow, of rules and grants alike. */
  readonly sources: readonly DataSource[];
}

export class BehaviorPolicy implements BehaviorParts {
  readonly profile: string | null;
  readonly values: ProfileValues;
  readonly rules: readonly BehaviorRule[];
  readonly tracking: Tracking;
  readonly sources: readonly DataSource[];
  /** Some rule asks what the agent says. */
  readonly needsText: boolean;
  /** Ids, in the order in which they are asked, at each moment. */
  readonly #byMoment: Readonly<Record<Moment, readonly BehaviorRule[]>>;
  readonly #remembered = new Map<string, readonly BehaviorRule[]>();

  constructor(parts: BehaviorParts) {
    this.profile = parts.profile;
    this.values = parts.values;
    this.rules = Object.freeze([...parts.rules]);
    this.tracking = parts.tracking;
    this.sources = Object.freeze([
      ...new Map(parts.sources.map((source) => [source.label, source])).values(),
    ]);
    this.needsText = this.rules.some(({ when, condition }) => when === 'on_text' || condition.needs.text);
    const at = (moment: Moment) => Object.freeze(this.rules.filter(({ when }) => when === moment));
    this.#byMoment = { pre_tool: at('pre_tool'), post_tool: at('post_tool'), on_text: at('on_text') };
    Object.freeze(this);
  }

  /** The rules that are asked about a tool at this moment, in their order. Names are canonical. */
  rulesFor(moment: Moment, module: string, action: string): readonly BehaviorRule[] {
    const all = this.#byMoment[moment];
    if (all.length === 0 || moment === 'on_text') return all;
    const key = `${moment} ${module}.${action}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = Object.freeze(all.filter(({ trigger }) => trigger.match(module, action)));
    if (this.#remembered.size < MOST_REMEMBERED) this.#remembered.set(key, found);
    return found;
  }
}
