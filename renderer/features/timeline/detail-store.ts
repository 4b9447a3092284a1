/** The detail of the selected row: read when it is selected and again when it changes; the newest question wins. */
import type { ContractError, Result, TimelineDetail } from '../../../preload/contract.ts';

export type DetailState =
  | { readonly step: 'none' }
  | { readonly step: 'reading'; readonly seq: number; readonly before: TimelineDetail | null }
  | { readonly step: 'read'; readonly seq: number; readonly detail: TimelineDetail }
  | { readonly step: 'failed'; readonly seq: number; readonly error: ContractError };

export class DetailStore {
  readonly #read: (seq: number) => Promise<Result<TimelineDetail>>;
  readonly #listeners = new Set<() => void>();
  #state: DetailState = { step: 'none' };
  #asked = 0;

  constructor(read: (seq: number) => Promise<Result<TimelineDetail>>) {
    this.#read = read;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): DetailState => this.#state;

  async open(seq: number): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    this.#set({ step: 'reading', seq, before: this.#known(seq) });
    const answer = await this.#read(seq);
    if (mine !== this.#asked) return;
    this.#set(
      answer.ok ? { step: 'read', seq, detail: answer.value } : { step: 'failed', seq, error: answer.error },
    );
  }

  /** Reads again when what is open is among the rows that changed. */
  changed(seqs: readonly number[]): void {
    if (this.#state.step !== 'none' && seqs.includes(this.#state.seq)) void this.open(this.#state.seq);
  }

  /** The connection came back: reads again what could not be read without it. */
  reconnected(): void {
    if (this.#state.step === 'failed') void this.open(this.#state.seq);
  }

  close(): void {
    this.#asked += 1;
    this.#set({ step: 'none' });
  }

  /** What was read of this row before: shown until the new answer is there. */
  #known(seq: number): TimelineDetail | null {
    if (this.#state.step === 'read' && this.#state.seq === seq) return this.#state.detail;
    return this.#state.step === 'reading' && this.#state.seq === seq ? this.#state.before : null;
  }

  #set(state: DetailState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
