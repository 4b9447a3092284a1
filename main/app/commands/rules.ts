/** `gatehouse rules …`: the remembered answers. Taking one back needs nobody. */
import { parseArgs } from 'node:util';
import type { RuleView } from '../../../preload/contract.ts';
import { printable } from './approvals.ts';
import { answer, type Command, failed, needsRunning } from './command.ts';

export const rules: Command = {
  usage: ['rules list [--json]', 'rules withdraw ID'],
  what: 'Shows the answers that are remembered, with how often and when they were used, and takes one back.',
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const [verb, id] = positionals;
    const { remember } = needsRunning(parts);
    if (verb === 'withdraw' && id !== undefined) {
      await remember.withdraw([id], 'terminal');
      return answer('Taken back. The next such call is asked about.');
    }
    if (verb !== 'list' || id !== undefined)
      return failed(`rules: one of list, withdraw ID is needed; hint: ${parts.program} rules --help`, 2);
    const all = remember.rules();
    if (values.json ?? false) return answer(JSON.stringify(all, null, 2));
    return answer(all.length === 0 ? 'Nothing is remembered.' : all.map(lineOf).join('\n'));
  },
};

function lineOf(rule: RuleView): string {
  const where =
    rule.scope === 'always'
      ? 'in every project'
      : rule.scope === 'project'
        ? `in ${rule.app?.name ?? ''}`
        : `in the session ${rule.session ?? ''}`;
  const until =
    rule.endsAt !== null
      ? `until ${new Date(rule.endsAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
      : rule.scope === 'session'
        ? 'until it ends'
        : 'until you take it back';
  const used =
    rule.lastUsedAt === null
      ? 'never used'
      : `used ${rule.hits} ${rule.hits === 1 ? 'time' : 'times'}, last ${new Date(rule.lastUsedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const shadowed = rule.shadowedBy === null ? '' : `; covered by ${printable(rule.shadowedBy.sentence)}`;
  return `${rule.id}  ${rule.client.name}: ${printable(rule.sentence)}\n    ${printable(where)}, ${until}; ${used}${shadowed}`;
}
