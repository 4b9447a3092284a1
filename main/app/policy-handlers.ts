/** What the policy page asks for: the files, checks of a draft, saving, trust, and why a call is decided as it is. */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type {
  CallWish,
  Handlers,
  PolicyCheck,
  PolicyExplanation,
  PolicyFiles,
  PolicyLayerView,
} from '../../preload/contract.ts';
import type { AuditLog } from '../audit/log.ts';
import type { CallAnalyses } from '../engine/call-analysis.ts';
import { freshFacts, understanding } from '../engine/eval-line.ts';
import { type Explanation, explain } from '../engine/explain.ts';
import { usedUp } from '../engine/rate-window.ts';
import type { Protection } from '../engine/self-protection.ts';
import type { Caller, ToolCall } from '../engine/tool-call.ts';
import type { JsonObject } from '../platform/canonical-json.ts';
import { GatehouseError } from '../platform/errors.ts';
import { builtinCatalog, canonicalName } from '../policy/catalog.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { policySchema } from '../policy/json-schema.ts';
import { mergeLayers } from '../policy/merge-layers.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { RuleRef } from '../policy/rule-ref.ts';
import { trustChanges } from '../policy/trust-changes.ts';
import { type Page, success } from './pages.ts';
import { readPolicyFile, writePolicyFile } from './policy-file.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { type PolicyLayers, PROJECT_FILE, type ProjectPolicy } from './policy-layers.ts';
import { profilesBeside } from './profile-files.ts';
import { readPreset } from './resources.ts';
import { GATE_NAMES } from './views/timeline-view.ts';
import { appName, tildePath } from './views/words.ts';
import type { PolicyFileState } from './watched-policy.ts';

export const PRESETS = ['careful', 'coding', 'research', 'locked-down', 'observe'] as const;

export interface PolicyPageParts {
  readonly home: string;
  readonly log: AuditLog;
  readonly keeper: PolicyKeeper;
  readonly layers: PolicyLayers;
  /** Roots of the projects in which agents worked lately. */
  readonly projects: () => readonly string[];
  readonly protection: () => Protection;
  /** What calls would do. */
  readonly analyses: CallAnalyses;
  readonly reload: () => Promise<void>;
  readonly trust: (file: string, hash: string, via: 'page' | 'window') => Promise<void>;
  readonly distrust: (file: string, via: 'page' | 'window') => Promise<boolean>;
}

type PolicyMethods =
  | 'policyFiles'
  | 'policySchema'
  | 'checkPolicy'
  | 'savePolicy'
  | 'trustPolicy'
  | 'distrustPolicy'
  | 'explainCall'
  | 'explainRow';

export function policyHandlers(parts: PolicyPageParts): Pick<Handlers<Page>, PolicyMethods> {
  return {
    policyFiles: async () => success(filesView(parts)),
    policySchema: async () => success(policySchema()),
    checkPolicy: async (_page, text) => success(checkView(text, parts)),
    savePolicy: async (_page, { text, over }) => {
      const { file } = parts.keeper.status();
      if (hashOf(readOr(file)) !== over)
        throw new GatehouseError('changed', 'the file was changed by somebody else since you opened it', {
          hint: 'read it again; your draft stays until you leave the page',
        });
      const check = checkView(text, parts);
      if (check.errors.length > 0)
        throw new GatehouseError('has_errors', 'a draft with errors is not saved', {
          hint: 'repair them first',
        });
      writePolicyFile(file, text);
      await parts.reload();
      return success(filesView(parts));
    },
    trustPolicy: async (page, { id, hash }) => {
      await parts.trust(`${projectOf(parts, id).file}`, hash, page.via);
      return success(filesView(parts));
    },
    distrustPolicy: async (page, id) => {
      await parts.distrust(projectOf(parts, id).file, page.via);
      return success(filesView(parts));
    },
    explainCall: async (_page, wish) => success(explainWish(wish, parts)),
    explainRow: async (_page, seq) => success(await explainRow(seq, parts)),
  };
}

function projectOf(parts: PolicyPageParts, id: string): ProjectPolicy {
  const project = parts.projects().includes(id) ? parts.layers.project(id) : null;
  if (project === null) throw new GatehouseError('not_found', 'there is no such project');
  return project;
}

