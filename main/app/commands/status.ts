/** `gatehouse status`: what is enforced now. */
import { parseArgs } from 'node:util';
import type { Overview } from '../../../preload/contract.ts';
import { answer, type Command, needsRunning } from './command.ts';

export const status: Command = {
  usage: ['status [--json]'],
  what: 'Says what is enforced now, and what is not.',
  needsSupervisor: true,
  async run(request, parts) {
    const { values } = parseArgs({ args: request.argv.slice(1), options: { json: { type: 'boolean' } } });
    const overview = needsRunning(parts).overview();
    if (values.json ?? false) {
      const { version, shell, home, enforcement, policy, log, waiting } = overview;
      const { running: pauses, stoppedSince } = overview.pause;
      const pause = {
        pauses: pauses.map(({ agent, until }) => ({ agent, until })),
        stopped_since: stoppedSince,
      };
      const agents = overview.agents.map(({ id, version: found, state }) => ({ id, version: found, state }));
      const sessions = overview.sessions
        .filter((session) => session.live)
        .map(({ id, client, app, enforcement: how }) => ({
          id,
          client: client.id,
          app: app.root,
          enforcement: how,
        }));
      return answer(
        JSON.stringify(
          { version, shell, home, enforcement, policy, log, waiting, pause, agents, sessions },
          null,
          2,
        ),
      );
    }
    const live = overview.sessions.filter((session) => session.live).length;
    return answer(
      [
        overview.enforcement.sentence,
        ...pauseLines(overview, parts.program),
        ...overview.enforcement.problems.map((problem) => `  ! ${problem}`),
        `Policy  ${overview.policy.sentence} (${overview.policy.file})`,
        ...overview.policy.errors.map(
          (error) => `  ${error.file}:${error.line}:${error.column} ${error.path}: ${error.message}`,
        ),
        `Log     ${overview.log.sentence}`,
        `        ${overview.log.kept}`,
        `Now     ${overview.waiting} waiting, ${live} live ${live === 1 ? 'session' : 'sessions'}`,
      ].join('\n'),
    );
  },
};

/** How to end what is paused or stopped; nothing when nothing is. */
function pauseLines({ pause }: Overview, program: string): readonly string[] {
  return pause.running.length === 0 && pause.stoppedSince === null ? [] : [`Back    ${program} resume`];
}
