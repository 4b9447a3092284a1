/** Cases about requests that wait for a person: how they end, and how far an answer that is remembered reaches. */

import { streamFacts } from '../../main/audit/stream-event.ts';
import type { Approval, ApprovalEnd } from '../../main/engine/approvals/approval.ts';
import { ApprovalDesk } from '../../main/engine/approvals/desk.ts';
import { fingerprintOf } from '../../main/engine/fingerprint.ts';
import { coversExactly } from '../../main/engine/remembered/covers.ts';
import type { RememberedRule } from '../../main/engine/remembered/rule.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { GatehouseError } from '../../main/platform/errors.ts';
import { DEFAULT_APPROVAL_TIMEOUT } from '../../main/policy/policy.ts';
import { Answer } from '../../preload/contract.ts';
import { MemoryApprovalStore } from '../support/approval-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { peerOf } from '../support/peers.ts';
import {
  type Json,
  type JsonMap,
  listOf,
  mapOf,
  NOT_BUILT,
  type Outcome,
  sameJson,
  textOf,
} from './cases.ts';
import { callOf } from './gates-area.ts';

const ALLOW: ApprovalEnd = { state: 'allowed', by: 'person', via: 'page', scope: 'once', grant: null };
const DENY: ApprovalEnd = { state: 'denied', via: 'page', reason: null };

export function runApproval(approval: JsonMap, expected: JsonMap): Outcome {
  if (Object.hasOwn(approval, 'unanswered_timeout_default_s')) return unanswered(expected);
  if (approval['action_values_treated_as_grant'] !== undefined)
    return strangeWords(listOf(approval['action_values_treated_as_grant']));
  if (approval['resolve_unknown_id'] !== undefined)
    return sameJson(
      { resolved: resolves(desk().on, 'req_nobody', ALLOW) },
      { resolved: expected['resolved'] },
    );
  if (approval['double_resolve'] !== undefined) return twice(listOf(approval['double_resolve']), expected);
  if (approval['timeout_ms'] !== undefined) return timeOut(Number(approval['timeout_ms']), expected);
  if (approval['always_for'] !== undefined) return remembered(approval, expected);
  return NOT_BUILT;
}

function desk(): { readonly on: ApprovalDesk; readonly clock: FakeClock } {
  const clock = new FakeClock();
  return { clock, on: new ApprovalDesk({ store: new MemoryApprovalStore(), clock }) };
}

function waiting(clock: FakeClock, withinMs: number): Approval {
  const call = callOf('shell', 'bash', 'llm');
  return {
    id: 'req_1',
    call,
    decision: {
      kind: 'approve',
      gate: 'gate4_policy',
      rule: null,
      reason: 'a person is asked',
      risk: 'high',
      trace: [],
      retryAfterMs: null,
      behavior: [],
      approvalTimeoutSeconds: withinMs / 1000,
    },
    fingerprint: fingerprintOf(call),
    peer: peerOf(),
    createdWallMicros: clock.wallMicros(),
    createdMonotonicMs: clock.monotonicMs(),
    expiresMonotonicMs: clock.monotonicMs() + withinMs,
    end: null,
    endedWallMicros: null,
  };
}

/** Whether an answer was taken; an answer to what does not wait is refused, not ignored. */
function resolves(on: ApprovalDesk, id: string, end: ApprovalEnd): boolean {
  try {
    on.end(id, end);
    return true;
  } catch (error) {
    if (error instanceof GatehouseError) return false;
    throw error;
  }
}

function unanswered(expected: JsonMap): Outcome {
  const wrong = sameJson(DEFAULT_APPROVAL_TIMEOUT, expected['default']);
  return wrong ?? timeOut(DEFAULT_APPROVAL_TIMEOUT * 1000, { audit_status: expected['result'] ?? null });
}

/** Only the two words that answers are made of are taken. */
function strangeWords(words: readonly Json[]): Outcome {
  const answer = (kind: Json) =>
    Answer.safeParse({
      id: 'r',
      fingerprint: 'f',
      nonce: 'n',
      verdict: { kind, scope: 'once', reason: null },
    });
  if (!answer('allow').success || !answer('deny').success) return 'takes no answer at all';
  const taken = words.filter((word) => answer(word).success);
  return taken.length === 0 ? null : `takes ${JSON.stringify(taken)} for an answer`;
}

function twice(words: readonly Json[], expected: JsonMap): Outcome {
  const { on, clock } = desk();
  void on.wait(waiting(clock, 60_000), new AbortController().signal);
  const [first, second] = words.map((word) =>
    resolves(on, 'req_1', /^(?:approve|allow)/.test(textOf(word)) ? ALLOW : DENY),
  );
  const state = on.get('req_1')?.end?.state;
  const result = state === 'allowed' ? 'approved' : state;
  return sameJson(
    { first, second, result },
    { first: expected['first'], second: expected['second'], result: expected['result'] },
  );
}

function timeOut(withinMs: number, expected: JsonMap): Outcome {
  const { on, clock } = desk();
  void on.wait(waiting(clock, withinMs), new AbortController().signal);
  clock.advance(withinMs - 1);
  on.expireDue();
  if (on.get('req_1')?.end !== null) return 'ended before its time';
  clock.advance(1);
  const late = resolves(on, 'req_1', ALLOW);
  on.expireDue();
  const end = on.get('req_1')?.end;
  if (late || end?.state !== 'expired' || end.why !== 'time') return `ended as ${JSON.stringify(end)}`;
  const status = streamFacts({
    type: 'approval.resolved',
    v: 1,
    callId: 'c',
    session: 's',
    outcome: end.state,
    by: 'time',
    via: null,
    scope: null,
    reason: null,
    gate: null,
    waitedMs: withinMs,
  })?.type;
  return sameJson(status, expected['audit_status'] ?? status);
}

/** A remembered yes holds for the very same call in the very same session. */
function remembered(approval: JsonMap, expected: JsonMap): Outcome {
  const call = (input: Json | undefined, session: string) => {
    const { module, action, params } = mapOf(input);
    return { ...callOf(textOf(module), textOf(action), 'llm'), session, params: mapOf(params) as JsonObject };
  };
  const first = call(approval['always_for'], 's1');
  const { module, action, app, client, session, id } = first;
  const rule: RememberedRule = {
    ...{ id: 'grant_1', scope: 'session', client, module, action, app, session, sandboxed: false },
    shape: { kind: 'exact', fingerprint: fingerprintOf(first) },
    ...{ sentence: 'the call', madeMicros: 0, endsMicros: null, via: 'page', callId: id },
  };
  const holds = (one: typeof first) =>
    coversExactly(rule, fingerprintOf(one), { call: one, sandboxed: false });
  if (!holds(first)) return 'remembers nothing';
  const later = approval['next_session_same_workdir'];
  const second = later === undefined ? call(approval['then'], 's1') : call(later, 's2');
  return sameJson(holds(second) ? 'allow' : 'needs_approval', expected['second_call']);
}
