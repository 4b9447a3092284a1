/**
 * Behaviour rules before a call: what asking them adds to a decision, with the `dev` profile and three rules of
 * one's own with patterns; what reading a shell command adds where nothing has read it yet; and what a pattern
 * that would hold up a backtracking engine takes. Beside it one bare RegExp on the same command in the same run.
 * Prints one line of JSON; times are nanoseconds per call, each sample the mean of a small batch.
 */
import process from 'node:process';
import { Behaviors } from '../../main/engine/behavior/behaviors.ts';
import { CommandForms } from '../../main/engine/behavior/command-forms.ts';
import { decide, type Facts } from '../../main/engine/decide.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { compilePattern } from '../../main/policy/pattern.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

const BATCH = 20;
const SAMPLES = 5_000;
const WARM_UP = 2_000;
const HOME = '/home/dev';
const COMMAND = 'git commit -m "Say it shorter" && npm run build -- --watch';

const pattern = (id: string, param: string, text: string) => ({
  id,
  trigger: ['bash', 'edit', 'write'],
  action: 'warn',
  condition: { param_matches: { param, pattern: text } },
  message: 'no',
});

function policyWith(behavior: object): CompiledPolicy {
  const file = {
    tools: {
      modules: { shell: {}, filesystem: {}, web: {} },
      capabilities: { default_policy: 'auto', max_risk_level: 'high' },
    },
    security: { behavior },
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
  call('shell', 'bash', { command: COMMAND, description: 'Build' }),
  call('web', 'fetch', { url: 'https://nodejs.org/api/fs.html', prompt: 'What is new?' }),
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

/** Decisions with what the session has done as a fact, looked up before, as it is in the supervisor. */
function decisions(policy: CompiledPolicy): object {
  const behaviors = new Behaviors({
    home: HOME,
    policy: () => policy,
    commands: new CommandForms(HOME),
    tellers: { has: () => true, add: () => undefined },
    saved: { read: () => null, write: () => undefined, remove: () => undefined },
  });
  const session = { id: 's', key: 's', client: 'claude-code', app: '/home/dev/web' };
  behaviors.startTurn(session, 1);
  behaviors.hear(session, { messageId: 'm', text: 'I look at it.', final: true });
  const facts: readonly Facts[] = calls.map((item) => ({
    appActive: true,
    rate: NO_RATE,
    protection: { paths: ['/home/dev/.config/gatehouse'], pids: [4242], home: HOME },
    behavior: behaviors.factsFor(item, policy),
  }));
  return measure((index) => {
    const at = index % calls.length;
    return decide(calls[at] as ToolCall, policy, facts[at] as Facts);
  });
}

function evil(source: string): object {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.problem);
  const text = `${'a'.repeat(10_000)}!`;
  compiled.pattern.test(text);
  const start = performance.now();
  for (let at = 0; at < 20; at += 1) compiled.pattern.test(text);
  return {
    pattern: source,
    characters: text.length,
    mean_us: Math.round(((performance.now() - start) / 20) * 1000),
  };
}

const rules = [
  pattern('one', 'command', '(UPDATE|DELETE|DROP)\\s'),
  pattern('two', 'command', '\\b(npm|pnpm)\\s+publish\\b'),
  pattern('three', 'file_path', 'migrations?/'),
];
let turn = 0;
const forms = new CommandForms(HOME);
const regexp = /\b(npm|pnpm)\s+publish\b/i;
process.stdout.write(
  `${JSON.stringify({
    name: 'behavior',
    results: {
      without: decisions(policyWith({})),
      dev_and_three: decisions(policyWith({ profile: 'dev', rule_definitions: rules })),
      thousand: decisions(
        policyWith({
          profile: 'dev',
          rule_definitions: Array.from({ length: 1000 }, (_, at) => ({
            ...pattern(`r${at}`, 'x', 'y'),
            trigger: [`mcp_server${at}.tool`],
          })),
        }),
      ),
      // Two texts in turn, so that none is known from the time before.
      command_read: measure(() => {
        turn += 1;
        return forms.formOf(turn % 2 === 0 ? COMMAND : `${COMMAND} `);
      }),
      evil: ['(a+)+$', '(a|aa)+$', '(.*a){12}$'].map(evil),
    },
    baseline: { what: 'one RegExp on the same command', ...measure(() => regexp.test(COMMAND)) },
  })}\n`,
);
