/** Lines of the log as the page shows them. */
import type {
  Effects,
  Fact,
  GateStep,
  Risk,
  TimelineDetail,
  TimelinePage,
  TimelineRow,
} from '../../../preload/contract.ts';
import type { AuditEvent, AuditRow, StoredCall, StoredFiring, StoredPeer } from '../../audit/event.ts';
import type { AuditLog, TimelinePage as LogPage, TimelineLine } from '../../audit/log.ts';
import type { CallAnalyses } from '../../engine/call-analysis.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { lineDiff } from '../../points/agents/line-diff.ts';
import { effectsView } from './effects-view.ts';
import { paramsView } from './params-view.ts';
import { appName, clientName, enforcementWords, millis, tildePath } from './words.ts';

export const GATE_NAMES = ['Active', 'Module', 'Risk', 'Permission', 'Policy', 'Data', 'Rate'] as const;
const DIFF_LINES = 400;
const DIFF_WIDTH = 400;
const RISKS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'unknown']);

export function timelineRowView(line: TimelineLine): TimelineRow {
  return {
    seq: line.seq,
    at: millis(line.at),
    kind: line.callId === null ? 'event' : 'call',
    outcome: line.outcome,
    byPerson: line.byPerson,
    trace: line.trace === null ? null : line.trace.map((tick, gate): GateStep => ({ gate, ...tick })),
    action: line.action,
    summary: line.summary,
    reason: line.reason,
    client: line.client,
    agent: line.agent,
    app: line.app === '' ? '' : appName(line.app),
    session: line.session,
    turn: line.turn,
    risk: line.risk !== null && RISKS.has(line.risk) ? (line.risk as Risk) : null,
    scope: line.scope,
    success: line.success,
    durationMs: line.durationMs,
    alarm: line.alarm,
  };
}

export function timelinePageView(page: LogPage): TimelinePage {
  return {
    rows: page.rows.map(timelineRowView),
    matched: page.matched,
    total: page.total,
    stopped: page.stopped,
    asked: page.asked,
  };
}

/** What a line in full is told with. */
export interface DetailContext {
  readonly home: string;
  readonly analyses: Pick<CallAnalyses, 'of'>;
  /** Rows up to this one are signed. */
  readonly signedTo: () => number;
}

/**
 * A line in full.
 *
 * @throws GatehouseError `not_found`
 */
export async function timelineDetailView(
  log: AuditLog,
  seq: number,
  context: DetailContext,
): Promise<TimelineDetail> {
  const { home } = context;
  const detail = await log.detail(seq);
  if (detail === null) throw new GatehouseError('not_found', `the log has no line ${seq}`);
  const row = timelineRowView(detail.line);
  const decided = eventOf(detail.rows, 'call.decided');
  const resolved = eventOf(detail.rows, 'approval.resolved');
  const completed = eventOf(detail.rows, 'call.completed');
  return {
    row,
    params: decided === null ? [] : paramsView(decided.call.module, decided.call.action, decided.call.params),
    told: decided === null ? null : toldWords(decided, resolved),
    facts: decided === null ? eventFacts(detail.rows, home) : callFacts(decided, resolved, completed, home),
    effects: decided === null ? null : effectsOf(decided.call, context),
    diff: decided === null ? null : editDiff(decided.call.params),
    output:
      completed === null || completed.resultBytes === 0
        ? null
        : { text: completed.preview, bytes: completed.resultBytes, source: completed.source },
    fingerprint: decided?.fingerprint ?? null,
    proof: proofOf(log, detail.line.lastSeq, context.signedTo()),
    gates:
      row.trace === null
        ? []
        : [
            ...row.trace.slice(0, GATE_NAMES.length).map((tick) => ({
              gate: tick.gate,
              name: GATE_NAMES[tick.gate] ?? '',
              state: tick.state,
              said: tick.note ?? saidWords(tick),
            })),
            ...ruleLines(
              [...(decided?.behavior ?? []), ...(completed?.behavior ?? [])],
              row.trace[GATE_NAMES.length],
            ),
          ],
    records: detail.rows.map((record) => ({
      seq: record.seq,
      at: millis(record.wallMicros),
      type: record.event.type,
      hash: record.hash,
      json: JSON.stringify(record.event, null, 2),
    })),
  };
}

