/** A change of a client's file from a terminal: shown, agreed to, shown to be a person's, and made only as it was shown. */
import type { AgentPlan } from '../../../preload/contract.ts';
import { confirm, planText } from './agents.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  requirePresence,
} from './command.ts';

export interface PlannedChange {
  readonly plan: AgentPlan;
  /** `--yes`: nobody is asked whether it is what they want; the PIN is asked for all the same. */
  readonly yes: boolean;
  /** What a person shows that they want, in words for the PIN; null where nobody has to. */
  readonly act: string | null;
  readonly apply: () => Promise<void>;
  /** After it was made. */
  readonly said: string;
}

export async function carryOut(
  request: CommandRequest,
  parts: CommandParts,
  { plan, yes, act, apply, said }: PlannedChange,
): Promise<CommandAnswer> {
  const shown = planText(plan);
  if (plan.done) return answer(shown);
  if (!yes) await confirm(request, shown);
  if (act !== null) await requirePresence(act, request, parts);
  await apply();
  return answer(yes ? `${shown}\n${said}` : said);
}