export function filesView(parts: PolicyPageParts): PolicyFiles {
  const managed = parts.layers.managed();
  const projects = parts
    .projects()
    .flatMap((app) => parts.layers.project(app) ?? [])
    .filter(({ state }) => state.kind !== 'absent')
    .toSorted((a, b) => appName(a.app).localeCompare(appName(b.app)));
  return {
    layers: [
      ...(managed === null || managed.state.kind === 'absent' ? [] : [managedView(managed, parts.home)]),
      userView(parts),
      ...projects.map((project) => projectView(project, parts)),
    ],
    presets: PRESETS.map((name) => ({ name, text: readPreset(name) })),
    tools: builtinCatalog.names.flatMap((name) =>
      [...(builtinCatalog.module(name)?.actions.keys() ?? [])].map((action) => `${name}.${action}`),
    ),
  };
}

function managedView(managed: { file: string; state: PolicyFileState }, home: string): PolicyLayerView {
  const good = managed.state.kind === 'good';
  return {
    ...bodyOf(managed.state),
    id: 'managed',
    layer: 'managed',
    app: null,
    file: tildePath(managed.file, home),
    state: good ? 'in_force' : 'broken',
    sentence: good
      ? 'Whoever runs this computer put it here. What it denies, you cannot allow.'
      : 'It cannot be used, so nothing is allowed on this computer.',
    trusted: true,
    changes: [],
  };
}

function userView({ keeper, home }: PolicyPageParts): PolicyLayerView {
  const status = keeper.status();
  const text = readOr(status.file);
  return {
    id: 'user',
    layer: 'user',
    app: null,
    file: tildePath(status.file, home),
    state: status.state === 'ok' ? 'in_force' : status.state === 'last_good' ? 'last_good' : 'broken',
    sentence: keeper.sentence(),
    text: text ?? '',
    hash: hashOf(text),
    trusted: true,
    errors: status.errors.map(problemOf),
    notes: status.notes.map(problemOf),
    changes: [],
  };
}

function projectView(project: ProjectPolicy, parts: PolicyPageParts): PolicyLayerView {
  const { state, trusted, held } = project;
  const good = state.kind === 'good';
  const kept =
    held === 0 ? '' : ' What an earlier version of it forbade still holds while an agent works there.';
  return {
    ...bodyOf(state),
    id: project.app,
    layer: 'project',
    app: appName(project.app),
    file: tildePath(project.file, parts.home),
    state: good ? 'in_force' : 'broken',
    sentence: !good
      ? 'It has errors, so nothing runs in this project.'
      : trusted
        ? `You trust this very file: it gives what it says.${kept}`
        : `It can only tighten: what it denies, hides and asks about holds, and nothing else in it.${kept}`,
    trusted,
    changes: good ? trustChanges(parts.layers.shared(), state.policy).map((change) => ({ ...change })) : [],
  };
}

function bodyOf(state: PolicyFileState): Pick<PolicyLayerView, 'text' | 'hash' | 'errors' | 'notes'> {
  switch (state.kind) {
    case 'absent':
      return { text: '', hash: null, errors: [], notes: [] };
    case 'good':
      return { text: state.text, hash: state.policy.hash, errors: [], notes: state.notes.map(problemOf) };
    case 'bad':
      return {
        text: state.text ?? '',
        hash: hashOf(state.text),
        errors: state.errors.map(problemOf),
        notes: [],
      };
  }
}

function problemOf({ line, column, path, message }: Diagnostic): PolicyCheck['errors'][number] {
  return { line, column, path, message };
}

function checkView(text: string, { keeper }: PolicyPageParts): PolicyCheck {
  const findProfile = profilesBeside(keeper.status().file);
  const result = compilePolicy(text, 'policy.yaml', { findProfile });
  return result.ok
    ? { errors: [], notes: result.notes.map(problemOf) }
    : { errors: result.diagnostics.map(problemOf), notes: [] };
}

function readOr(file: string): string | null {
  try {
    return readPolicyFile(file);
  } catch {
    return null;
  }
}

function hashOf(text: string | null): string | null {
  return text === null ? null : createHash('sha256').update(text, 'utf8').digest('hex');
}

