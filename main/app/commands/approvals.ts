/** `gatehouse approvals …`: the requests that wait, answered from a terminal with the presence factor. */
import { parseArgs } from 'node:util';
import { codeName, HIDDEN_CHARACTERS } from '../../../preload/contract/hidden-characters.ts';
import type { Approval } from '../../engine/approvals/approval.ts';
import { endWords } from '../../engine/approvals/desk.ts';
import { redact, redactText } from '../../engine/redaction.ts';
import { DEFAULT_END_MS } from '../../engine/remembered/remembering.ts';
import { shapeDigest } from '../../engine/remembered/rule.ts';
import { neverWords, sentenceOf } from '../../engine/remembered/words.ts';
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
import { readSpan } from './moment.ts';

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, 'gu');
/** Characters of a call that are shown before the PIN is asked for. */
const MAX_SHOWN = 8000;

export const approvals: Command = {
  usage: [
    'approvals list [--json]',
    'approvals approve ID [--scope once|session|project|always] [--remember exact|kind|here|tool] [--for 1h]',
    'approvals choices ID [--json]   (what a yes may be remembered as)',
    'approvals deny ID [--reason R]',
  ],
  what: [
    'Shows the requests that wait, and answers one. Approving asks for the PIN.',
    '',
    '  --scope     how far the yes reaches; once when left out',
    '  --remember  what is remembered: this exact call, this program and subcommand (kind), this program or tool in',
    '              this folder (here), this tool; exact when left out. `approvals choices` says what each lets through.',
    '  --for       until when: 30m, 2h, 7d, or until-withdrawn; 30d when left out, and with session its end',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        scope: { type: 'string' },
        reason: { type: 'string' },
        remember: { type: 'string' },
        for: { type: 'string' },
      },
    });
    const [verb, id] = positionals;
    if (verb === 'list' && id === undefined) return list(parts, values.json ?? false);
    if (verb === 'approve' && id !== undefined) return approve(request, parts, id, values);
    if (verb === 'choices' && id !== undefined) return choices(parts, id, values.json ?? false);
    if (verb === 'deny' && id !== undefined) return deny(parts, id, values.reason ?? null);
    return failed(
      `approvals: one of list, approve ID, choices ID, deny ID is needed; hint: ${parts.program} approvals --help`,
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

interface Wish {
  readonly scope?: string | undefined;
  readonly remember?: string | undefined;
  readonly for?: string | undefined;
}

const SCOPES = ['once', 'session', 'project', 'always'] as const;
const CHOICES = ['exact', 'kind', 'here', 'tool'] as const;

async function approve(
  request: CommandRequest,
  parts: CommandParts,
  id: string,
  wish: Wish,
): Promise<CommandAnswer> {
  const { engine } = needsRunning(parts);
  const scope = SCOPES.find((one) => one === (wish.scope ?? 'once'));
  if (scope === undefined)
    return failed(`approvals approve: --scope ${wish.scope}: allowed: ${SCOPES.join(', ')}`, 2);
  const choice = CHOICES.find((one) => one === (wish.remember ?? 'exact'));
  if (choice === undefined)
    return failed(`approvals approve: --remember ${wish.remember}: allowed: ${CHOICES.join(', ')}`, 2);
  if (scope === 'once' && (wish.remember !== undefined || wish.for !== undefined))
    return failed('approvals approve: --remember and --for need --scope session, project or always', 2);
  const forMs =
    wish.for === undefined ? undefined : wish.for === 'until-withdrawn' ? null : readSpan(wish.for);
  if (forMs === null && wish.for !== 'until-withdrawn')
    return failed(`approvals approve: --for ${wish.for}: allowed: 30m, 2h, 7d, until-withdrawn`, 2);
  const approval = waiting(parts, id);
  const remembered =
    scope === 'once' ? null : engine.choices(approval).choices.find((one) => one.id === choice);
  if (remembered === undefined)
    return failed(
      `this request was not approved: ${engine.choices(approval).once ?? engine.choices(approval).exactOnly ?? 'that cannot be remembered of it'}; hint: ${parts.program} approvals choices ${id}`,
    );
  const end = forMs === undefined ? (scope === 'session' ? null : DEFAULT_END_MS) : forMs;
  const act =
    remembered === null
      ? `approving: ${printable(titleOf(approval.call, parts.home))}`
      : `remembering ${SCOPE_WORDS[scope]}, ${endWordsOf(scope, end)}: ${printable(sentenceOf(remembered.shape, approval.call))}`;
  await requirePresence(act, request, parts, wholeCall(approval, parts.program));
  const ended = await engine.answer(id, approval.fingerprint, {
    kind: 'allow',
    scope,
    ...(remembered === null
      ? {}
      : { remember: { choice, digest: shapeDigest(remembered.shape), forMs: end } }),
    via: 'terminal',
  });
  return ended.end?.state === 'allowed'
    ? answer(remembered === null ? 'Allowed.' : `Allowed, and remembered ${SCOPE_WORDS[scope]}.`)
    : failed(`not allowed: ${ended.end === null ? 'it still waits' : endWords(ended.end)}`);
}

const SCOPE_WORDS = {
  once: 'once',
  session: 'for this session',
  project: 'in this project',
  always: 'in every project',
} as const;

function endWordsOf(scope: string, forMs: number | null): string {
  if (forMs !== null)
    return `until ${new Date(Date.now() + forMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return scope === 'session' ? 'until it ends' : 'until you take it back';
}

function choices(parts: CommandParts, id: string, json: boolean): CommandAnswer {
  const approval = waiting(parts, id);
  const found = needsRunning(parts).engine.choices(approval);
  const rows = found.choices.map(({ id: choice, shape, widest, limit }) => ({
    remember: choice,
    lets_through: printable(sentenceOf(shape, approval.call)),
    never: neverWords(shape),
    widest,
    limit,
  }));
  if (json)
    return answer(JSON.stringify({ choices: rows, once: found.once, exact_only: found.exactOnly }, null, 2));
  if (found.once !== null) return answer(found.once);
  return answer(
    [
      ...rows.map(
        (row) =>
          `${row.remember.padEnd(6)} ${row.lets_through}\n       at most ${row.widest}${row.limit === null ? '' : `: ${row.limit}`}\n       never: ${row.never}`,
      ),
      ...(found.exactOnly === null ? [] : [found.exactOnly]),
    ].join('\n'),
  );
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
  return text.replace(HIDDEN, (character) => `‹${codeName(character)}›`);
}
