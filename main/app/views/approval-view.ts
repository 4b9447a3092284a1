/** A waiting or ended request as the page shows it. */
import { isAbsolute, resolve } from 'node:path';
import type { Approval as ApprovalView, Decided, Fact, GateStep } from '../../../preload/contract.ts';
import type { CallAnalysis } from '../../analysis/result.ts';
import type { Approval, ApprovalEnd } from '../../engine/approvals/approval.ts';
import { endWords } from '../../engine/approvals/desk.ts';
import type { RuleRef } from '../../engine/decision.ts';
import type { Choices } from '../../engine/remembered/choice.ts';
import type { ToolCall } from '../../engine/tool-call.ts';
import type { Peer } from '../../platform/peer.ts';
import { mainParam } from '../../policy/catalog.ts';
import { choicesView } from '../remember/rules-view.ts';
import { effectsView, withMarks } from './effects-view.ts';
import { paramsView } from './params-view.ts';
import { scopesView } from './scopes-view.ts';
import { appName, clientName, clip, enforcementWords, millis, projectPath, tildePath } from './words.ts';

export interface ViewContext {
  readonly home: string;
  readonly nowMonotonicMs: number;
  readonly nowWallMillis: number;
  readonly sessionLabel: (session: string) => string;
  readonly enforcement: string;
  /** Bytes of parameter text for one card: a full desk must still fit into one message. */
  readonly paramBudget: number;
  /** What a yes to a request may be remembered as. */
  readonly choices: (approval: Approval) => Choices;
  /** What a call would do. */
  readonly analyse: (call: ToolCall) => CallAnalysis;
}

const SCOPE_NOTES = {
  once: 'Once',
  session: 'Remembered until the session ends',
  project: 'Remembered in this project',
  always: 'Remembered in every project',
} as const;

const TITLE_LENGTH = 140;
/** Nobody counts further. */
const MOST_LINES = 1000;

/** What the call would do, in words, as far as it is known before the analysis exists. */
export function titleOf(call: ToolCall, home: string): string {
  const main = mainParam(call.module, call.action, call.params);
  const action = `${call.module}.${call.action}`;
  if (main === '')
    return action === 'agent.spawn' ? 'Start another agent' : clip(`Use ${action}`, TITLE_LENGTH);
  // A relative name counts from the folder of the call, not from where the supervisor was started.
  const file = () =>
    projectPath(/^[/~]/.test(main) || isAbsolute(main) ? main : resolve(call.cwd, main), call.app, home);
  switch (action) {
    case 'shell.bash':
      return firstLine('Run ', main);
    case 'filesystem.write':
      return clip(`Write ${file()}`, TITLE_LENGTH);
    case 'filesystem.edit':
      return clip(`Change ${file()}`, TITLE_LENGTH);
    case 'filesystem.delete':
      return clip(`Delete ${file()}`, TITLE_LENGTH);
    case 'filesystem.read':
      return clip(`Read ${file()}`, TITLE_LENGTH);
    case 'web.fetch':
      return clip(`Fetch a page from ${hostOf(main)}`, TITLE_LENGTH);
    case 'web.connect':
      return clip(`Connect to ${main.replace(/^tcp:\/\//, '')}`, TITLE_LENGTH);
    case 'web.search':
      return clip(`Search the web for ${main}`, TITLE_LENGTH);
    case 'agent.spawn':
      return firstLine('Start another agent: ', main);
    default:
      return firstLine(`Use ${action}: `, main);
  }
}

/** The first line that says something. How many more there are stands behind it, whatever has to be cut. */
function firstLine(verb: string, text: string): string {
  const lines = text.split('\n', MOST_LINES).filter((line) => line.trim() !== '');
  const more = lines.length - 1;
  const rest = more < 1 ? '' : ` … and ${more} more ${more === 1 ? 'line' : 'lines'}`;
  return `${clip(verb + (lines[0] ?? ''), TITLE_LENGTH - rest.length)}${rest}`;
}

export function approvalView(
  approval: Approval,
  nonce: string,
  asked: number,
  context: ViewContext,
): ApprovalView {
  const { call, decision } = approval;
  const remainingMs = Math.max(0, approval.expiresMonotonicMs - context.nowMonotonicMs);
  const createdAt = millis(approval.createdWallMicros);
  const analysis = context.analyse(call);
  const remember = choicesView(context.choices(approval), call);
  return {
    id: approval.id,
    fingerprint: approval.fingerprint,
    nonce,
    createdAt,
    expiresAt: context.nowWallMillis + remainingMs,
    remainingMs,
    title: titleOf(call, context.home),
    risk: decision.risk,
    client: { id: call.client, name: clientName(call.client) },
    app: { root: tildePath(call.app, context.home), name: appName(call.app) },
    session: { id: call.session, label: context.sessionLabel(call.session) },
    action: `${call.module}.${call.action}`,
    toolName: call.toolName,
    cwd: tildePath(call.cwd, context.home),
    params: withMarks(paramsView(call.module, call.action, call.params, context.paramBudget), analysis),
    reason: decision.reason,
    rule: ruleWords(decision.rule),
    trace: liveTrace(approval),
    effects: effectsView(analysis, call.app, context.home),
    who: whoAsks(approval, context),
    binding: bindingSentence(approval, analysis, context.home),
    scopes: scopesView(approval, remember),
    remember,
    asked,
    test: call.point === 'test',
  };
}

export function decidedView(
  approval: Approval,
  end: ApprovalEnd,
  undoUntil: number | null,
  home: string,
): Decided {
  return {
    id: approval.id,
    outcome: end.state,
    title: titleOf(approval.call, home),
    note: noteOf(end, approval),
    at: millis(approval.endedWallMicros ?? approval.createdWallMicros),
    byPerson:
      (end.state === 'denied' && end.via !== 'api') || (end.state === 'allowed' && end.by === 'person'),
    undoUntil,
  };
}

