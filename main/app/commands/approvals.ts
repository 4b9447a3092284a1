/** `gatehouse approvals …`: the requests that wait, answered from a terminal with the presence factor. */
import { parseArgs } from 'node:util';
import type { Approval } from '../../engine/approvals/approval.ts';
import { endWords } from '../../engine/approvals/desk.ts';
import { redact, redactText } from '../../engine/redaction.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { titleOf } from '../views/approval-view.ts';
import { appName, clientName } from '../views/words.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';

/** Characters of a call that are shown before the PIN is asked for. */
const MAX_SHOWN = 8000;

export const approvals: Command = {
  usage: [
    'approvals list [--json]',
    'approvals approve ID [--scope once|session]',
    'approvals deny ID [--reason R]',
  ],
  what: 'Shows the requests that wait, and answers one. Approving asks for the PIN.',
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { json: { type: 'boolean' }, scope: { type: 'string' }, reason: { type: 'string' } },
    });
    const [verb, id] = positionals;
    if (verb === 'list' && id === undefined) return list(parts, values.json ?? false);
    if (verb === 'approve' && id !== undefined) return approve(request, parts, id, values.scope ?? 'once');
    if (verb === 'deny' && id !== undefined) return deny(parts, id, values.reason ?? null);
    return failed(
      `approvals: one of list, approve ID, deny ID is needed; hint: ${parts.program} approvals --help`,
      2,
    );
  },
};

function list(parts: CommandParts, json: boolean): CommandAnswer {
  const { engine } = needsRunning(parts);
  const now = performance.now();
  const rows = engine.desk.pending().map((approval) => ({
    id: approval.id,
    callId: approval.call.id,
    risk: approval.decision.risk,
    // Without the PIN, which `approve` asks for under the whole call, known secrets are left out.
    title: redactText(titleOf(approval.call, parts.home)),
    client: approval.call.client,
    app: approval.call.app,
    action: `${approval.call.module}.${approval.call.action}`,
    params: redact(approval.call.params),
    reason: approval.decision.reason,
    secondsLeft: Math.max(0, Math.round((approval.expiresMonotonicMs - now) / 1000)),
  }));
  if (json) return answer(JSON.stringify(rows, null, 2));
  if (rows.length === 0) return answer('Nothing waits.');
  return answer(
    rows
      .map(
        (row) =>
          `${row.id}  ${row.risk.padEnd(6)}  ${row.secondsLeft} s left  ${clientName(row.client)} in ${appName(row.app)}\n    ${printable(row.title)}`,
      )
      .join('\n'),
  );
}

async function approve(
  request: CommandRequest,
  parts: CommandParts,
  id: string,
  scope: string,
): Promise<CommandAnswer> {
  const { engine } = needsRunning(parts);
  if (scope !== 'once' && scope !== 'session')
    return failed(`approvals approve: --scope ${scope}: allowed: once, session`, 2);
  const approval = waiting(parts, id);
  const act = `approving: ${printable(titleOf(approval.call, parts.home))}`;
  await requirePresence(act, request, parts, wholeCall(approval, parts.program));
  const ended = await engine.answer(id, approval.fingerprint, { kind: 'allow', scope, via: 'terminal' });
  return ended.end?.state === 'allowed'
    ? answer('Allowed.')
    : failed(`not allowed: ${ended.end === null ? 'it still waits' : ended.end.state}`);
}

async function deny(parts: CommandParts, id: string, reason: string | null): Promise<CommandAnswer> {
  const { engine } = needsRunning(parts);
  const approval = waiting(parts, id);
  await engine.answer(id, approval.fingerprint, {
    kind: 'deny',
    reason: reason === null ? null : reason.slice(0, 500),
    via: 'terminal',
  });
  return answer('Denied.');
}

/** The request of that id. One that has ended is told of before anybody is asked for the PIN. */
function waiting(parts: CommandParts, id: string): Approval {
  const approval = needsRunning(parts).engine.desk.get(id);
  if (approval === null)
    throw new GatehouseError('not_found', `no request ${printable(id.slice(0, 60))} waits`, {
      hint: `${parts.program} approvals list`,
    });
  if (approval.end !== null)
    throw new GatehouseError('already_decided', `the request has ended already: ${endWords(approval.end)}`);
  return approval;
}

/**
 * Every parameter of a call, whole, for somebody who is about to say yes to exactly these bytes.
 *
 * @throws GatehouseError `too_long` when a terminal is no place to read it
 */
function wholeCall(approval: Approval, program: string): string {
  const lines = Object.entries(approval.call.params).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `  ${printable(name)}: ${printable(text)}\n`;
  });
  const text = lines.join('');
  if (text.length <= MAX_SHOWN) return text;
  throw new GatehouseError(
    'too_long',
    'this request was not approved: it is too long to be read in a terminal',
    {
      hint: `answer it in the page (${program} open)`,
    },
  );
}

/** A title for a terminal: control and bidi characters shown as their code points, so that it cannot forge lines. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  );
}
