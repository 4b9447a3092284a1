/** A plain command as it comes in at the supervisor door. */
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import type { DoorRequest } from '../../points/door/door-server.ts';
import type { CommandRequest } from './command.ts';

const CommandBody = z.object({
  argv: z.array(z.string().max(64 * 1024)).max(1_000_000),
  cwd: z.string().max(4096),
  /** Base64. */
  input: z.string().optional(),
});

/**
 * What a terminal sent to the supervisor door, as a command.
 *
 * @throws GatehouseError `bad_command` when it is not in the form the door takes
 */
export function commandRequest(request: DoorRequest): CommandRequest {
  const parsed = CommandBody.safeParse(parseJson(request.body));
  if (!parsed.success)
    throw new GatehouseError(
      'bad_command',
      'the command was not understood: it is not in the form the door takes',
    );
  const { argv, cwd, input } = parsed.data;
  return {
    argv,
    cwd,
    input: input === undefined ? null : Buffer.from(input, 'base64'),
    peer: request.peer,
    signal: request.signal,
    ask: (prompt) => request.ask(prompt),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
