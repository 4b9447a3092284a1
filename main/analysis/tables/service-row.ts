/**
 * Command lines of clouds, registries and services: how deep their words go, and where their words mean something
 * else than they do elsewhere. The words themselves are in `service-words.ts`.
 */
export interface ServiceRow {
  /** How many words select what is done. */
  readonly depth: number;
  /** Further words that lose something, as they begin the words of the call. */
  readonly loses?: readonly string[];
  /** Words that lose nothing although they look so. */
  readonly keeps?: readonly string[];
  /** Words that show secrets, as they begin the words of the call; `''` where nothing more is needed. */
  readonly shows?: readonly string[];
  /** Words by which it brings the database of the project's own settings to where the project's files say. */
  readonly migrates?: readonly string[];
  /** Words by which it works on a device, a simulator or an emulator at this machine. */
  readonly here?: readonly string[];
  /** Without any word it deploys. */
  readonly alone?: boolean;
  /** Options that lose something. */
  readonly losingOptions?: RegExp;
  /** Options with which nothing is done. */
  /** Without such a word nothing is done: it is shown what would be. */
  readonly real?: RegExp;
  readonly dry?: RegExp;
  /** It works on this machine only. */
  readonly local?: boolean;
  /** Options that take a value; without an entry an option takes one when the next word is no option. */
  readonly flags?: readonly string[];
}

const DRY = /^(?:--dry[-_]?run|--what-if|--check|--noop|--plan|--preview|--simulate|--test)(?:=.*)?$/;
/** A row with what such programs have in common. */
export const CLOUD = (depth: number, more: Partial<ServiceRow> = {}): ServiceRow => ({
  depth,
  dry: DRY,
  ...more,
});
