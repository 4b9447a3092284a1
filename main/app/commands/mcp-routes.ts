/** `gatehouse mcp import` and `mcp export`: a client's own entries, through Gatehouse and back. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AgentPlan } from '../../../preload/contract.ts';
import { printable } from './approvals.ts';
import {
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
} from './command.ts';
import { carryOut } from './planned-change.ts';

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
  const place = `${client}${project === null ? '' : ` --project ${project}`}`;
  return carryOut(request, parts, {
    plan,
    yes: values.yes === true,
    act:
      change === 'connect'
        ? `registering the MCP servers of ${printable(client)}`
        : // Exporting takes a gate away: with a PIN it needs the person.
          parts.presence.isSet()
          ? `routing the MCP servers of ${printable(client)} past Gatehouse`
          : null,
    apply: () => parts.routes.apply(client, project, plan),
    said:
      change === 'connect'
        ? `Routed through Gatehouse. Undo it: ${parts.program} mcp export ${place}`
        : 'Put back.',
  });
}
