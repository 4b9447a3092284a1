/** `tools.capabilities`: the rules of gates 1 (hidden), 2, 4, 5 and 6. */
import { isScalar, isSeq } from 'yaml';
import { canonicalName } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import { compileContent } from './compile-content.ts';
import type { ConditionScope } from './conditions/scope.ts';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { compileEntries, knownAction, knownModule } from './entries.ts';
import type { Observe } from './observe.ts';
import {
  type Capabilities,
  DEFAULT_APPROVAL_TIMEOUT,
  DEFAULT_MAX_RISK,
  type Entry,
  liftingTable,
  RateLimits,
  type RateRow,
  RuleTable,
  type Setting,
} from './policy.ts';
import { type Fields, isSet, type Reader } from './reader.ts';

const FIELDS = [
  'default_policy',
  'max_risk_level',
  'max_data_classification',
  'content',
  'rate_limits',
  'grant',
  'approve',
  'deny',
  'hidden_modules',
  'hidden_actions',
  'approval_timeout',
  'observe',
];
export const DEFAULT_POLICIES = ['auto', 'approve', 'block'] as const;
export const RISK_LEVELS = ['low', 'medium', 'high'] as const;
export const DATA_CLASSES = ['public', 'internal', 'confidential', 'restricted'] as const;
const TIMEOUT = { least: 30, most: 3600 } as const;
/** A window keeps one time stamp per call. */
const MOST_CALLS = 100_000;

export interface CapabilityTables {
  readonly grant: readonly Entry[];
  readonly approve: readonly Entry[];
  readonly deny: readonly Entry[];
}

/** Null when the section is not there or is no mapping. */
export function compileCapabilities(
  reader: Reader,
  field: Field | undefined,
  catalog: Catalog,
  scope: ConditionScope,
): { compiled: Capabilities; tables: CapabilityTables; observe: Setting<Observe> } | null {
  if (!isSet(field)) return null;
  const fields = reader.known(field, FIELDS);
  if (fields === null) return null;
  const entries = (key: string, conditions: ConditionScope | null = null): readonly Entry[] =>
    compileEntries(reader, fields.get(key), `capabilities.${key}`, catalog, conditions);
  const tables = { grant: entries('grant', scope), approve: entries('approve'), deny: entries('deny') };
  const hiddenModules = compileHiddenModules(reader, fields.get('hidden_modules'), catalog);
  const hiddenActions = entries('hidden_actions').map((entry) =>
    Object.freeze({ ...entry, index: entry.index + hiddenModules.length }),
  );
  const maxClass = setting(reader, fields, 'max_data_classification', DATA_CLASSES, null, (text) =>
    text.trim().toLowerCase(),
  );
  const compiled: Capabilities = Object.freeze({
    defaultPolicy: setting(reader, fields, 'default_policy', DEFAULT_POLICIES, 'approve'),
    maxRisk: setting(reader, fields, 'max_risk_level', RISK_LEVELS, DEFAULT_MAX_RISK),
    maxClass,
    content: Object.freeze([
      Object.freeze({ rules: compileContent(reader, fields.get('content'), catalog), ceiling: maxClass }),
    ]),
    ...approvalTimeout(reader, fields.get('approval_timeout')),
    grant: new RuleTable(tables.grant),
    approve: new RuleTable(tables.approve),
    deny: new RuleTable(tables.deny),
    lifting: liftingTable([tables.grant, tables.approve]),
    hidden: new RuleTable([...hiddenModules, ...hiddenActions]),
    rateLimits: new RateLimits(compileRates(reader, fields.get('rate_limits'), catalog)),
  });
  return { compiled, tables, observe: compileObserve(reader, fields.get('observe')) };
}

function setting<T extends string, D extends T | null>(
  reader: Reader,
  fields: Fields,
  key: string,
  allowed: readonly T[],
  fallback: D,
  normalise?: (text: string) => string,
): Setting<T | D> {
  const field = fields.get(key);
  const value = field === undefined ? null : reader.choice(field, allowed, normalise);
  if (field === undefined || value === null) return Object.freeze({ value: fallback, rule: null });
  return Object.freeze({ value, rule: reader.problems.ref(field, key) });
}

