import { describe, expect, it } from 'vitest';
import { rowWords } from '../../../main/app/tutorials/row-words.ts';
import type { AuditEvent } from '../../../main/audit/event.ts';

type Resolved = Extract<AuditEvent, { type: 'approval.resolved' }>;

function wordsOf(event: AuditEvent): string {
  const { mark, lines } = rowWords({
    seq: 1,
    wallMicros: 0,
    monotonicMs: 0,
    bootId: '',
    event,
    prevHash: '',
    hash: '',
  });
  return [mark, ...lines].join(' | ');
}

const resolved: Resolved = {
  type: 'approval.resolved',
  v: 1,
  callId: 'call_1',
  session: 'ses_1',
  outcome: 'allowed',
  by: 'person',
  via: 'terminal',
  scope: 'once',
  reason: null,
  gate: null,
  waitedMs: 60_400,
};

describe('a row in words', () => {
  it.each<[string, Partial<Resolved>, string]>([
    ['a yes', {}, 'allowed | once, from a terminal'],
    [
      'a yes on the page, for the session',
      { via: 'page', scope: 'session' },
      'allowed | for this session, from a page',
    ],
    [
      'a yes that was given before',
      { by: 'grant', via: null, scope: null },
      'allowed | by an answer that is remembered for this session',
    ],
    ['a no', { outcome: 'denied' }, 'denied | once, from a terminal'],
    [
      'a no with its reason',
      { outcome: 'denied', reason: 'Later.' },
      'denied | once, from a terminal: “Later.”',
    ],
    [
      'a time-out',
      { outcome: 'expired', by: 'time', via: null, scope: null },
      'expired | nobody answered for 60 s, so the answer is no (auto_denied)',
    ],
    [
      'an end with the supervisor',
      { outcome: 'expired', by: 'restart', via: null, scope: null },
      'expired | Gatehouse stopped while it waited',
    ],
    [
      'an agent that gives up',
      { outcome: 'cancelled', by: 'agent', via: null, scope: null },
      'cancelled | the agent gave up waiting',
    ],
    [
      'a gate after the yes',
      { outcome: 'refused', by: 'gate', via: null, scope: null, reason: 'Too many.' },
      'refused | after the answer: “Too many.”',
    ],
  ])('%s', (_name, change, words) => {
    expect(wordsOf({ ...resolved, ...change })).toBe(words);
  });

  it('says of nobody that they denied what nobody answered', () => {
    for (const by of ['time', 'restart', 'agent'] as const) {
      const outcome = by === 'agent' ? 'cancelled' : 'expired';
      const words = wordsOf({ ...resolved, outcome, by, via: null, scope: null });
      expect(words).not.toMatch(/person|\bdenied\b/);
    }
  });

  it('lets nothing that an agent wrote act on the terminal', () => {
    const words = wordsOf({
      type: 'call.decided',
      v: 1,
      call: {
        id: 'call_1',
        app: '/p',
        agent: 'main',
        client: 'claude-code',
        session: 'ses_1',
        turn: 1,
        module: 'shell',
        action: 'bash',
        toolName: 'Bash\u001b[2J',
        params: {},
        paramsDigest: '',
        cwd: '/p',
        caller: 'llm',
        point: 'hook',
        summary: 'ls\n   7  allowed   once\u202e',
      },
      fingerprint: '',
      decision: 'approval_required',
      gate: 'gate4_policy',
      rule: null,
      reason: 'asks\r\n',
      risk: 'high',
      trace: [],
      policyHash: null,
      peer: null,
      grant: null,
    });
    expect(words).toBe(
      'asks | Bash\\u{1b}[2J: ls    7  allowed   once\\u{202e} | shell.bash, high risk; gate 4: asks',
    );
  });

  it('marks what needs attention', () => {
    const { mark, lines } = rowWords({
      seq: 1,
      wallMicros: 0,
      monotonicMs: 0,
      bootId: '',
      event: {
        type: 'security',
        v: 1,
        what: 'wrong_door',
        detail: 'a hook\u0007',
        peer: null,
        session: null,
      },
      prevHash: '',
      hash: '',
    });
    expect([mark, ...lines]).toEqual(['ALARM', 'a hook\\u{7}']);
  });
});
