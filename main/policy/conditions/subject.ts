/**
 * What a condition is asked about: one call, the text or result that goes with it, and what its session has
 * done so far. Everything in here is a fact that somebody has looked up before; a condition looks at nothing else.
 */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { CONCERN_CODES } from '../../platform/concern-codes.ts';

/** How strongly the session is really enforced by the kernel; `none` where no sandbox was reported. */
export type Enforcement = 'none' | Confinement;
export type Confinement = 'standard' | 'strict' | 'maximum';

/** What the session has done, as behaviour rules and conditions may look at it. */
export interface StateView {
  /** Whether a target (see `targetKey`) is in a tracked set. */
  has(set: string, key: string): boolean;
  /** How many targets are in it. */
  size(set: string): number;
  counter(name: string): number;
  flag(name: string): boolean;
  /** Number of the person's prompt, from 1; 0 before the first. */
  readonly turn: number;
  /** Calls that were let through since the prompt. */
  readonly callsThisTurn: number;
  /** `module.action` of the last of them in the session; null before the first. */
  readonly lastTool: string | null;
  /** How many times in a row it was called. */
  readonly consecutive: number;
  /** Whether a piece of what was read under this label (see `DataSource`) stands in the text. */
  flows(source: string, text: string): boolean;
}

/** What the disk says about paths. Null: nobody looked. */
export interface DiskView {
  exists(path: string): boolean | null;
  /** Where links end; null when the path is not there or nobody looked. */
  real(path: string): string | null;
}

export const NO_DISK: DiskView = Object.freeze({ exists: () => null, real: () => null });

/**
 * Words of `call_is`: nothing speaks against the call (`ordinary`), it only reads besides (`reads`), it fetches a page
 * of a known site of documentation or packages (`reference_page`), it is the tool of a registered server that by its
 * name and arguments reads, or acts on this machine only (`plain_tool`), it runs code that the project or a package
 * holds (`project_code`), or what speaks against it.
 */
export const CALL_CLASSES = [
  'ordinary',
  'reads',
  'reference_page',
  'plain_tool',
  'project_code',
  ...CONCERN_CODES,
] as const;

/** What a shell command is, as far as a policy asks; the analysis answers. */
export interface CommandView {
  /**
   * Whether the simple commands that a text would run fit the words of a `command_is` entry. Left out where
   * nothing analyses commands. An entry is a class (`ordinary`, `reads`, a concern of the analysis) or a program
   * with its words and options (`git push`, `rm -r`).
   *
   * @param place where the call is made
   * @returns `some`, `all` or `none` of them; `opaque` when it cannot be known before it runs
   */
  fits?(
    text: string,
    wanted: readonly string[],
    place: Pick<Subject, 'cwd' | 'app' | 'client'>,
  ): 'all' | 'some' | 'none' | 'opaque';
  /**
   * Whether what a call of any tool would do fits classes of `call_is`, in the same four words. Left out where
   * nothing analyses calls.
   */
  callFits?(
    call: Pick<Subject, 'module' | 'action' | 'params' | 'cwd' | 'app' | 'client'>,
    wanted: readonly string[],
  ): 'all' | 'some' | 'none' | 'opaque';
  /** What the form of a command line says about it, whatever it is aimed at. */
  formOf(text: string): CommandForm;
}

export interface CommandForm {
  /** Deletes, overwrites or rewrites what cannot be had back, or nobody can tell what it runs. */
  readonly destructive: boolean;
  /** Reads or edits files with a program that has a tool of its own (`cat`, `sed`). */
  readonly handlesFiles: boolean;
  /** Looks around in folders (`ls`, `find`, `tree`). */
  readonly explores: boolean;
}

export interface Subject {
  /** `pre`: before the call runs; `post`: after it ran; `text`: the agent said something. */
  readonly phase: 'pre' | 'post' | 'text';
  /** Canonical. For a text both are empty. */
  readonly module: string;
  readonly action: string;
  readonly params: JsonObject;
  readonly cwd: string;
  /** Canonical root of the project. */
  readonly app: string;
  /** The client program; left out where nobody knows it. */
  readonly client?: string;
  readonly home: string;
  readonly state: StateView;
  /** What the agent has said since the prompt, or says now; null where its client tells no text. */
  readonly text: string | null;
  /** After the call: its result, parsed where it is JSON. */
  readonly result: JsonValue;
  readonly disk: DiskView;
  readonly enforcement: Enforcement;
  readonly commands: CommandView | null;
}
