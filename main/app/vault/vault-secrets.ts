/**
 * The secret values of the open vault, for finding them in what agents send. Open fields (names, addresses) are
 * left out: a call may name the host that a credential is for.
 */
import type { KnownSecrets } from '../../analysis/content/known-secrets.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import { Redactor } from '../../vault/redaction/redactor.ts';
import type { FieldSpec } from '../../vault/types/type-spec.ts';
import { secretFields } from '../../vault/types/types.ts';

/** The fields that a credential's form has. */
export type FormOf = (credential: Pick<StoredCredential, 'type' | 'provider'>) => readonly FieldSpec[];

export class VaultSecrets implements KnownSecrets {
  readonly #redactor = new Redactor();
  readonly #forms: () => FormOf;
  #formOf: FormOf | null = null;

  /** @param forms asked once each time the vault is opened */
  constructor(forms: () => FormOf) {
    this.#forms = forms;
  }

  get isEmpty(): boolean {
    return this.#redactor.isEmpty;
  }

  find(text: string): readonly number[] {
    return this.#redactor.find(text);
  }

  learn(credential: StoredCredential, values: ReadonlyMap<string, Buffer>): void {
    this.#formOf ??= this.#forms();
    for (const name of secretFields(this.#formOf(credential), values.keys())) {
      const value = values.get(name);
      if (value !== undefined) this.#redactor.add(value);
    }
  }

  /** One that lies elsewhere and is given to a server. */
  learnValue(value: Buffer): void {
    this.#redactor.add(value);
  }

  forget(): void {
    this.#redactor.forget();
    this.#formOf = null;
  }
}
