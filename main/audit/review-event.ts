/**
 * Rows about the copy of a project that a session wrote to: that it waits, and what a person made of it. Or, with `undo`,
 * about a session that wrote to the project: that it can be taken back (`waits`), was (`applied`), was put in again
 * (`undone`), or stays for good (`discarded`).
 */
export interface ReviewEvent {
  readonly type: 'review.changed';
  readonly v: 1;
  readonly undo?: true;
  readonly review: string;
  readonly run: string;
  readonly session: string;
  readonly client: string;
  /** Root of the project. */
  readonly app: string;
  /**
   * `waits`: the session has ended. `uncompared`: it has, and what it changed cannot be told. `refused`: it was to be carried over, and nothing was changed. `cut_off`: Gatehouse
   * ended while it carried it over, and put everything back. `settled`: what was carried over cannot be undone any more. `kept`: it could not put everything back.
   */
  readonly change:
    | 'waits'
    | 'uncompared'
    | 'applied'
    | 'refused'
    | 'discarded'
    | 'settled'
    | 'undone'
    | 'cut_off'
    | 'kept';
  /** Paths that it concerns: how many, and a first part of them. */
  readonly files: number;
  readonly first: readonly string[];
  /** SHA-256 of the list of changes that was reviewed, hex; empty where there is none. */
  readonly digest: string;
  /** Why it was refused, or cannot be told; empty otherwise. */
  readonly why: string;
  readonly via: 'page' | 'window' | 'terminal' | null;
}
