/**
 * What a tutorial is: a policy (resources/tutorials/N.yaml) and scenes in which a scripted agent acts and a
 * person answers. Data only; the player knows how each step is done.
 */
import type { ProblemKind } from '../../audit/problem.ts';
import type { GateCode } from '../../engine/decision.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';

export interface Tutorial {
  readonly number: number;
  readonly title: string;
  /** What the policy says, in a sentence. */
  readonly policy: string;
  readonly scenes: readonly Scene[];
}

export interface Scene {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** A file that the pretended tool makes in the workspace each time it is let through. */
export interface Made {
  readonly file: string;
  readonly text: string;
}

/** How a call can end, as the log has it. */
export type Ending = 'allowed' | 'denied' | 'refused' | 'expired';

/** A level that a program is started at; `off` is without a sandbox. */
export type BoxedLevel = 'off' | 'standard' | 'strict' | 'maximum';

/** Something that a program tries: a line of shell. */
export interface Attempt {
  readonly what: string;
  readonly command: string;
  readonly worksAt: readonly BoxedLevel[];
}

/** What the person does about the vault in a terminal. */
export type TerminalAct = 'make' | 'add' | 'register' | 'grant' | 'revoke';

export type VaultStep =
  | { readonly do: 'terminal'; readonly act: TerminalAct }
  /** The agent uses the server's tool; so many values must have been taken out of what it is told. */
  | { readonly do: 'uses'; readonly redacted: number }
  /** The server was started with the value, or without it; null: it does not run. */
  | { readonly do: 'given'; readonly has: boolean | null }
  /** The value is in no file of the tutorial's but the server's own. */
  | { readonly do: 'nowhere' };

/** Files of the project and what they hold; null: not there. */
export type Files = Readonly<Record<string, string | null>>;

export type ReviewAct = 'show' | 'apply' | 'undo' | 'discard';

export type CopyStep =
  /** A program of the agent's writes to a copy of the project, which stays as it was. */
  | {
      readonly do: 'works';
      readonly what: string;
      readonly command: string;
      readonly before: Files;
      /** What the copy holds then. */
      readonly after: Files;
    }
  /**
   * What becomes of that copy, and what the project holds then. `show` is typed for the person; the rest they decide,
   * with a key or in the page. Played without a person, the tutorial types it.
   */
  | {
      readonly do: 'reviews';
      readonly act: ReviewAct;
      readonly paths: readonly string[];
      readonly holds: Files;
    };

export type GovernedStep =
  /** A client gets the governed tools: these, and not those that the policy hides. */
  | { readonly do: 'takes'; readonly shown: readonly string[]; readonly hidden: readonly string[] }
  /** It calls one, which must work or fail. `~` in the parameters is the person's home folder. */
  | {
      readonly do: 'tries';
      readonly what: string;
      readonly tool: string;
      readonly input: Readonly<Record<string, string>>;
      readonly works: boolean;
    }
  /** The client goes. */
  | { readonly do: 'leaves' };

export type Step =
  | VaultStep
  | CopyStep
  | GovernedStep
  /** The agent's client comes to the server, which is a call that can wait for a person. */
  | { readonly do: 'connects' }
  /** A sentence of the tutorial's own. */
  | { readonly do: 'say'; readonly text: string }
  /** The person asks the agent for something: a turn begins. */
  | { readonly do: 'prompt'; readonly text: string }
  /** The agent wants to use a tool, under the client's own name of it. It is not waited for. */
  | { readonly do: 'call'; readonly tool: string; readonly input: JsonObject; readonly makes: Made | null }
  /** The agent says something that the person sees. */
  | { readonly do: 'speaks'; readonly text: string }
  /** The agent's turn ends; what is worth going on for is told to it now. */
  | { readonly do: 'stops' }
  /** What the agent read beside its last answer must name this rule, or, with null, nothing. */
  | { readonly do: 'reads'; readonly rule: string | null }
  /** What an agent is shown by the policy in force: these actions are, and those are not. */
  | { readonly do: 'shows'; readonly shown: readonly string[]; readonly hidden: readonly string[] }
  /** What the policy in force says of a call that no agent can make: it is decided, not made, and is on no row. */
  | {
      readonly do: 'decides';
      readonly who: 'agent' | 'hook';
      readonly action: string;
      /** False: the person has stopped the app. */
      readonly active: boolean;
      readonly as: 'allow' | 'deny';
      readonly gate: GateCode | null;
    }
  /** A program of the agent's is started at a level, and each attempt must work there or fail as it says. */
  | {
      readonly do: 'boxed';
      readonly level: BoxedLevel;
      readonly attempts: readonly Attempt[];
      /** A file that it leaves, which a sandbox takes out of the project at its end. */
      readonly gone: string;
    }
  /** Keeps a copy of the log as it is now, to be put back later. */
  | { readonly do: 'copies' }
  /** What the timeline answers to `audit query`: outcome and action of each line, oldest first. */
  | { readonly do: 'told'; readonly query: readonly string[]; readonly lines: readonly string[] }
  /** A copy of the log is changed like this, and a check of it must say so; `not`: it must be in order. */
  | {
      readonly do: 'tampers';
      readonly how: 'not' | 'edit' | 'delete' | 'cut' | 'older' | 'record';
      readonly as: ProblemKind | null;
    }
  /** The log is exported; the script for strangers must find it whole, and a changed one not. */
  | { readonly do: 'exports' }
  /** The call must be waiting for a person now, and nothing of it may have happened. */
  | { readonly do: 'waits' }
  /** A person answers. Played without one, the tutorial gives this answer. */
  | { readonly do: 'answer'; readonly verdict: 'allow' | 'deny'; readonly reason: string | null }
  /** Nobody answers, and the private supervisor's clock is put ahead. */
  | { readonly do: 'time_passes'; readonly seconds: number }
  /** The call must have ended, and what the agent was told must agree with the log. */
  | { readonly do: 'ends'; readonly as: Ending }
  /** The tool does its work where the call was let through, and its result goes back; otherwise nothing is there. */
  | { readonly do: 'complete' }
  /** What the agent says at the end of its turn. */
  | { readonly do: 'reply'; readonly done: string; readonly stopped: string };
