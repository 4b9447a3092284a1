/** An engine that answers as the test says and remembers what it was asked. */
import type {
  AuthorizeInput,
  CompleteInput,
  CompleteOutcome,
  EnginePort,
  SessionClaim,
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

  claimOf(): SessionClaim | null {
    return null;
  }

  async startSession(claim: SessionClaim): Promise<void> {
    this.started.push(claim);
  }

  async endSession(claim: SessionClaim, reason: string): Promise<void> {
    this.ended.push({ claim, reason });
  }

  async startTurn(_claim: SessionClaim, prompt: string): Promise<void> {
    this.prompts.push(prompt);
  }
}
