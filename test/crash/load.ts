/** Many agents at once on one supervisor, and what each of them lived. */
import { type FileHandle, open } from 'node:fs/promises';
import Database from 'better-sqlite3';
import type { AuditEvent } from '../../main/audit/event.ts';
import { nativeClient, relay } from '../native/hook-clients.ts';
import { type Ask, askAtDoor, askByProgram, hookInput, type Wish } from './clients.ts';
import { type CallNote, Ledger, toldBy } from './judge.ts';

export const hookProgram = nativeClient ?? relay;

/** How many agents of each kind ask at once. */
export interface Crowd {
  /** Each sends one call after the other. */
  readonly busyPrograms: number;
  /** Sessions among which the calls of a steady stream are dealt, without a process each. */
  readonly steadySessions: number;
  /** Calls a second of that stream, whether those before are answered or not. */
  readonly steadyRate: number;
  /** Each sends one call that needs a person, and waits. */
  readonly waitingPrograms: number;
  readonly waitingDoors: number;
}

export interface LoadOptions {
  readonly round: number;
  readonly door: string;
  readonly auditDb: string;
  readonly project: string;
  readonly ranFile: string;
  readonly random: () => number;
}

/** Of the calls of a busy agent: mostly ones that are let through at once. */
const ASKS = 0.04;
const REFUSED = 0.1;
const TICK_MS = 5;
/** More calls of the steady stream than this are not under way at once. */
const MOST_OPEN = 96;

export class Load {
  readonly notes: CallNote[] = [];
  readonly #options: LoadOptions;
  readonly #watch: RowWatch;
  readonly #ran: FileHandle;
  readonly #running: Promise<void>[] = [];
  readonly #underWay = Promise.withResolvers<void>();
  #calls = 0;
  #killed = false;
  #began = 0;
  #sentBefore = 0;
  #open = 0;
  #stream: NodeJS.Timeout | null = null;

  private constructor(options: LoadOptions, ran: FileHandle) {
    this.#options = options;
    this.#ran = ran;
    this.#watch = new RowWatch(options.auditDb);
  }

  static async begin(options: LoadOptions): Promise<Load> {
    return new Load(options, await open(options.ranFile, 'w'));
  }

  /** Sends the calls that wait for a person; they end with an answer or with the supervisor. */
  sendWaiting({ waitingPrograms, waitingDoors }: Crowd): void {
    for (let agent = 0; agent < waitingPrograms + waitingDoors; agent += 1) {
      const client = agent < waitingPrograms ? 'program' : 'door';
      this.#running.push(this.#call(client, `waiting-${agent % 4}`, 'bash'));
    }
  }

  /** Starts the agents that send until the supervisor is gone, and one call after that. */
  startBusy(crowd: Crowd): void {
    this.#began = performance.now();
    this.#sentBefore = this.#calls;
    for (let agent = 0; agent < crowd.busyPrograms; agent += 1)
      this.#running.push(this.#busy(`busy-${agent}`));
    this.#running.push(this.#steady(crowd));
  }

  /** Calls a second since the agents were started. */
  rate(): number {
    return ((this.#calls - this.#sentBefore) / (performance.now() - this.#began)) * 1000;
  }

  /** Resolves when the hook program has had its first yes: from then on it is load, however slow the machine is. */
  async underWay(): Promise<void> {
    await Promise.race([this.#underWay.promise, Promise.all(this.#running)]);
  }

  /** The supervisor is dead from here on. */
  killed(): void {
    this.#killed = true;
  }

  /** Resolves when every agent has its last answer. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
    this.#watch.close();
    await this.#ran.close();
  }

  async #busy(session: string): Promise<void> {
    while (!this.#killed) await this.#call('program', session, this.#wish());
    await this.#call('program', session, 'read');
  }

  /** Sends what is due by the clock, so that a slow answer does not make for fewer calls. */
  async #steady({ steadySessions, steadyRate }: Crowd): Promise<void> {
    const sent: Promise<void>[] = [];
    const next = () => `steady-${sent.length % steadySessions}`;
    const ended = Promise.withResolvers<void>();
    this.#stream = setInterval(() => {
      if (this.#killed) {
        if (this.#stream !== null) clearInterval(this.#stream);
        ended.resolve();
        return;
      }
      const due = ((performance.now() - this.#began) / 1000) * steadyRate;
      while (sent.length < due && this.#open < MOST_OPEN) {
        this.#open += 1;
        sent.push(
          this.#call('door', next(), this.#wish()).finally(() => {
            this.#open -= 1;
          }),
        );
      }
    }, TICK_MS);
    await ended.promise;
    await Promise.all(sent);
    for (let session = 0; session < steadySessions; session += 1)
      await this.#call('door', `steady-${session}`, 'read');
  }

  #wish(): Wish {
    const drawn = this.#options.random();
    return drawn < ASKS ? 'bash' : drawn < ASKS + REFUSED ? 'fetch' : 'read';
  }

  async #call(client: CallNote['client'], session: string, wish: Wish): Promise<void> {
    const { round, door, project } = this.#options;
    this.#calls += 1;
    const ask: Ask = {
      id: `crash-${round}-${this.#calls}`,
      session: `${session}-${round}`,
      wish,
      cwd: project,
    };
    const before = this.#killed;
    const body = hookInput(ask);
    const end =
      client === 'program' ? await askByProgram(hookProgram, door, body) : await askAtDoor(door, body);
    const told = end === null ? 'hung' : toldBy(end);
    const when = before ? 'after' : this.#killed ? 'across' : 'before';
    const rowAtOnce = told === 'ran' && this.#watch.allows(ask.id);
    if (told === 'ran' && client === 'program') this.#underWay.resolve();
    if (told === 'ran') {
      await this.#ran.appendFile(`${ask.id}\n`);
      await this.#ran.sync();
    }
    this.notes.push({ id: ask.id, client, told, when, rowAtOnce });
  }
}

/** Another process's view of the log: only what is committed is seen. */
class RowWatch {
  readonly #database: Database.Database;
  readonly #next: Database.Statement<[number], { seq: number; event: string }>;
  readonly #ledger = new Ledger();
  #seen: number;

  constructor(file: string) {
    this.#database = new Database(file, { readonly: true, fileMustExist: true });
    this.#next = this.#database.prepare('SELECT seq, event FROM rows WHERE seq > ? ORDER BY seq');
    const last = this.#database.prepare('SELECT max(seq) AS seq FROM rows').get() as { seq: number | null };
    this.#seen = last.seq ?? 0;
  }

  /** Whether a row that lets this call run is in the log now. */
  allows(id: string): boolean {
    for (const { seq, event } of this.#next.all(this.#seen)) {
      this.#ledger.add(JSON.parse(event) as AuditEvent);
      this.#seen = seq;
    }
    return this.#ledger.allowed.has(id);
  }

  /** Before the next supervisor starts: a database that somebody has open is not recovered at its opening. */
  close(): void {
    this.#database.close();
  }
}
