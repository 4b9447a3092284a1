/** Random policies and calls, from a seed: small enough that rules often meet, and in all the forms they are written in. */

export interface RuleEntry {
  readonly module: string;
  /** Empty: the whole module. */
  readonly actions: readonly string[];
}

export interface PolicyFile {
  /** Null: agents are not told apart. */
  readonly agents: readonly string[] | null;
  readonly modules: readonly string[];
  readonly capabilities: {
    readonly default_policy: 'auto' | 'approve' | 'block';
    readonly max_risk_level: 'low' | 'medium' | 'high' | null;
    readonly max_data_classification: 'public' | 'internal' | 'confidential' | 'restricted' | null;
    readonly grant: readonly RuleEntry[];
    readonly approve: readonly RuleEntry[];
    readonly deny: readonly RuleEntry[];
    readonly hidden: readonly RuleEntry[];
  };
}

export interface Tool {
  readonly risk: 'low' | 'medium' | 'high' | 'unknown';
  readonly permissions: readonly string[];
  readonly label: string;
}

export interface World {
  readonly file: PolicyFile;
  readonly calls: readonly { readonly module: string; readonly action: string; readonly tool: Tool }[];
}

const MODULES = ['alpha', 'beta', 'mcp_one', 'mcp_two', 'mcp'];
const CALLED = ['alpha', 'beta', 'mcp_one', 'mcp_two'];
const ACTIONS = ['read', 'write', 'run'];

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomWorld(random: () => number, calls: number): World {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const some = <T>(items: readonly T[], chance: number): T[] => items.filter(() => random() < chance);
  const entry = (): RuleEntry => ({
    module: pick(MODULES),
    actions: random() < 0.35 ? [] : [...new Set([pick(ACTIONS), pick(ACTIONS)])],
  });
  const entries = (most: number) => Array.from({ length: Math.floor(random() * (most + 1)) }, entry);
  return {
    file: {
      agents: random() < 0.7 ? null : some(MODULES, 0.6),
      modules: some(MODULES, 0.6),
      capabilities: {
        default_policy: pick(['auto', 'approve', 'block']),
        max_risk_level: pick(['low', 'medium', 'high', null]),
        max_data_classification:
          random() < 0.6 ? null : pick(['public', 'internal', 'confidential', 'restricted']),
        grant: entries(4),
        approve: entries(3),
        deny: entries(2),
        hidden: entries(1),
      },
    },
    calls: Array.from({ length: calls }, () => ({
      module: pick(CALLED),
      action: pick(ACTIONS),
      tool: {
        risk: random() < 0.05 ? 'unknown' : pick(['low', 'medium', 'high'] as const),
        permissions: random() < 0.5 ? [] : ['some.permission'],
        label: pick(['public', 'internal', 'confidential', 'restricted']),
      },
    })),
  };
}

/** The file as a person would write it, in one of the forms that mean the same. */
export function fileText({ agents, modules, capabilities }: PolicyFile, random: () => number): string {
  const written = ({ module, actions }: RuleEntry): unknown => {
    const [first] = actions;
    const name = random() < 0.2 ? module.toUpperCase() : module;
    if (actions.length === 0) return random() < 0.5 ? name : { module: name };
    if (actions.length === 1 && random() < 0.5) return `${name}.${first}`;
    return random() < 0.5 ? { module: name, actions } : { module: name, tools: actions };
  };
  const { hidden, grant, approve, deny, max_risk_level, max_data_classification, default_policy } =
    capabilities;
  return JSON.stringify({
    ...(agents === null ? {} : { agents: [{ id: 'main', modules: agents }] }),
    tools: {
      modules: Object.fromEntries(modules.map((name) => [name, {}])),
      capabilities: {
        default_policy,
        ...(max_risk_level === null ? {} : { max_risk_level }),
        ...(max_data_classification === null ? {} : { max_data_classification }),
        grant: grant.map(written),
        approve: approve.map(written),
        deny: deny.map(written),
        hidden_modules: hidden.filter(({ actions }) => actions.length === 0).map(({ module }) => module),
        hidden_actions: hidden.filter(({ actions }) => actions.length > 0).map(written),
      },
    },
  });
}
