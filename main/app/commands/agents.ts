/** `gatehouse agents …`: connect an agent, undo it to the byte, and prove that it is enforced. */
import { parseArgs } from 'node:util';
import type { AgentPlan, DoctorReport } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { MAX_PROMPT_BYTES } from '../../platform/framing.ts';
import { CONNECTABLE_AGENTS } from '../../points/agents/adapters.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  requirePresence,
} from './command.ts';

/** What is shown of a change that is too long to be asked about whole: lines from either end, and each so far. */
const SHOWN_LINES = 90;
const SHOWN_COLUMNS = 110;

export const agents: Command = {
  usage: [
    'agents list [--json]',
    'agents install AGENT [--yes]',
    'agents uninstall AGENT [--yes]',
    'agents doctor [AGENT] [--json]',
  ],
  what: [
    'Connects an agent to Gatehouse, undoes it to the byte, or checks that it is enforced.',
    '',
    'Without AGENT, doctor looks at every agent that is connected.',
    `AGENT is one of ${CONNECTABLE_AGENTS.join(', ')}. Cursor’s hooks were never run in a real Cursor.`,
  ].join('\n'),
  needsSupervisor: false,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { json: { type: 'boolean' }, yes: { type: 'boolean' } },
    });
    const [verb, agent] = positionals;
    const yes = values.yes ?? false;
    if (positionals.length > 2) return usage(parts);
    if (verb === 'list' && agent === undefined) return list(parts, values.json ?? false);
    if (verb === 'doctor' && agent === undefined) return doctorOfAll(parts, values.json ?? false);
    if (verb === 'doctor' && agent !== undefined) return doctor(parts, agent, values.json ?? false);
    if (verb === 'install' && agent !== undefined) return change(request, parts, agent, 'connect', yes);
    if (verb === 'uninstall' && agent !== undefined) return change(request, parts, agent, 'disconnect', yes);
    return usage(parts);
  },
};

function usage(parts: CommandParts): CommandAnswer {
  return failed(
    `agents: one of list, install AGENT, uninstall AGENT, doctor is needed; hint: ${parts.program} agents --help`,
    2,
  );
}

async function list(parts: CommandParts, json: boolean): Promise<CommandAnswer> {
  const found = await parts.agents.detect();
  if (json) return answer(JSON.stringify(found, null, 2));
  return answer(
    found
      .map(
        (agent) =>
          `${agent.id.padEnd(12)} ${(agent.version ?? '-').padEnd(10)} ${agent.state.replace('_', ' ').padEnd(14)} ${printable(agent.note)}`,
      )
      .join('\n'),
  );
}

async function doctor(parts: CommandParts, agent: string, json: boolean): Promise<CommandAnswer> {
  const report = await parts.agents.diagnose(agent);
  return answer(json ? JSON.stringify(report, null, 2) : reportText(agent, report), report.ok ? 0 : 1);
}

/** Of every agent that is connected, or was and is broken; with none there is nothing that could be enforced. */
async function doctorOfAll(parts: CommandParts, json: boolean): Promise<CommandAnswer> {
  const agents = [];
  for (const { id, state } of await parts.agents.detect())
    if (state === 'connected' || state === 'broken')
      agents.push({ agent: id, ...(await parts.agents.diagnose(id)) });
  const ok = agents.length > 0 && agents.every((one) => one.ok);
  if (json) return answer(JSON.stringify({ ok, agents }, null, 2), ok ? 0 : 1);
  if (agents.length === 0)
    return failed(`agents: none is connected; hint: ${parts.program} agents install AGENT`);
  return answer(agents.map((one) => reportText(one.agent, one)).join('\n\n'), ok ? 0 : 1);
}

function reportText(agent: string, { ok, checks }: DoctorReport): string {
  const lines = checks.map(
    (check) =>
      `${check.ok ? 'ok  ' : 'BAD '} ${check.name}: ${printable(check.detail)}${check.hint === null ? '' : `\n       hint: ${printable(check.hint)}`}`,
  );
  return [...lines, ok ? `${agent} is enforced.` : `${agent} is NOT enforced.`].join('\n');
}

async function change(
  request: CommandRequest,
  parts: CommandParts,
  agent: string,
  kind: AgentPlan['change'],
  yes: boolean,
): Promise<CommandAnswer> {
  const plan = await parts.agents.plan(agent, kind);
  if (plan.done)
    return answer(
      `${agent} is ${kind === 'connect' ? 'connected' : 'not connected'} already: nothing to change in ${plan.file}.`,
    );
  // Taking the hooks away widens what an agent may do: with a PIN it needs the person.
  const withPin = kind === 'disconnect' && parts.presence.isSet();
  const asked = !withPin && !yes;
  if (withPin) await requirePresence(`uninstalling the ${agent} hooks`, request, parts);
  else if (asked) await confirm(request, planText(plan));
  await parts.agents.apply(agent, plan.planId);
  // A running supervisor sees the change by itself and writes it down.
  if (parts.running === null) {
    const log = await parts.log();
    await log.append({
      type: 'agent.changed',
      v: 1,
      client: agent,
      change: kind === 'connect' ? 'connected' : 'disconnected',
      detail: `${plan.file}, from a terminal`,
    });
  }
  const said =
    kind === 'connect'
      ? `${agent} is connected. Check it: ${parts.program} agents doctor ${agent}`
      : `${agent} is not connected any more.`;
  // What the person was just asked about is not shown twice.
  return answer(asked ? said : `${planText(plan)}\n${said}`);
}

export async function confirm(request: CommandRequest, shown: string): Promise<void> {
  const reply = await request.ask(`${fitting(shown)}\nChange it? [y/N] `);
  if (reply === null)
    throw new GatehouseError('no_terminal', 'nothing was changed: there was no answer', {
      hint: 'answer y, or add --yes',
    });
  if (!/^y(es)?$/i.test(reply.trim())) throw new GatehouseError('declined', 'nothing was changed');
}

/** All of it where the door carries that much in a question; otherwise the beginning and the end. */
function fitting(text: string): string {
  if (Buffer.byteLength(text) <= MAX_PROMPT_BYTES - 100) return text;
  const lines = text.split('\n');
  if (lines.length <= 2 * SHOWN_LINES) return lines.map(clip).join('\n');
  const left = lines.length - 2 * SHOWN_LINES;
  return [...lines.slice(0, SHOWN_LINES), `… ${left} more lines …`, ...lines.slice(-SHOWN_LINES)]
    .map(clip)
    .join('\n');
}

function clip(line: string): string {
  return line.length > SHOWN_COLUMNS ? `${line.slice(0, SHOWN_COLUMNS)}…` : line;
}

export function planText(plan: AgentPlan): string {
  const sign = { same: ' ', add: '+', remove: '-' } as const;
  return [
    plan.file,
    ...plan.diff.map((line) => `${sign[line.kind]} ${printable(line.text.replaceAll('\t', '  '))}`),
    ...plan.notes.map((note) => `Note: ${printable(note)}`),
  ].join('\n');
}
