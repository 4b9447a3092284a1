/**
 * Renews sign-ins ahead of their end, each by one request at a time.
 *
 * The place for the answer is durable before the service is asked, and the answer is durable before anybody is
 * given it (vault/inbox). A service that changes the refresh token with each use and sees an old one again ends
 * the whole sign-in: then this one is over, nothing more is sent, and the person is told.
 */
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { StoredCredential } from '../../store/vault-store.ts';
import type { Slot } from '../../vault/inbox.ts';
import { connectionValues, readConnection } from '../../vault/oauth/connection.ts';
import { refreshTokens } from '../../vault/oauth/protocol.ts';
import { wipe } from '../../vault/seal.ts';
import type { VaultKeeper } from './vault-keeper.ts';

/** So long before its end a token is renewed, or half of its time where that is shorter. */
export const AHEAD_MS = 600_000;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

export interface RefresherOptions {
  readonly keeper: Pick<VaultKeeper, 'vault' | 'log' | 'renewed'>;
  readonly nowMs: () => number;
  /** Its servers are to start anew. */
  readonly changed: (credential: StoredCredential) => void;
  /** It is over: nothing may run with it any more, and the person is to know. */
  readonly ended: (credential: StoredCredential, why: string) => Promise<void>;
  readonly onProblem: (text: string) => void;
  readonly onStep?: (step: string) => void;
}

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #underWay = new Map<string, Promise<void>>();
  /** Answers that the disk did not take yet, sealed. */
  readonly #unwritten = new Map<string, Slot>();
  readonly #pauses = new Map<string, { readonly ms: number; readonly until: number }>();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /**
   * Sees to it that a credential can be used now. For other types it does nothing.
   *
   * @throws GatehouseError `sign_in_over` when somebody must sign in again; `credential_expired` when its time is
   *   over and the service cannot be asked
   */
  async fresh(credential: StoredCredential): Promise<void> {
    if (credential.type !== 'oauth2') return;
    if (credential.state === 'invalid') throw over(credential);
    if (!this.#isDue(credential)) {
      if (this.#leftMs(credential) > 0) return;
      throw over(credential);
    }
    try {
      await this.refresh(credential.id);
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'sign_in_over') throw over(credential);
      if (this.#leftMs(credential) > 0) return;
      throw new GatehouseError(
        'credential_expired',
        `${credential.name} has expired and could not be renewed: ${messageOf(error)}`,
      );
    }
  }

  /** Renews what is due, while the vault is open. Never throws. */
  async sweep(): Promise<void> {
    const { keeper, nowMs, onProblem } = this.#options;
    if (!keeper.vault.isOpen) return;
    for (const credential of keeper.vault.credentials.list()) {
      if (credential.type !== 'oauth2' || credential.state === 'invalid' || !this.#isDue(credential))
        continue;
      if ((this.#pauses.get(credential.id)?.until ?? 0) > nowMs()) continue;
      await this.refresh(credential.id).catch((error: unknown) =>
        onProblem(`renewing ${credential.name}: ${messageOf(error)}`),
      );
    }
  }

  /** Renews one. Whoever asks while it is under way waits for the same answer. */
  refresh(id: string): Promise<void> {
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return underWay;
    const work = this.#refresh(id).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, work);
    return work;
  }

  async #refresh(id: string): Promise<void> {
    const { keeper, nowMs, onStep } = this.#options;
    const { credentials, inbox } = keeper.vault;
    const credential = credentials.get(id);
    if (credential === null) throw new GatehouseError('not_found', 'there is no such credential any more');
    this.#write(id, this.#unwritten.get(id) ?? null);
    if (this.#adopt(id)) return;
    const cutOff = inbox.wasCutOff(id);
    const values = credentials.open(id);
    const connection = readConnection(values);
    wipe(...values.values());
    const { name, scope } = credential;
    await keeper.log({
      ...{ type: 'credential.used', v: 1, credential: name, scope, how: 'refreshed' },
      ...{ client: '', app: '', session: '', detail: new URL(connection.server.token).host },
    });
    const slot = inbox.prepare(id);
    onStep?.('before the request');
    try {
      const tokens = await refreshTokens(connection, nowMs());
      onStep?.('answered');
      const fresh = connectionValues({ ...connection, tokens });
      // From here to where it is written nothing waits: the answer is on the disk before anything else happens.
      slot.take({
        values: fresh,
        expires: tokens.expiresAt === null ? null : Math.round(tokens.expiresAt * 1000),
      });
      wipe(...fresh.values());
    } catch (error) {
      await this.#failed(credential, slot, error, cutOff);
      throw error;
    }
    this.#write(id, slot);
    this.#pauses.delete(id);
    this.#adopt(id);
  }

  /** Writes an answer down. One that cannot be written is kept, sealed, for the next time. */
  #write(id: string, slot: Slot | null): void {
    if (slot === null) return;
    this.#unwritten.set(id, slot);
    slot.write();
    this.#unwritten.delete(id);
  }

  /** Puts what was written in force. While the vault is locked it waits for its opening. */
  #adopt(id: string): boolean {
    const { keeper, changed } = this.#options;
    if (!keeper.vault.isOpen) return false;
    const kept = keeper.vault.inbox.adopt(id);
    if (kept === null) return false;
    keeper.renewed();
    changed(kept);
    return true;
  }

  async #failed(credential: StoredCredential, slot: Slot, error: unknown, cutOff: boolean): Promise<void> {
    const { keeper, nowMs, ended } = this.#options;
    const { id } = credential;
    const code = error instanceof GatehouseError ? error.code : 'failed';
    if (code === 'sign_in_over') {
      slot.drop();
      this.#pauses.delete(id);
      // Removed meanwhile, or signed in anew: what has ended is the sign-in before that one.
      if (keeper.vault.credentials.get(id)?.current !== credential.current) return;
      keeper.vault.credentials.note(id, { state: 'invalid' });
      const why = cutOff
        ? 'its renewal was cut off before, and the service does not take the old token again'
        : messageOf(error);
      await ended(credential, why);
      return;
    }
    // An answer that named an error changed nothing there. One that did not come may have: the row stays.
    if (code === 'sign_in_refused') slot.drop();
    const before = this.#pauses.get(id)?.ms ?? FIRST_PAUSE_MS / 2;
    const ms = Math.min(LONGEST_PAUSE_MS, before * 2);
    this.#pauses.set(id, { ms, until: nowMs() + ms });
  }

  #isDue(credential: StoredCredential): boolean {
    const { expires, updated, id } = credential;
    // A token that lasts five minutes is not renewed without end: half of its time is enough then.
    const ahead = Math.min(AHEAD_MS, ((expires ?? 0) - updated) / 2000);
    return this.#leftMs(credential) < Math.max(0, ahead) && renews(this.#options.keeper, id);
  }

  #leftMs({ expires }: StoredCredential): number {
    return expires === null ? Number.POSITIVE_INFINITY : expires / 1000 - this.#options.nowMs();
  }
}

/** Whether its service gave something to renew it with. */
function renews({ vault }: RefresherOptions['keeper'], id: string): boolean {
  return vault.credentials.fieldNames(id).includes('refresh_token');
}

function over({ name }: StoredCredential): GatehouseError {
  return new GatehouseError('sign_in_over', `the sign-in of ${name} has ended`, {
    hint: 'the person signs in again in Gatehouse, on the page Vault',
  });
}
