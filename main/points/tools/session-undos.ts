/**
 * What sessions of governed tools change in projects themselves, to be taken back: what lies in a project is kept before
 * the first call of a session that may change it, and compared when the session is over, as with `gatehouse run`.
 *
 * Sessions of one project each keep their own. What another one changed meanwhile is in the list as well, and taking
 * back one refuses what the other has changed since.
 */
import { messageOf } from '../../platform/errors.ts';
import type { Copies, Kept } from '../run/copies.ts';
import type { ToolSession } from './tool-workers.ts';

/** `why`: why it cannot be taken back; null when it can. */
type Undo = { readonly kept: Kept; readonly why: null } | { readonly kept: null; readonly why: string };
type Keeper = Pick<Copies, 'keep'>;

export class SessionUndos {
  readonly #copies: Keeper | null;
  readonly #undos = new Map<string, Promise<Undo>>();
  readonly #lacking = new Map<string, string>();

  /** @param copies  who keeps them; null: nobody, and nothing is kept */
  constructor(copies: Keeper | null) {
    this.#copies = copies;
  }

  /**
   * Resolves when it is kept what a session is about to change, or cannot be; at once from its second call on.
   *
   * @param whole  all of it, in place of the copy that there is not; otherwise only where that is quick
   * @param first  process 1 of the sandbox that the call runs in
   * @returns why it cannot be taken back; null when it can
   */
  async keep(
    session: Pick<ToolSession, 'id' | 'client' | 'engineSession'>,
    app: string,
    whole: boolean,
    first: number,
  ): Promise<string | null> {
    const known = this.#undos.get(session.id);
    if (known !== undefined) return (await known).why;
    if (this.#copies === null) return null;
    const { id, client, engineSession } = session;
    const kept = keptFirst(this.#copies.keep({ run: id, app, client }, whole), engineSession, first);
    this.#undos.set(id, kept);
    const { why } = await kept;
    if (why !== null && this.#undos.has(id)) this.#lacking.set(id, why);
    return why;
  }

  /** Why what a session changes cannot be taken back; null when it can, or it changed nothing yet. */
  lacking(session: string): string | null {
    return this.#lacking.get(session) ?? null;
  }

  /** The session is over, and none of its workers is left. Resolves when what it changed is known. */
  async over(session: string): Promise<void> {
    const undo = this.#undos.get(session);
    this.#undos.delete(session);
    this.#lacking.delete(session);
    await (await undo)?.kept?.ended();
  }
}

async function keptFirst(keeping: Promise<Kept>, engineSession: string, first: number): Promise<Undo> {
  let kept: Kept | null = null;
  try {
    kept = await keeping;
    kept.stands(engineSession, first);
    return { kept, why: null };
  } catch (error) {
    await kept?.drop();
    return { kept: null, why: messageOf(error) };
  }
}
