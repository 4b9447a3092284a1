/**
 * Settings that switch our hooks off in Copilot CLI.
 *
 * Measured with 1.0.102: `disableAllHooks` in the settings of a project that the person trusts, which an agent can write
 * and of which two are Claude Code's, takes the person's own hooks out of every session there. In the person's own settings
 * and beside our hooks file it did nothing; it is reported all the same, with what `disabledHooks` names.
 */
import { join, resolve } from 'node:path';
import { messageOf } from '../../../platform/errors.ts';
import { type JsonNode, memberOf } from '../../../platform/json-syntax.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { disablesHooks } from '../claude-code/settings.ts';
import { jsonRoot, readJsonSettings } from '../settings-text.ts';

type Place = Pick<AgentContext, 'home' | 'env'>;

/** The person's folder of Copilot CLI. */
export function copilotFolder({ home, env }: Place): string {
  const moved = env['COPILOT_HOME'];
  return moved === undefined || moved === '' ? join(home, '.copilot') : resolve(moved);
}

/** Files that can switch hooks off: the person's, and those of the projects. */
export function copilotSwitchFiles(place: Place, projects: readonly string[]): readonly string[] {
  const folder = copilotFolder(place);
  const inProject = [
    ['.github', 'copilot', 'settings.json'],
    ['.github', 'copilot', 'settings.local.json'],
    ['.claude', 'settings.json'],
    ['.claude', 'settings.local.json'],
  ];
  return [
    join(folder, 'settings.json'),
    join(folder, 'config.json'),
    ...projects.flatMap((root) => inProject.map((parts) => join(root, ...parts))),
  ];
}

/** What switches our hooks off, a sentence each. */
export async function copilotSwitchProblems(
  context: AgentContext,
  projects: readonly string[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const file of new Set(copilotSwitchFiles(context, projects))) {
    const shown = tilde(file, context.home);
    const root = await rootOf(file);
    if (typeof root === 'string') problems.push(root);
    else if (disablesHooks(root)) problems.push(`${shown} switches all hooks off (disableAllHooks)`);
    else if (namesHooks(root)) problems.push(`${shown} switches hooks off (disabledHooks)`);
  }
  return problems;
}

/** The settings; null without any; a sentence where they cannot be understood, since they may switch hooks off then. */
async function rootOf(file: string): Promise<JsonNode | string | null> {
  try {
    return jsonRoot(await readJsonSettings(file));
  } catch (error) {
    // Copilot CLI's own settings may have comments, which ours are not.
    return /config\.json$/.test(file) ? null : `${messageOf(error)}: it may switch hooks off`;
  }
}

function namesHooks(root: JsonNode | null): boolean {
  const list = root === null ? undefined : memberOf(root, 'disabledHooks')?.value;
  return list !== undefined && !(list.kind === 'array' && list.items.length === 0);
}
