/**
 * A policy file in Cedar's language, written from the file's own words and not from what our compiler made of them,
 * so that both readings are independent. Two questions are asked of Cedar: may the call run at all, with or without a
 * person's yes (`run`), and may it run without one (`silent`).
 */
import type { PolicyFile, RuleEntry, World } from './random-policy.ts';

const RANK = { low: 0, medium: 1, high: 2 } as const;
const LABELS = ['public', 'internal', 'confidential', 'restricted'];

/** Cedar's text for a file, in which every gate is a forbid. */
export function cedarText(file: PolicyFile): string {
  const { capabilities, modules, agents } = file;
  const named = [...capabilities.grant, ...capabilities.approve].filter(({ actions }) => actions.length > 0);
  const lifted = named.length === 0 ? 'false' : named.map(covers).join(' || ');
  const any = (entries: readonly RuleEntry[]) =>
    entries.length === 0 ? 'false' : entries.map(covers).join(' || ');
  const cap = RANK[capabilities.max_risk_level ?? 'medium'];
  const rules = [
    // Gate 1: module and hidden.
    agents === null
      ? ''
      : `forbid(principal, action, resource) unless { ${agents.length === 0 ? 'false' : agents.map(inFamily).join(' || ')} };`,
    `forbid(principal, action, resource) when { ${any(capabilities.hidden)} };`,
    // Gate 2: risk, lifted by an entry that names the action; what is unknown is never lifted.
    `forbid(principal, action, resource) when { resource.risk > ${cap} } unless { ${lifted} };`,
    'forbid(principal, action, resource) when { resource.risk > 2 };',
    // Gate 3: permissions come with the module, or with an entry that names the action.
    `forbid(principal, action, resource) when { resource.needs } unless { ${modules.length === 0 ? 'false' : modules.map(inFamily).join(' || ')} } unless { ${lifted} };`,
    // Gate 4.
    `forbid(principal, action, resource) when { ${any(capabilities.deny)} };`,
    `forbid(principal, action == Action::"silent", resource) when { ${any(capabilities.approve)} };`,
    `permit(principal, action, resource) when { ${any(capabilities.grant)} };`,
    `permit(principal, action == Action::"run", resource) when { ${any(capabilities.approve)} };`,
    capabilities.default_policy === 'auto' ? 'permit(principal, action, resource);' : '',
    capabilities.default_policy === 'approve' ? 'permit(principal, action == Action::"run", resource);' : '',
    // Gate 5: the label of the action.
    capabilities.max_data_classification === null
      ? ''
      : `forbid(principal, action, resource) when { resource.label > ${LABELS.indexOf(capabilities.max_data_classification)} };`,
  ];
  return rules.filter((rule) => rule !== '').join('\n');
}

/** An entry for `mcp` covers every server, one for a server only itself. */
function covers({ module, actions }: RuleEntry): string {
  const names = actions.map((action) => JSON.stringify(action)).join(', ');
  return `(${inFamily(module)}${actions.length === 0 ? '' : ` && [${names}].contains(resource.action)`})`;
}

function inFamily(module: string): string {
  return `resource.families.contains(${JSON.stringify(module)})`;
}

/** The attributes of a call's tool. */
export function cedarResource({ module, action, tool }: World['calls'][number]): Record<string, unknown> {
  return {
    module,
    action,
    families: module.startsWith('mcp_') ? [module, 'mcp'] : [module],
    risk: tool.risk === 'unknown' ? 3 : RANK[tool.risk],
    needs: tool.permissions.length > 0,
    label: LABELS.indexOf(tool.label),
  };
}
