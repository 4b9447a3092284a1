/** The copies that sessions write to instead of the project: what sandboxes need of whoever keeps them. */
import { messageOf } from '../../platform/errors.ts';

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
  /** Makes it ready for another sandbox, when the one before is gone. What that one wrote stays. */
  again(): Promise<void>;
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
  /** What was deleted is among the files. */
  readonly deleted: null;
  readonly lines: readonly string[];
}

/** The copy of one run; it may have none. */
export class RunCopy {
  readonly #run: string;
  readonly #copies: Copies | null;
  readonly #defect: (error: unknown) => void;
  #copy: Copy | null = null;

  constructor(run: string, copies: Copies | null, defect: (error: unknown) => void) {
    this.#run = run;
    this.#copies = copies;
    this.#defect = defect;
  }

  /** Whether the session writes to a copy. */
  get stood(): boolean {
    return this.#copy !== null;
  }

  /** Where its layers are; null when it is to have no copy. @throws GatehouseError as `Copies.begin` */
  async begin(terms: {
    readonly snapshot: boolean;
    readonly workspace: string;
    readonly client: string;
  }): Promise<string | null> {
    if (!terms.snapshot || this.#copies === null) return null;
    this.#copy = await this.#copies.begin({ run: this.#run, app: terms.workspace, client: terms.client });
    return this.#copy.layers;
  }

  /** The sandbox stands, with its copy or without. */
  async stands(copied: boolean, session: string, first: number): Promise<void> {
    if (copied) this.#copy?.stands(session, first);
    else await this.drop();
  }

  /** Nothing was written to it. */
  async drop(): Promise<void> {
    const copy = this.#copy;
    this.#copy = null;
    await copy?.drop().catch(this.#defect);
  }

  /** What it wrote to its copy; null when it had none. */
  async ended(): Promise<CopyEnd | null> {
    if (this.#copy === null) return null;
    try {
      return await this.#copy.ended();
    } catch (error) {
      this.#defect(error);
      const lines = [`the project's copy cannot be reviewed yet: ${messageOf(error)}`];
      return { files: 0, notable: [], deleted: null, lines };
    }
  }
}
