/** What trusting a repository's policy file changes, line by line: what it may then give, and what it does already. */
import type { BehaviorRule } from './behavior/behavior-policy.ts';
import type { PolicyLayer } from './layer.ts';
import { mergeLayers } from './merge-layers.ts';
import { oneLine } from './one-line.ts';
import type { Capabilities, CompiledPolicy, Entry } from './policy.ts';

export interface TrustChange {
  /** `widens`: something runs that did not, or runs without a question. `tightens`: holds already. */
  readonly kind: 'widens' | 'tightens';
  readonly line: number;
  readonly text: string;
}

/**
 * @param others what is in force without the file: managed and the person's own layers
 * @param file the file, compiled
 */
export function trustChanges(others: readonly PolicyLayer[], file: CompiledPolicy): readonly TrustChange[] {
  const merged = (trusted: boolean) => mergeLayers([...others, { name: 'project', policy: file, trusted }]);
  const [untrusted, trusted] = [merged(false), merged(true)];
  if (untrusted === null || trusted === null) return [];
  return [...widened(untrusted, trusted, file), ...tightened(file)].sort(
    (a, b) => Number(a.kind === 'tightens') - Number(b.kind === 'tightens') || a.line - b.line,
  );
}

function widened(
  before: CompiledPolicy,
  after: CompiledPolicy,
  file: CompiledPolicy,
): readonly TrustChange[] {
  const changes: TrustChange[] = [];
  const widens = (line: number | undefined, text: string) =>
    changes.push({ kind: 'widens', line: line ?? 1, text });
  for (const entry of file.capabilities?.grant.entries ?? [])
    widens(
      entry.rule.line,
      `Without a question${entry.when === null ? '' : ', under a condition'}: ${namesOf(entry)}`,
    );
  for (const entry of file.capabilities?.approve.entries ?? [])
    if (entry.actions !== null)
      widens(entry.rule.line, `Asked about even above the risk cap: ${namesOf(entry)}`);
  for (const [name, module] of file.modules)
    if (!before.modules.has(name))
      widens(module.rule.line, `The module ${name}, with the permissions of its actions`);
  settingChanges(before.capabilities, after.capabilities, widens);
  for (const agent of file.agents.values())
    widens(
      agent.rule.line,
      `Its list of agents holds: ${agent.id} ${agent.modules === null ? 'as it is' : `uses ${agent.modules.names.join(', ')}`}`,
    );
  behaviorChanges(file, widens);
  if (file.sandbox !== null)
    for (const { path, writable } of file.sandbox.allowPaths)
      widens(1, `Inside the sandbox: ${path}${writable ? ', to write' : ', to read'}`);
  for (const { host, port } of file.sandbox?.networkAllow ?? [])
    widens(1, `From inside the sandbox: ${host}${port === null ? '' : `:${port}`}`);
  for (const { name, scope } of file.credentials?.providers ?? [])
    widens(1, `Asks for the credential ${name} (${scope.replaceAll('_', ' ')})`);
  for (const { server, credential, variable, rule } of file.serverAuth)
    widens(
      rule.line,
      `The server ${server} is started with the credential ${credential} as ${variable ?? 'Authorization'}, after a question in each session`,
    );
  return changes;
}

/** Behaviour rules only stop, but what they say is told to the agent. */
function behaviorChanges(
  { behavior, file }: CompiledPolicy,
  widens: (line: number | undefined, text: string) => void,
): void {
  const isBuiltin = ({ id, rule }: BehaviorRule) => rule.path === `behavior.${id}`;
  const builtin = behavior.rules.filter(isBuiltin);
  const [first] = builtin;
  if (first !== undefined)
    widens(
      first.rule.line,
      `The behaviour rules ${builtin.map(({ id }) => id).join(', ')}${behavior.profile === null ? '' : `, by the profile ${behavior.profile}`}`,
    );
  for (const one of behavior.rules)
    if (!isBuiltin(one)) {
      const place = one.rule.file === file ? '' : ` (${one.rule.file.split(/[\\/]/).slice(-2).join('/')})`;
      widens(one.rule.line, `Told to the agent by the rule ${one.id}${place}: ${oneLine(one.message)}`);
    }
}

function settingChanges(
  before: Capabilities | null,
  after: Capabilities | null,
  widens: (line: number | undefined, text: string) => void,
): void {
  if (before === null || after === null) return;
  for (const [key, name] of [
    ['defaultPolicy', 'default_policy'],
    ['maxRisk', 'max_risk_level'],
    ['maxClass', 'max_data_classification'],
  ] as const)
    if (before[key].value !== after[key].value)
      widens(
        after[key].rule?.line,
        `${name} becomes ${after[key].value ?? 'unlimited'}, now ${before[key].value ?? 'unlimited'}`,
      );
  if (before.approvalTimeoutSeconds !== after.approvalTimeoutSeconds)
    widens(
      after.approvalTimeoutRule?.line,
      `approval_timeout becomes ${after.approvalTimeoutSeconds} s, now ${before.approvalTimeoutSeconds} s`,
    );
}

function tightened(file: CompiledPolicy): readonly TrustChange[] {
  const rules = file.capabilities;
  if (rules === null) return [];
  const lists = [
    [rules.deny, 'Denied'],
    [rules.hidden, 'Hidden'],
    [rules.approve, 'Asked about'],
  ] as const;
  return lists.flatMap(([table, word]) =>
    table.entries.map(
      (entry): TrustChange => ({
        kind: 'tightens',
        line: entry.rule.line,
        text: `${word}: ${namesOf(entry)}`,
      }),
    ),
  );
}

function namesOf({ module, actions }: Entry): string {
  return actions === null
    ? `everything of ${module}`
    : actions.map((action) => `${module}.${action}`).join(', ');
}
