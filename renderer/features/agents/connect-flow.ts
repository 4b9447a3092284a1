/**
 * Connecting or disconnecting an agent, or its MCP entries: the plan is made, shown, agreed to, carried out.
 *
 * Only a plan that was shown is ever carried out. When the file changed meanwhile, a new plan is made and shown
 * with a word about it; nothing is agreed to on the person's behalf. Pure of React: a view subscribes.
 */
import type { AgentPlan, AgentView, ContractError, Result } from '../../../preload/contract.ts';

export type Change = AgentPlan['change'];

/** `View` is how the agent stands after it. */
export interface ConnectApi<View = AgentView> {
  planAgent(agent: string, change: Change): Promise<Result<AgentPlan>>;
  applyAgentPlan(agent: string, planId: string): Promise<Result<View>>;
  setPin(pin: string): Promise<Result<null>>;
}

export interface Subject {
  readonly agent: string;
  readonly name: string;
  readonly change: Change;
}

/** Where the flow stands. `shown` is the only state from which anything is changed. */
export type ConnectState<View = AgentView> =
  | { readonly step: 'closed' }
  | (Subject & { readonly step: 'planning' })
  | (Subject & { readonly step: 'plan_failed'; readonly error: ContractError })
  | (Subject & {
      readonly step: 'shown';
      readonly plan: AgentPlan;
      readonly problem: ContractError | null;
      readonly stale: boolean;
    })
  | (Subject & { readonly step: 'applying'; readonly plan: AgentPlan })
  | (Subject & { readonly step: 'done'; readonly view: View });

export class ConnectFlow<View = AgentView> {
  readonly #api: ConnectApi<View>;
  readonly #listeners = new Set<() => void>();
  #state: ConnectState<View> = { step: 'closed' };
  /** Rises with every opening and closing: an answer that comes after is dropped. */
  #epoch = 0;

  constructor(api: ConnectApi<View>) {
    this.#api = api;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): ConnectState<View> => this.#state;

  open(subject: Subject): Promise<void> {
    const { agent, name, change } = subject;
    return this.#plan({ agent, name, change }, false);
  }

  /** Closing decides nothing. A change that is already under way runs to its end. */
  close(): void {
    this.#epoch += 1;
    this.#set({ step: 'closed' });
  }

  /** Makes the plan again after a failure. */
  async retry(): Promise<void> {
    if (this.#state.step === 'plan_failed') await this.#plan(subjectOf(this.#state), false);
  }

  /**
   * Carries out the plan that is shown.
   *
   * @param pin the PIN to set first, or null when one is set already
   */
  async apply(pin: string | null): Promise<void> {
    const state = this.#state;
    if (state.step !== 'shown' || state.plan.done) return;
    const subject = subjectOf(state);
    const epoch = this.#epoch;
    this.#set({ ...subject, step: 'applying', plan: state.plan });
    if (pin !== null) {
      const set = await this.#api.setPin(pin);
      if (epoch !== this.#epoch) return;
      if (!set.ok) {
        this.#set({ ...state, problem: set.error, stale: false });
        return;
      }
    }
    const applied = await this.#api.applyAgentPlan(subject.agent, state.plan.planId);
    if (epoch !== this.#epoch) return;
    if (applied.ok) this.#set({ ...subject, step: 'done', view: applied.value });
    else if (applied.error.code === 'changed') await this.#plan(subject, true);
    else this.#set({ ...state, problem: applied.error, stale: false });
  }

  async #plan(subject: Subject, stale: boolean): Promise<void> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#set({ ...subject, step: 'planning' });
    const answer = await this.#api.planAgent(subject.agent, subject.change);
    if (epoch !== this.#epoch) return;
    if (answer.ok) this.#set({ ...subject, step: 'shown', plan: answer.value, problem: null, stale });
    else this.#set({ ...subject, step: 'plan_failed', error: answer.error });
  }

  #set(state: ConnectState<View>): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function subjectOf({ agent, name, change }: Subject): Subject {
  return { agent, name, change };
}
