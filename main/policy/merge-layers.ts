/**
 * Several policy files to the one that decides: managed, then the person's, then the project's.
 *
 * Every layer can forbid: deny, approve and hidden entries of all of them hold, and of caps, rates and defaults the
 * strictest that is written. What widens comes from trusted layers only: grants, modules, and whatever a layer says
 * without being trusted is read as far as it tightens. Its words are left out: they would reach the agent.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../platform/canonical-json.ts';
import type { LayerInfo, PolicyLayer } from './layer.ts';
import { mergeBehaviors } from './merge-behaviors.ts';
import { mergeSandboxes } from './merge-sandboxes.ts';
import {
  type Capabilities,
  type CompiledPolicy,
  type ContentLayer,
  type DataClass,
  DEFAULT_APPROVAL_TIMEOUT,
  DEFAULT_MAX_RISK,
  type DefaultPolicy,
  type Entry,
  liftingTable,
  type ModulePolicy,
  RateLimits,
  type RiskCap,
  RuleTable,
  type Setting,
} from './policy.ts';

const DEFAULTS: readonly DefaultPolicy[] = ['auto', 'approve', 'block'];
/** Strictest last. */
const CAPS: readonly RiskCap[] = ['high', 'medium', 'low'];
const CEILINGS: readonly (DataClass | null)[] = [null, 'restricted', 'confidential', 'internal', 'public'];

/** Null when there is no layer: then nothing is in force. A single trusted layer is its own policy, as it is. */
export function mergeLayers(layers: readonly PolicyLayer[]): CompiledPolicy | null {
  const [first] = layers;
  if (first === undefined) return null;
  if (layers.length === 1 && first.trusted && first.name === 'user') return first.policy;
  const trusted = layers.filter((layer) => layer.trusted);
  const infos = Object.freeze(layers.map(infoOf));
  const policies = trusted.map(({ policy }) => policy);
  const base = policies[0] ?? first.policy;
  return Object.freeze({
    hash: createHash('sha256')
      .update(JSON.stringify(infos.map(({ name, hash, trusted: is }) => [name, hash, is])))
      .digest('hex'),
    file: (layers.find(({ name }) => name === 'user') ?? first).policy.file,
    app: policies.findLast(({ app }) => app !== null)?.app ?? null,
    agents: base.agents,
    agentLists: Object.freeze(policies.flatMap(({ agentLists }) => agentLists)),
    modules: mergeModules(layers),
    capabilities: mergeCapabilities(layers),
    observeLayers: Object.freeze(
      layers.flatMap(({ name, policy }) =>
        policy.observeLayers.map(({ setting }) => Object.freeze({ layer: name, setting })),
      ),
    ),
    // With no trusted layer nothing is in force at all; see mergeCapabilities.
    behavior:
      mergeBehaviors(
        layers.flatMap(({ trusted: is, rulesHold = false, policy }) => (is || rulesHold ? [policy] : [])),
      ) ?? base.behavior,
    sandbox: mergeSandboxes(layers),
    credentials: mergeCredentials(policies),
    serverAuth: mergeServerAuth(policies),
    catalog: base.catalog,
    layers: infos,
    unenforced: Object.freeze([...new Set(policies.flatMap(({ unenforced }) => unenforced))]),
    kept: Object.freeze(
      Object.assign({}, ...policies.toReversed().map(({ kept }) => kept)) as Record<string, JsonObject>,
    ),
  });
}

function infoOf({ name, policy, trusted }: PolicyLayer): LayerInfo {
  return Object.freeze({ name, file: policy.file, hash: policy.hash, trusted });
}

interface CapabilityLayer {
  readonly rules: Capabilities;
  readonly trusted: boolean;
}

function mergeCapabilities(layers: readonly PolicyLayer[]): Capabilities | null {
  const all = layers.flatMap(({ policy, trusted }): CapabilityLayer[] =>
    policy.capabilities === null ? [] : [{ rules: policy.capabilities, trusted }],
  );
  // A project nobody has trusted is no ground to let anything through.
  if (!all.some(({ trusted }) => trusted)) return null;
  const trusted = all.filter((layer) => layer.trusted);
  const grant = numbered(trusted.flatMap(({ rules }) => rules.grant.entries));
  const approve = numbered(all.flatMap(({ rules, trusted: is }) => entriesOf(rules.approve, is)));
  const lifting = trusted.map(({ rules }) => rules.lifting);
  return Object.freeze({
    defaultPolicy: strictest(all, (rules) => rules.defaultPolicy, DEFAULTS, 'approve'),
    maxRisk: strictest(all, (rules) => rules.maxRisk, CAPS, DEFAULT_MAX_RISK),
    maxClass: strictest(all, (rules) => rules.maxClass, CEILINGS, null),
    content: Object.freeze(all.flatMap(contentOf)),
    ...timeoutOf(all),
    grant: new RuleTable(grant),
    approve: new RuleTable(approve),
    deny: new RuleTable(numbered(all.flatMap(({ rules, trusted: is }) => entriesOf(rules.deny, is)))),
    hidden: new RuleTable(numbered(all.flatMap(({ rules, trusted: is }) => entriesOf(rules.hidden, is)))),
    lifting: liftingTable(lifting.map(({ entries }) => entries)),
    rateLimits: RateLimits.all(all.map(({ rules }) => rules.rateLimits)),
  });
}

