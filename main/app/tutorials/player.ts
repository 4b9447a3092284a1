/**
 * Plays the scenes of a tutorial: makes the agent act, lets the person answer, and holds what the log says
 * against what the agent was told and what is in its folder. Where they disagree the tutorial fails.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent, AuditRow } from '../../audit/event.ts';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import { type Answerer, chosenKey } from './answerer.ts';
import type { BoxedProgram } from './boxed-program.ts';
import type { CopyStage } from './copy-stage.ts';
import type { GovernedStage } from './governed-stage.ts';
import type { LogFollower } from './log-follower.ts';
import type { LogProof } from './log-proof.ts';
import type { PolicyInForce } from './policy-in-force.ts';
import type { AgentCall, ScriptedAgent, Told } from './scripted-agent.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import type { Transcript } from './transcript.ts';
import type { Ending, Made, Scene, Step } from './tutorial.ts';
import type { VaultStage } from './vault-stage.ts';

export interface Stage {
  readonly agent: ScriptedAgent;
  readonly follower: LogFollower;
  readonly line: SupervisorLine;
  readonly transcript: Transcript;
  readonly workspace: string;
  /** Starts the agent's program in a sandbox. */
  readonly boxed: BoxedProgram;
  /** What the agent's program writes to copies of the project, and the person's reviews. */
  readonly copies: CopyStage;
  readonly governed: GovernedStage;
  /** The person's vault, and a server that is given something of it. */
  readonly vault: VaultStage;
  /** The policy that the private supervisor has in force. */
  readonly policy: PolicyInForce;
  /** Copies of the log, to be changed and checked. */
  readonly proof: LogProof;
  /** Null: the tutorial answers by itself, and every call must end as the script says. */
  readonly answerer: Answerer | null;
  /** Puts the private supervisor's clock ahead. */
  readonly advance: (seconds: number) => void;
  /** Aborts, with the reason, when the tutorial cannot or must not go on. */
  readonly ending: AbortSignal;
}

type Resolved = Extract<AuditEvent, { type: 'approval.resolved' }>;
type AnswerStep = Extract<Step, { do: 'answer' }>;

/** The call of the moment. */
interface Current {
  readonly call: AgentCall;
  readonly makes: Made | null;
  /** Set when the agent has its answer. */
  told: Told | null;
  /** Its id on the log. */
  callId: string | null;
  ending: Ending | 'cancelled' | null;
}

const REQUEST_LIMIT_MS = 5000;
const LOOK_MS = 30;

export class Player {
  readonly #stage: Stage;
  #current: Current | null = null;
  /** What the agent has read beside answers and not been asked about yet. */
  #texts: readonly string[] = [];
  #spoke = '';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The supervisor's own first rows, and the agent's session. @throws GatehouseError */
  async begin(): Promise<void> {
    await this.#unlessEnding(this.#stage.agent.start());
    await this.#stage.follower.until('a session', ({ event }) => event.type === 'session.started');
  }

  /** @throws GatehouseError when anything is not as it must be */
  async play(scene: Scene): Promise<void> {
    for (const step of scene.steps) await this.#step(step);
  }

  /** The end of the session, and the proof. Answers how many rows the log has. @throws GatehouseError */
  async finish(): Promise<number> {
    const { agent, follower, line } = this.#stage;
    await this.#unlessEnding(agent.end());
    await follower.until('the end of the session', ({ event }) => event.type === 'session.ended');
    const rows = await line.verify();
    // The check may leave a row of its own, which is not among those that it checked.
    follower.rest(rows);
    if (follower.told !== rows)
      throw failed(`the log has ${rows} rows, and ${follower.told} were read back from its file`);
    return rows;
  }

