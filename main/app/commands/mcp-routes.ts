/** `gatehouse mcp import` and `mcp export`: a client's own entries, through Gatehouse and back. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AgentPlan } from '../../../preload/contract.ts';
import { confirm, planText } from './agents.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';

const VERBS = { connect: 'import', disconnect: 'export' } as const;

export async function changeRoutes(
  request: CommandRequest,
  parts: CommandParts,
  change: AgentPlan['change'],
): Promise<CommandAnswer> {
  const verb = VERBS[change];
  const { values, positionals } = parseArgs({
    args: request.argv.slice(2),
    allowPositionals: true,
    options: { project: { type: 'string' }, yes: { type: 'boolean' } },
  });
  const [client, ...more] = positionals;
  if (client === undefined || more.length > 0)
    return failed(`mcp ${verb}: one client is needed; hint: ${parts.program} mcp --help`, 2);
  if (change === 'connect') needsRunning(parts);
  const project = values.project === undefined ? null : resolve(request.cwd, values.project);
  const plan = await parts.routes.plan(client, project, change);
  const shown = planText(plan);
  if (plan.done) return answer(shown);
  if (values.yes !== true) await confirm(request, shown);
  // Importing registers servers; exporting takes a gate away: with a PIN it needs the person.
  if (change === 'connect' || parts.presence.isSet())
    await requirePresence(
      change === 'connect'
        ? `registering the MCP servers of ${printable(client)}`
        : `routing the MCP servers of ${printable(client)} past Gatehouse`,
      request,
      parts,
    );
  await parts.routes.apply(client, project, plan);
  const said =
    change === 'connect'
      ? `Routed through Gatehouse. Undo it: ${parts.program} mcp export ${client}${project === null ? '' : ` --project ${project}`}`
      : 'Put back.';
  return answer(values.yes === true ? `${shown}\n${said}` : said);
}
