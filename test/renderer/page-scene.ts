/** One state of a page, for what is checked of every page. */
import type { OpenOptions, Stage } from './harness.ts';

export interface PageScene {
  readonly name: string;
  readonly options: OpenOptions;
  /** Brings the page into the state that is meant. */
  readonly enter?: (stage: Stage) => Promise<void>;
}