  async #step(step: Step): Promise<void> {
    const { agent, follower, transcript } = this.#stage;
    switch (step.do) {
      case 'say':
        transcript.says('Note', step.text);
        return;
      case 'prompt':
        transcript.says('You', `“${step.text}”`);
        await this.#unlessEnding(agent.prompt(step.text));
        await follower.until('the prompt', ({ event }) => event.type === 'turn.started');
        return;
      case 'call':
        return this.#begin(agent.call(step.tool, step.input), step.makes);
      case 'connects':
        return this.#begin(this.#stage.vault.connect(), null);
      case 'terminal':
      case 'uses':
      case 'given':
      case 'nowhere':
        return this.#unlessEnding(this.#stage.vault.play(step));
      case 'speaks':
        transcript.says('Agent', `“${step.text}”`);
        this.#spoke = step.text;
        await this.#unlessEnding(agent.speak(step.text));
        return;
      case 'stops':
        this.#texts = await this.#unlessEnding(agent.stop(this.#spoke));
        if (this.#texts.length > 0)
          await follower.until('the rule that fired', ({ event }) => event.type === 'behavior.fired');
        return;
      case 'reads':
        return this.#reads(step.rule);
      case 'shows':
      case 'decides':
        return this.#stage.policy.play(step, transcript);
      case 'copies':
      case 'told':
      case 'tampers':
      case 'exports':
        return this.#unlessEnding(this.#stage.proof.play(step, transcript));
      case 'boxed':
        return this.#boxed(step);
      case 'works':
      case 'reviews':
        return this.#unlessEnding(this.#stage.copies.play(step));
      case 'takes':
      case 'tries':
      case 'leaves':
        return this.#unlessEnding(this.#stage.governed.play(step));
      case 'waits':
        return this.#waits();
      case 'answer':
        return this.#answer(step);
      case 'time_passes':
        transcript.says(
          'Time',
          `nobody answers. Its clock is put ${step.seconds} s ahead, so that you need not wait`,
        );
        this.#stage.advance(step.seconds);
        return;
      case 'ends':
        return this.#ends(step.as);
      case 'complete':
        return this.#complete();
      case 'reply':
        transcript.says('Agent', `“${this.#call().ending === 'allowed' ? step.done : step.stopped}”`);
        return;
      default:
        assertNever(step, 'step of a tutorial');
    }
  }

