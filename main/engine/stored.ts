/** Calls, peers and traces in the form in which the log keeps them: redacted, shortened, plain JSON. */
import { createHash } from 'node:crypto';
import type { StoredCall, StoredFiring, StoredGate, StoredPeer } from '../audit/event.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Peer } from '../platform/peer.ts';
import { summarize } from '../policy/catalog.ts';
import type { Firing } from './behavior/firing.ts';
import type { Decision, RuleRef } from './decision.ts';
import { redact, redactText, shorten } from './redaction.ts';
import type { ToolCall } from './tool-call.ts';

/** Longest summary in a list, in characters. */
const SUMMARY_LIMIT = 400;
/** All parameters of a call together, as stored: the log refuses rows above 1 MiB. */
const PARAMS_BUDGET = 256 * 1024;

/** A call for the log. Parameters are redacted by key, long ones cut with their digest. */
export function storedCall(call: ToolCall): StoredCall {
  const params = shorten(redact(call.params), PARAMS_BUDGET);
  return {
    id: call.id,
    app: call.app,
    agent: call.agent,
    client: call.client,
    session: call.session,
    turn: call.turn,
    module: call.module,
    action: call.action,
    toolName: call.toolName.slice(0, 200),
    params,
    paramsDigest: createHash('sha256').update(canonicalJson(call.params)).digest('hex'),
    cwd: call.cwd,
    caller: call.caller,
    point: call.point,
    ...(call.confined === undefined ? {} : { confined: call.confined }),
    summary: summarize(call.module, call.action, params).slice(0, SUMMARY_LIMIT).toWellFormed(),
  };
}

/** The peer for the log: what identifies it, not its whole ancestry. */
export function storedPeer(peer: Peer): StoredPeer {
  const shown = peer.requester ?? peer.process;
  return {
    source: peer.source,
    pid: shown?.pid ?? peer.pid,
    uid: peer.uid,
    executable: shown?.executable ?? null,
    digest: shown?.digest ?? null,
    ancestry: peer.ancestry.map(({ pid, name }) => ({ pid, name })),
    terminal: peer.terminal,
    ...(peer.sandbox === undefined ? {} : { sandbox: peer.sandbox.level ?? 'reduced' }),
  };
}

export function storedTrace(decision: Decision): readonly StoredGate[] {
  return decision.trace.map(({ state, note }) => ({ state, note }));
}

/** Longest message of a rule on the log. */
const MESSAGE_LIMIT = 1000;

/** Behaviour rules that had something to say; nothing when none had. */
export function storedBehavior(firings: readonly Firing[]): { readonly behavior?: readonly StoredFiring[] } {
  if (firings.length === 0) return {};
  return {
    behavior: firings.map(({ rule, state, message }) => ({
      rule: rule.id,
      at: ruleText(rule.rule) ?? '',
      when: rule.when,
      action: rule.action,
      state,
      message: redactText(message).slice(0, MESSAGE_LIMIT).toWellFormed(),
    })),
  };
}

/** `capabilities.approve[0] at policy.yaml:14`, or null when no rule decided. */
export function ruleText(rule: RuleRef | null): string | null {
  return rule === null ? null : `${rule.path} at ${rule.file}:${rule.line}`;
}
