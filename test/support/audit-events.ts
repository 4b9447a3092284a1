import type { AuditEvent, StoredGate } from '../../main/audit/event.ts';

const PASSED: StoredGate = { state: 'passed', note: null };

/** A decision of a call, as the engine writes it. */
export function decided(
  id: string,
  overrides: {
    decision?: 'allowed' | 'denied' | 'approval_required';
    gate?: string;
    client?: string;
    app?: string;
    session?: string;
    module?: string;
    action?: string;
    summary?: string;
    reason?: string;
    risk?: string;
  } = {},
): Extract<AuditEvent, { type: 'call.decided' }> {
  const decision = overrides.decision ?? 'allowed';
  const fourth: StoredGate = {
    state: decision === 'allowed' ? 'allowed' : decision === 'denied' ? 'stopped' : 'asks',
    note: null,
  };
  return {
    type: 'call.decided',
    v: 1,
    call: {
      id,
      app: overrides.app ?? '/home/dev/src/web',
      agent: 'main',
      client: overrides.client ?? 'claude-code',
      session: overrides.session ?? 'ses_1',
      turn: 1,
      module: overrides.module ?? 'shell',
      action: overrides.action ?? 'bash',
      toolName: 'Bash',
      params: { command: overrides.summary ?? 'npm test' },
      paramsDigest: '00',
      cwd: '/home/dev/src/web',
      caller: 'llm',
      point: 'hook',
      summary: overrides.summary ?? 'npm test',
    },
    fingerprint: 'ff',
    decision,
    gate: overrides.gate ?? 'gate4_policy',
    rule: null,
    reason: overrides.reason ?? 'the policy says so',
    risk: overrides.risk ?? 'high',
    trace: [PASSED, PASSED, PASSED, PASSED, fourth, PASSED, PASSED],
    policyHash: null,
    peer: null,
    grant: null,
  };
}

/** The end of a request that waited. */
export function resolved(
  callId: string,
  outcome: 'allowed' | 'denied' | 'refused' | 'expired' | 'cancelled',
  by: 'person' | 'time' | 'agent' | 'gate' = 'person',
): AuditEvent {
  return {
    type: 'approval.resolved',
    v: 1,
    callId,
    session: 'ses_1',
    outcome,
    by,
    via: by === 'person' ? 'page' : null,
    scope: outcome === 'allowed' ? 'once' : null,
    reason: null,
    gate: outcome === 'refused' ? 'gate6_rate_limit' : null,
    waitedMs: 1200,
  };
}

export function completed(callId: string, success = true): AuditEvent {
  return {
    type: 'call.completed',
    v: 1,
    callId,
    session: 'ses_1',
    success,
    source: 'claimed',
    durationMs: 40,
    resultDigest: '00',
    resultBytes: 2,
    preview: '',
  };
}

export function started(): AuditEvent {
  return { type: 'supervisor.started', v: 1, version: '0.1.0', shell: 'headless', pid: 1 };
}
