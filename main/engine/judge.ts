/** Decides calls by what is in force now, and keeps what decisions depend on: rates, and whether all is over. */
import type { Clock } from '../platform/clock.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { InForce } from './ports.ts';
import { RateWindow } from './rate-window.ts';
import type { ToolCall } from './tool-call.ts';

export class Judge {
  readonly #inForce: InForce;
  readonly #clock: Clock;
  readonly #rate = new RateWindow();
  #stopped: string | null = null;

  constructor(options: { readonly inForce: InForce; readonly clock: Clock }) {
    this.#inForce = options.inForce;
    this.#clock = options.clock;
  }

  /** Why everything is refused from now on; null while it is not. */
  get stopped(): string | null {
    return this.#stopped;
  }

  stop(reason: string): void {
    this.#stopped = reason;
  }

  /** The policy in force, read anew for every decision. */
  policy(app: string): CompiledPolicy | null {
    return this.#inForce.policy(app);
  }

  decide(call: ToolCall, policy: CompiledPolicy | null): Decision {
    const halted = this.#inForce.halted?.(call.app) ?? null;
    const decision = decide(call, policy, {
      appActive: this.#stopped === null && halted === null && this.#inForce.appActive(call.app),
      rate: this.#rate.snapshot(call, policy, this.#clock.monotonicMs()),
      protection: this.#inForce.protection(),
      concern: this.concern(call),
    });
    return halted !== null && decision.gate === 'gate0_inactive' ? { ...decision, reason: halted } : decision;
  }

  /** Why a person must be asked about this call whatever the policy says; null when nothing speaks against it. */
  concern(call: ToolCall): string | null {
    return this.#inForce.concern?.(call.module, call.action) ?? null;
  }

  /** A person has said yes to it in spite of the concern. */
  agreed(call: ToolCall): void {
    this.#inForce.agreed?.(call.module, call.action);
  }

  /** Counts a call that is let through. */
  consume(call: ToolCall, policy: CompiledPolicy | null): void {
    if (call.point !== 'test') this.#rate.consume(call, policy, this.#clock.monotonicMs());
  }
}
