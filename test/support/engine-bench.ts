/** A whole engine over doubles of what lies below it, for tests of its shell. */
import type { AuditEvent, Receipt } from '../../main/audit/event.ts';
import { Engine, type EngineOptions } from '../../main/engine/engine.ts';
import type { InForce } from '../../main/engine/ports.ts';
import type { AuthorizeInput } from '../../main/engine/requests.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { MemoryApprovalStore } from './approval-store.ts';
import { peerOf } from './peers.ts';

/** A log in memory. `hold` keeps appends waiting; `fail` makes them reject. */
export class MemoryLog {
  readonly events: AuditEvent[] = [];
  fail: ((event: AuditEvent) => boolean) | null = null;

  async append(event: AuditEvent): Promise<Receipt> {
    await Promise.resolve();
    if (this.fail?.(event) ?? false) throw new Error('disk is full');
    this.events.push(event);
    return { seq: this.events.length, hash: '' };
  }

  ofType<T extends AuditEvent['type']>(type: T): Extract<AuditEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<AuditEvent, { type: T }> => event.type === type);
  }
}

export function policyFrom(capabilities: string, rest = ''): CompiledPolicy {
  const text = `app: { app_id: t, name: T, version: "1.0" }\ntools:\n  modules: { shell: {}, filesystem: {}, web: {} }\n  capabilities:\n${capabilities
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n${rest}`;
  const compiled = compilePolicy(text, 'policy.yaml');
  if (!compiled.ok)
    throw new Error(
      compiled.diagnostics.map((d) => `${d.line}:${d.column} ${d.path} ${d.message}`).join('\n'),
    );
  return compiled.policy;
}

export interface EngineBench {
  readonly engine: Engine;
  readonly log: MemoryLog;
  readonly store: MemoryApprovalStore;
  policy: CompiledPolicy | null;
  active: boolean;
  alive: boolean;
  call(overrides?: Partial<AuthorizeInput>): AuthorizeInput;
}

/** @param parts what the engine is to have besides, or in place of the doubles */
export function engineBench(
  policy: CompiledPolicy | null,
  more: Partial<InForce> = {},
  parts: Partial<EngineOptions> = {},
): EngineBench {
  const log = new MemoryLog();
  const store = new MemoryApprovalStore();
  let calls = 0;
  const bench: EngineBench = {
    log,
    store,
    policy,
    active: true,
    alive: true,
    engine: new Engine({
      clock: systemClock,
      log,
      store,
      home: '/home/dev',
      probe: () => bench.alive,
      inForce: {
        policy: () => bench.policy,
        appActive: () => bench.active,
        protection: () => ({ paths: ['/home/dev/.local/share/gatehouse'], pids: [], home: '/home/dev' }),
        ...more,
      },
      ...parts,
    }),
    call: (overrides = {}) => {
      calls += 1;
      const params: JsonObject = { command: 'ls' };
      return {
        client: 'claude-code',
        claimedSession: 'abc',
        claimedCallId: `toolu_${calls}`,
        claimedCwd: '/tmp',
        peer: peerOf(),
        agent: 'main',
        toolName: 'Bash',
        module: 'shell',
        action: 'bash',
        params,
        caller: 'llm',
        point: 'hook',
        patienceMs: 60_000,
        ...overrides,
      };
    },
  };
  return bench;
}

/** Waits until a condition holds. A time limit only ends what would hang, so it is generous. */
export async function until(condition: () => boolean, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error('the condition did not come to hold in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
