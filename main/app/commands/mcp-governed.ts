/** `gatehouse mcp add --tools` and `mcp remove --tools`: the governed tools in a client's file, and who has them. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AgentPlan } from '../../../preload/contract.ts';
import { sessionView, toolsProblem } from '../tool-handlers.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
} from './command.ts';
import { carryOut } from './planned-change.ts';

const VERBS = { connect: 'add', disconnect: 'remove' } as const;

export async function changeTools(
  request: CommandRequest,
  parts: CommandParts,
  change: AgentPlan['change'],
): Promise<CommandAnswer> {
  const verb = VERBS[change];
  const { values, positionals } = parseArgs({
    args: request.argv.slice(2),
    allowPositionals: true,
    options: { tools: { type: 'boolean' }, project: { type: 'string' }, yes: { type: 'boolean' } },
  });
  const [client, ...more] = positionals;
  if (more.length > 0 || (client === undefined && (change === 'disconnect' || values.project !== undefined)))
    return failed(`mcp ${verb} --tools: one client is needed; hint: ${parts.program} mcp --help`, 2);
  if (change === 'connect') needsRunning(parts);
  // It changes nothing: the entry is printed for a client that is not known here.
  if (client === undefined)
    return answer(
      `In the client it stands as:\n${JSON.stringify({ gatehouse: await needsRunning(parts).mcp.toolsEntry() }, null, 2)}`,
    );
  const project = values.project === undefined ? null : resolve(request.cwd, values.project);
  const plan = await parts.routes.planTools(client, project, change);
  const place = `${client}${project === null ? '' : ` --project ${project}`}`;
  return carryOut(request, parts, {
    plan,
    yes: values.yes === true,
    act:
      change === 'connect'
        ? `giving ${printable(client)} the governed tools`
        : // Taking them out leaves the client with its own tools: with a PIN it needs the person.
          parts.presence.isSet()
          ? `taking the governed tools from ${printable(client)}`
          : null,
    apply: () => parts.routes.applyTools(client, project, plan),
    said:
      change === 'connect'
        ? `On, from its next session. Undo it: ${parts.program} mcp remove --tools ${place}`
        : 'Off, from its next session.',
  });
}

/** In which clients they are, and who has them now; nothing where they are not used. */
export async function governedLines(parts: CommandParts): Promise<readonly string[]> {
  const clients = (await parts.routes.toolClients()).filter(({ on }) => on);
  const sessions = needsRunning(parts).mcp.toolSessions();
  if (clients.length === 0 && sessions.length === 0) return [];
  const problem = toolsProblem();
  return [
    `Governed tools: ${clients.length === 0 ? 'in no client’s file' : `on for ${clients.map(({ name, file }) => `${name} (${printable(file)})`).join(', ')}`}`,
    ...(problem === null ? [] : [`  ! ${problem}`]),
    ...sessions.map((session) => {
      const { client, folder, calls, enforced, lacking, copy } = sessionView(session, parts.home);
      const missing = lacking.length === 0 ? '' : `; not enforced: ${lacking.join('; ')}`;
      return printable(
        `  ${client} in ${folder}: ${calls} ${calls === 1 ? 'call' : 'calls'}, ${enforced ?? 'no worker yet'}${copy ? ', on a copy' : ''}${missing}`,
      );
    }),
  ];
}
