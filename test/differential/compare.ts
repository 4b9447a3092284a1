/** The same random policies and calls, decided by us and by Cedar. */
import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { decide } from '../../main/engine/decide.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { ActionSpec, Catalog } from '../../main/policy/catalog.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { cedarResource, cedarText } from './cedar-policy.ts';
import { fileText, randomFrom, randomWorld, type World } from './random-policy.ts';

export interface Difference {
  readonly ours: string;
  readonly cedars: string;
  readonly text: string;
  readonly call: World['calls'][number];
}

export interface Comparison {
  readonly policies: number;
  readonly calls: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

export function compare(seed: number, policies: number, callsEach: number): Comparison {
  const random = randomFrom(seed);
  const answers: Record<string, number> = { allow: 0, deny: 0, approve: 0 };
  const differences: Difference[] = [];
  for (let at = 0; at < policies; at += 1) {
    const world = randomWorld(random, callsEach);
    const text = fileText(world.file, random);
    const cedar = cedarText(world.file);
    for (const call of world.calls) {
      const ours = decideOurs(text, call);
      const cedars = decideCedar(cedar, call);
      answers[ours] = (answers[ours] ?? 0) + 1;
      if (ours !== cedars) differences.push({ ours, cedars, text, call });
    }
  }
  return { policies, calls: policies * callsEach, answers, differences };
}

function decideOurs(text: string, { module, action, tool }: World['calls'][number]): string {
  const policy = compiled(text, module, action, {
    risk: tool.risk,
    permissions: tool.permissions,
    classification: tool.label,
    mutating: true,
    params: {},
    main: [],
  });
  const call = {
    id: 'c',
    app: '/p',
    agent: 'main',
    client: 'x',
    session: 's',
    turn: 0,
    module,
    action,
    params: {},
    cwd: '/p',
    caller: 'llm',
    point: 'api',
    toolName: '',
  } as const;
  return decide(call, policy, {
    appActive: true,
    rate: NO_RATE,
    protection: { paths: [], pids: [], home: '/home/dev' },
  }).kind;
}

function compiled(text: string, module: string, action: string, spec: ActionSpec): CompiledPolicy {
  const catalog: Catalog = {
    names: [],
    module: (name) => ({ name, actions: new Map(), open: true }),
    action: (otherModule, otherAction) => (otherModule === module && otherAction === action ? spec : null),
  };
  const result = compilePolicy(text, 'random.yaml', { catalog, contradictions: 'note' });
  if (!result.ok) throw new Error(`${text}\n${result.diagnostics.map(formatDiagnostic).join('\n')}`);
  return result.policy;
}

function decideCedar(policies: string, call: World['calls'][number]): string {
  const resource = { type: 'Tool', id: `${call.module}.${call.action}` };
  const may = (action: 'run' | 'silent'): boolean => {
    const answer = isAuthorized({
      principal: { type: 'Agent', id: 'main' },
      action: { type: 'Action', id: action },
      resource,
      context: {},
      policies: { staticPolicies: policies },
      entities: [{ uid: resource, attrs: cedarResource(call) as Record<string, never>, parents: [] }],
    });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
    if (answer.response.diagnostics.errors.length > 0)
      throw new Error(JSON.stringify(answer.response.diagnostics.errors));
    return answer.response.decision === 'allow';
  };
  if (!may('run')) return 'deny';
  return may('silent') ? 'allow' : 'approve';
}