function explainWish(wish: CallWish, parts: PolicyPageParts): PolicyExplanation {
  const { module, action } = canonicalName(wish.tool);
  const name = builtinCatalog.action(module, action)?.main[0] ?? 'value';
  const app = wish.app ?? parts.home;
  const call = callOf(module, action, wish.value === '' ? {} : { [name]: wish.value }, {
    app,
    client: wish.client,
    agent: 'main',
    caller: 'llm',
  });
  return view(explain(call, policyFor(wish, parts), factsOf(call, parts)), []);
}

/** The policy in force in a project, with the person's own replaced by a draft where there is one. */
function policyFor({ app, draft }: CallWish, parts: PolicyPageParts): CompiledPolicy | null {
  if (draft === null) return parts.layers.policy(app);
  const { file } = parts.keeper.status();
  const compiled = compilePolicy(draft, file, { findProfile: profilesBeside(file) });
  if (!compiled.ok)
    throw new GatehouseError('has_errors', 'the draft has errors', { hint: 'repair them first' });
  const project = app === null ? null : parts.layers.project(app);
  return mergeLayers([
    ...parts.layers.shared().filter(({ name }) => name !== 'user'),
    { name: 'user', policy: compiled.policy, trusted: true },
    ...(project?.state.kind === 'good'
      ? [{ name: 'project' as const, policy: project.state.policy, trusted: project.trusted }]
      : []),
  ]);
}

async function explainRow(seq: number, parts: PolicyPageParts): Promise<PolicyExplanation> {
  const detail = await parts.log.detail(seq);
  const decided = detail?.rows.find(({ event }) => event.type === 'call.decided')?.event;
  if (decided?.type !== 'call.decided') throw new GatehouseError('not_found', `row ${seq} is no call`);
  const { module, action, params, app, client, agent, cwd, caller } = decided.call;
  const policy = parts.layers.policy(app);
  const call = {
    ...callOf(module, action, params, { app, client, agent, caller: caller as Caller }),
    cwd,
  };
  // What was counted then is gone, but that this limit was used up is on the row.
  const limited = decided.gate === 'gate6_rate_limit' && decided.rule !== null;
  const rate = limited ? { rate: usedUp(call, policy, decided.rule) } : {};
  return view(explain(call, policy, { ...factsOf(call, parts), ...rate }), [
    ...(policy?.hash === decided.policyHash
      ? []
      : ['The policy has changed since: this is what it says now.']),
    `${limited ? 'Other rates' : 'Rates'}, the sandbox and what the session did before are left out, and secrets that the log does not keep.`,
  ]);
}

function callOf(
  module: string,
  action: string,
  params: JsonObject,
  who: Pick<ToolCall, 'app' | 'client' | 'agent' | 'caller'>,
): ToolCall {
  return {
    ...who,
    id: 'explain',
    session: 'explain',
    turn: 0,
    module,
    action,
    params,
    cwd: who.app,
    point: 'api',
    toolName: `${module}.${action}`,
  };
}

function factsOf(call: ToolCall, { home, protection, analyses }: PolicyPageParts) {
  return freshFacts(call, protection(), understanding(home, analyses));
}

function view({ decision, gates, rules, changes }: Explanation, caveats: string[]): PolicyExplanation {
  return {
    decision: decision.kind,
    observed: decision.observed ?? null,
    gate: decision.gate,
    reason: decision.reason,
    steps: gates.map(({ gate, state, said, rule }) => ({
      gate,
      name: GATE_NAMES[gate] ?? '',
      state,
      said,
      place: placeOf(rule),
    })),
    rules: rules.map(({ id, action, state, said, rule }) => ({
      ...{ id, action, state, said },
      place: placeOf(rule),
    })),
    changes: changes.map(({ text, rule, becomes }) => ({ text, place: placeOf(rule), becomes })),
    caveats,
  };
}

/** `policy.yaml:14`, `web/gatehouse.yaml:3`: short, and still telling which file. */
function placeOf(rule: RuleRef | null): string | null {
  if (rule === null) return null;
  const file = rule.file.endsWith(`/${PROJECT_FILE}`)
    ? `${appName(dirname(rule.file))}/${PROJECT_FILE}`
    : basename(rule.file);
  return `${file}:${rule.line}`;
}
