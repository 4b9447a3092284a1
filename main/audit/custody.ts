/**
 * Where the log's key is kept, and how far the log is known to have reached: in the keychain of the operating
 * system, which an older copy of the data folder does not take back with it; without one, in files beside the log.
 *
 * The keychain holds three things: `log-at/FOLDER` names the log of a data folder, `log/NAME/head` its newest row,
 * `log/NAME/key` its signing key. It may be locked, gone or slow at any time: nothing waits for it longer than a
 * start or an end may take, and whoever is shown the log's state is told what is kept where.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import { type KeychainAnswer, type KeychainTrouble, troubleWords } from '../platform/keychain/answers.ts';
import type { Keychain } from '../platform/keychain/keychain.ts';
import { type Anchor, Noted } from './anchor.ts';
import type { SecretStore } from './signing-key.ts';

export type KeychainPort = Pick<Keychain, 'get' | 'set'>;

/** What is kept beside the log. All of it is durable when it returns. */
export interface FilesBeside {
  /** Null when there is none. @throws GatehouseError */
  readKey(): string | null;
  writeKey(secret: string): void;
  removeKey(): void;
  readNote(): Anchor | null;
  writeNote(note: Anchor): void;
}

export interface CustodyOptions {
  readonly beside: FilesBeside;
  /** Null where none is to be used. */
  readonly keychain: KeychainPort | null;
  /** The data folder, absolute: one keychain may hold the notes of several. */
  readonly folder: string;
  readonly clock: Clock;
  /** How long a start waits for the keychain. */
  readonly startMs?: number;
}

/** Something about the key, the notes or the rows that is not as it was left, for the timeline. */
export interface Alarm {
  readonly what:
    | 'log_key_gone'
    | 'log_key_replaced'
    | 'log_note_gone'
    | 'log_note_older'
    | 'log_rows_removed';
  readonly detail: string;
}

export interface CustodyState {
  /** `pending`: the keychain has, or is to have it, and cannot be asked now. */
  readonly place: 'keychain' | 'files' | 'pending';
  /** The newest row that the keychain knows of; 0 when it knows of none. */
  readonly notedTo: number;
  /** Where key and note are kept, and what that proves. */
  readonly sentence: string;
}

type Phase =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'away'; readonly trouble: KeychainTrouble; readonly againAtMs: number };

const START_MS = 2000;
const WRITE_MS = 5000;
const END_MS = 2000;
/** Between two notes in the keychain: it writes a file of its own each time. */
const NOTE_MS = 60_000;
const AGAIN_MS = 60_000;
/** Where a person was asked and did not agree, they are not asked again soon. */
const AFTER_NO_MS = 30 * 60_000;

export class Custody implements SecretStore {
  readonly #options: CustodyOptions;
  #log = '';
  #phase: Phase = { kind: 'none' };
  /** What the keychain held when it was asked. */
  #head: Anchor | null = null;
  #key: string | null = null;
  #keyInKeychain = false;
  #notedTo = 0;
  #notedAtMs = Number.NEGATIVE_INFINITY;
  #arrived = false;
  #writing: Promise<void> | null = null;
  #alarms: Alarm[] = [];

  constructor(options: CustodyOptions) {
    this.#options = options;
  }

