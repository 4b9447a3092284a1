/**
 * The stage of reviews: a program of the agent's writes to a copy of the project, and the person says with a key or in
 * the page what becomes of it. The project's files are looked at after each step, and held against what the log says.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AuditRow } from '../../audit/event.ts';
import type { ReviewEvent } from '../../audit/review-event.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { type Answerer, chosenKey } from './answerer.ts';
import type { BoxedProgram } from './boxed-program.ts';
import type { LogFollower } from './log-follower.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import type { Transcript } from './transcript.ts';
import type { CopyStep, Files, ReviewAct } from './tutorial.ts';

const Reviews = z.array(z.object({ id: z.string(), kind: z.string(), state: z.string() }));

/** What the log says of each act; a look leaves no row. */
const CHANGES = { show: null, apply: 'applied', undo: 'undone', discard: 'discarded' } as const;

/** An answer to a review, which is looked for on the log. */
type Deciding = Exclude<ReviewAct, 'show'>;

export interface CopyStageParts {
  readonly line: SupervisorLine;
  readonly follower: LogFollower;
  readonly transcript: Transcript;
  readonly boxed: BoxedProgram;
  readonly workspace: string;
  /** Null: the tutorial types what the script says. */
  readonly answerer: Answerer | null;
  readonly ending: AbortSignal;
}

export class CopyStage {
  readonly #parts: CopyStageParts;
  /** The review of the scene; null where there is no sandbox or no copy on this computer. */
  #review: string | null = null;
  /** Of the scene: the project before, what the copy holds, and what of it was carried over. */
  #before: Files = {};
  #after: Files = {};
  #carried: readonly string[] = [];

  constructor(parts: CopyStageParts) {
    this.#parts = parts;
  }

  /** @throws GatehouseError `tutorial_failed`, what the supervisor says */
  async play(step: CopyStep): Promise<void> {
    if (step.do === 'works') return this.#works(step);
    return this.#reviews(step.act, step.paths, step.holds);
  }

  async #works({ what, command, before, after }: Extract<CopyStep, { do: 'works' }>): Promise<void> {
    const { boxed, follower, transcript, line } = this.#parts;
    boxed.prepare();
    this.#put(before);
    this.#review = null;
    [this.#before, this.#after, this.#carried] = [before, after, []];
    const known = new Set((await this.#list(line)).map(({ id }) => id));
    const words = await boxed.work('maximum', command);
    if (words !== null) {
      transcript.says('Program', `not started. On this computer: ${words.join(' ')}`);
      return;
    }
    const { event } = await follower.until('the sandbox', (row) => row.event.type === 'sandbox.started');
    transcript.says('Program', what);
    await follower.until('its end', (row) => row.event.type === 'sandbox.ended');
    const waits = (await this.#list(line)).filter(({ id, state }) => state === 'waits' && !known.has(id));
    const found = waits.find(({ kind }) => kind === 'copy');
    if (found === undefined) {
      if (event.type === 'sandbox.started' && event.reached === 'maximum')
        throw failed('the copy of the project does not wait for a review');
      transcript.says('Note', 'On this computer no copy can be made: it wrote to the project itself.');
      return;
    }
    this.#review = found.id;
    this.#holds(before, ', while it waits');
  }

  async #reviews(act: ReviewAct, paths: readonly string[], holds: Files): Promise<void> {
    if (this.#review === null) return;
    if (act === 'show') return this.#show(this.#review);
    const { answerer } = this.#parts;
    if (answerer !== null) return this.#asks(answerer, this.#review, act, paths);
    await this.#types([act, this.#review, ...paths]);
    await this.#told(this.#review, [CHANGES[act]]);
    this.#holds(holds, '');
  }

  async #show(review: string): Promise<void> {
    const printed = await this.#types(['show', review]);
    for (const row of printed.split('\n').filter((text) => text.startsWith('  ')))
      this.#parts.transcript.says('Review', row.trim());
  }

  /** The person decides, here or in the page, otherwise than the script if they like. */
  async #asks(answerer: Answerer, review: string, act: Deciding, paths: readonly string[]): Promise<void> {
    const { transcript, follower, ending } = this.#parts;
    const isUndo = act === 'undo';
    if (isUndo && this.#carried.length === 0) {
      transcript.says('Note', 'nothing was carried over, so there is nothing to undo');
      return;
    }
    const which = paths.length === 0 ? 'all of it' : paths.join(', ');
    const offer = isUndo ? 'a undoes it, d lets it stay' : `a carries ${which} over, d discards all of it`;
    const answers: readonly ReviewEvent['change'][] = isUndo ? ['undone'] : ['applied', 'discarded'];
    const settled = changeOf(review, answers);
    for (;;) {
      transcript.says('You', `${offer}; or answer in the page, under Reviews`);
      const key = await chosenKey({ answerer, follower, settled, ending });
      if (isUndo && key === 'deny') return this.#holdsTold();
      try {
        if (key !== null)
          await this.#types(
            key === 'deny' ? ['discard', review] : [isUndo ? 'undo' : 'apply', review, ...paths],
          );
        break;
      } catch (error) {
        ending.throwIfAborted();
        // The page may have been a moment faster: then that is the answer.
        if (follower.look(settled) !== null) break;
        transcript.says('Note', messageOf(error));
        // In the page the undo can be given up, of which the log has no row.
        if (isUndo) return this.#holdsTold();
      }
    }
    const { change, first } = await this.#told(review, answers);
    this.#carried = change === 'applied' ? first : [];
    this.#holdsTold();
    if (change !== CHANGES[act])
      transcript.says(
        'Note',
        `the script has “${CHANGES[act]}” here; it was “${change}”, and that is what the log has`,
      );
  }

  /** A command as the person types it. */
  #types(words: readonly string[]): Promise<string> {
    const argv = ['review', ...words];
    this.#parts.transcript.says('You', `gatehouse ${argv.join(' ')}`);
    return this.#parts.line.types(argv, []);
  }

  async #told(review: string, changes: readonly ReviewEvent['change'][]): Promise<ReviewEvent> {
    const what = `what was done (${changes.join(' or ')})`;
    const { event } = await this.#parts.follower.until(what, changeOf(review, changes));
    return event as ReviewEvent;
  }

  /** The project must hold what was carried over by the log, and otherwise what it held before. */
  #holdsTold(): void {
    const files = Object.keys(this.#before).map((name) => [
      name,
      (this.#carried.includes(name) ? this.#after : this.#before)[name] ?? null,
    ]);
    this.#holds(Object.fromEntries(files), '');
  }

  #put(files: Files): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#parts.workspace, name);
      if (text === null) rmSync(path, { force: true });
      else {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    }
  }

  #holds(files: Files, when: string): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#parts.workspace, name);
      const found = existsSync(path) ? readFileSync(path, 'utf8') : null;
      if (found !== text)
        throw failed(
          `${name} is not as it must be${when}: ${found === null ? 'away' : JSON.stringify(found)}`,
        );
      this.#parts.transcript.says(
        'Folder',
        text === null ? `no ${name}${when}` : `${name}: “${text.trim().replaceAll('\n', '; ')}”${when}`,
      );
    }
  }

  async #list(line: SupervisorLine): Promise<z.output<typeof Reviews>> {
    return Reviews.parse(JSON.parse(await line.types(['review', 'list', '--json'], [])));
  }
}

function changeOf(review: string, changes: readonly ReviewEvent['change'][]): (row: AuditRow) => boolean {
  return ({ event }) =>
    event.type === 'review.changed' && event.review === review && changes.includes(event.change);
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
