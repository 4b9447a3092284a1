/**
 * Where browsers of servers were last sent: a press on a page of this machine, the project's own shop say, binds nobody.
 * A page that leads away by itself is not seen; what names another address is.
 */
import type { CallAnalysis } from '../analysis/result.ts';

const MOST = 256;

export class BrowserPages {
  readonly #own = new Set<string>();

  /** A call of a server's tool was let through. @param app canonical root of the project @param module canonical */
  note(app: string, module: string, { effects, tool }: CallAnalysis): void {
    if (tool === undefined) return;
    const addressed = effects.filter((effect) => effect.kind === 'network');
    if (addressed.length === 0) return;
    const key = `${app}\n${module}`;
    this.#own.delete(key);
    if (!addressed.every((effect) => effect.class === 'own')) return;
    if (this.#own.size >= MOST) this.#own.clear();
    this.#own.add(key);
  }

  isOwn(app: string, module: string): boolean {
    return this.#own.has(`${app}\n${module}`);
  }
}