function effectsOf(call: StoredCall, { analyses, home }: DetailContext): Effects {
  try {
    return effectsView(analyses.of(call), call.app, home);
  } catch {
    return { known: false, reason: 'It could not be understood.' };
  }
}

/** The texts of an edit, compared by lines; null for what is no edit. */
function editDiff(params: JsonObject): TimelineDetail['diff'] {
  const edits = Array.isArray(params.edits) ? params.edits : [params];
  const lines = edits.flatMap((edit: JsonValue) => {
    if (edit === null || typeof edit !== 'object' || Array.isArray(edit)) return [];
    const { old_string: old, new_string: now } = edit as JsonObject;
    return typeof old === 'string' && typeof now === 'string' ? lineDiff(old, now) : [];
  });
  return lines.length === 0
    ? null
    : lines
        .slice(0, DIFF_LINES)
        .map(({ kind, text }) => ({ kind, text: text.slice(0, DIFF_WIDTH).toWellFormed() }));
}

function proofOf(log: Pick<AuditLog, 'stats'>, lastSeq: number, signedTo: number): TimelineDetail['proof'] {
  const { state, why } = log.stats();
  if (state === 'broken') return { state: 'broken', text: `The log does not verify: ${why ?? ''}` };
  return signedTo >= lastSeq
    ? { state: 'signed', text: 'Chained and signed' }
    : { state: 'chained', text: 'Chained; signed with the next rows' };
}

type EventOf<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;

function eventOf<T extends AuditEvent['type']>(rows: readonly AuditRow[], type: T): EventOf<T> | null {
  const found = rows.find((row) => row.event.type === type)?.event;
  return found === undefined ? null : (found as EventOf<T>);
}

function saidWords(tick: GateStep): string {
  switch (tick.state) {
    case 'passed':
      return 'passed';
    case 'allowed':
      return tick.person ? 'allowed by you' : 'allowed';
    case 'stopped':
      return tick.person ? 'denied by you' : 'refused';
    case 'waits':
      return 'asks you';
    case 'lapsed':
      return 'asked, and nobody answered';
    case 'not_asked':
      return 'not asked';
  }
}

/** The place of the behaviour rules, after the gates. */
const RULES = GATE_NAMES.length;

/** A line for each behaviour rule that had something to say. `blocked`: the tick of those that block. */
function ruleLines(firings: readonly StoredFiring[], blocked: GateStep | undefined): TimelineDetail['gates'] {
  return firings.map(({ rule, action, state, message, when }) => {
    const blocks = action === 'block' && state === 'fired' && when === 'pre_tool';
    const after = when === 'post_tool' ? ', after it ran' : '';
    const told = { block: 'blocked', warn: 'warned the agent', remind: 'reminded the agent' }[action];
    return {
      gate: RULES,
      name: rule,
      state: state === 'unavailable' ? 'not_asked' : blocks ? (blocked?.state ?? 'stopped') : 'passed',
      said:
        state === 'unavailable'
          ? 'unavailable: nobody tells what it asks about'
          : blocks && blocked !== undefined && blocked.state !== 'stopped'
            ? `${saidWords(blocked)}: ${message}`
            : `${told}${after}: ${message}`,
    };
  });
}

