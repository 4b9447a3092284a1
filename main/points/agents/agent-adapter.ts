/**
 * What Gatehouse must know of one agent to connect it: a file or folder each, listed in `adapters.ts`.
 *
 * Plan, journal, undo, state and doctor are the same for all and know no agent; what an agent's hook says and
 * hears is its `HookAdapter` in `points/hooks`.
 */
import type { DoctorReport } from '../../../preload/contract/overview.ts';
import type { AgentContext } from './agent-context.ts';
import type { KnownAgent } from './known-agents.ts';
import type { HookRun } from './run-hook.ts';
import type { SettingsText } from './settings-text.ts';

/** What an entry runs. */
export interface EntryTarget {
  /** Absolute path of the installed hook program. */
  readonly program: string;
  /** Absolute path of the agent door. */
  readonly door: string;
}

/**
 * Containers that were there and empty before our entries came in: their exact text. `hooks` is the outer one,
 * `events` those in it by key; a format that needs no such thing answers `NOTHING_EMPTY`.
 */
export interface EmptyBefore {
  readonly hooks: string | null;
  readonly events: Readonly<Record<string, string>>;
}

export const NOTHING_EMPTY: EmptyBefore = { hooks: null, events: {} };

/** How a settings text stands to what we install; `problems` are in words for a person. */
export type EntriesState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'exact' }
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

/**
 * Our entries in the text of a settings file. A text is what `AgentAdapter.read` let pass, or empty: then there is
 * no file, or only blanks in it. `file` is where the text stands, for agents whose records name it.
 */
export interface EntryFormat {
  /**
   * Makes sure that the text has a form to which entries can be added.
   *
   * @throws GatehouseError `bad_settings` with the place
   */
  checkEditable(settings: SettingsText): void;
  state(text: string, target: EntryTarget, file: string): EntriesState;
  /** One line of the doctor for each entry; `problem` null: exactly as installed. */
  entries(text: string, target: EntryTarget, file: string): readonly EntryCheck[];
  /** What another Gatehouse's entry in this text runs; null when there is none. */
  foreign(text: string, target: EntryTarget): EntryTarget | null;
  /**
   * The text with our entries, given one without them, and what was empty before.
   *
   * @throws GatehouseError `bad_settings` when they cannot be added without changing what is there
   */
  added(
    text: string,
    target: EntryTarget,
    file: string,
  ): { readonly text: string; readonly empty: EmptyBefore };
  /** The text without our entries, whatever was done to them; every other byte stays. */
  removed(text: string, target: EntryTarget, empty: EmptyBefore, file: string): string;
  /** Nothing is left in it: a file that Connect made may go. */
  isBare(text: string): boolean;
}

export interface EntryCheck {
  readonly name: string;
  readonly problem: string | null;
}

/** What is known beside the files: handed in, so that tests have their own. */
export interface StateOptions {
  /** Roots of the projects in which the agent works just now. */
  readonly projects?: readonly string[];
  /** Folder of managed settings; the platform's own when left out. */
  readonly managed?: string;
}

/** How the doctor plays the agent: the entry's command line, with a call that must be refused. */
export interface HookProbe {
  /** The command line of the entry that stands before a tool runs, as the settings hold it. */
  commandLine(target: EntryTarget): { readonly command: string; readonly args: readonly string[] };
  /** What the agent would write to the hook's stdin for a call of `PROBE_TOOL` with this nonce. */
  input(nonce: string): Buffer;
  /** The reason in an answer by which this agent does not run the tool; null for every other answer. */
  denial(run: HookRun): string | null;
}

/** One agent's way of being connected. */
export interface AgentAdapter {
  readonly agent: KnownAgent;
  readonly format: EntryFormat;
  readonly probe: HookProbe;
  /** The oldest version whose hooks hold, and what an older one does; null where every known one holds. */
  readonly minimum: { readonly version: string; readonly older: string; readonly advice: string } | null;
  /** The settings file that our entries stand in. */
  settingsFile(context: Pick<AgentContext, 'home' | 'env'>): string;
  /**
   * Reads it.
   *
   * @throws GatehouseError `bad_settings`, with `file:line:column` where it cannot be understood
   */
  read(file: string): Promise<SettingsText>;
  /** What the agent does with settings that it cannot read, for a hint. */
  readonly unreadable: string;
  /** What switches our hooks off, weakens them or reaches into them, a sentence each. */
  switchProblems(
    context: AgentContext,
    settings: SettingsText,
    options: StateOptions,
  ): Promise<readonly string[]>;
  /** Files beside the settings file whose change may do that: they are watched. */
  watched(context: AgentContext, options: StateOptions): readonly string[];
  /** What a person should know before Connect, beside what holds for every agent. */
  notes(context: AgentContext, settings: SettingsText): readonly string[];
  /** What they should know before Disconnect. */
  disconnectNotes?(settings: SettingsText, target: EntryTarget): readonly string[];
  /** What is said of it before and after it is connected; left out: that every action passes Gatehouse then. */
  readonly standingNote?: string;
  /** What only this agent's doctor looks at; run once the entries are exactly ours. */
  moreChecks?(context: AgentContext, options: StateOptions): Promise<DoctorReport['checks']>;
}
