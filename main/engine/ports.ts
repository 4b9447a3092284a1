/** What the engine's shell needs from outside. The composition root hands it in; tests hand in doubles. */
import type { KnownSecrets } from '../analysis/content/known-secrets.ts';
import type { AuditEvent, Receipt } from '../audit/event.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Decision } from './decision.ts';
import type { Protection } from './self-protection.ts';

/** The log: resolves when the row is durable, rejects when it cannot be. `soon`: nobody is held up by this row. */
export interface LogPort {
  append(event: AuditEvent, when?: 'now' | 'soon'): Promise<Receipt>;
}

/** What is in force now. Read anew for every decision. */
export interface InForce {
  /** What decides the calls of a project; null when no policy ever compiled: then everything is refused. */
  policy(app: string): CompiledPolicy | null;
  /** False while the person has stopped this app. */
  appActive(app: string): boolean;
  protection(): Protection;
  /** Why a person must be asked about this action whatever the policy says; null when nothing speaks against it. */
  concern?(module: string, action: string): string | null;
  /** Which text of a tool is known now: its digest; null when none is. What was shown may be another one later. */
  toolText?(module: string, action: string): string | null;
  /** A person has said yes to a call in spite of the concern. */
  agreed?(module: string, action: string): void;
  /** A pause that lifts this decision for the client, in a sentence; null or left out when there is none. */
  paused?(client: string, decision: Decision): string | null;
  /** Why nothing may run in a project, in sentences for the agent; null or left out when nothing is the matter. */
  halted?(app: string): string | null;
  /** Values of the open vault, which no call may carry unasked. */
  readonly secrets?: KnownSecrets;
}
