/** Decides calls by what is in force now, and keeps what decisions depend on: rates, and whether all is over. */
import type { KnownSecrets } from '../analysis/content/known-secrets.ts';
import type { CallAnalysis } from '../analysis/result.ts';
import type { Clock } from '../platform/clock.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Behaviors } from './behavior/behaviors.ts';
import type { CallAnalyses } from './call-analysis.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { protectsNested } from './nested-protection.ts';
import { withPause } from './pause.ts';
import type { InForce } from './ports.ts';
import { RateWindow } from './rate-window.ts';
import { spawnsAgent } from './self-protection.ts';
import type { ToolCall } from './tool-call.ts';

export class Judge {
  readonly #inForce: InForce;
  readonly #clock: Clock;
  readonly #analyses: CallAnalyses | null;
  readonly #rate = new RateWindow();
  readonly #behaviors: Behaviors;
  #stopped: string | null = null;

  constructor(options: {
    readonly inForce: InForce;
    readonly clock: Clock;
    readonly analyses?: CallAnalyses;
    readonly behaviors: Behaviors;
  }) {
    this.#inForce = options.inForce;
    this.#analyses = options.analyses ?? null;
    this.#clock = options.clock;
    this.#behaviors = options.behaviors;
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
      aims: this.#aims(call),
      behavior: this.#behaviors.factsFor(call, policy),
      secrets: this.secrets,
    });
    if (halted !== null && decision.gate === 'gate0_inactive') return { ...decision, reason: halted };
    const paused = call.point === 'test' ? null : (this.#inForce.paused?.(call.client, decision) ?? null);
    return paused === null ? decision : withPause(decision, paused);
  }

  /** Values that are known to be secret now. */
  get secrets(): KnownSecrets | null {
    return this.#inForce.secrets ?? null;
  }

  /** What a call would do; null where nothing analyses. */
  analysis(call: ToolCall): CallAnalysis | null {
    return this.#analyses?.of(call) ?? null;
  }

  /** Whether a call starts an agent program. */
  spawns(call: ToolCall): boolean {
    return spawnsAgent(call, this.#inForce.protection()) !== null;
  }

  /** Why a call is aimed at Gatehouse itself, where only the analysis finds that out. */
  #aims(call: ToolCall): string | null {
    if (this.#analyses === null) return null;
    return protectsNested(call, this.#analyses.of(call), this.#inForce.protection())?.reason ?? null;
  }

  /** Why a person must be asked about this call whatever the policy says; null when nothing speaks against it. */
  concern(call: ToolCall): string | null {
    return this.#inForce.concern?.(call.module, call.action) ?? null;
  }

  /** Which text of the tool is known now; null when none is, or the call is of no tool of a server. */
  toolText(call: ToolCall): string | null {
    return this.#inForce.toolText?.(call.module, call.action) ?? null;
  }

  /** A person has said yes to it in spite of the concern. */
  agreed(call: ToolCall): void {
    this.#inForce.agreed?.(call.module, call.action);
  }

  /** Counts a call that is let through, at once: calls that come together must see one another. */
  consume(call: ToolCall, policy: CompiledPolicy | null): void {
    if (call.point === 'test') return;
    this.#rate.consume(call, policy, this.#clock.monotonicMs());
    this.#behaviors.release(call, policy);
    this.#analyses?.released(call);
  }

  /** It was not let through after all. Its place in the rate stays taken. */
  withdraw(call: ToolCall): void {
    this.#behaviors.withdraw(call);
  }
}
