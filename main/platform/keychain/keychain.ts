/**
 * The operating system's keychain, asked through a process of its own: one question at a time, each with an end.
 *
 * A process that does not answer in time is ended and begun anew with the next question. That the keychain "has
 * nothing" is believed only after it kept and gave back something: a keychain that is locked or was never made
 * says the same.
 */
import { randomBytes } from 'node:crypto';
import type { Child, ChildHost } from '../child-host.ts';
import { type KeychainAnswer, type KeychainQuestion, KeychainReply, troubleOf } from './answers.ts';

const SERVICE = 'dev.gatehouse.vault';
/** Long enough for a person to find and type a password. */
const DEADLINE_MS = 60_000;
/** Its process is ended when nothing was asked for so long. */
const IDLE_MS = 30_000;
/** Why a question has no answer when the process fell over it. */
const ENDED = 'its process ended';

type Ask = KeychainQuestion extends infer Q
  ? Q extends { id: number }
    ? Omit<Q, 'id' | 'service'>
    : never
  : never;

interface Waiting {
  readonly id: number;
  readonly settle: (answer: KeychainAnswer) => void;
}

export interface KeychainOptions {
  readonly host: ChildHost;
  /** Whether a window could be opened to ask a person for the keychain's password. */
  readonly canPrompt: boolean;
  /** Why there can be none, so that no process is started to find out; null where there may be one. */
  readonly absent?: string | null;
  /** Names the items; another one for tests. */
  readonly service?: string;
  readonly deadlineMs?: number;
}

export class Keychain {
  readonly #options: KeychainOptions;
  #child: Child | null = null;
  #waiting: Waiting | null = null;
  #next = 1;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  #idle: NodeJS.Timeout | null = null;

  constructor(options: KeychainOptions) {
    this.#options = options;
  }

  /** Reads a secret: `found`, `missing`, or why it cannot be known. */
  get(account: string): Promise<KeychainAnswer> {
    return this.#inTurn(async () => {
      const answer = await this.#ask({ ask: 'get', account });
      if (answer.kind !== 'missing') return answer;
      const usable = await this.#tryOut();
      return usable.kind === 'done' ? answer : usable;
    });
  }

  /** Keeps a secret: `done`, or why not. */
  set(account: string, secret: Buffer): Promise<KeychainAnswer> {
    return this.#inTurn(() => this.#ask({ ask: 'set', account, secret: secret.toString('base64') }));
  }

  /** Removes a secret, or finds that there is none: `done`, or why not. */
  remove(account: string): Promise<KeychainAnswer> {
    return this.#inTurn(() => this.#ask({ ask: 'remove', account }));
  }

  /** Whether it keeps and gives back what it is given: `done`, or why not. */
  probe(): Promise<KeychainAnswer> {
    return this.#inTurn(() => this.#tryOut());
  }

  /** Ends its process; what waits is answered as failed. */
  close(): void {
    this.#closed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#end({ kind: 'failed', why: 'Gatehouse stops' });
  }

  /** The process id of the child, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async #tryOut(): Promise<KeychainAnswer> {
    const account = `canary/${randomBytes(8).toString('hex')}`;
    const secret = randomBytes(16).toString('base64');
    const kept = await this.#ask({ ask: 'set', account, secret });
    if (kept.kind !== 'done') return kept;
    const back = await this.#ask({ ask: 'get', account });
    await this.#ask({ ask: 'remove', account });
    if (back.kind === 'found' && back.secret.toString('base64') === secret) return { kind: 'done' };
    if (back.kind === 'found' || back.kind === 'missing')
      return { kind: 'failed', why: 'it does not give back what it was given' };
    return back;
  }

  /**
   * Its library holds on to a keyring daemon that is gone: what an older process says of that is asked anew. So is
   * what any process was asked that ended by itself before it answered; each question may be asked twice.
   */
  async #ask(question: Ask): Promise<KeychainAnswer> {
    const isOld = this.#child !== null;
    const answer = await this.#askOnce(question);
    const ended = answer.kind === 'failed' && answer.why === ENDED;
    if (!ended && !(isOld && (answer.kind === 'no_service' || answer.kind === 'failed'))) return answer;
    this.#end(answer);
    return this.#askOnce(question);
  }

  #askOnce(question: Ask): Promise<KeychainAnswer> {
    if (this.#isClosed()) return Promise.resolve({ kind: 'failed', why: 'Gatehouse stops' });
    const { service = SERVICE, deadlineMs = DEADLINE_MS, absent = null } = this.#options;
    if (absent !== null) return Promise.resolve({ kind: 'no_service', why: absent });
    if (this.#idle !== null) clearTimeout(this.#idle);
    const id = this.#next;
    this.#next += 1;
    const { promise, resolve } = Promise.withResolvers<KeychainAnswer>();
    const late = setTimeout(
      () =>
        this.#end({ kind: 'timed_out', why: `nobody answered within ${Math.round(deadlineMs / 1000)} s` }),
      deadlineMs,
    );
    this.#waiting = {
      id,
      settle: (answer) => {
        clearTimeout(late);
        this.#waiting = null;
        this.#idle = setTimeout(() => this.#end({ kind: 'failed', why: 'nothing was asked' }), IDLE_MS);
        this.#idle.unref();
        resolve(answer);
      },
    };
    try {
      this.#child ??= this.#start();
      this.#child.send({ ...question, id, service });
    } catch (error) {
      this.#end({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
    }
    return promise.then((answer) =>
      // keytar answers both with nothing.
      question.ask !== 'get' && answer.kind === 'missing' ? { kind: 'done' } : answer,
    );
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #start(): Child {
    const child = this.#options.host.start('keychain');
    child.onMessage((raw) => {
      const parsed = KeychainReply.safeParse(raw);
      if (!parsed.success || child !== this.#child || parsed.data.id !== this.#waiting?.id) return;
      const { secret, failed } = parsed.data;
      if (failed !== null)
        this.#waiting.settle({ kind: troubleOf(failed, this.#options.canPrompt), why: failed });
      else if (secret === null) this.#waiting.settle({ kind: 'missing' });
      else this.#waiting.settle({ kind: 'found', secret: Buffer.from(secret, 'base64') });
    });
    child.onExit(() => {
      if (child === this.#child) this.#end({ kind: 'failed', why: ENDED });
    });
    return child;
  }

  #end(answer: KeychainAnswer): void {
    const child = this.#child;
    this.#child = null;
    child?.kill();
    this.#waiting?.settle(answer);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
