/** An engine that answers as the test says and remembers what it was asked. */
import type { Said } from '../../main/engine/behavior/behaviors.ts';
import type {
  AuthorizeInput,
  CompleteInput,
  CompleteOutcome,
  EnginePort,
  SessionClaim,
  Standing,
  Verdict,
} from '../../main/engine/requests.ts';

export type Answer = (input: AuthorizeInput, signal: AbortSignal) => Promise<Verdict> | Verdict;

export function allowed(message = 'Allowed by a person, once.'): Verdict {
  return { kind: 'allow', outcome: 'allowed', message, callId: 'call_test', retryAfterMs: null };
}

export function denied(message = 'Denied by a person. The person says: not now.'): Verdict {
  return { kind: 'deny', outcome: 'denied', message, callId: 'call_test', retryAfterMs: null };
}

export class FakeEngine implements EnginePort {
  readonly authorized: AuthorizeInput[] = [];
  readonly completed: CompleteInput[] = [];
  readonly started: SessionClaim[] = [];
  readonly ended: { claim: SessionClaim; reason: string }[] = [];
  readonly prompts: string[] = [];
  readonly signals: AbortSignal[] = [];
  readonly heard: Said[] = [];
  /** What waits for agents, by agent. Reminders are those that say so. */
  readonly texts = new Map<string, string[]>();
  answer: Answer;

  constructor(answer: Answer = () => allowed()) {
    this.answer = answer;
  }

  async authorize(input: AuthorizeInput, signal: AbortSignal): Promise<Verdict> {
    this.authorized.push(input);
    this.signals.push(signal);
    return this.answer(input, signal);
  }

  async complete(input: CompleteInput): Promise<CompleteOutcome> {
    this.completed.push(input);
    return 'recorded';
  }

  stands(): Standing {
    return 'yes';
  }

  claimOf(): SessionClaim | null {
    return null;
  }

  async startSession(claim: SessionClaim): Promise<void> {
    this.started.push(claim);
  }

  async endSession(claim: SessionClaim, reason: string): Promise<void> {
    this.ended.push({ claim, reason });
  }

  async hear(_claim: SessionClaim, said: Said): Promise<void> {
    this.heard.push(said);
  }

  takeTexts(_claim: SessionClaim, agent: string, urgentOnly = false): readonly string[] {
    const waiting = this.texts.get(agent) ?? [];
    const taken = waiting.filter((text) => !urgentOnly || !text.includes('REMINDER'));
    this.texts.set(
      agent,
      waiting.filter((text) => !taken.includes(text)),
    );
    return taken;
  }

  async startTurn(_claim: SessionClaim, prompt: string): Promise<void> {
    this.prompts.push(prompt);
  }
}
