/** What a change of an agent's settings does to our hooks, asked by a running session before it takes effect. */
import { basename } from 'node:path';
import { GatehouseError, messageOf } from '../../../platform/errors.ts';
import type { AgentContext } from '../agent-context.ts';
import { targetOf } from '../installed-program.ts';
import { readJournal } from '../journal.ts';
import { readJsonSettings } from '../settings-text.ts';
import { CLAUDE_CODE_ENTRIES } from './entries.ts';
import { fileSwitchProblem, switchProblems } from './switches.ts';

const SETTINGS_NAME = /settings(?:\.local)?\.json$/;

/**
 * Why a settings file, as it is now, must not take effect in a running session; null when it may.
 *
 * Once Gatehouse itself has disconnected the agent there is nothing to keep.
 */
export async function settingsProblem(file: string, context: AgentContext): Promise<string | null> {
  const journal = await readJournal(context.paths.backups, 'claude-code').catch(() => 'unreadable' as const);
  if (journal === null) return null;
  if (journal === 'unreadable' || (file !== journal.file && file !== journal.target)) {
    // Other files than settings (skills, agents) hold nothing that switches hooks off.
    return SETTINGS_NAME.test(basename(file)) ? await fileSwitchProblem(file) : null;
  }
  try {
    const settings = await readJsonSettings(file);
    const entries = CLAUDE_CODE_ENTRIES.state(settings.text, targetOf(context), file);
    if (entries.kind === 'absent') return 'it takes our hooks away';
    if (entries.kind === 'broken') return entries.problems.join('; ');
    return (await switchProblems(context, settings, []))[0] ?? null;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    return messageOf(error);
  }
}
