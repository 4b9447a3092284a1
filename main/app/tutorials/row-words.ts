/** Rows of the log in plain words: a mark that stands out, and what the row says. */

import type { AuditEvent, AuditRow, StoredFiring } from '../../audit/event.ts';
import { reviewSentence } from '../../audit/review-words.ts';
import { recordedWords, refusedWords, sentenceOf } from '../../audit/sentences.ts';
import { agentText } from '../../points/hooks/agent-text.ts';
import { appName, clientName } from '../views/words.ts';

export interface RowWords {
  readonly mark: string;
  /** One entry a line. */
  readonly lines: readonly string[];
}

type EventOf<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;

const LINE = 200;

/** What a row says. Every text in it that an agent wrote is made harmless for a terminal. */
export function rowWords({ event }: AuditRow): RowWords {
  switch (event.type) {
    case 'supervisor.started':
      return { mark: 'started', lines: [`Gatehouse ${event.version}, pid ${event.pid}`] };
    case 'policy.loaded':
      return policyWords(event);
    case 'session.started':
      return {
        mark: 'session',
        lines: [`${clientName(event.client)} in ${agentText(appName(event.app), 60)}, ${knownBy(event)}`],
      };
    case 'session.ended':
      return { mark: 'session', lines: ['ended'] };
    case 'turn.started':
      return { mark: 'prompt', lines: [`number ${event.turn}, ${event.promptBytes} bytes`] };
    case 'call.decided':
      return decidedWords(event);
    case 'approval.resolved':
      return resolvedWords(event);
    case 'behavior.fired':
      return { mark: 'rule', lines: ruleWords([event.firing]) };
    case 'call.completed':
      return {
        mark: event.success ? 'ran' : 'failed',
        lines: [
          event.source === 'claimed' ? 'so the agent says' : 'seen by Gatehouse itself',
          ...(event.preview === '' ? [] : [agentText(event.preview, LINE)]),
          ...ruleWords(event.behavior ?? []),
        ],
      };
    case 'sandbox.started':
      return {
        mark: 'sandbox',
        lines: [
          `${event.reached ?? 'less than standard'} is in force; asked for: ${event.asked}`,
          ...event.lacking.map((what) => `not enforced here: ${agentText(what, LINE)}`),
        ],
      };
    case 'sandbox.denied':
      return { mark: 'denied', lines: [Object.keys(event.calls).sort().join(', ')] };
    case 'egress.refused':
      return { mark: 'refused', lines: refusedWords(event).map((line) => agentText(line, LINE)) };
    case 'sandbox.recorded':
      return { mark: 'claimed', lines: recordedWords(event).map((line) => agentText(line, LINE)) };
    case 'sandbox.ended':
      return {
        mark: 'sandbox',
        lines: [
          'ended',
          ...event.quarantined.map((what) => `taken out of the project: ${agentText(what, LINE)}`),
        ],
      };
    case 'review.changed':
      return { mark: 'review', lines: [agentText(reviewSentence(event).summary, LINE)] };
    case 'presence':
      return {
        mark: 'PIN',
        lines: [
          `${event.ok ? 'right' : 'wrong'}, from a ${event.via}: ${agentText(event.act.replaceAll('_', ' '), LINE)}`,
        ],
      };
    default: {
      const { summary, alarm } = sentenceOf(event);
      return { mark: alarm ? 'ALARM' : 'event', lines: [agentText(summary, LINE)] };
    }
  }
}

function policyWords(event: EventOf<'policy.loaded'>): RowWords {
  if (event.state === 'ok')
    return { mark: 'policy', lines: [`in force, SHA-256 ${(event.hash ?? '').slice(0, 12)}…`] };
  return { mark: 'policy', lines: ['not in force', ...event.errors.map((error) => agentText(error, LINE))] };
}

function knownBy(event: EventOf<'session.started'>): string {
  const who = event.peer.pid === null ? 'process unknown' : `pid ${event.peer.pid}`;
  return `${who}, ${event.peer.source === 'kernel' ? 'from the kernel' : "in the agent's words"}`;
}

function decidedWords(event: EventOf<'call.decided'>): RowWords {
  const { call } = event;
  const what = agentText(`${call.toolName}: ${call.summary}`, LINE);
  const why = `${call.module}.${call.action}, ${event.risk} risk; ${gateWords(event.gate)}: ${agentText(event.reason, LINE)}`;
  const rules = ruleWords(event.behavior ?? []);
  switch (event.decision) {
    case 'approval_required':
      return { mark: 'asks', lines: [what, why, ...rules] };
    case 'denied':
      return { mark: 'refused', lines: [what, why, ...rules] };
    case 'allowed':
      return {
        mark: 'allowed',
        lines: [
          what,
          event.grant === null ? why : 'by an answer that is remembered for this session',
          ...rules,
        ],
      };
  }
}

/** Which behaviour rules had something to say, and where they stand; paths without their folder. */
function ruleWords(firings: readonly StoredFiring[]): readonly string[] {
  const words = { block: 'blocks', warn: 'warns', remind: 'reminds' } as const;
  return firings.map(({ rule, at, action, state }) =>
    state === 'unavailable'
      ? `rule ${rule} cannot be asked: nobody tells what the agent says`
      : `rule ${rule} ${words[action]} (${at.replace(/ at .*\//, ' at ')})`,
  );
}

/** `gate4_policy` → `gate 4`. */
function gateWords(code: string): string {
  if (code === 'behavior') return 'behaviour rule';
  const digit = /^gate(\d)/.exec(code)?.[1];
  return digit === undefined ? code : `gate ${digit}`;
}

function resolvedWords(event: EventOf<'approval.resolved'>): RowWords {
  const via = event.via === null ? '' : `, from a ${event.via}`;
  const reason = event.reason === null ? '' : `: “${agentText(event.reason, LINE)}”`;
  switch (event.outcome) {
    case 'allowed':
      return event.by === 'person'
        ? { mark: 'allowed', lines: [`${event.scope === 'session' ? 'for this session' : 'once'}${via}`] }
        : { mark: 'allowed', lines: ['by an answer that is remembered for this session'] };
    case 'denied':
      return { mark: 'denied', lines: [`once${via}${reason}`] };
    case 'expired':
      return event.by === 'restart'
        ? { mark: 'expired', lines: ['Gatehouse stopped while it waited'] }
        : {
            mark: 'expired',
            lines: [
              `nobody answered for ${Math.round(event.waitedMs / 1000)} s, so the answer is no (auto_denied)`,
            ],
          };
    case 'cancelled':
      return { mark: 'cancelled', lines: ['the agent gave up waiting'] };
    case 'refused':
      return { mark: 'refused', lines: [`after the answer${reason}`] };
  }
}
