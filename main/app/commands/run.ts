/** Picks the command a request names and turns every fault into one line. */
import { GatehouseError } from '../../platform/errors.ts';
import { agents } from './agents.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import {
  answer,
  answerOf,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
} from './command.ts';
import { doctor } from './doctor.ts';
import { mcp } from './mcp.ts';
import { open } from './open.ts';
import { panic, pause, resume } from './pause.ts';
import { policy } from './policy.ts';
import { review } from './review.ts';
import { rules } from './rules.ts';
import { status } from './status.ts';
import { token } from './token.ts';
import { vault } from './vault.ts';

/** The commands the supervisor answers, by name. `start` and `hook` are the program's own. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  open,
  status,
  doctor,
  approvals,
  review,
  rules,
  pause,
  resume,
  panic,
  agents,
  mcp,
  policy,
  audit,
  token,
  vault,
};

/** Runs one command. Never rejects. */
export async function runCommand(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const name = request.argv[0] ?? '';
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    return failed(
      `there is no command ${JSON.stringify(name.slice(0, 40))}; hint: ${parts.program} --help`,
      2,
    );
  const end = request.argv.indexOf('--');
  if ((end < 0 ? request.argv : request.argv.slice(0, end)).includes('--help'))
    return answer(helpFor(name, parts.program));
  try {
    return await command.run(request, parts);
  } catch (error) {
    if (isArgumentError(error))
      return failed(`${name}: ${error.message}; hint: ${parts.program} ${name} --help`, 2);
    return answerOf(error);
  }
}

/** The help of one command: what it does, then each form. */
export function helpFor(name: string, program: string): string {
  const command = COMMANDS[name];
  if (command === undefined) throw new GatehouseError('no_command', `there is no command ${name}`);
  return [command.what, '', ...command.usage.map((usage) => `  ${program} ${usage}`)].join('\n');
}

/** node:util's parseArgs throws TypeErrors with these codes. */
function isArgumentError(error: unknown): error is TypeError & { code: string } {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
