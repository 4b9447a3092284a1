/**
 * The agents on this computer as the app knows them: found, connected, sabotaged.
 *
 * Looks once at the start and again when asked or when a settings file changes; every look that changes what
 * is enforced goes on the log, so that a layer that was switched off is seen and stays seen.
 */
import type { AgentPlan, AgentView, DoctorReport } from '../../preload/contract.ts';
import type { LogPort } from '../engine/ports.ts';
import { GatehouseError } from '../platform/errors.ts';

/** What the app needs of the agents' enforcement points. */
export interface AgentsPort {
  detect(): Promise<AgentView[]>;
  plan(agent: string, change: 'connect' | 'disconnect'): Promise<AgentPlan>;
  apply(agent: string, planId: string): Promise<void>;
  diagnose(agent: string): Promise<DoctorReport>;
  /** Calls back, debounced, when a settings file that matters may have changed; answers the function that ends it. */
  watch(onChange: () => void): () => void;
  /** Settings files that hold our entries, or would. */
  settingsFiles(): Promise<string[]>;
}

export class Agents {
  readonly #port: AgentsPort;
  readonly #log: LogPort;
  readonly #onSettingsFiles: (files: readonly string[]) => void;
  readonly #lastSeen = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #views: readonly AgentView[] = [];
  #scan: Promise<readonly AgentView[]> | null = null;
  /** Looks and changes take turns: a look that saw half a change would tell of a break. */
  #turn: Promise<unknown> = Promise.resolve();
  #unwatch: (() => void) | null = null;

  /** @param onSettingsFiles told after every look which settings files are to be protected */
  constructor(port: AgentsPort, log: LogPort, onSettingsFiles: (files: readonly string[]) => void) {
    this.#port = port;
    this.#log = log;
    this.#onSettingsFiles = onSettingsFiles;
  }

  /** The last look. */
  views(): readonly AgentView[] {
    return this.#views.map((view) => ({ ...view, lastSeen: this.#lastSeen.get(view.id) ?? view.lastSeen }));
  }

  start(): void {
    this.#unwatch ??= this.#port.watch(() => void this.scan().catch(() => undefined));
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = null;
  }

  /** A call of this client passed. */
  seen(client: string, wallMillis: number): void {
    this.#lastSeen.set(client, wallMillis);
  }

  /** Looks anew. Looks that come while one is under way share it. */
  scan(): Promise<readonly AgentView[]> {
    this.#scan ??= this.#inTurn(() => this.#look()).finally(() => {
      this.#scan = null;
    });
    return this.#scan;
  }

  async detect(): Promise<AgentView[]> {
    return [...(await this.scan())];
  }

  settingsFiles(): Promise<string[]> {
    return this.#port.settingsFiles();
  }

  plan(agent: string, change: 'connect' | 'disconnect'): Promise<AgentPlan> {
    return this.#port.plan(agent, change);
  }

  /** Carries out the plan that was shown, and looks. */
  async apply(agent: string, planId: string): Promise<void> {
    await this.#inTurn(() => this.#port.apply(agent, planId));
    await this.scan();
  }

  /** Carries out the plan that was shown and answers how the agent stands then. */
  async carryOut(agent: string, planId: string): Promise<AgentView> {
    await this.apply(agent, planId);
    const view = this.views().find((candidate) => candidate.id === agent);
    if (view === undefined) throw new GatehouseError('not_found', `no agent ${agent}`);
    return view;
  }

  diagnose(agent: string): Promise<DoctorReport> {
    return this.#port.diagnose(agent);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #look(): Promise<readonly AgentView[]> {
    const before = new Map(this.#views.map((view) => [view.id, view.state]));
    const found = await this.#port.detect();
    this.#views = found;
    this.#onSettingsFiles(await this.#port.settingsFiles());
    for (const view of found) {
      const change = changeOf(before.get(view.id) ?? null, view.state);
      if (change !== null)
        await this.#log.append({ type: 'agent.changed', v: 1, client: view.id, change, detail: view.note });
    }
    for (const listener of this.#listeners) listener();
    return this.views();
  }
}

type State = AgentView['state'];

function changeOf(
  before: State | null,
  after: State,
): 'connected' | 'disconnected' | 'broken' | 'repaired' | null {
  if (before === after) return null;
  if (after === 'broken') return 'broken';
  if (after === 'connected') return before === 'broken' ? 'repaired' : before === null ? null : 'connected';
  return before === 'connected' || before === 'broken' ? 'disconnected' : null;
}
