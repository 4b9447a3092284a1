/** Where a policy comes from. Managed: whoever runs the computer; user: the person; project: a repository's file. */
import type { CompiledPolicy } from './policy.ts';

export type LayerName = 'managed' | 'user' | 'project';

export interface PolicyLayer {
  readonly name: LayerName;
  readonly policy: CompiledPolicy;
  /** The person has trusted this very file. The first two layers always are. */
  readonly trusted: boolean;
  /** A version that was trusted and is no longer in the file's place: its behaviour rules go on, which only stop. */
  readonly rulesHold?: boolean;
}

/** What a merged policy is made of, highest first. */
export interface LayerInfo {
  readonly name: LayerName;
  readonly file: string;
  /** Hex SHA-256 of the file's text. */
  readonly hash: string;
  readonly trusted: boolean;
}
