/** What behaviour rules are told about the world at the moment of a decision. */
import {
  type CommandView,
  type DiskView,
  type Enforcement,
  NO_DISK,
  type StateView,
  type Subject,
} from '../../policy/conditions/subject.ts';
import type { ToolCall } from '../tool-call.ts';

export interface BehaviorFacts {
  /** The state as it will be when what is under way has succeeded. */
  readonly projected: StateView;
  /** The state as it is. */
  readonly committed: StateView;
  /** What the agent has said since the prompt; null where its client tells no text. */
  readonly text: string | null;
  readonly disk: DiskView;
  readonly home: string;
  readonly enforcement: Enforcement;
  readonly commands: CommandView | null;
}

const FRESH: StateView = Object.freeze({
  has: () => false,
  size: () => 0,
  counter: () => 0,
  flag: () => false,
  turn: 0,
  callsThisTurn: 0,
  lastTool: null,
  consecutive: 0,
  flows: () => false,
});

/** Of a session that has done nothing, about which nobody can tell anything. */
export const NOTHING_KNOWN: BehaviorFacts = Object.freeze({
  projected: FRESH,
  committed: FRESH,
  text: null,
  disk: NO_DISK,
  home: '/',
  enforcement: 'none',
  commands: null,
});

/** A call as conditions see it before it runs. Names are canonical. */
export function subjectBefore(
  { params, cwd, app, client }: Pick<ToolCall, 'params' | 'cwd' | 'app'> & Partial<Pick<ToolCall, 'client'>>,
  module: string,
  action: string,
  facts: BehaviorFacts,
): Subject {
  return {
    phase: 'pre',
    module,
    action,
    params,
    cwd,
    app,
    ...(client === undefined ? {} : { client }),
    home: facts.home,
    state: facts.projected,
    text: facts.text,
    result: null,
    disk: facts.disk,
    enforcement: facts.enforcement,
    commands: facts.commands,
  };
}
