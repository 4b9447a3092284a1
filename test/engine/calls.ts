/** Calls, facts and policies for tests of the engine's pure core. */
import type { Facts } from '../../main/engine/decide.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { Protection } from '../../main/engine/self-protection.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { type CompileOptions, compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

export const HOME = '/home/u';
export const PROJECT = '/home/u/web';

export const protection: Protection = {
  paths: [
    '/home/u/.local/share/gatehouse',
    '/home/u/.config/gatehouse',
    '/home/u/.claude/settings.json',
    '/opt/gatehouse',
    '/run/user/1000/gatehouse',
  ],
  pids: [4321, 4322],
  home: HOME,
};

export const facts: Facts = { appActive: true, rate: NO_RATE, protection };

export function callOf(
  name: string,
  params: ToolCall['params'] = {},
  more: Partial<ToolCall> = {},
): ToolCall {
  const dot = name.indexOf('.');
  const [module, action] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
  return {
    id: 'call_1',
    app: PROJECT,
    agent: 'main',
    client: 'claude-code',
    session: 's1',
    turn: 1,
    module,
    action,
    params,
    cwd: PROJECT,
    caller: 'llm',
    point: 'hook',
    toolName: name,
    ...more,
  };
}

export function bash(command: string, more: Partial<ToolCall> = {}): ToolCall {
  return callOf('shell.bash', { command }, more);
}

/** Compiles what must compile. An object is written as JSON, which is YAML. */
export function policyOf(source: string | object, options: CompileOptions = {}): CompiledPolicy {
  const result = compilePolicy(
    typeof source === 'string' ? source : JSON.stringify(source),
    'policy.yaml',
    options,
  );
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}

/** Mulberry32: small, seeded, the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
