/**
 * The stage of reviews: a program of the agent's writes to a copy of the project, and the person says in a terminal
 * what becomes of it. The project's files are looked at after each step.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import type { BoxedProgram } from './boxed-program.ts';
import type { LogFollower } from './log-follower.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import type { Transcript } from './transcript.ts';
import type { CopyStep, Files, ReviewAct } from './tutorial.ts';

const Reviews = z.array(z.object({ id: z.string(), kind: z.string(), state: z.string() }));

/** What the log says of each act; a look leaves no row. */
const CHANGES = { show: null, apply: 'applied', undo: 'undone', discard: 'discarded' } as const;

export interface CopyStageParts {
  readonly line: SupervisorLine;
  readonly follower: LogFollower;
  readonly transcript: Transcript;
  readonly boxed: BoxedProgram;
  readonly workspace: string;
}

export class CopyStage {
  readonly #parts: CopyStageParts;
  /** The review of the scene; null where there is no sandbox or no copy on this computer. */
  #review: string | null = null;

  constructor(parts: CopyStageParts) {
    this.#parts = parts;
  }

  /** @throws GatehouseError `tutorial_failed`, what the supervisor says */
  async play(step: CopyStep): Promise<void> {
    if (step.do === 'works') return this.#works(step);
    return this.#reviews(step.act, step.paths, step.holds);
  }

  async #works({ what, command, before }: Extract<CopyStep, { do: 'works' }>): Promise<void> {
    const { boxed, follower, transcript, line } = this.#parts;
    boxed.prepare();
    this.#put(before);
    this.#review = null;
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
    const { line, follower, transcript } = this.#parts;
    const argv = ['review', act, this.#review, ...paths];
    transcript.says('You', `gatehouse ${argv.join(' ')}`);
    const printed = await line.types(argv, []);
    const change = CHANGES[act];
    if (change === null)
      for (const row of printed.split('\n').filter((text) => text.startsWith('  ')))
        transcript.says('Review', row.trim());
    else
      await follower.until(
        `what was done (${act})`,
        ({ event }) => event.type === 'review.changed' && event.change === change,
      );
    this.#holds(holds, '');
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

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
