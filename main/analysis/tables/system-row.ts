/** Programs that work on the machine: what to say of them, by the words or options that select what they do. */
import type { ConcernCode } from '../result.ts';

export interface SystemRow {
  readonly code: ConcernCode;
  readonly says: string;
  /** Only where the arguments, joined by blanks, match; always where it is left out. */
  readonly when?: RegExp;
  /** Never where they match. */
  readonly unless?: RegExp;
}

/** Whatever the arguments, but for some. */
export const always = (code: ConcernCode, says: string, unless?: RegExp): readonly SystemRow[] => [
  unless === undefined ? { code, says } : { code, says, unless },
];

/** Asked for help or version. */
export const HELP = /^(?:--?h(?:elp)?|--?version|-V|help|version)$/;
