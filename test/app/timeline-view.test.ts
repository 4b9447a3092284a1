import { describe, expect, it } from 'vitest';
import { timelineDetailView, timelineRowView } from '../../main/app/views/timeline-view.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import type { AuditLog, LineDetail } from '../../main/audit/log.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { TimelineDetail, TimelineRow } from '../../preload/contract.ts';
import { HOME, PROJECT } from '../engine/calls.ts';
import { openAnalyst } from '../support/analyst.ts';
import { completed, decided, resolved } from '../support/audit-events.ts';

const CONTEXT = {
  home: HOME,
  analyses: new CallAnalyses(await openAnalyst(), HOME),
  signedTo: () => 1,
};

describe('a line of the timeline in full', () => {
  const peer = {
    source: 'kernel',
    pid: 7,
    uid: 1,
    executable: '/home/u/bin/claude',
    digest: 'ab'.repeat(32),
    ancestry: [],
    terminal: null,
  } as const;
  const lineOf = (events: readonly AuditEvent[]): LineDetail['line'] => ({
    seq: 1,
    lastSeq: events.length,
    callId: events[0]?.type === 'call.decided' ? 'call_1' : null,
    at: 1_780_000_000_000_000,
    outcome: null,
    byPerson: false,
    client: 'claude-code',
    agent: 'main',
    app: PROJECT,
    session: 'ses_1',
    turn: 1,
    rule: null,
    module: 'shell',
    action: 'shell.bash',
    risk: 'high',
    summary: 'ls',
    reason: '',
    trace: ([0, 1, 2, 3, 4, 5, 6] as const).map((gate) => ({
      state: gate === 4 ? 'waits' : 'passed',
      note: gate === 2 ? 'at the cap' : null,
      person: false,
    })),
    scope: null,
    success: null,
    durationMs: null,
    alarm: false,
  });
  const detailOf = async (...events: AuditEvent[]) => {
    const rows = events.map((event, index) => ({
      seq: index + 1,
      wallMicros: 1,
      monotonicMs: 1,
      bootId: 'b',
      event,
      prevHash: 'p',
      hash: `h${index}`,
    }));
    const log = {
      detail: async () => ({ line: lineOf(events), rows }),
      stats: () => ({ rows: 9, head: '', state: 'intact', why: null }),
    } as unknown as AuditLog;
    return TimelineDetail.parse(await timelineDetailView(log, 1, CONTEXT));
  };
  const ask = () => decided('call_1', { decision: 'approval_required', app: PROJECT });

  it('tells what the agent was told, and never that a person denied what nobody answered', async () => {
    const told = async (...events: AuditEvent[]) => (await detailOf(...events)).told;
    expect(await told(decided('call_1'))).toBeNull();
    expect(await told(decided('call_1', { decision: 'denied', reason: 'no shell here' }))).toBe(
      'no shell here',
    );
    expect(await told(ask())).toBeNull();
    expect(await told(ask(), resolved('call_1', 'allowed'))).toBeNull();
    expect(await told(ask(), resolved('call_1', 'denied'))).toBe('Denied by a person, without a reason.');
    expect(await told(ask(), resolved('call_1', 'expired', 'time'))).toBe(
      'Nobody answered in time. Nothing is remembered.',
    );
    expect(await told(ask(), { ...resolved('call_1', 'expired'), by: 'restart' } as AuditEvent)).toBe(
      'Gatehouse stopped while it waited.',
    );
    expect(await told(ask(), resolved('call_1', 'cancelled', 'agent'))).toBeNull();
    expect(await told(ask(), resolved('call_1', 'refused', 'gate'))).toMatch(/decided again/);
  });

  it('says what came of it, and how that is known', async () => {
    const result = async (...events: AuditEvent[]) =>
      (await detailOf(...events)).facts.find(({ label }) => label === 'Result');
    expect(await result(decided('call_1'))).toMatchObject({
      text: expect.stringMatching(/has not said what came of it/),
      source: 'unknown',
    });
    expect(await result(decided('call_1'), completed('call_1'))).toMatchObject({
      text: 'ran, in 40 ms',
      source: 'claimed',
    });
    expect(await result(ask())).toMatchObject({ text: 'waits' });
    expect(await result(ask(), resolved('call_1', 'denied'))).toMatchObject({ text: 'did not run' });
    const failed = { ...completed('call_1', false), preview: 'no such file' } as AuditEvent;
    expect(await result(decided('call_1'), failed)).toMatchObject({ text: 'failed, in 40 ms: no such file' });
  });

  it('names the gates, shows the peer as far as it is known, and every row to the byte', async () => {
    const detail = await detailOf({ ...ask(), peer }, resolved('call_1', 'allowed'));
    expect(detail.gates.map(({ name }) => name)).toEqual([
      'Active',
      'Module',
      'Risk',
      'Permission',
      'Policy',
      'Data',
      'Rate',
    ]);
    expect(detail.gates[2]?.said).toBe('at the cap');
    expect(detail.gates[4]?.said).toBe('asks you');
    expect(detail.facts.find(({ label }) => label === 'Program')).toMatchObject({
      code: '~/bin/claude',
      source: 'kernel',
    });
    expect(detail.records.map(({ seq, type, hash }) => [seq, type, hash])).toEqual([
      [1, 'call.decided', 'h0'],
      [2, 'approval.resolved', 'h1'],
    ]);
    expect(JSON.parse(detail.records[1]?.json ?? '')).toEqual(resolved('call_1', 'allowed'));
  });

  it('of an event has the facts of that event', async () => {
    const detail = await detailOf({ type: 'security', v: 1, what: 'x', detail: 'y', peer, session: null });
    expect(detail).toMatchObject({ params: [], told: null });
    expect(detail.facts.map(({ label }) => label)).toEqual(['Program', 'Digest']);
  });

  it('that is not there is told so', async () => {
    const log = { detail: async () => null } as unknown as AuditLog;
    await expect(timelineDetailView(log, 9, CONTEXT)).rejects.toMatchObject({
      code: 'not_found',
      message: 'the log has no line 9',
    });
  });

  it('in a list fits the contract, also with a risk that no list knows', () => {
    const line = { ...lineOf([decided('call_1')]), risk: 'extreme' };
    expect(TimelineRow.parse(timelineRowView(line))).toMatchObject({ risk: null, app: 'web', kind: 'call' });
    expect(timelineRowView({ ...line, callId: null, app: '', trace: null })).toMatchObject({
      kind: 'event',
      app: '',
      trace: null,
    });
  });
});
