/**
 * How often calls were made in the last 60 seconds, on the monotonic clock.
 *
 * Windows are kept per app, session, client and limit. Looking consumes nothing; only a call that is let through
 * is counted. Memory is bounded: where there is no room for another window, calls are refused, not uncounted.
 */
import { canonicalCall } from '../policy/catalog.ts';
import type { CompiledPolicy, RateLimit } from '../policy/policy.ts';
import type { RuleRef } from '../policy/rule-ref.ts';
import type { ToolCall } from './tool-call.ts';

export const RATE_WINDOW_MS = 60_000;
/** Looking for room goes through everything, so it is not done for every call of a flood. */
const SWEEP_EVERY_MS = 1000;

export interface RateUse {
  /** The limit's key: `module` or `module.action`. */
  readonly key: string;
  readonly limit: number;
  /** Calls in the window, the one that is asked about not counted. */
  readonly used: number;
  /** Milliseconds until the next call fits; 0 when it fits now. */
  readonly retryAfterMs: number;
  readonly rule: RuleRef | null;
}

/** Every limit that applies to a call. Empty when none does. */
export interface RateSnapshot {
  readonly uses: readonly RateUse[];
}

export const NO_RATE: RateSnapshot = Object.freeze({ uses: Object.freeze([]) });

type Asked = Pick<ToolCall, 'app' | 'session' | 'client' | 'module' | 'action'>;

export interface RateBounds {
  /** App, session and client together. */
  readonly scopes: number;
  readonly windowsPerScope: number;
}

/** Time stamps of the last calls, oldest first, as many as the limit needs. */
class Ring {
  #times: number[] = [];
  #start = 0;

  /** Forgets what is out of the window. A call exactly 60 s ago still counts. */
  count(now: number): number {
    while (this.#start < this.#times.length && (this.#times[this.#start] ?? 0) < now - RATE_WINDOW_MS)
      this.#start += 1;
    if (this.#start > 64 && this.#start * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#start);
      this.#start = 0;
    }
    return this.#times.length - this.#start;
  }

  add(now: number, limit: number): void {
    this.#times.push(now);
    // More than the limit can only be there when the limit was lowered; the newest ones decide then.
    if (this.#times.length - this.#start > limit) this.#start += 1;
  }

  /** Milliseconds until fewer than `limit` calls are in the window. */
  wait(now: number, limit: number): number {
    const used = this.#times.length - this.#start;
    if (used < limit) return 0;
    const leaves = this.#times[this.#start + used - limit] ?? now;
    return Math.min(RATE_WINDOW_MS, Math.max(1, Math.floor(leaves + RATE_WINDOW_MS - now) + 1));
  }
}

export class RateWindow {
  readonly #scopes = new Map<string, Map<string, Ring>>();
  readonly #bounds: RateBounds;
  #swept = Number.NEGATIVE_INFINITY;
  /** The latest time seen: time never runs back here. */
  #now = Number.NEGATIVE_INFINITY;

  constructor(bounds: RateBounds = { scopes: 4096, windowsPerScope: 1024 }) {
    this.#bounds = bounds;
  }

  /** How a call stands with every limit of the policy that applies to it. `nowMs` is monotonic. */
  snapshot(call: Asked, policy: CompiledPolicy | null, nowMs: number): RateSnapshot {
    const limits = limitsOf(call, policy);
    if (limits.length === 0) return NO_RATE;
    const now = this.#advance(nowMs);
    const scope = this.#scopes.get(scopeOf(call));
    const full = scope === undefined && this.#scopes.size >= this.#bounds.scopes && !this.#sweep(now);
    return {
      uses: limits.map(({ key, limit, rule }) => {
        const ring = scope?.get(key);
        const noRoom =
          full ||
          (ring === undefined &&
            scope !== undefined &&
            scope.size >= this.#bounds.windowsPerScope &&
            !sweepScope(scope, now));
        if (noRoom) return { key, limit, used: limit, retryAfterMs: RATE_WINDOW_MS, rule };
        return { key, limit, used: ring?.count(now) ?? 0, retryAfterMs: ring?.wait(now, limit) ?? 0, rule };
      }),
    };
  }

  /** Counts a call that is let through. */
  consume(call: Asked, policy: CompiledPolicy | null, nowMs: number): void {
    const limits = limitsOf(call, policy);
    if (limits.length === 0) return;
    const now = this.#advance(nowMs);
    const name = scopeOf(call);
    const scope = this.#scopes.get(name) ?? new Map<string, Ring>();
    this.#scopes.set(name, scope);
    for (const { key, limit } of limits) {
      const ring = scope.get(key) ?? new Ring();
      scope.set(key, ring);
      ring.count(now);
      ring.add(now, limit);
    }
  }

  #advance(nowMs: number): number {
    if (nowMs > this.#now) this.#now = nowMs;
    return this.#now;
  }

  /** Drops scopes in which nothing happened for a window; answers whether there is room now. */
  #sweep(now: number): boolean {
    if (now - this.#swept < SWEEP_EVERY_MS) return false;
    this.#swept = now;
    for (const [name, scope] of this.#scopes) {
      sweepScope(scope, now);
      if (scope.size === 0) this.#scopes.delete(name);
    }
    return this.#scopes.size < this.#bounds.scopes;
  }
}

/**
 * How a call stood when one limit refused it: that one is used up, and nothing is known of the others.
 *
 * @param rule the line of the limit, as the log names it: `rate_limits["shell.bash"] at policy.yaml:9`
 */
export function usedUp(call: Asked, policy: CompiledPolicy | null, rule: string): RateSnapshot {
  const uses = limitsOf(call, policy).flatMap(({ key, limit, rule: own }) =>
    rule.startsWith(`${own.path} at ${own.file}:`)
      ? [{ key, limit, used: limit, retryAfterMs: RATE_WINDOW_MS, rule: own }]
      : [],
  );
  return uses.length === 0 ? NO_RATE : { uses };
}

function sweepScope(scope: Map<string, Ring>, now: number): boolean {
  const before = scope.size;
  for (const [key, ring] of scope) if (ring.count(now) === 0) scope.delete(key);
  return scope.size < before;
}

function limitsOf(call: Asked, policy: CompiledPolicy | null): readonly RateLimit[] {
  const limits = policy?.capabilities?.rateLimits;
  if (limits === undefined || limits.rows.length === 0) return [];
  const { module, action } = canonicalCall(call.module, call.action);
  return limits.of(module, action);
}

function scopeOf({ app, session, client }: Asked): string {
  return JSON.stringify([app, session, client]);
}
