/**
 * The vault of this supervisor: made, unlocked, locked, changed; every act a row in the log.
 *
 * What is decrypted goes to the redactor before anybody else has it, and is forgotten when the vault locks.
 */
import type { KeychainTroubleView } from '../../../preload/contract.ts';
import type { AuditEvent, VaultChange } from '../../audit/event.ts';
import type { LogPort } from '../../engine/ports.ts';
import type { Clock } from '../../platform/clock.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import type { KeychainAnswer } from '../../platform/keychain/answers.ts';
import type { Keychain } from '../../platform/keychain/keychain.ts';
import { openVaultStore, type StoredCredential } from '../../store/vault-store.ts';
import { AutoLock, type AwayPort } from '../../vault/auto-lock.ts';
import { keyFile } from '../../vault/key-file.ts';
import type { SecretSource } from '../../vault/key-ring.ts';
import { keychainError, keychainSource, troubleIn, troubleOfCode } from '../../vault/keychain-source.ts';
import type { Redactor } from '../../vault/redaction/redactor.ts';
import { isFact } from '../../vault/types/types.ts';
import { Vault } from '../../vault/vault.ts';
import { sentenceOf, sentenceOfNone, userName } from './kept-by.ts';
import { NewestNote } from './newest-note.ts';
import { learnAll, lockedMeanwhile, Opening } from './opening.ts';
import type { VaultSecrets } from './vault-secrets.ts';

export const IDLE_MS = 15 * 60_000;

export type Via = 'page' | 'window' | 'terminal' | 'gatehouse';

export interface VaultKeeperOptions {
  readonly file: string;
  readonly keyFile: string;
  readonly clock: Clock;
  readonly log: LogPort;
  readonly keychain: Keychain;
  readonly redactor: Redactor;
  readonly away: AwayPort | null;
  /** How far the vault is known to have been written. */
  readonly anchor: { read(): string | null; write(text: string): void };
  readonly onProblem: (text: string) => void;
  /** What calls are looked through for while the vault is open. */
  readonly secrets?: VaultSecrets;
  readonly idleMs?: number;
}

interface Recorded {
  readonly change: VaultChange;
  readonly credential?: Pick<StoredCredential, 'name' | 'scope'> | null;
  readonly detail?: string;
  readonly via: Via;
}

export interface MadeVault {
  /** Shown once, kept nowhere. */
  readonly recoveryKey: string;
}

export class VaultKeeper {
  readonly vault: Vault;
  readonly user: string;
  readonly #options: VaultKeeperOptions;
  readonly #autoLock: AutoLock;
  readonly #note: NewestNote;
  readonly #store: ReturnType<typeof openVaultStore>;
  readonly #changeListeners = new Set<() => void>();
  readonly #lockListeners = new Set<() => void>();
  #problem: string | null = null;
  #trouble: KeychainTroubleView | null = null;
  /** Opening, locking and changing the key go one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #keychainWorks: boolean | null = null;
  readonly #opening = new Opening();

  constructor(options: VaultKeeperOptions) {
    this.#options = options;
    this.user = userName();
    this.#store = openVaultStore(options.file);
    this.vault = new Vault({
      store: this.#store,
      clock: options.clock,
      onPlain: (credential, values) => {
        const told = new Map([...values].filter(([field]) => !isFact(credential.type, field)));
        for (const value of told.values()) options.redactor.add(value);
        options.secrets?.learn(credential, told);
      },
      onLock: () => {
        options.redactor.forget();
        options.secrets?.forget();
      },
    });
    this.#note = new NewestNote({
      vault: this.vault,
      keychain: options.keychain,
      anchor: options.anchor,
      onAnswer: (answer) => this.#noteAnswered(answer),
    });
    this.#autoLock = new AutoLock({
      clock: options.clock,
      away: options.away,
      idleMs: () => options.idleMs ?? IDLE_MS,
      lock: (why) =>
        void this.lock(why, 'gatehouse').catch((error: unknown) => options.onProblem(messageOf(error))),
    });
    this.#autoLock.start();
  }

  get state(): 'none' | 'locked' | 'open' {
    if (this.vault.isOpen) return 'open';
    return this.vault.exists ? 'locked' : 'none';
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** What the keychain answered when it could not be used last; null once it could, or where none is needed. */
  get trouble(): KeychainTroubleView | null {
    return this.vault.exists && this.vault.keptBy.source === 'file' ? null : this.#trouble;
  }

