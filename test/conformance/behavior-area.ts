/** behavior: a session of steps, decided and remembered by the engine's own parts. */
import { type BehaviorSession, Behaviors } from '../../main/engine/behavior/behaviors.ts';
import { CommandForms } from '../../main/engine/behavior/command-forms.ts';
import type { Firing } from '../../main/engine/behavior/firing.ts';
import type { SavedState } from '../../main/engine/behavior/session-state.ts';
import { decide } from '../../main/engine/decide.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { canonicalName } from '../../main/policy/canonical-name.ts';
import type { Catalog } from '../../main/policy/catalog.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import {
  type Case,
  type Json,
  type JsonMap,
  listOf,
  mapOf,
  type Outcome,
  sameJson,
  textOf,
} from './cases.ts';
import { catalogWith, profileOf } from './primitives-area.ts';

const HOME = '/home/case';
const SESSION: BehaviorSession = { id: 's', key: 's', client: 'case', app: '/project' };

interface Violation {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
}

/** Everything is allowed as far as gates go: these cases are about the rules. */
function compileCase(config: JsonMap, catalog: Catalog): { policy: CompiledPolicy } | { errors: string } {
  const profile = profileOf(config['profile']);
  const modules = Object.fromEntries(
    catalog.names.filter((name) => /^\w+$/.test(name)).map((name) => [name, {}]),
  );
  const file = {
    tools: { modules, capabilities: { default_policy: 'auto', max_risk_level: 'high' } },
    security: {
      behavior: { ...config, ...(config['profile'] === undefined ? {} : { profile: profile.name }) },
    },
  };
  const result = compilePolicy(JSON.stringify(file), 'case.yaml', { catalog, findProfile: profile.find });
  return result.ok
    ? { policy: result.policy }
    : { errors: result.diagnostics.map(formatDiagnostic).join('\n') };
}

class Played {
  readonly violations: (readonly Violation[])[] = [];
  saved: SavedState | null = null;
  readonly #policy: CompiledPolicy;
  readonly #behaviors: Behaviors;
  /** Calls that were let through and are not back, oldest first. */
  readonly #underWay: ToolCall[] = [];
  #turn = 0;
  #messages = 0;
  #calls = 0;

  constructor(policy: CompiledPolicy) {
    this.#policy = policy;
    this.#behaviors = new Behaviors({
      home: HOME,
      policy: () => policy,
      commands: new CommandForms(HOME),
      tellers: { has: () => true, add: () => undefined },
      saved: {
        read: () => null,
        write: (_key, state) => {
          this.saved = state();
        },
        remove: () => undefined,
      },
    });
    this.#behaviors.begin(SESSION);
  }

  step(step: JsonMap): void {
    switch (step['op']) {
      case 'turn':
        this.#turn += 1;
        this.#behaviors.startTurn(SESSION, this.#turn);
        this.#note([]);
        return;
      case 'text':
        this.#note(this.#says(textOf(step['text'])));
        return;
      case 'pre':
        this.#pre(step);
        return;
      case 'post':
        this.#post(step);
        return;
      default:
        throw new Error(`no step ${textOf(step['op'])}`);
    }
  }

  #says(text: string): readonly Firing[] {
    this.#messages += 1;
    return this.#behaviors.hear(SESSION, { messageId: String(this.#messages), text, final: true });
  }

  #pre(step: JsonMap): void {
    const text = textOf(step['text']);
    if (text !== '') this.#says(text);
    const call = this.#callOf(step);
    const decision = decide(call, this.#policy, {
      appActive: true,
      rate: NO_RATE,
      protection: { paths: [], pids: [], home: HOME },
      behavior: this.#behaviors.factsFor(call, this.#policy),
    });
    if (decision.kind === 'allow') {
      this.#behaviors.release(call, this.#policy);
      this.#underWay.push(call);
    }
    this.#note(decision.behavior);
  }

  #post(step: JsonMap): void {
    const wanted = JSON.stringify([textOf(step['tool']), step['params'] ?? {}]);
    const at = this.#underWay.findIndex(
      ({ toolName, params }) => JSON.stringify([toolName, params]) === wanted,
    );
    let [call] = at < 0 ? [] : this.#underWay.splice(at, 1);
    if (call === undefined) {
      call = this.#callOf(step);
      this.#behaviors.release(call, this.#policy);
    }
    const result = mapOf(step['result']);
    const success = result['success'] !== false;
    this.#note(
      this.#behaviors.complete(SESSION.id, call.id, success, JSON.stringify(step['result'] ?? null)),
    );
  }

  #callOf(step: JsonMap): ToolCall {
    this.#calls += 1;
    const tool = textOf(step['tool']);
    const { module, action } = canonicalName(tool);
    return {
      id: `call_${this.#calls}`,
      app: SESSION.app,
      agent: 'main',
      client: SESSION.client,
      session: SESSION.id,
      turn: this.#turn,
      module,
      action,
      params: mapOf(step['params']) as JsonObject,
      cwd: SESSION.app,
      caller: 'llm',
      point: 'hook',
      toolName: tool,
    };
  }

  #note(firings: readonly Firing[]): void {
    this.violations.push(
      firings
        .filter(({ state }) => state === 'fired')
        .map(({ rule, message }) => ({ rule: rule.id, level: rule.action, message })),
    );
  }
}

export function runBehavior({ input, expected }: Case): Outcome {
  const steps = listOf(input['steps']).map(mapOf);
  const compiled = compileCase(
    mapOf(input['config']),
    catalogWith(steps.map((step) => textOf(step['tool'])).filter((tool) => tool !== '')),
  );
  const wantsError = textOf(expected['compile_error']);
  if ('errors' in compiled) {
    if (wantsError === '') return `does not compile: ${compiled.errors}`;
    return compiled.errors.includes(wantsError) ? null : `says ${compiled.errors}`;
  }
  if (wantsError !== '') return 'compiles, and must not';
  const played = new Played(compiled.policy);
  for (const step of steps) played.step(step);
  const last = played.violations.at(-1) ?? [];
  return (
    (expected['violations'] === undefined ? null : sameJson(played.violations, expected['violations'])) ??
    lastOutcome(last, expected) ??
    (expected['state'] === undefined ? null : stateOutcome(played.saved, mapOf(expected['state'])))
  );
}

function lastOutcome(last: readonly Violation[], expected: JsonMap): Outcome {
  const fits = (wanted: Json | undefined) =>
    last.some((violation) =>
      Object.entries(mapOf(wanted)).every(([key, value]) => violation[key as keyof Violation] === value),
    );
  if (expected['last_includes'] !== undefined && !fits(expected['last_includes']))
    return `the last step has ${JSON.stringify(last)}`;
  if (expected['last_excludes'] !== undefined && fits(expected['last_excludes']))
    return `the last step has ${JSON.stringify(last)}`;
  return null;
}

function stateOutcome(saved: SavedState | null, state: JsonMap): Outcome {
  return sameJson(
    {
      sets: saved?.sets ?? {},
      counters: saved?.counters ?? {},
      flags: Object.fromEntries((saved?.flags ?? []).map((name) => [name, true])),
    },
    {
      sets: state['sets'] ?? {},
      counters: state['counters'] ?? {},
      flags: Object.fromEntries(Object.entries(mapOf(state['flags'])).filter(([, value]) => value === true)),
    },
  );
}