/** The words of a file nobody has trusted are its writer's, and would reach the agent. */
function entriesOf(table: RuleTable, trusted: boolean): readonly Entry[] {
  return trusted ? table.entries : table.entries.map((entry) => Object.freeze({ ...entry, reason: null }));
}

function numbered(entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry, index) => Object.freeze({ ...entry, index }));
}

/**
 * The strictest value that a trusted layer writes, or the default where none does; an untrusted one is heard only
 * when it is stricter than that.
 *
 * @param order strictest last
 */
function strictest<T>(
  layers: readonly CapabilityLayer[],
  of: (rules: Capabilities) => Setting<T>,
  order: readonly T[],
  fallback: T,
): Setting<T> {
  let best: Setting<T> | null = null;
  for (const { rules, trusted } of layers) {
    const own = of(rules);
    if (!trusted || own.rule === null) continue;
    if (best === null || order.indexOf(own.value) > order.indexOf(best.value)) best = own;
  }
  best ??= { value: fallback, rule: null };
  for (const { rules, trusted } of layers) {
    const own = of(rules);
    if (!trusted && own.rule !== null && order.indexOf(own.value) > order.indexOf(best.value)) best = own;
  }
  return Object.freeze(best);
}

function timeoutOf(
  layers: readonly CapabilityLayer[],
): Pick<Capabilities, 'approvalTimeoutSeconds' | 'approvalTimeoutRule'> {
  let seconds: number | null = null;
  let rule: Capabilities['approvalTimeoutRule'] = null;
  for (const wanted of [true, false])
    for (const { rules, trusted } of layers) {
      if (trusted !== wanted || rules.approvalTimeoutRule === null) continue;
      const most = seconds ?? (trusted ? Number.POSITIVE_INFINITY : DEFAULT_APPROVAL_TIMEOUT);
      if (rules.approvalTimeoutSeconds < most)
        [seconds, rule] = [rules.approvalTimeoutSeconds, rules.approvalTimeoutRule];
    }
  return { approvalTimeoutSeconds: seconds ?? DEFAULT_APPROVAL_TIMEOUT, approvalTimeoutRule: rule };
}

/** What is not trusted may only add: an `allow` in it would lift its own ceiling at most, and that is all. */
function contentOf({ rules, trusted }: CapabilityLayer): readonly ContentLayer[] {
  return trusted
    ? rules.content
    : rules.content.map((layer) => Object.freeze({ ...layer, tightensOnly: true }));
}

/** Trusted layers give modules; every layer that names one may narrow the paths it reaches. */
function mergeModules(layers: readonly PolicyLayer[]): ReadonlyMap<string, ModulePolicy> {
  const modules = new Map<string, ModulePolicy>();
  for (const { policy, trusted } of layers) {
    if (!trusted) continue;
    for (const [name, own] of policy.modules) {
      const before = modules.get(name);
      modules.set(
        name,
        before === undefined
          ? own
          : Object.freeze({ ...before, limits: Object.freeze([...before.limits, ...own.limits]) }),
      );
    }
  }
  return modules;
}

function mergeCredentials(policies: readonly CompiledPolicy[]): CompiledPolicy['credentials'] {
  const schemas = policies.flatMap(({ credentials }) => credentials ?? []);
  if (schemas.length === 0) return null;
  const providers = new Map(
    schemas.toReversed().flatMap((schema) => schema.providers.map((provider) => [provider.name, provider])),
  );
  return Object.freeze({
    required: schemas.some(({ required }) => required),
    providers: Object.freeze([...providers.values()]),
  });
}

/** For each server what the highest layer says that says something. */
function mergeServerAuth(policies: readonly CompiledPolicy[]): CompiledPolicy['serverAuth'] {
  const servers = new Map(
    policies.toReversed().flatMap(({ serverAuth }) => serverAuth.map((one) => [one.server, one])),
  );
  return Object.freeze([...servers.values()]);
}
