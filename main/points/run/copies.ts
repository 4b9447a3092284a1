/** What is kept of projects for the sake of an undo: what sandboxes need of whoever keeps it. */
import { messageOf } from '../../platform/errors.ts';
import { notWritten, notWrittenWords } from '../../platform/full-disk.ts';
import type { Snapshot } from './run-wish.ts';

export interface Copies {
  /**
   * Makes an empty copy of a project for one run, to which it writes instead.
   *
   * @throws GatehouseError when there is no place for it
   */
  begin(facts: CopyFacts): Promise<Copy>;
  /**
   * Keeps what lies in a project that a run is about to write to.
   *
   * @param whole  all of it, whatever it takes; otherwise only where that is quick, without what tools fill by themselves
   * @throws GatehouseError `not_kept` with why
   */
  keep(facts: CopyFacts, whole: boolean): Promise<Kept>;
}

export interface CopyFacts {
  readonly run: string;
  /** Root of the project. */
  readonly app: string;
  readonly client: string;
}

export interface Kept {
  /** The sandbox stands. `first`: its process 1. */
  stands(session: string, first: number): void;
  /** Nothing was or will be written. */
  drop(): Promise<void>;
  /** The run has ended. Answers what a person is told of it. */
  ended(): Promise<CopyEnd>;
}

export interface Copy extends Kept {
  /** Absolute: a folder with `upper` and `work` in it. */
  readonly layers: string;
  /** Makes it ready for another sandbox, when the one before is gone. What that one wrote stays. */
  again(): Promise<void>;
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

/** What became of the wish for a copy. `why`: what is less than was wished for; empty otherwise. */
export interface CopyOutcome {
  readonly has: 'copy' | 'undo' | 'nothing';
  readonly why: string;
}

/** The copy of one run, or what is kept for its undo; it may have neither. */
export class RunCopy {
  readonly #run: string;
  readonly #copies: Copies | null;
  readonly #defect: (error: unknown) => void;
  #copy: Copy | null = null;
  #kept: Kept | null = null;
  #over = false;
  /** Why there is no copy; empty where that is not known. */
  #why = '';

  constructor(run: string, copies: Copies | null, defect: (error: unknown) => void) {
    this.#run = run;
    this.#copies = copies;
    this.#defect = defect;
  }

  /** Whether the session writes to a copy. */
  get stood(): boolean {
    return this.#copy !== null;
  }

  /** Where its layers are; null when it is to have no copy, or there is no place for one. */
  async begin(terms: CopyTerms): Promise<string | null> {
    if (terms.snapshot !== 'copy' || this.#copies === null) return null;
    try {
      this.#copy = await this.#copies.begin(this.#facts(terms));
      return this.#copy.layers;
    } catch (error) {
      this.#why = `no place for it: ${whyNot(error)}`;
      return null;
    }
  }

  /**
   * The sandbox is made, with its copy or without, and its command waits. Without one, what the command would change
   * is kept.
   */
  async settle(copied: boolean, terms: CopyTerms): Promise<CopyOutcome> {
    if (copied && this.#copy !== null) return { has: 'copy', why: '' };
    await this.#letGo();
    if (this.#copies === null || terms.snapshot === 'none') return { has: 'nothing', why: '' };
    try {
      this.#kept = await this.#copies.keep(this.#facts(terms), terms.snapshot === 'copy');
      // It may have ended while it was kept.
      if (this.#over) await this.#letGo();
      return { has: 'undo', why: '' };
    } catch (error) {
      return { has: 'nothing', why: this.#why === '' ? whyNot(error) : this.#why };
    }
  }

  stands(session: string, first: number): void {
    (this.#copy ?? this.#kept)?.stands(session, first);
  }

  /** Nothing was written to it. */
  async drop(): Promise<void> {
    this.#over = true;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    const kept = this.#copy ?? this.#kept;
    this.#copy = null;
    this.#kept = null;
    await kept?.drop().catch(this.#defect);
  }

  /** What it wrote to its copy, or what can be taken back; null when nothing was kept. */
  async ended(): Promise<CopyEnd | null> {
    const kept = this.#copy ?? this.#kept;
    if (kept === null) return null;
    try {
      return await kept.ended();
    } catch (error) {
      this.#defect(error);
      const why = notWrittenWords(error) ?? messageOf(error);
      const lines = [`what it changed cannot be reviewed yet, and is tried again by itself: ${why}`];
      return { files: 0, notable: [], deleted: null, lines };
    }
  }

  #facts({ workspace, client }: CopyTerms): CopyFacts {
    return { run: this.#run, app: workspace, client };
  }
}

export interface CopyTerms {
  readonly snapshot: Snapshot;
  readonly workspace: string;
  readonly client: string;
}

function whyNot(error: unknown): string {
  return notWritten(error)?.why ?? messageOf(error);
}
