/** Filters of the timeline that the person keeps, in the small state. */
import { type SavedView, SavedViews } from '../../../preload/contract.ts';

type View = SavedView;

export class SavedViewBook {
  readonly #setting: { read(): string | null; write(value: string): void };

  constructor(setting: { read(): string | null; write(value: string): void }) {
    this.#setting = setting;
  }

  /** What cannot be read is no views: nothing depends on them. */
  list(): View[] {
    const text = this.#setting.read();
    if (text === null) return [];
    try {
      return SavedViews.parse(JSON.parse(text));
    } catch {
      return [];
    }
  }

  /** Keeps exactly these; of two with one name the later. */
  keep(views: readonly View[]): View[] {
    const named = [...new Map(views.map((view) => [view.name, view])).values()];
    this.#setting.write(JSON.stringify(named));
    return named;
  }
}
