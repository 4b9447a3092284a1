/** A vault on its way to being open: what it is told meanwhile, and what becomes known when it is. */
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { Vault } from '../../vault/vault.ts';

/** Remembers that it was told to lock while it was not open yet, so that this is not lost. */
export class Opening {
  #underWay: { lockedBy: string | null } | null = null;

  /** It is told to lock. */
  lock(why: string): void {
    if (this.#underWay !== null) this.#underWay.lockedBy ??= why;
  }

  /** Runs what opens it. Answers why it must be locked again at once; null when nothing told it to. */
  async run<T>(open: () => Promise<T>): Promise<{ readonly result: T; readonly lockedBy: string | null }> {
    const underWay: { lockedBy: string | null } = { lockedBy: null };
    this.#underWay = underWay;
    try {
      const result = await open();
      return { result, lockedBy: underWay.lockedBy };
    } finally {
      this.#underWay = null;
    }
  }
}

/** Whoever had it opened is gone, or wants it shut. */
export function lockedMeanwhile(why: string): GatehouseError {
  return new GatehouseError(
    'vault_locked',
    `the vault stays locked: it was told to lock while it was opened (${why})`,
    {
      hint: 'unlock it again',
    },
  );
}

/** Decrypts every value once, so that none is shown, logged or sent while the vault is open. */
export function learnAll({ credentials }: Vault, onProblem: (text: string) => void): void {
  for (const { id, name, current, next } of credentials.list())
    for (const which of [current === null ? null : 'current', next === null ? null : 'next'] as const) {
      if (which === null) continue;
      try {
        for (const value of credentials.open(id, which).values()) value.fill(0);
      } catch (error) {
        onProblem(`${name} cannot be looked for: ${messageOf(error)}`);
      }
    }
}