  /** When it locks for want of use, wall milliseconds; null while it is not open. */
  locksAt(): number | null {
    const due = this.#autoLock.dueMs();
    if (due === null || !this.vault.isOpen) return null;
    const { clock } = this.#options;
    return Math.round(clock.wallMicros() / 1000 + due - clock.monotonicMs());
  }

  /** Whether the keychain keeps what it is given; asked once, and again while it does not. */
  async keychainWorks(): Promise<boolean> {
    if (this.#keychainWorks !== true) {
      const answer = await this.#options.keychain.probe();
      this.#keychainWorks = answer.kind === 'done';
      this.#trouble = troubleIn(answer);
    }
    return this.#keychainWorks;
  }

  /** As far as it is known now. */
  get keychainKnown(): boolean | null {
    return this.#keychainWorks;
  }

  /**
   * Makes the vault: in the keychain where there is one, otherwise in a file that the passphrase opens.
   *
   * @param passphrase null: the keychain alone opens it
   * @throws GatehouseError `vault_exists`, `weak_passphrase`, `keychain_*`
   */
  make(passphrase: string | null, via: Via): Promise<MadeVault> {
    return this.#inTurn(async () => {
      const works = await this.keychainWorks();
      if (!works && passphrase === null) {
        const answer = await this.#options.keychain.probe();
        throw answer.kind === 'done'
          ? new GatehouseError(
              'keychain_failed',
              'the keychain answers differently each time; hint: try again',
            )
          : keychainError(answer);
      }
      const source = this.#sourceOf(works ? 'keychain' : 'file');
      if (this.vault.exists) throw new GatehouseError('vault_exists', 'there is a vault already');
      const keptBy = { source: source.kind, passphrase: passphrase !== null, recovery: true };
      this.used();
      const { result, lockedBy } = await this.#opening.run(() =>
        this.#after({ change: 'made', detail: sentenceOf(keptBy), via }, () =>
          this.vault.create({ source, passphrase, recovery: true }),
        ),
      );
      this.#note.write();
      this.used();
      this.#changed();
      // It is made, and its recovery key is told; only open it is not.
      if (lockedBy !== null) await this.lock(lockedBy, 'gatehouse');
      const { recoveryKey } = result;
      return { recoveryKey: recoveryKey ?? '' };
    });
  }

  /**
   * Opens it.
   *
   * @param acceptOlder  the person knows that the file is an older one and wants it
   * @throws GatehouseError as Vault.unlock
   */
  unlock(
    factors: { readonly passphrase: string | null; readonly recovery: string | null },
    via: Via,
    acceptOlder = false,
  ): Promise<void> {
    return this.#inTurn(async () => {
      if (this.vault.isOpen) return;
      try {
        const { source } = this.vault.keptBy;
        const how =
          factors.recovery === null
            ? ({ by: 'source', source: this.#sourceOf(source), passphrase: factors.passphrase } as const)
            : ({ by: 'recovery', text: factors.recovery } as const);
        // Whoever opens it is there now, however long ago it was used last.
        this.used();
        const { lockedBy } = await this.#opening.run(async () =>
          this.vault.unlock(how, acceptOlder ? 0 : await this.#note.read()),
        );
        if (lockedBy !== null) {
          this.vault.lock();
          throw lockedMeanwhile(lockedBy);
        }
        learnAll(this.vault, this.#options.onProblem);
        this.#problem = null;
        if (factors.recovery === null) this.#trouble = null;
      } catch (error) {
        const code = error instanceof GatehouseError ? error.code : 'failed';
        this.#problem = code === 'wrong_passphrase' || code === 'bad_recovery_key' ? null : messageOf(error);
        if (factors.recovery === null) this.#trouble = troubleOfCode(code);
        await this.#record({ change: 'unlock_failed', detail: code, via });
        this.#changed();
        throw error;
      }
      try {
        await this.#record({
          change: 'unlocked',
          detail: factors.recovery === null ? '' : 'with the recovery key',
          via,
        });
      } catch (error) {
        this.vault.lock();
        throw error;
      }
      if (!this.vault.isOpen) throw lockedMeanwhile('asked to');
      this.#note.write();
      this.used();
      this.#changed();
    });
  }

  /** Locks it at once; nothing is waited for. What is about to be open will be locked as soon as it is. */
  async lock(why: string, via: Via): Promise<void> {
    this.#opening.lock(why);
    if (!this.vault.isOpen) return;
    this.vault.lock();
    for (const listener of this.#lockListeners) listener();
    this.#changed();
    await this.#record({ change: 'locked', detail: why, via });
  }

  /** Gives it another master key, and the passphrase with it. @throws GatehouseError */
  changeKey(passphrase: string | null, via: Via): Promise<void> {
    return this.#inTurn(async () => {
      const source = this.#sourceOf(this.vault.keptBy.source);
      const detail = sentenceOf({ ...this.vault.keptBy, passphrase: passphrase !== null });
      await this.#after({ change: 'key_changed', detail, via }, () => this.vault.rotate(source, passphrase));
      this.#note.write();
      this.#changed();
    });
  }

  /**
   * Carries out a change and writes it down. The row comes first: what is not on the log was not done.
   *
   * @throws GatehouseError when the vault is locked, or the log cannot be written
   */
  async change<T>(
    what: {
      readonly change: VaultChange;
      readonly credential: Pick<StoredCredential, 'name' | 'scope'> | null;
      readonly detail?: string;
      readonly via: Via;
    },
    work: () => T,
  ): Promise<T> {
    if (!this.vault.isOpen)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'unlock it first' });
    const done = await this.#after(what, async () => work());
    this.used();
    this.#note.write();
    this.#changed();
    return done;
  }

  /** Takes many in as one change. The row comes first here too. @throws GatehouseError as takeIn, `vault_locked` */
  async imported<T>(from: string, via: Via, work: () => Promise<T>): Promise<T> {
    if (!this.vault.isOpen)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'unlock it first' });
    const done = await this.#after({ change: 'imported', detail: `from ${from}`, via }, work);
    this.used();
    this.#note.write();
    this.#changed();
    return done;
  }

  /** Looked for like the vault's own values, until it locks. @throws GatehouseError `vault_locked` */
  watch(value: Buffer): void {
    if (!this.vault.isOpen)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'unlock it first' });
    this.#options.redactor.add(value);
    this.#options.secrets?.learnValue(value);
  }

  /** Writes down that a value goes to somebody as a person said; it may go when this resolves. */
  async record(event: Extract<AuditEvent, { type: 'credential.used' | 'vault.changed' }>): Promise<void> {
    await this.#options.log.append(event);
    this.used();
  }

  /** Writes down what no person did: it does not keep the vault open. */
  async log(event: Extract<AuditEvent, { type: 'credential.used' | 'vault.changed' }>): Promise<void> {
    await this.#options.log.append(event);
  }

  /** A value was renewed, by no person. */
  renewed(): void {
    this.#note.write();
    this.#changed();
  }

  /** A person used it: it stays open for another while. */
  used(): void {
    this.#autoLock.used();
  }

  /** Something that is shown has changed. */
  touched(): void {
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Told in the moment in which it locks. */
  onLock(listener: () => void): () => void {
    this.#lockListeners.add(listener);
    return () => this.#lockListeners.delete(listener);
  }

  keptBy(): string {
    if (this.vault.exists) return sentenceOf(this.vault.keptBy);
    return sentenceOfNone(this.#keychainWorks === false ? this.#trouble : null);
  }

  close(): void {
    this.#autoLock.stop();
    this.vault.lock();
    this.#store.close();
    this.#options.keychain.close();
  }

  #record(what: Recorded): Promise<unknown> {
    const { change, credential = null, detail = '', via } = what;
    return this.#options.log.append({
      type: 'vault.changed',
      v: 1,
      change,
      credential: credential?.name ?? null,
      scope: credential?.scope ?? null,
      detail,
      via,
    });
  }

  /** The row comes first. When what it says fails then, another row says that. */
  async #after<T>(what: Recorded, work: () => Promise<T>): Promise<T> {
    await this.#record(what);
    try {
      return await work();
    } catch (error) {
      const code = error instanceof GatehouseError ? error.code : 'failed';
      const { credential = null, via } = what;
      await this.#record({ change: 'failed', credential, detail: `${what.change}: ${code}`, via }).catch(
        (fault: unknown) => this.#options.onProblem(messageOf(fault)),
      );
      throw error;
    }
  }

  #sourceOf(kind: SecretSource['kind']): SecretSource {
    return kind === 'keychain' ? keychainSource(this.#options.keychain) : keyFile(this.#options.keyFile);
  }

  #noteAnswered(answer: KeychainAnswer): void {
    const before = this.#trouble;
    this.#trouble = troubleIn(answer);
    if (this.#trouble !== before) this.#changed();
    if (this.#trouble !== null) this.#options.onProblem(`vault: ${keychainError(answer).message}`);
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
