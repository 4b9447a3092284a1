/**
 * How an agent stands with Gatehouse, from what is written on the disk: cheap enough to look at after every
 * change of a file. The proof by a call is the doctor's.
 */
import { GatehouseError } from '../../platform/errors.ts';
import type { AgentAdapter, EntryTarget, StateOptions } from './agent-adapter.ts';
import type { AgentContext } from './agent-context.ts';
import { programBytes, programProblem, targetOf } from './installed-program.ts';
import { digestOf, type Journal, readJournal } from './journal.ts';

export interface AgentState {
  readonly state: 'not_connected' | 'connected' | 'broken';
  /** A sentence each; empty unless `broken`. */
  readonly problems: readonly string[];
  /** Settings file that holds our entries, or would. */
  readonly file: string;
}

/** Looks at settings, program and switches. Never throws for what is wrong with them. */
export async function agentState(
  adapter: AgentAdapter,
  context: AgentContext,
  options: StateOptions = {},
): Promise<AgentState> {
  const journal = await readJournal(context.paths.backups, adapter.agent.id).catch(() => null);
  const file = journal?.file ?? adapter.settingsFile(context);
  try {
    const settings = await adapter.read(file);
    const target = targetOf(context);
    const entries = adapter.format.state(settings.text, target, file);
    if (entries.kind === 'absent') {
      return journal === null
        ? { state: 'not_connected', problems: [], file }
        : { state: 'broken', problems: ['Our hooks were taken out of the settings'], file };
    }
    const problems = [
      ...(entries.kind === 'broken' ? entries.problems : []),
      ...(await installedProgramProblems(context, target, journal)),
      ...(await adapter.switchProblems(context, settings, options)),
    ];
    return { state: problems.length === 0 ? 'connected' : 'broken', problems, file };
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    // An agent ignores settings that it cannot read, hooks included.
    return {
      state: journal === null ? 'not_connected' : 'broken',
      problems: journal === null ? [] : [error.message],
      file,
    };
  }
}

/** What is wrong with the installed hook program. */
export async function installedProgramProblems(
  context: AgentContext,
  target: EntryTarget,
  journal: Journal | null,
): Promise<string[]> {
  const shipped = await programBytes(context.source).then(digestOf, () => null);
  const expected = shipped ?? journal?.program.digest ?? null;
  if (expected === null) return ['the hook program that belongs to this version cannot be read'];
  const problem = await programProblem(target.program, expected);
  if (problem === null) return [];
  const isEarlier =
    journal !== null && (await programProblem(target.program, journal.program.digest)) === null;
  return [isEarlier ? `${target.program} is from another version of Gatehouse` : problem];
}
