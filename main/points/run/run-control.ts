/**
 * The control connection of one sandbox, from the launcher's request to its end. It is the lifeline: when it goes,
 * the launcher ends everything; when the launcher goes, everything it started has gone with it.
 */
import type { Duplex } from 'node:stream';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { faultWords } from '../../platform/full-disk.ts';
import { decodeBytes, decodeWord, encodeWord } from '../../sandbox/launch-plan.ts';
import { LaunchReport } from '../../sandbox/levels.ts';
import { type RunRequest, RunRequestReader } from './run-request.ts';

/** `program`: it may be executed. `special`: a pipe or a socket. */
export interface ChangedFile {
  readonly path: string;
  readonly kind: 'file' | 'program' | 'link' | 'special';
}

/** How a sandbox ended, as its launcher tells. */
export interface RunEnd {
  /** Null when the launcher vanished. */
  readonly code: number | null;
  readonly ran: boolean;
  /** Calls that the filter told of. */
  readonly denied: number;
  readonly reason: string;
  /** Paths with a protected name that are new or changed, one character for each byte. */
  readonly found: readonly string[];
  /** Files of the project that are new or changed, a first part of them; `changes` is how many there are. */
  readonly changed: readonly ChangedFile[];
  readonly changes: number;
  /** False when not everything could be looked at. */
  readonly whole: boolean;
}

/** What the connection needs of whoever runs sandboxes. A rejection is what the launcher is refused with. */
export interface RunHouse {
  /** The plan's text. Called once. */
  plan(request: RunRequest): Promise<string>;
  /** Registers what stands ready, as the kernel confirms it; the command goes once this has resolved. */
  ready(hash: string, first: number, report: LaunchReport): Promise<void>;
  denied(name: string, count: number): void;
  /** Called once, whatever happens, after a plan was asked for. Answers what the launcher prints. */
  ended(end: RunEnd): Promise<string>;
  /** Called once instead, when it is over before a plan was asked for. */
  dropped(): void;
  defect(error: unknown): void;
}

type State = 'request' | 'planning' | 'report' | 'judging' | 'runs' | 'ending' | 'over';

const LONGEST_LINE = 64 * 1024;
const LONGEST_WAIT_MS = 60_000;
const MOST_FOUND = 10_000;
/** As many as the launcher tells. */
const MOST_CHANGED = 500;
const CHANGED_KINDS = ['file', 'program', 'link', 'special'] as const;

export class RunControl {
  readonly #stream: Duplex;
  readonly #house: RunHouse;
  readonly #reader = new RunRequestReader();
  readonly #found: string[] = [];
  readonly #changed: ChangedFile[] = [];
  #changes = 0;
  /** More was named than is kept. */
  #more = false;
  readonly #limit: NodeJS.Timeout;
  #state: State = 'request';
  #asked = false;
  #text = '';
  /** Lines are dealt with one after the other, also where that takes time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(stream: Duplex, house: RunHouse) {
    this.#stream = stream;
    this.#house = house;
    this.#limit = setTimeout(() => this.#over(), LONGEST_WAIT_MS);
    stream.setEncoding('latin1');
    stream.on('data', (text: string) => this.#take(text));
    stream.on('end', () => this.#over());
    stream.on('close', () => this.#over());
    stream.on('error', () => this.#over());
  }

  /** Ends the sandbox. */
  stop(): void {
    if (this.#state === 'runs') this.#stream.write('stop\n');
    else this.#over();
  }

  #take(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#turn = this.#turn.then(() => this.#line(line)).catch((error: unknown) => this.#refuse(error));
    }
    if (this.#text.length > LONGEST_LINE) this.#over();
  }

  async #line(line: string): Promise<void> {
    const [word = '', ...rest] = line.split(' ');
    if (this.#state === 'request') {
      const request = this.#reader.take(line);
      if (request === null) return;
      this.#state = 'planning';
      this.#asked = true;
      const plan = Buffer.from(await this.#house.plan(request), 'utf8');
      if (!this.#is('planning')) return;
      this.#state = 'report';
      this.#stream.write(`plan ${plan.length}\n`);
      this.#stream.write(plan);
    } else if (this.#state === 'report' && word === 'report') {
      this.#state = 'judging';
      const [hash = '', first = '', ...json] = rest;
      await this.#house.ready(hash, Number(first), LaunchReport.parse(JSON.parse(json.join(' '))));
      if (!this.#is('judging')) return;
      this.#state = 'runs';
      clearTimeout(this.#limit);
      this.#stream.write('go\n');
    } else if (this.#state === 'runs' && word === 'denied') {
      this.#house.denied((rest[0] ?? '').slice(0, 40), Number(rest[1]) || 0);
    } else if (word === 'found') {
      if (this.#found.length < MOST_FOUND) this.#found.push(decodeBytes(rest.join(' ')).toString('latin1'));
      else this.#more = true;
    } else if (word === 'changed' && this.#changed.length < MOST_CHANGED) {
      const kind = CHANGED_KINDS.find((one) => one === rest[0]) ?? 'file';
      this.#changed.push({ path: decodeWord(rest.slice(1).join(' ')), kind });
    } else if (word === 'changes') {
      this.#changes = Number(rest[0]) || 0;
    } else if (word === 'ended') {
      await this.#end({
        code: Number(rest[0]),
        ran: rest[1] === '1',
        denied: Number(rest[2]) || 0,
        whole: rest[3] === '1' && !this.#more,
        reason: decodeWord(rest.slice(4).join(' ')),
      });
    }
  }

  /** Other states may have come while something was waited for. */
  #is(state: State): boolean {
    return this.#state === state;
  }

  #left(): Pick<RunEnd, 'found' | 'changed' | 'changes'> {
    return { found: this.#found, changed: this.#changed, changes: this.#changes };
  }

  async #end(end: Omit<RunEnd, 'found' | 'changed' | 'changes'>): Promise<void> {
    if (this.#state === 'ending' || this.#state === 'over') return;
    this.#state = 'ending';
    const told = await this.#house.ended({ ...end, ...this.#left() }).catch((error: unknown) => {
      this.#house.defect(error);
      // Its end is told all the same: the command is over, and a caller sees its exit code alone.
      return `gatehouse: the session is over, and what it changed cannot be told: ${faultWords(error, 'see the log of Gatehouse, and `gatehouse review list`')}\n`;
    });
    const summary = Buffer.from(told, 'utf8');
    this.#stream.write(`summary ${summary.length}\n`);
    this.#stream.end(summary);
    this.#state = 'over';
  }

  #refuse(error: unknown): void {
    if (!(error instanceof GatehouseError)) this.#house.defect(error);
    if (this.#state === 'over' || this.#state === 'ending') {
      this.#stream.destroy();
      return;
    }
    const why =
      error instanceof GatehouseError
        ? messageOf(error)
        : 'the supervisor failed on it; hint: see the log of Gatehouse';
    // It says its last words, how it ended, after this one: they are answered.
    if (!this.#stream.destroyed) this.#stream.write(`refuse ${encodeWord(why)}\n`);
    if (this.#state === 'planning' || this.#state === 'request') this.#over();
  }

  #over(): void {
    clearTimeout(this.#limit);
    if (this.#state === 'over' || this.#state === 'ending') return;
    this.#state = 'over';
    this.#stream.end();
    if (!this.#asked) {
      this.#house.dropped();
      return;
    }
    const gone = { code: null, ran: false, denied: 0, whole: false, reason: 'the launcher went away' };
    this.#house.ended({ ...gone, ...this.#left() }).catch((error: unknown) => this.#house.defect(error));
  }
}