  /** Asks the keychain what it holds of this log, and waits for it as long as a start may. */
  async open(log: string): Promise<void> {
    this.#log = log;
    this.#keyInKeychain = this.#before().key;
    if (this.#options.keychain === null) return;
    await within(this.#ask(this.#options.keychain), this.#options.startMs ?? START_MS);
    this.#arrived = false;
  }

  /** Whether the keychain has answered since this was last asked; asks it again when it is time to. */
  hasArrived(): boolean {
    const { keychain, clock } = this.#options;
    if (keychain !== null && this.#phase.kind === 'away' && clock.monotonicMs() >= this.#phase.againAtMs)
      void this.#ask(keychain);
    const arrived = this.#arrived;
    this.#arrived = false;
    return arrived;
  }

  /** What is noted of the log, or of the one that was in its place before: beside it, and in the keychain. */
  notes(): readonly Anchor[] {
    const beside = this.#options.beside.readNote();
    return [beside, this.#head].filter((note) => note !== null);
  }

  /** Notes how far the log reaches; in the keychain now and then, or now. Does not wait for it. */
  note(anchor: Anchor, when: 'now_and_then' | 'now' = 'now_and_then'): void {
    this.#noteBeside(anchor);
    const { keychain, clock } = this.#options;
    if (keychain === null || this.#phase.kind !== 'ready' || anchor.found != null) return;
    const now = clock.monotonicMs();
    if (this.#writing !== null || anchor.seq === this.#notedTo) return;
    if (when === 'now_and_then' && now - this.#notedAtMs < NOTE_MS) return;
    this.#notedAtMs = now;
    this.#writing = this.#noteInKeychain(keychain, anchor).finally(() => {
      this.#writing = null;
    });
  }

  /** Waits for what is being written to the keychain, as long as an end may. */
  async settle(): Promise<void> {
    if (this.#writing !== null) await within(this.#writing, END_MS);
  }

  /** Keeps what was found wrong, or that nothing is any more. */
  noteFound(found: Anchor['found']): void {
    const note = this.notes().findLast(({ log }) => log === this.#log);
    if (note !== undefined) this.#noteBeside({ ...note, found: found ?? null });
  }

  /** Before a new key is made for a log that lost its own: nothing is expected of the keychain any more. */
  startOver(): void {
    this.#keyInKeychain = false;
    this.#head = null;
    this.#notedTo = 0;
  }

  async read(): Promise<string | null> {
    const { beside } = this.#options;
    const file = beside.readKey();
    if (this.#phase.kind !== 'ready') {
      if (this.#keyInKeychain)
        throw new GatehouseError('signing_key_away', `its key is in the keychain, and ${this.#awayWords()}`);
      return file;
    }
    if (this.#key !== null) {
      if (file !== null) beside.removeKey();
      this.#keyInKeychain = true;
      return this.#key;
    }
    if (this.#keyInKeychain) {
      const detail = "the keychain does not hold the log's key any more";
      this.#alarm({ what: 'log_key_gone', detail });
      throw new GatehouseError('signing_key_gone', detail, {
        hint: 'put the keychain back, or begin anew with `gatehouse audit reseal`',
      });
    }
    if (file !== null) await this.write(file);
    return file;
  }

  /** @throws GatehouseError `signing_key_away` when it is in the keychain and that cannot be written now */
  async write(secret: string): Promise<void> {
    const { beside, keychain } = this.#options;
    if (keychain !== null && this.#phase.kind === 'ready') {
      const answer = await within(this.#put(keychain, this.#account('key'), secret), WRITE_MS);
      if (answer?.kind === 'done') {
        this.#key = secret;
        this.#keyInKeychain = true;
        this.#rememberBeside();
        beside.removeKey();
        return;
      }
      this.#away(answer ?? { kind: 'timed_out', why: '' });
    }
    if (this.#keyInKeychain)
      throw new GatehouseError('signing_key_away', `its key is in the keychain, and ${this.#awayWords()}`);
    beside.writeKey(secret);
  }

  /** Told once each. */
  takeAlarms(): readonly Alarm[] {
    const alarms = this.#alarms;
    this.#alarms = [];
    return alarms;
  }

  replaced(detail: string): void {
    this.#alarm({ what: 'log_key_replaced', detail });
  }

  removed(detail: string): void {
    this.#alarm({ what: 'log_rows_removed', detail });
  }

  state(): CustodyState {
    const notedTo = this.#notedTo;
    if (this.#phase.kind === 'ready') {
      const reach = notedTo === 0 ? '' : `, noted up to row ${notedTo}`;
      return {
        place: 'keychain',
        notedTo,
        sentence: `Key and newest row are kept in the keychain${reach}: an older copy of the whole data folder, put back, is found`,
      };
    }
    if (this.#keyInKeychain || this.#phase.kind === 'asking')
      return {
        place: 'pending',
        notedTo,
        sentence: `Key and newest row belong in the keychain, and ${this.#awayWords()}: that an older copy of the whole data folder was put back is found when it can be asked`,
      };
    return {
      place: 'files',
      notedTo,
      sentence: `Key and newest row are kept in files beside the log (${this.#awayWords()}): an older copy of the whole data folder, put back, is not found`,
    };
  }

  async #ask(keychain: KeychainPort): Promise<void> {
    this.#phase =
      this.#phase.kind === 'away'
        ? { ...this.#phase, againAtMs: Number.POSITIVE_INFINITY }
        : { kind: 'asking' };
    const place = await this.#get(keychain, this.#placeAccount());
    const name = place ?? this.#log;
    const head = place === undefined ? undefined : await this.#get(keychain, this.#account('head', name));
    const key = head === undefined ? undefined : await this.#get(keychain, this.#account('key'));
    if (head === undefined || key === undefined) return;
    this.#key = key;
    this.#head = readNote(head);
    this.#compare(this.#head);
    this.#phase = { kind: 'ready' };
    this.#arrived = true;
  }

  /** The text of an item, null when there is none, undefined when it cannot be known. */
  async #get(keychain: KeychainPort, account: string): Promise<string | null | undefined> {
    const answer = await keychain.get(account);
    if (answer.kind === 'found') return answer.secret.toString('utf8');
    if (answer.kind === 'missing') return null;
    this.#away(answer);
    return undefined;
  }

  /** What is noted beside the log says how far the keychain was told: one that knows less was changed. */
  #compare(head: Anchor | null): void {
    const { seq } = this.#before();
    this.#notedTo = head?.log === this.#log ? head.seq : 0;
    if (this.#notedTo >= seq) return;
    this.#alarm(
      head === null
        ? {
            what: 'log_note_gone',
            detail: `the keychain does not hold its note of the log any more; it knew of row ${seq}`,
          }
        : {
            what: 'log_note_older',
            detail: `the keychain holds an older note of the log: row ${this.#notedTo}; it knew of row ${seq}`,
          },
    );
  }

  async #noteInKeychain(keychain: KeychainPort, anchor: Anchor): Promise<void> {
    const { keychain: _beside, found: _found, ...note } = anchor;
    const head = await this.#put(keychain, this.#account('head'), JSON.stringify(note));
    const answer = head.kind === 'done' ? await this.#put(keychain, this.#placeAccount(), this.#log) : head;
    if (answer.kind !== 'done') return this.#away(answer);
    this.#head = note;
    this.#notedTo = anchor.seq;
    this.#rememberBeside();
  }

  #put(keychain: KeychainPort, account: string, text: string): Promise<KeychainAnswer> {
    return keychain.set(account, Buffer.from(text));
  }

  /** What the notes beside the log say of the keychain, as far as they are of this log. */
  #before(): { readonly key: boolean; readonly seq: number } {
    const note = this.#options.beside.readNote();
    return note?.log === this.#log ? (note.keychain ?? NOTHING) : NOTHING;
  }

  #noteBeside(anchor: Anchor): void {
    this.#options.beside.writeNote({
      ...anchor,
      keychain: { key: this.#keyInKeychain, seq: this.#notedTo },
    });
  }

  #rememberBeside(): void {
    const note = this.#options.beside.readNote();
    if (note?.log === this.#log) this.#noteBeside(note);
  }

  #away(answer: KeychainAnswer): void {
    const trouble = 'why' in answer ? answer.kind : 'failed';
    const asked = trouble === 'denied' || trouble === 'timed_out';
    const againAtMs = this.#options.clock.monotonicMs() + (asked ? AFTER_NO_MS : AGAIN_MS);
    this.#phase = { kind: 'away', trouble, againAtMs };
  }

  #awayWords(): string {
    switch (this.#phase.kind) {
      case 'away':
        return troubleWords(this.#phase.trouble);
      case 'asking':
        return 'it has not answered yet';
      case 'none':
      case 'ready':
        return 'no keychain is used here';
    }
  }

  #alarm(alarm: Alarm): void {
    if (!this.#alarms.some(({ what }) => what === alarm.what)) this.#alarms.push(alarm);
  }

  #account(item: 'head' | 'key', log = this.#log): string {
    return `log/${log.slice(0, 32)}/${item}`;
  }

  #placeAccount(): string {
    const place = createHash('sha256').update(this.#options.folder).digest('hex');
    return `log-at/${place.slice(0, 32)}`;
  }
}

const NOTHING = { key: false, seq: 0 };

/** A note that cannot be read is none. */
function readNote(text: string | null): Anchor | null {
  if (text === null) return null;
  try {
    return Noted.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** What comes of it, or null after so long; whatever it is then doing goes on. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
