/**
 * Questions to the tutorial's policy that no agent can put: what it would be shown, and what is decided of a call
 * that only Gatehouse itself makes. Answered by the same functions that decide for the supervisor; nothing of it
 * is made, so nothing of it is on the log.
 */
import { decide } from '../../engine/decide.ts';
import { standingOf } from '../../engine/gates/visible-actions.ts';
import { NO_RATE } from '../../engine/rate-window.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { compilePolicy } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import { readPolicyFile } from '../policy-file.ts';
import type { Transcript } from './transcript.ts';
import type { Step } from './tutorial.ts';

type Question = Extract<Step, { do: 'shows' | 'decides' }>;

export class PolicyInForce {
  readonly #file: string;
  #policy: CompiledPolicy | null = null;

  /** @param file the policy file that the supervisor was started with */
  constructor(file: string) {
    this.#file = file;
  }

  /** @throws GatehouseError `tutorial_failed` when the answer is another one */
  play(question: Question, transcript: Transcript): void {
    if (question.do === 'shows') this.#shows(question, transcript);
    else this.#decides(question, transcript);
  }

  #shows({ shown, hidden }: Extract<Question, { do: 'shows' }>, transcript: Transcript): void {
    const isShown = (name: string) => {
      const { module, action } = canonicalName(name);
      const viewer = { client: 'claude-code', agent: 'main', appActive: true };
      return standingOf(this.#compiled(), viewer, module, action) !== 'refused';
    };
    const wrong = [...shown.filter((name) => !isShown(name)), ...hidden.filter(isShown)];
    if (wrong.length > 0) throw failed(`what an agent is shown is wrong for ${wrong.join(', ')}`);
    transcript.says('Shown', `an agent is shown ${shown.join(', ')}; not ${hidden.join(', ')}`);
  }

  #decides(question: Extract<Question, { do: 'decides' }>, transcript: Transcript): void {
    const { who, action: name, active, as, gate } = question;
    const { module, action } = canonicalName(name);
    const decision = decide(
      {
        id: 'question',
        app: '/project',
        agent: 'main',
        client: 'claude-code',
        session: 'question',
        turn: 0,
        module,
        action,
        params: {},
        cwd: '/project',
        caller: who === 'hook' ? 'hook' : 'llm',
        point: 'api',
        toolName: name,
      },
      this.#compiled(),
      { appActive: active, rate: NO_RATE, protection: { paths: [], pids: [], home: '/' } },
    );
    if (decision.kind !== as || (gate !== null && decision.gate !== gate))
      throw failed(`${name} is decided as ${decision.kind} at ${decision.gate}, and must be ${as}`);
    const caller = who === 'hook' ? "Gatehouse's own hook" : 'an agent';
    const state = active ? '' : ' while the app is stopped';
    transcript.says(
      'Decided',
      `${name} by ${caller}${state}: ${as === 'allow' ? 'allowed' : `refused, ${decision.gate}`}`,
    );
  }

  #compiled(): CompiledPolicy {
    if (this.#policy !== null) return this.#policy;
    const result = compilePolicy(readPolicyFile(this.#file), this.#file);
    if (!result.ok) throw failed('the policy in force does not compile');
    this.#policy = result.policy;
    return result.policy;
  }
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