  #begin(call: AgentCall, makes: Made | null): void {
    const current: Current = { call, makes, told: null, callId: null, ending: null };
    void call.told.then((told) => {
      current.told = told;
    });
    this.#current = current;
  }

  async #boxed({ level, attempts, gone }: Extract<Step, { do: 'boxed' }>): Promise<void> {
    const { transcript, follower, boxed } = this.#stage;
    boxed.prepare();
    const { worked, words } = await this.#unlessEnding(boxed.run(level, attempts));
    if (worked === null) {
      transcript.says('Program', `not started. On this computer: ${words.join(' ')}`);
      return;
    }
    if (level !== 'off') await follower.until('the sandbox', ({ event }) => event.type === 'sandbox.started');
    for (const [index, { what, worksAt }] of attempts.entries()) {
      const did = worked[index] === true;
      transcript.says('Program', `${did ? 'works:  ' : 'STOPPED:'} ${what}`);
      if (did !== worksAt.includes(level))
        throw failed(
          `at ${level}, “${what}” ${did ? 'worked, and must not' : 'was stopped, and must not be'}`,
        );
    }
    if (level !== 'off') await follower.until('its end', ({ event }) => event.type === 'sandbox.ended');
    const left = boxed.leaves(gone);
    transcript.says('Folder', left ? `${gone} is there, and your shell would obey it` : `no ${gone}`);
    if (left !== (level === 'off')) throw failed(`${gone} is ${left ? 'there' : 'not there'} after ${level}`);
  }

  async #waits(): Promise<void> {
    const current = this.#call();
    await this.#decided(current);
    if (current.ending !== null) throw failed(`the call must wait for a person, and was ${current.ending}`);
    await this.#request(current);
    if (current.told !== null)
      throw failed(`the agent was answered while its call waits: ${current.told.words}`);
    if (current.makes !== null) this.#notThere(current.makes.file, ', while it waits');
  }

  /** Hands out the row that says what the gates decided. */
  async #decided(current: Current): Promise<void> {
    const { event } = await this.#stage.follower.until(
      'the call',
      (row) => row.event.type === 'call.decided' && row.event.call.toolName === current.call.tool,
    );
    if (event.type !== 'call.decided') return;
    current.callId = event.call.id;
    if (event.decision !== 'approval_required')
      current.ending = event.decision === 'allowed' ? 'allowed' : 'refused';
  }

  /** The request by which the call waits: on the desk a moment after its row is durable. */
  async #request(current: Current): Promise<string> {
    const since = performance.now();
    while (performance.now() - since < REQUEST_LIMIT_MS) {
      const request = await this.#stage.line.request(current.callId ?? '');
      if (request !== null) return request;
      if (this.#stage.follower.look(resolvedOf(current)) !== null) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw failed('the call does not wait for a person');
  }

  async #answer(step: AnswerStep): Promise<void> {
    const current = this.#call();
    const { transcript, answerer, follower, ending } = this.#stage;
    if (answerer === null) {
      transcript.says('You', `${step.verdict === 'allow' ? 'yes' : 'no'}, given for you by --auto`);
      await this.#give(current, step, step.verdict);
      return;
    }
    const deny = step.reason === null ? 'd denies it' : `d denies it, saying “${step.reason}”`;
    transcript.says('You', `a allows it once, ${deny}; or answer in the page`);
    const verdict = await chosenKey({
      ...{ answerer, follower, ending },
      settled: resolvedOf(current),
      // The agent's side can only end first when something broke on the way.
      or: answered(current.call.told),
    });
    if (verdict !== null) await this.#give(current, step, verdict);
  }

  async #give(current: Current, step: AnswerStep, verdict: 'allow' | 'deny'): Promise<void> {
    const { line, follower } = this.#stage;
    try {
      const request = await this.#request(current);
      if (verdict === 'allow') await line.allow(request);
      else await line.deny(request, step.reason);
    } catch (error) {
      // The page, or time, may have been a moment faster: then that is the answer.
      if (follower.look(resolvedOf(current)) === null) throw error;
    }
  }

  async #ends(as: Ending): Promise<void> {
    const current = this.#call();
    const { follower, transcript, answerer } = this.#stage;
    if (current.callId === null) await this.#decided(current);
    if (current.ending === null) {
      const { event } = await follower.until('how it ended', resolvedOf(current));
      current.ending = (event as Resolved).outcome;
    }
    const told = await this.#unlessEnding(answered(current.call.told));
    if ((told.kind === 'allow') !== (current.ending === 'allowed'))
      throw failed(`the log says ${current.ending}, and the agent was told ${told.kind}: ${told.words}`);
    transcript.says('Agent', `is told: ${told.words.replaceAll('\n', ' ')}`);
    this.#texts = told.texts;
    if (current.ending === as) return;
    if (answerer === null) throw failed(`the call was ${current.ending}; it must be ${as}`);
    transcript.says(
      'Note',
      `the script has “${as}” here; it was “${current.ending}”, and that is what the log has`,
    );
  }

  async #complete(): Promise<void> {
    const current = this.#call();
    const { agent, follower, transcript, workspace } = this.#stage;
    const { makes } = current;
    if (current.ending !== 'allowed') {
      if (makes !== null) this.#notThere(makes.file, '');
      return;
    }
    const began = performance.now();
    if (makes !== null) appendFileSync(join(workspace, makes.file), makes.text);
    this.#texts = await this.#unlessEnding(
      agent.complete(current.call, Math.round(performance.now() - began)),
    );
    if (makes !== null) {
      const found = readFileSync(join(workspace, makes.file), 'utf8');
      if (found !== makes.text)
        throw failed(`${makes.file} is not what one run leaves: ${JSON.stringify(found)}`);
      transcript.says('Folder', `${makes.file} is there, made once: “${makes.text.trim()}”`);
    }
    await follower.until(
      'the result',
      ({ event }) => event.type === 'call.completed' && event.callId === current.callId,
    );
  }

  #reads(rule: string | null): void {
    const texts = this.#texts;
    this.#texts = [];
    if (rule === null ? texts.length > 0 : !texts.some((text) => text.split('\n')[1] === `Rule: ${rule}`))
      throw failed(`the agent read ${JSON.stringify(texts)}, and not what rule ${rule ?? '(none)'} says`);
    for (const text of texts) this.#stage.transcript.says('Agent', `reads: ${text.replaceAll('\n', ' ')}`);
    if (rule === null) this.#stage.transcript.says('Agent', 'reads nothing beside it');
  }

  #notThere(file: string, when: string): void {
    if (existsSync(join(this.#stage.workspace, file))) throw failed(`${file} is there${when}`);
    this.#stage.transcript.says('Folder', `no ${file}${when}`);
  }

  #call(): Current {
    if (this.#current === null) throw failed('the script has no call here');
    return this.#current;
  }

  /** The work's outcome, or the reason for which the tutorial ends, whichever comes first. */
  #unlessEnding<T>(work: Promise<T>): Promise<T> {
    const { ending } = this.#stage;
    return new Promise((resolve, reject) => {
      const end = () => reject(ending.reason);
      if (ending.aborted) return end();
      ending.addEventListener('abort', end, { once: true });
      return work.then(resolve, reject).finally(() => ending.removeEventListener('abort', end));
    });
  }
}

function resolvedOf(current: Current): (row: AuditRow) => boolean {
  return ({ event }) => event.type === 'approval.resolved' && event.callId === current.callId;
}

/** @throws GatehouseError when the hook program could only block the call */
async function answered(telling: Promise<Told>): Promise<Told> {
  const told = await telling;
  if (told.kind === 'blocked') throw failed(`the agent was not answered: ${told.words}`);
  return told;
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
