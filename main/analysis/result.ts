/** What the analysis of a call says: what it would touch, what cannot be known, and what speaks against it. */
import type { ConcernCode } from '../platform/concern-codes.ts';

export { CONCERN_CODES, type ConcernCode } from '../platform/concern-codes.ts';

/** Where a path lies. `unknown` is what cannot be told before the call runs. */
export type Locus = 'workspace' | 'temp' | 'home' | 'system' | 'elsewhere' | 'device' | 'unknown';

/** What kind of host an address names. `own` is loopback. */
export type HostClass = 'own' | 'private' | 'metadata' | 'public' | 'unknown';

export interface Concern {
  readonly code: ConcernCode;
  /** For the person, without a full stop: `deletes ~/Documents`. */
  readonly says: string;
}

export type Effect =
  | { readonly kind: 'read' | 'delete'; readonly path: string; readonly at: Locus }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly at: Locus;
      /** What is put there came over the network or out of an encoding. */
      readonly fetched?: true;
      /** A build fills the folder, with all that is in it. */
      readonly built?: true;
    }
  | {
      readonly kind: 'network';
      readonly host: string | null;
      readonly class: HostClass;
      readonly how: 'fetch' | 'send' | 'connect' | 'listen';
    }
  | {
      readonly kind: 'run';
      readonly what: 'workspace_code' | 'package_code' | 'remote_code' | 'inline_code';
      /** Absolute path of the file whose text is run; null when there is none. */
      readonly file: string | null;
    }
  | { readonly kind: 'process'; readonly target: string };

/** What a rule about commands of this kind can be made of. */
export interface Shape {
  /** The program's own name, without a folder; `?` when it is not known. */
  readonly program: string;
  /** The words that select what it does: `status`, `s3 rm`; empty when there are none. */
  readonly subcommand: string;
  /** Options as they were given, sorted, without values. */
  readonly flags: readonly string[];
  /** What its other words name, taken together: the widest of them. */
  readonly operands: 'none' | 'workspace' | 'temp' | 'outside' | 'host' | 'unknown';
}

/** One simple command of a shell text, wherever it is nested. */
export interface SimpleCommand {
  /** Where it stands in the full text, in UTF-16 units. A command inside a string has its carrier's place. */
  readonly start: number;
  readonly end: number;
  /** As the program gets them; `…` stands for what is not known. */
  readonly words: readonly string[];
  /** Programs that start it: `sudo`, `xargs`, `sh -c`. */
  readonly via: readonly string[];
  readonly shape: Shape;
  readonly effects: readonly Effect[];
  readonly concerns: readonly Concern[];
  /** Where the shell's folder lies behind it. */
  readonly at: Locus;
}

export interface CallAnalysis {
  readonly commands: readonly SimpleCommand[];
  /** Of all commands together, without repetition. */
  readonly effects: readonly Effect[];
  readonly concerns: readonly Concern[];
  /** Why what runs cannot be known; null when all of it is. An opaque call is never granted by shape. */
  readonly opaque: string | null;
  /** Names of variables that the text sets for its own commands, sorted. */
  readonly sets: readonly string[];
  /** Absolute paths of files whose text would be run, as far as they are known: a yes is bound to their digests. */
  readonly runs: readonly string[];
  /** `no`: something is lost for good. `unknown`: it cannot be told. */
  readonly undo: 'nothing_to_undo' | 'yes' | 'no' | 'unknown';
  readonly risk: 'low' | 'medium' | 'high';
  /** What the tool of a server does; left out for all others. */
  readonly tool?: {
    readonly deed: 'reads' | 'acts_here' | 'acts' | 'loses' | 'unknown';
    /** It reads, or acts on what is here, and nothing of it is left for its server alone to know. */
    readonly plain: boolean;
  };
  /** Every address in it is a page of a site where documentation and packages are read. */
  readonly reference?: boolean;
}

/** Concerns that mean harm or loss whatever the policy; the others are for policies to weigh. */
const GRAVE: ReadonlySet<ConcernCode> = new Set<ConcernCode>([
  'opaque',
  'destroys',
  'remote_code',
  'remote_shell',
  'persistence',
  'agent_config',
  'tampering',
  'system',
  'attack_tool',
]);

/** Whether a call must not run without a person's say, policy or not. */
export function isDestructive(analysis: CallAnalysis): boolean {
  return analysis.concerns.some(({ code }) => GRAVE.has(code));
}

/** The risk that a set of concerns makes. */
export function riskOf(concerns: readonly Concern[], effects: readonly Effect[]): CallAnalysis['risk'] {
  if (concerns.length > 0) return 'high';
  return effects.some(
    (effect) => effect.kind !== 'read' && !(effect.kind === 'network' && effect.class === 'own'),
  )
    ? 'medium'
    : 'low';
}