/** `true`, `false`, or a list of clients and agents. */
function compileObserve(reader: Reader, field: Field | undefined): Setting<Observe> {
  if (!isSet(field)) return Object.freeze({ value: null, rule: null });
  const rule = reader.problems.ref(field, 'capabilities.observe');
  if (isSeq(field.node)) {
    const names = (reader.texts(field) ?? []).map(({ value }) => value.trim());
    return Object.freeze({ value: Object.freeze(names), rule });
  }
  const value = isScalar(field.node) ? field.node.value : undefined;
  if (typeof value === 'boolean') return Object.freeze({ value, rule });
  reader.problems.error(field, 'must be true, false, or a list of agents, for example [codex]');
  return Object.freeze({ value: null, rule: null });
}

function approvalTimeout(
  reader: Reader,
  field: Field | undefined,
): Pick<Capabilities, 'approvalTimeoutSeconds' | 'approvalTimeoutRule'> {
  const seconds = field === undefined ? null : reader.integer(field);
  if (field === undefined || seconds === null || seconds === 0)
    return { approvalTimeoutSeconds: DEFAULT_APPROVAL_TIMEOUT, approvalTimeoutRule: null };
  if (seconds < TIMEOUT.least || seconds > TIMEOUT.most) {
    reader.problems.error(
      field,
      `approval_timeout must be in [${TIMEOUT.least}, ${TIMEOUT.most}] (got ${seconds})`,
    );
  }
  return {
    approvalTimeoutSeconds: seconds,
    approvalTimeoutRule: reader.problems.ref(field, 'approval_timeout'),
  };
}

function compileHiddenModules(reader: Reader, field: Field | undefined, catalog: Catalog): readonly Entry[] {
  if (field === undefined) return [];
  return (reader.texts(field) ?? []).flatMap(({ value, field: at }, index) => {
    const { module, action } = canonicalName(value);
    if (action !== '') {
      reader.problems.error(at, `${quoted(value)} names an action; hide it with hidden_actions`);
      return [];
    }
    if (!knownModule(reader, module, at, catalog)) return [];
    return [
      Object.freeze({
        module,
        actions: null,
        when: null,
        reason: null,
        rule: reader.problems.ref(at, `capabilities.hidden_modules[${index}]`),
        index,
      }),
    ];
  });
}

function compileRates(reader: Reader, field: Field | undefined, catalog: Catalog): readonly RateRow[] {
  if (field === undefined) return [];
  const seen = new Set<string>();
  return [...(reader.members(field) ?? [])].flatMap(([key, value]) => {
    const { module, action } = canonicalName(key);
    const everything = key.trim() === '*';
    const place = { ...value, node: value.keyNode };
    if (!everything && !knownModule(reader, module, place, catalog)) return [];
    if (!everything && action !== '' && !knownAction(reader, module, action, place, catalog)) return [];
    const name = `${module}.${action}`;
    if (seen.has(name)) {
      reader.problems.error(place, `${quoted(key)} is limited twice; keep one`);
      return [];
    }
    seen.add(name);
    if (!isSet(value)) {
      reader.problems.error(place, 'expected calls a minute, a whole number; 0 lifts the limit');
      return [];
    }
    const limit = reader.integer(value);
    if (limit === null) return [];
    if (limit < 0 || limit > MOST_CALLS) {
      reader.problems.error(
        value,
        `rate limit must be >= 0 and at most ${MOST_CALLS} calls a minute (got ${limit}); 0 lifts the limit`,
      );
      return [];
    }
    const rule = reader.problems.ref(value, `rate_limits[${JSON.stringify(everything ? '*' : key)}]`);
    return [
      Object.freeze({
        module: everything ? null : module,
        action: everything || action === '' ? null : action,
        limit,
        rule,
      }),
    ];
  });
}
