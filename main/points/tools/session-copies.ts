/**
 * Copies of projects that sessions of governed tools write to: one for each session, which its workers have one after
 * the other. When the session is over a person looks through it, as after `gatehouse run`.
 */
import { GatehouseError } from '../../platform/errors.ts';
import type { Copies, Copy } from '../run/copies.ts';

interface Kept {
  readonly copy: Promise<Copy>;
  /** A worker stood on it: what was written is in it. */
  used: boolean;
}

export class SessionCopies {
  readonly #copies: Pick<Copies, 'begin'> | null;
  readonly #kept = new Map<string, Kept>();

  /** @param copies  who keeps them; null: nobody, and every session writes to its project */
  constructor(copies: Pick<Copies, 'begin'> | null) {
    this.#copies = copies;
  }

  /** Whether a session has one, or had one made for it. */
  has(session: string): boolean {
    return this.#kept.has(session);
  }

  /**
   * Where the layers of a session's copy are, for a worker that begins now: no other one may have them. Null where
   * nobody keeps copies.
   *
   * @throws GatehouseError when there is no place for it
   */
  async layers(
    session: { readonly id: string; readonly client: string },
    app: string,
  ): Promise<string | null> {
    if (this.#copies === null) return null;
    const known = this.#kept.get(session.id);
    if (known !== undefined) {
      const copy = await known.copy;
      await copy.again();
      return copy.layers;
    }
    const made = this.#copies.begin({ run: session.id, app, client: session.client });
    this.#kept.set(session.id, { copy: made, used: false });
    try {
      return (await made).layers;
    } catch (error) {
      this.#kept.delete(session.id);
      throw error;
    }
  }

  /**
   * A worker stands, with the copy or, where the system makes none, without. What one worker wrote to a copy the next
   * one must find, so there is no going on without it.
   *
   * @param first  process 1 of its sandbox
   * @throws GatehouseError `not_enforced`
   */
  async stands(session: string, engineSession: string, copied: boolean, first: number): Promise<void> {
    const kept = this.#kept.get(session);
    if (kept === undefined) return;
    if (!copied && kept.used)
      throw new GatehouseError(
        'not_enforced',
        'the copy of the project that this session writes to is not there',
      );
    const copy = await kept.copy;
    if (copied) {
      kept.used = true;
      copy.stands(engineSession, first);
      return;
    }
    this.#kept.delete(session);
    await copy.drop();
  }

  /** The session is over, and none of its workers is left. Resolves when what it wrote was looked through. */
  async over(session: string): Promise<void> {
    const kept = this.#kept.get(session);
    if (kept === undefined) return;
    this.#kept.delete(session);
    const copy = await kept.copy;
    await (kept.used ? copy.ended() : copy.drop());
  }
}
