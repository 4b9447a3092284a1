/** A keychain that is what a test makes it: open, locked, refused, gone, slow, or with somebody else's hand in it. */
import type { KeychainPort } from '../../main/audit/custody.ts';
import type { KeychainAnswer, KeychainTrouble } from '../../main/platform/keychain/answers.ts';

export class KeychainDouble implements KeychainPort {
  /** Bytes, a character each: what is no text stays as it is. */
  readonly items = new Map<string, string>();
  /** What is wrong with it; `hangs` never answers. */
  trouble: KeychainTrouble | 'hangs' | null = null;
  asked = 0;
  #hanging: (() => void)[] = [];

  async get(account: string): Promise<KeychainAnswer> {
    const wrong = await this.#wrong();
    if (wrong !== null) return wrong;
    const text = this.items.get(account);
    return text === undefined ? { kind: 'missing' } : { kind: 'found', secret: Buffer.from(text, 'latin1') };
  }

  async set(account: string, secret: Buffer): Promise<KeychainAnswer> {
    const wrong = await this.#wrong();
    if (wrong !== null) return wrong;
    this.items.set(account, secret.toString('latin1'));
    return { kind: 'done' };
  }

  /** What hung is answered. */
  wake(): void {
    this.trouble = null;
    for (const go of this.#hanging.splice(0)) go();
  }

  /** The account of this item; there must be one. */
  account(end: 'head' | 'key'): string {
    const found = [...this.items.keys()].find((name) => name.endsWith(`/${end}`));
    if (found === undefined) throw new Error(`the keychain has no ${end}`);
    return found;
  }

  async #wrong(): Promise<KeychainAnswer | null> {
    this.asked += 1;
    if (this.trouble === 'hangs') await new Promise<void>((resolve) => this.#hanging.push(resolve));
    return this.trouble === null || this.trouble === 'hangs' ? null : { kind: this.trouble, why: 'a test' };
  }
}
