/**
 * `decide()` with 10 to 100 000 rules, with grants under conditions, with a look for secrets, and with a user's
 * pattern that backtracking engines choke on; beside a bare map lookup in the same run. Prints one line of JSON;
 * times are nanoseconds per call, each sample the mean of a small batch.
 */
import process from 'node:process';
import { decide, type Facts } from '../../main/engine/decide.ts';
import { RateWindow } from '../../main/engine/rate-window.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { type CompiledPolicy, liftingTable, RuleTable } from '../../main/policy/policy.ts';

const BATCH = 20;
const SAMPLES = 20_000;
const WARM_UP = 5_000;

const protection = {
  paths: [
    '/home/dev/.local/share/gatehouse',
    '/home/dev/.config/gatehouse',
    '/run/user/1000/gatehouse',
    '/opt/gatehouse',
  ],
  settings: ['/home/dev/.claude/settings.json'],
  pids: [4242],
  home: '/home/dev',
};

/** A file may hold some thousand rules; beyond that the tables are filled as many layers would. */
function policyWith(rules: number, more: object = {}): CompiledPolicy {
  if (rules > 3000) {
    const policy = policyWith(3000);
    const caps = policy.capabilities;
    if (caps === null) throw new Error('no rules');
    const grown = (table: RuleTable): RuleTable =>
      new RuleTable(
        Array.from({ length: Math.ceil(rules / 3000) }, (_, turn) =>
          table.entries.map((entry) => ({
            ...entry,
            module: turn === 0 ? entry.module : `${entry.module}_${turn}`,
            index: turn * table.entries.length + entry.index,
          })),
        ).flat(),
      );
    const [grant, approve, deny] = [grown(caps.grant), grown(caps.approve), grown(caps.deny)];
    const lifting = liftingTable([grant.entries, approve.entries]);
    return { ...policy, capabilities: { ...caps, grant, approve, deny, lifting } };
  }

  const list = (from: number): unknown[] =>
    Array.from({ length: Math.floor(rules / 3) }, (_, index) => ({
      module: `mcp_server${from + index}`,
      actions: ['read', 'write', `tool${index}`],
    }));
  const file = {
    agents: [{ id: 'main' }],
    tools: {
      modules: { shell: {}, filesystem: {}, web: {}, mcp: {} },
      capabilities: {
        default_policy: 'approve',
        max_risk_level: 'high',
        max_data_classification: 'internal',
        rate_limits: { 'shell.bash': 30, '*': 100_000 },
        grant: [...list(0), { module: 'filesystem', actions: ['read', 'glob', 'grep'] }],
        approve: [...list(10_000), { module: 'shell', actions: ['bash'] }],
        deny: [...list(20_000), { module: 'workspace', actions: ['delete'] }],
        ...more,
      },
    },
  };
  const result = compilePolicy(JSON.stringify(file), 'bench.yaml');
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}

function call(module: string, action: string, params: ToolCall['params']): ToolCall {
  return {
    id: 'call',
    app: '/home/dev/web',
    agent: 'main',
    client: 'claude-code',
    session: 's',
    turn: 1,
    module,
    action,
    params,
    cwd: '/home/dev/web',
    caller: 'llm',
    point: 'hook',
    toolName: '',
  };
}

const calls: readonly ToolCall[] = [
  call('filesystem', 'read', { file_path: '/home/dev/web/src/index.ts' }),
  call('filesystem', 'edit', { file_path: '/home/dev/web/src/index.ts', old_string: 'a', new_string: 'b' }),
  call('shell', 'bash', { command: 'git status --short', description: 'Look at the state' }),
  call('web', 'fetch', { url: 'https://nodejs.org/api/fs.html', prompt: 'What is new?' }),
  call('mcp_server1', 'read', { id: 7 }),
];

function measure(run: (index: number) => unknown): { p50_ns: number; p99_ns: number; n: number } {
  let sink = 0;
  const sample = (at: number): number => {
    const start = process.hrtime.bigint();
    for (let index = 0; index < BATCH; index += 1) if (run(at * BATCH + index) !== null) sink += 1;
    return Number(process.hrtime.bigint() - start) / BATCH;
  };
  for (let at = 0; at < WARM_UP; at += 1) sample(at);
  const times = Array.from({ length: SAMPLES }, (_, at) => sample(at)).sort((a, b) => a - b);
  if (sink === 0) throw new Error('nothing was measured');
  const percentile = (share: number): number => Math.round(times[Math.floor(times.length * share)] ?? 0);
  return { p50_ns: percentile(0.5), p99_ns: percentile(0.99), n: SAMPLES * BATCH };
}

const pick = (index: number): ToolCall => calls[index % calls.length] as ToolCall;

function measureRules(rules: number, more: object = {}): object {
  const policy = policyWith(rules, more);
  const window = new RateWindow();
  const facts: readonly Facts[] = calls.map((item) => ({
    appActive: true,
    rate: window.snapshot(item, policy, 1000),
    protection,
  }));
  return { rules, ...measure((index) => decide(pick(index), policy, facts[index % calls.length] as Facts)) };
}

function measureBaseline(): object {
  const table = new Map(calls.map(({ module, action }) => [`${module}.${action}`, true]));
  return measure((index) => {
    const { module, action } = pick(index);
    return table.get(`${module}.${action}`);
  });
}

/** A call whose text is as long as it is hostile, through a grant with the person's own pattern. */
function measureHostile(): object {
  const pattern = { param_matches: { param: 'command', pattern: '(a+)+$' } };
  const policy = policyWith(1000, {
    approve: [],
    grant: [{ module: 'shell', actions: ['bash'], when: pattern }],
  });
  return [100, 1000, 10_000].map((length) => {
    const hostile = call('shell', 'bash', { command: `${'a'.repeat(length)}!` });
    const facts: Facts = { appActive: true, rate: { uses: [] }, protection: { ...protection, paths: [] } };
    const times = Array.from({ length: 200 }, () => {
      const start = process.hrtime.bigint();
      decide(hostile, policy, facts);
      return Number(process.hrtime.bigint() - start);
    }).sort((a, b) => a - b);
    return { length, p50_us: Math.round((times[100] ?? 0) / 100) / 10 };
  });
}

const results = [10, 100, 1000, 10_000, 100_000].map((rules) => measureRules(rules));
const conditional = measureRules(1000, {
  grant: [
    { module: 'filesystem', actions: ['read', 'edit'], when: { path_matches: 'src/**' } },
    { module: 'web', actions: ['fetch'], when: { domain_matches: '*.nodejs.org' } },
  ],
});
const content = measureRules(1000, { content: { secrets: 'deny' } });
const hostile = measureHostile();
process.stdout.write(
  `${JSON.stringify({ name: 'decide', results, conditional, content, hostile, baseline: { what: 'one lookup in a map by module.action', ...measureBaseline() } })}\n`,
);
