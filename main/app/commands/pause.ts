/** `gatehouse pause`, `resume` and `panic`: letting calls run for a while, and stopping everything. */
import { parseArgs } from 'node:util';
import { KNOWN_AGENTS } from '../../points/agents/known-agents.ts';
import { endOfTyped, pausedSentence } from '../pause/pause-words.ts';
import { clientName } from '../views/words.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';

export const pause: Command = {
  usage: ['pause [AGENT] --for 15m|1h|tomorrow'],
  what: [
    'Lets calls run without a question for a while, recorded with what the gates said. Asks for the PIN.',
    '',
    'AGENT pauses that agent alone. --for takes minutes (15m), hours (2h), or tomorrow, which is 06:00;',
    'a day at most. Gatehouse goes on protecting itself. What waits already still waits.',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { for: { type: 'string' } },
    });
    const [agent = null, ...more] = positionals;
    const unknown = unknownAgent(agent, more);
    if (unknown !== null) return failed(`pause: ${unknown}`, 2);
    const untilMs = values.for === undefined ? null : endOfTyped(values.for, Date.now());
    if (values.for === undefined || untilMs === null)
      return failed('pause: --for is needed: allowed: 15m, 2h, tomorrow; a day at most', 2);
    const { pause: desk } = needsRunning(parts);
    const who = agent === null ? null : clientName(agent);
    await requirePresence(`pausing ${who ?? 'all agents'} for ${values.for}`, request, parts);
    const begun = await desk.pause(agent, { untilMs }, 'terminal');
    return answer(pausedSentence(who, begun.untilMs, Date.now()));
  },
};

export const resume: Command = {
  usage: ['resume [AGENT]'],
  what: [
    'Ends pauses: agents ask again. After a panic it asks for the PIN and lets agents work again.',
    '',
    'AGENT ends the pause of that agent alone.',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { positionals } = parseArgs({ args: request.argv.slice(1), allowPositionals: true, options: {} });
    const [agent = null, ...more] = positionals;
    const unknown = unknownAgent(agent, more);
    if (unknown !== null) return failed(`resume: ${unknown}`, 2);
    const { pause: desk } = needsRunning(parts);
    if (agent === null && desk.view().stoppedSince !== null) {
      await requirePresence('letting agents work again', request, parts);
      await desk.liftStop('terminal');
      return answer('Agents may work again.');
    }
    const ended = await desk.resume(agent, 'terminal');
    return answer(ended === 0 ? 'Nothing was paused.' : 'Resumed. Agents ask again.');
  },
};

export const panic: Command = {
  usage: ['panic'],
  what: [
    'Stops everything: denies what waits, refuses every call, ends MCP servers. Needs no PIN.',
    '',
    'It holds, over a restart too, until you resume.',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts): Promise<CommandAnswer> {
    parseArgs({ args: request.argv.slice(1), options: {} });
    const { pause: desk, engine } = needsRunning(parts);
    const waiting = engine.desk.pending().length;
    await desk.stopAll('terminal');
    return answer(stopText(waiting, parts));
  },
};

function stopText(waiting: number, parts: CommandParts): string {
  const denied =
    waiting === 0 ? '' : ` ${waiting === 1 ? 'One request was' : `${waiting} requests were`} denied.`;
  return `Everything is stopped: every call is refused.${denied}\nBack   ${parts.program} resume`;
}

/** What is wrong with the agent's name, or null. */
function unknownAgent(agent: string | null, more: readonly string[]): string | null {
  if (more.length > 0) return 'one agent at a time';
  if (agent === null || KNOWN_AGENTS.some(({ id }) => id === agent)) return null;
  return `there is no agent ${JSON.stringify(agent.slice(0, 40))}; hint: one of ${KNOWN_AGENTS.map(({ id }) => id).join(', ')}`;
}
