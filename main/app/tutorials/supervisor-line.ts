/**
 * The person's line to the private supervisor: the same commands at the same door as from any terminal, with the
 * PIN typed in when it is asked for.
 */
import { z } from 'zod';
import { callDoor } from '../../platform/door-client.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { Paths } from '../../platform/paths.ts';

const Waiting = z.array(z.object({ id: z.string(), callId: z.string() }));
const Line = z.object({
  seq: z.number().int(),
  outcome: z.string().nullable(),
  action: z.string(),
  summary: z.string(),
});
const Verified = z.object({ ok: z.boolean(), rows: z.number().int(), rootKey: z.string().nullable() });

export class SupervisorLine {
  readonly #paths: Paths;
  readonly #pin: string;
  readonly #ending: AbortSignal;

  constructor(paths: Paths, pin: string, ending: AbortSignal) {
    this.#paths = paths;
    this.#pin = pin;
    this.#ending = ending;
  }

  /** The request by which this call waits; null when it does not wait (yet, or any more). */
  async request(callId: string): Promise<string | null> {
    const waiting = Waiting.parse(JSON.parse(await this.#command('approvals', 'list', '--json')));
    return waiting.find((one) => one.callId === callId)?.id ?? null;
  }

  /** @throws GatehouseError `not_done` with the supervisor's own words */
  async allow(request: string): Promise<void> {
    await this.#command('approvals', 'approve', request);
  }

  /** @throws GatehouseError `not_done` */
  async deny(request: string, reason: string | null): Promise<void> {
    await this.#command('approvals', 'deny', request, ...(reason === null ? [] : ['--reason', reason]));
  }

  /**
   * Lets the supervisor walk the chain of its log.
   *
   * @returns how many rows it has
   * @throws GatehouseError `not_done` when the chain is broken
   */
  async verify(): Promise<number> {
    return (await this.verified()).rows;
  }

  /** The same, with the log's first public key. */
  async verified(): Promise<{ readonly rows: number; readonly rootKey: string | null }> {
    const { ok, rows, rootKey } = Verified.parse(
      JSON.parse(await this.#command('audit', 'verify', '--json')),
    );
    if (!ok) throw new GatehouseError('not_done', 'the chain of the log is broken');
    return { rows, rootKey };
  }

  /** Lines of the timeline, oldest first. @throws GatehouseError `not_done` */
  async query(filter: readonly string[]): Promise<readonly z.output<typeof Line>[]> {
    const text = await this.#command('audit', 'query', '--json', ...filter);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Line.parse(JSON.parse(line)));
  }

  /**
   * A command as the person types it: the PIN when it is asked for, and then these answers, one each.
   *
   * @throws GatehouseError `not_done`
   */
  types(argv: readonly string[], typed: readonly string[]): Promise<string> {
    const left = [...typed];
    return this.#ask(argv, async (prompt) =>
      // What it is about can stand before it.
      /^PIN for /m.test(prompt) ? this.#pin : (left.shift() ?? null),
    );
  }

  #command(...argv: readonly string[]): Promise<string> {
    return this.#ask(argv, async () => this.#pin);
  }

  async #ask(
    argv: readonly string[],
    onQuestion: (prompt: string) => Promise<string | null>,
  ): Promise<string> {
    this.#ending.throwIfAborted();
    const answer = await callDoor({
      path: this.#paths.supervisorDoor,
      argv: [...argv],
      cwd: this.#paths.run,
      onQuestion,
      signal: this.#ending,
    });
    if (answer.exit === 0) return answer.stdout;
    const why = (answer.stderr.split('\n', 1)[0] ?? '').replace(/^gatehouse: /, '');
    throw new GatehouseError('not_done', why === '' ? `${argv.join(' ')}: exit code ${answer.exit}` : why);
  }
}
