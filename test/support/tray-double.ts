/** A tray in the test's hands: what it was last given to draw, and presses. */
import type { PartStatus, TrayAction, TrayEvents, TrayPort, TrayView } from '../../main/app/desktop-port.ts';

export class TrayDouble implements TrayPort {
  readonly trusted: boolean;
  view: TrayView | null = null;
  closed = false;
  #events: TrayEvents | null = null;

  constructor(trusted: boolean) {
    this.trusted = trusted;
  }

  start(events: TrayEvents): void {
    this.#events = events;
  }

  render(view: TrayView): void {
    this.view = view;
  }

  press(action: TrayAction): void {
    this.#events?.onAction(action);
  }

  status(): PartStatus {
    return { state: 'ready', detail: 'The test shows it.', hint: null };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
