/** What sandboxes need of whoever keeps the copies that sessions write to instead of the project. */
export interface Copies {
  /**
   * Makes an empty copy of a project for one run.
   *
   * @throws GatehouseError when there is no place for it
   */
  begin(facts: { readonly run: string; readonly app: string; readonly client: string }): Promise<Copy>;
}

export interface Copy {
  /** Absolute: a folder with `upper` and `work` in it. */
  readonly layers: string;
  /** The sandbox stands, and writes to it. `first`: its process 1. */
  stands(session: string, first: number): void;
  /** Nothing was or will be written to it. */
  drop(): Promise<void>;
  /** The run has ended. Answers what a person is told of it. */
  ended(): Promise<CopyEnd>;
}

export interface CopyEnd {
  /** Paths that differ. */
  readonly files: number;
  /** Those to look at first, each with why. */
  readonly notable: readonly string[];
  readonly lines: readonly string[];
}