function noteOf(end: ApprovalEnd, approval: Approval): string {
  const who = clientName(approval.call.client);
  switch (end.state) {
    case 'allowed':
      if (end.by === 'grant') return 'Allowed by a remembered answer';
      if (end.by === 'program') return `Once, by a program you let decide: ${end.token ?? 'unnamed'}`;
      return SCOPE_NOTES[end.scope];
    case 'denied':
      if (end.via === 'api')
        return `Denied by a program you let decide: ${end.token ?? 'unnamed'}${end.reason === null ? '' : `: ${end.reason}`}`;
      return end.reason === null ? 'Denied once' : `Denied: ${end.reason}`;
    case 'expired':
      return end.why === 'time'
        ? 'Nobody answered. Denied once, nothing remembered.'
        : 'Gatehouse stopped while it waited';
    case 'cancelled':
      return `${who} gave up before an answer`;
    case 'refused':
      return endWords(end);
  }
}

function liveTrace(approval: Approval): GateStep[] {
  return approval.decision.trace.map(({ gate, state, note }) => ({
    gate,
    state: state === 'asks' ? ('waits' as const) : state,
    note,
    person: false,
  }));
}

function whoAsks(approval: Approval, context: ViewContext): Fact[] {
  const { call, peer } = approval;
  const kernel = peer.source === 'kernel';
  if (call.point === 'test') {
    return [
      { label: 'Program', text: 'You, from the first screen', code: null, source: 'observed' },
      { label: 'Runs', text: 'Nothing, whatever you answer', code: null, source: 'observed' },
    ];
  }
  const program = peer.requester;
  const executable = program?.executable == null ? null : tildePath(program.executable, context.home);
  const facts: Fact[] =
    call.point === 'api'
      ? [
          {
            label: 'Token',
            text: `${clientName(call.client)}: whoever holds this token asks`,
            code: null,
            source: 'checked',
          },
          {
            label: 'Program',
            text: program === null ? 'the system did not name the program that holds the connection' : '',
            code: executable,
            source: program === null ? 'unknown' : 'kernel',
          },
        ]
      : [
          {
            label: 'Program',
            text:
              program === null
                ? `${clientName(call.client)}, as the hook says: the system did not name the program`
                : clientName(call.client),
            code: executable,
            source: program === null ? 'claimed' : kernel ? 'kernel' : 'claimed',
          },
        ];
  if (program?.digest != null) {
    facts.push({ label: 'Digest', text: '', code: shortDigest(program.digest), source: 'checked' });
  }
  if (peer.ancestry.length > 0)
    facts.push({ label: 'Started by', text: '', code: chain(peer), source: kernel ? 'kernel' : 'claimed' });
  if (peer.terminal !== null)
    facts.push({ label: 'Terminal', text: '', code: peer.terminal, source: 'kernel' });
  const said = call.params['description'];
  if (typeof said === 'string' && said !== '')
    facts.push({ label: 'Says', text: `“${clip(said, 300)}”`, code: null, source: 'claimed' });
  facts.push({ label: 'Folder', text: '', code: tildePath(call.cwd, context.home), source: 'claimed' });
  const enforced =
    call.point === 'api'
      ? 'It asks of its own accord: nothing holds it to the answer'
      : call.confined !== undefined
        ? `${enforcementWords(call.confined)}: Gatehouse itself carries this call out in it`
        : peer.sandbox === undefined
          ? context.enforcement
          : `${enforcementWords(peer.sandbox.level ?? 'reduced')}: what this call starts is confined with it`;
  facts.push({ label: 'Enforced', text: enforced, code: null, source: 'observed' });
  return facts;
}

function chain(peer: Peer): string {
  return [...peer.ancestry]
    .reverse()
    .slice(-6)
    .map(({ name, pid }) => `${name} ${pid}`)
    .join(' › ');
}

/** What a yes holds for, what of that was looked at, and what it does not cover. */
function bindingSentence({ call, files = [] }: Approval, analysis: CallAnalysis, home: string): string {
  if (call.point === 'test') return 'Nothing runs, whatever you answer.';
  if (call.module !== 'shell') return 'A yes holds for exactly these bytes. If one changes, it is void.';
  const bytes = 'A yes holds for exactly these bytes in this folder';
  const names = (wanted: boolean) =>
    files
      .filter(({ digest }) => (digest !== null) === wanted)
      .map(({ path }) => projectPath(path, call.app, home))
      .join(', ');
  const [covered, left] = [names(true), names(false)];
  const first =
    covered === ''
      ? `${bytes}.`
      : `${bytes}, and for ${covered} as it is now: if that changes before it runs, it is void.`;
  const runsCode = analysis.effects.some(({ kind }) => kind === 'run') || analysis.opaque !== null;
  if (!runsCode) return `${first} If one changes, it is void.`;
  const unread = left === '' ? '' : ` ${left} cannot be read, and is not covered.`;
  return `${first}${unread} It does not cover ${covered === '' ? 'the contents of scripts that the command starts' : 'what that starts in turn'}.`;
}

function ruleWords(rule: RuleRef | null): string | null {
  return rule === null ? null : `${rule.path}, ${rule.file.split('/').at(-1) ?? rule.file} line ${rule.line}`;
}

function shortDigest(hex: string): string {
  return `${hex.slice(0, 4)} ${hex.slice(4, 8)} … ${hex.slice(-4)}`;
}

function hostOf(url: string): string {
  try {
    return new URL(url).host || url;
  } catch {
    return url;
  }
}
