/** The stage of governed tools: a client that has these tools and nothing else, through the real pipe program. */
import { z } from 'zod';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import type { BoxedProgram } from './boxed-program.ts';
import type { LogFollower } from './log-follower.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import { ToolClient } from './tool-client.ts';
import type { Transcript } from './transcript.ts';
import type { GovernedStep } from './tutorial.ts';

const Entry = z.object({ gatehouse: z.object({ command: z.string(), args: z.array(z.string()) }) });

export interface GovernedStageParts {
  readonly line: SupervisorLine;
  readonly follower: LogFollower;
  readonly transcript: Transcript;
  readonly boxed: BoxedProgram;
  readonly workspace: string;
  /** The person's home folder in this tutorial: `~` of what is tried. */
  readonly home: string;
}

export class GovernedStage {
  readonly #parts: GovernedStageParts;
  #client: ToolClient | null = null;

  constructor(parts: GovernedStageParts) {
    this.#parts = parts;
  }

  /** Where no sandbox was started on this computer, nothing is played. @throws GatehouseError `tutorial_failed`, … */
  async play(step: GovernedStep): Promise<void> {
    if (!this.#parts.boxed.starts) {
      if (step.do === 'takes')
        this.#parts.transcript.says(
          'Note',
          'On this computer no sandbox starts: these tools do nothing here.',
        );
      return;
    }
    switch (step.do) {
      case 'takes':
        return this.#takes(step.shown, step.hidden);
      case 'tries':
        return this.#tries(step);
      case 'leaves':
        return this.#leaves();
      default:
        return assertNever(step, 'step of governed tools');
    }
  }

  close(): void {
    this.#client?.close();
  }

  async #takes(shown: readonly string[], hidden: readonly string[]): Promise<void> {
    const { line, transcript, workspace } = this.#parts;
    transcript.says('You', 'gatehouse mcp add --tools');
    const printed = await line.types(['mcp', 'add', '--tools'], []);
    const { gatehouse } = Entry.parse(JSON.parse(printed.slice(printed.indexOf('\n{') + 1)));
    const client = new ToolClient(gatehouse, workspace);
    this.#client = client;
    await client.introduce();
    const names = await client.tools();
    if (names.toSorted().join() !== shown.toSorted().join())
      throw failed(`the agent is shown ${names.join(', ')}, and must be shown ${shown.join(', ')}`);
    transcript.says('Agent', `is shown ${names.join(', ')}`);
    transcript.says('Agent', `is not shown ${hidden.join(', ')}`);
  }

  async #tries({ what, tool, input, works }: Extract<GovernedStep, { do: 'tries' }>): Promise<void> {
    const { follower, transcript, home } = this.#parts;
    if (this.#client === null) throw failed('nobody is connected');
    const params = Object.fromEntries(
      Object.entries(input).map(([name, value]) => [name, value.replaceAll('~', () => home)]),
    );
    const told = await this.#client.call(tool, params);
    const { event } = await follower.until(
      'the call',
      (row) =>
        row.event.type === 'call.decided' && `${row.event.call.module}_${row.event.call.action}` === tool,
    );
    if (event.type === 'call.decided' && event.decision === 'allowed')
      await follower.until(
        'its end',
        (row) => row.event.type === 'call.completed' && row.event.callId === event.call.id,
      );
    transcript.says('Agent', `${told.failed ? 'STOPPED:' : 'works:  '} ${what}`);
    if (told.failed === works) throw failed(`“${what}” ${works ? 'was stopped' : 'worked'}: ${told.text}`);
  }

  /** The client goes; its worker, and what it started, go with it. */
  async #leaves(): Promise<void> {
    const { follower } = this.#parts;
    this.close();
    await follower.until('the end of its worker', ({ event }) => event.type === 'sandbox.ended');
  }
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
