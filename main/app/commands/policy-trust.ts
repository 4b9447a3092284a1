/** `gatehouse policy trust FILE`: a repository's policy may give what it says, as long as it stays exactly as it is. */
import { realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import { formatDiagnostic } from '../../policy/compile.ts';
import { trustChanges } from '../../policy/trust-changes.ts';
import { PROJECT_FILE } from '../policy-layers.ts';
import { tildePath } from '../views/words.ts';
import { WatchedPolicy } from '../watched-policy.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  needsRunning,
  requirePresence,
} from './command.ts';

export async function trustCommand(
  request: CommandRequest,
  parts: CommandParts,
  given: string,
): Promise<CommandAnswer> {
  const { layers } = needsRunning(parts);
  const file = placeOf(request, given);
  const state = new WatchedPolicy(file).state();
  if (state.kind === 'absent') throw new GatehouseError('not_found', `there is no ${given}`);
  if (state.kind === 'bad')
    return {
      exit: 1,
      stdout: '',
      stderr: state.errors.map((error) => `${formatDiagnostic({ ...error, file: given })}\n`).join(''),
    };
  const { policy } = state;
  const changes = trustChanges(layers.shared(), policy);
  const widens = changes.filter(({ kind }) => kind === 'widens');
  const shown = [
    `${tildePath(file, parts.home)}  SHA-256 ${policy.hash}`,
    widens.length === 0
      ? 'It gives nothing that is not given already.'
      : 'Trusted, it gives in this project:',
    ...widens.map(({ line, text }) => `  line ${line}: ${text}`),
    'What it denies, hides and asks about holds already. A change to the file ends the trust.',
    '',
  ].join('\n');
  await requirePresence(`trusting ${basename(resolve(file, '..'))}/${PROJECT_FILE}`, request, parts, shown);
  await needsRunning(parts).trustPolicy(file, policy.hash, 'terminal');
  return answer(`Trusted: ${tildePath(file, parts.home)}, as long as it stays as it is.`);
}

export async function distrustCommand(
  request: CommandRequest,
  parts: CommandParts,
  given: string,
): Promise<CommandAnswer> {
  const file = placeOf(request, given);
  const gone = await needsRunning(parts).distrustPolicy(file, 'terminal');
  return answer(gone ? `No longer trusted: ${tildePath(file, parts.home)}` : `It was not trusted: ${given}`);
}

/** The file in its project's real folder; only a file of that name is ever read there. */
function placeOf(request: CommandRequest, given: string): string {
  const path = resolve(request.cwd, given);
  if (basename(path) !== PROJECT_FILE)
    throw new GatehouseError(
      'bad_name',
      `${given} is not the policy of a project: that is called ${PROJECT_FILE}`,
    );
  try {
    return resolve(realpathSync(resolve(path, '..')), PROJECT_FILE);
  } catch {
    throw new GatehouseError('not_found', `there is no ${given}`);
  }
}
