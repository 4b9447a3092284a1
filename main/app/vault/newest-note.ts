/** How far the vault was written, noted outside its file: an older file in its place is noticed by it. */
import type { KeychainAnswer } from '../../platform/keychain/answers.ts';
import type { Keychain } from '../../platform/keychain/keychain.ts';
import type { Vault } from '../../vault/vault.ts';

const ACCOUNT = 'newest';

export interface NewestNoteParts {
  readonly vault: Pick<Vault, 'id' | 'generation' | 'keptBy'>;
  readonly keychain: Pick<Keychain, 'get' | 'set'>;
  /** Beside the vault, in the state file. */
  readonly anchor: { read(): string | null; write(text: string): void };
  /** What the keychain answered when it was to keep the note. */
  readonly onAnswer: (answer: KeychainAnswer) => void;
}

export class NewestNote {
  readonly #parts: NewestNoteParts;

  constructor(parts: NewestNoteParts) {
    this.#parts = parts;
  }

  /** What was last written, by the state file and by the keychain, whichever knows of more. */
  async read(): Promise<number> {
    const { vault, keychain, anchor } = this.#parts;
    const noted = countIn(anchor.read());
    if (vault.keptBy.source !== 'keychain') return noted;
    const answer = await keychain.get(ACCOUNT);
    if (answer.kind !== 'found') return noted;
    const [id, generation] = answer.secret.toString('utf8').split(' ');
    return id === vault.id ? Math.max(noted, countIn(generation)) : noted;
  }

  /** After the change is on the disk: a kill in between leaves the note behind, never ahead. */
  write(): void {
    const { vault, keychain, anchor, onAnswer } = this.#parts;
    const { generation } = vault;
    anchor.write(String(generation));
    if (vault.keptBy.source !== 'keychain') return;
    void keychain.set(ACCOUNT, Buffer.from(`${vault.id} ${generation}`)).then(onAnswer);
  }
}

/** A note that is no number says nothing, and takes nothing from the other one. */
function countIn(text: string | null | undefined): number {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0;
}
