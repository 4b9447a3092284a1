/** Taking the vault out and others in: what page and terminal do alike. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { readDotenv } from '../../vault/dotenv.ts';
import { placeOf } from '../../vault/scope.ts';
import { wipe } from '../../vault/seal.ts';
import {
  exportVault,
  type ImportReport,
  type Incoming,
  openExport,
  planOf,
  takeIn,
} from '../../vault/transfer.ts';
import type { VaultKeeper, Via } from './vault-keeper.ts';

export interface ImportFile {
  readonly bytes: Buffer;
  /** What the person calls it. */
  readonly name: string;
  /** Of an exported file; not looked at for a `.env` file. */
  readonly passphrase: string | null;
  readonly replace: boolean;
}

export class TransferDesk {
  readonly #keeper: VaultKeeper;
  readonly #clock: Clock;

  constructor(keeper: VaultKeeper, clock: Clock = systemClock) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  /**
   * Everything in the vault, sealed under a passphrase of its own. The row is durable before it is answered.
   *
   * @throws GatehouseError `vault_locked`, `weak_passphrase`
   */
  async export(passphrase: string, via: Via): Promise<{ readonly bytes: Buffer; readonly count: number }> {
    const count = this.#keeper.vault.credentials.list().length;
    const bytes = await exportVault(this.#keeper.vault, passphrase, this.#clock);
    await this.#keeper.record({
      ...{ type: 'credential.used', v: 1, credential: `${count} credentials`, scope: '', how: 'exported' },
      ...{ client: '', app: '', session: '', detail: `encrypted, ${via}` },
    });
    return { bytes, count };
  }

  /** What would come of an import, and a name for exactly that. Changes nothing. @throws GatehouseError */
  async plan(file: ImportFile): Promise<{ readonly plan: string; readonly report: ImportReport }> {
    const incoming = await this.#read(file);
    try {
      return this.#planOf(incoming, file.replace);
    } finally {
      wipeAll(incoming);
    }
  }

  /**
   * Carries an import out: all of it, or nothing.
   *
   * @param plan the plan that the person saw; null: they saw none
   * @throws GatehouseError `changed` when something else would come of it now
   */
  async import(file: ImportFile, plan: string | null, via: Via): Promise<ImportReport> {
    return this.#keeper.imported(file.name.slice(0, 200), via, async () => {
      const incoming = await this.#read(file);
      try {
        if (plan !== null && this.#planOf(incoming, file.replace).plan !== plan)
          throw new GatehouseError(
            'changed',
            'nothing was taken in: the vault was changed since you saw what would come of it',
            { hint: 'look at it again' },
          );
        return takeIn(this.#keeper.vault, incoming, file.replace);
      } finally {
        wipeAll(incoming);
      }
    });
  }

  #planOf(incoming: readonly Incoming[], replace: boolean) {
    const report = planOf(this.#keeper.vault, incoming, replace);
    const text = canonicalJson({
      added: [...report.added],
      replaced: [...report.replaced],
      kept: [...report.kept],
    });
    return { report, plan: createHash('sha256').update(text).digest('hex') };
  }

  async #read({ bytes, passphrase }: ImportFile): Promise<readonly Incoming[]> {
    if (!this.#keeper.vault.isOpen)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'unlock it first' });
    return isExport(bytes)
      ? openExport(bytes, passphrase ?? '', this.#keeper.user)
      : fromDotenv(bytes, this.#keeper.user);
  }
}

/** An exported vault begins with its header; a `.env` file never with a brace. */
export function isExport(bytes: Buffer): boolean {
  return bytes[0] === 0x7b;
}

function fromDotenv(bytes: Buffer, user: string): readonly Incoming[] {
  const place = placeOf('per_user', { app: null, user });
  return [...readDotenv(bytes.toString('utf8'))]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({
      ...place,
      ...{ name: name.replace(/^_+|_+$/g, ''), label: name, type: 'api_key', provider: null },
      ...{ expires: null, state: 'filled' as const },
      values: new Map([['api_key', Buffer.from(value)]]),
    }));
}

function wipeAll(incoming: readonly Incoming[]): void {
  for (const { values } of incoming) wipe(...values.values());
}