/** What the agent was told, where it was stopped. */
function toldWords(
  decided: EventOf<'call.decided'>,
  resolved: EventOf<'approval.resolved'> | null,
): string | null {
  if (decided.decision === 'denied') {
    const block = decided.behavior?.find(({ action, state }) => action === 'block' && state === 'fired');
    return decided.gate === 'behavior' && block !== undefined
      ? `[BEHAVIOR BLOCKED] ${block.message} Rule: ${block.rule}. The tool call was NOT executed. Fix the violation first.`
      : decided.reason;
  }
  if (resolved === null || resolved.outcome === 'allowed') return null;
  switch (resolved.outcome) {
    case 'denied': {
      const who = resolved.by === 'program' ? `the program ${resolved.token ?? 'unnamed'}` : 'a person';
      return resolved.reason === null
        ? `Denied by ${who}, without a reason.`
        : `Denied by ${who}: ${resolved.reason}`;
    }
    case 'expired':
      return resolved.by === 'restart'
        ? 'Gatehouse stopped while it waited.'
        : 'Nobody answered in time. Nothing is remembered.';
    case 'cancelled':
      return null;
    case 'refused':
      return resolved.reason ?? 'Refused when it was decided again after the answer.';
  }
}

function callFacts(
  decided: EventOf<'call.decided'>,
  resolved: EventOf<'approval.resolved'> | null,
  completed: EventOf<'call.completed'> | null,
  home: string,
): Fact[] {
  const { call } = decided;
  const facts: Fact[] = [
    {
      label: 'Agent',
      text: `${clientName(call.client)} in ${appName(call.app)}`,
      code: null,
      source: 'observed',
    },
    ...(decided.peer === null ? [] : peerFacts(decided.peer, home)),
    { label: 'Project', text: '', code: tildePath(call.app, home), source: 'observed' },
    { label: 'Folder', text: '', code: tildePath(call.cwd, home), source: 'claimed' },
    {
      label: 'Enforced',
      text: call.point === 'api' ? 'API only' : enforcementWords(call.confined ?? decided.peer?.sandbox),
      code: null,
      source: 'observed',
    },
  ];
  if (decided.rule !== null)
    facts.push({ label: 'Rule', text: '', code: decided.rule.replace(`${home}/`, '~/'), source: 'observed' });
  if (resolved !== null)
    facts.push({ label: 'Waited', text: waitedWords(resolved.waitedMs), code: null, source: 'observed' });
  facts.push(resultFact(decided, resolved, completed));
  return facts;
}

function peerFacts(peer: StoredPeer, home: string): Fact[] {
  const source = peer.source === 'kernel' ? 'kernel' : 'claimed';
  const facts: Fact[] = [];
  if (peer.executable !== null)
    facts.push({
      label: 'Program',
      text: peer.pid === null ? '' : `pid ${peer.pid}`,
      code: tildePath(peer.executable, home),
      source,
    });
  if (peer.digest !== null)
    facts.push({ label: 'Digest', text: '', code: `${peer.digest.slice(0, 16)}…`, source: 'checked' });
  return facts;
}

function resultFact(
  decided: EventOf<'call.decided'>,
  resolved: EventOf<'approval.resolved'> | null,
  completed: EventOf<'call.completed'> | null,
): Fact {
  const released = decided.decision === 'allowed' || resolved?.outcome === 'allowed';
  if (completed !== null) {
    const time = completed.durationMs === null ? '' : `, in ${completed.durationMs} ms`;
    const text = completed.success
      ? `ran${time}`
      : `failed${time}${completed.preview === '' ? '' : `: ${completed.preview}`}`;
    return { label: 'Result', text, code: null, source: completed.source };
  }
  if (decided.call.point === 'test')
    return { label: 'Result', text: 'a test: nothing ran', code: null, source: 'observed' };
  if (released)
    return {
      label: 'Result',
      text: 'let through; the agent has not said what came of it',
      code: null,
      source: 'unknown',
    };
  return {
    label: 'Result',
    text: decided.decision === 'approval_required' && resolved === null ? 'waits' : 'did not run',
    code: null,
    source: 'observed',
  };
}

function eventFacts(rows: readonly AuditRow[], home: string): Fact[] {
  const event = rows[0]?.event;
  if (event === undefined) return [];
  if (event.type === 'session.started')
    return [
      ...peerFacts(event.peer, home),
      { label: 'Project', text: '', code: tildePath(event.app, home), source: 'observed' },
    ];
  if (event.type === 'security' && event.peer !== null) return peerFacts(event.peer, home);
  return [];
}

function waitedWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
