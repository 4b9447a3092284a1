/**
 * What turns Gemini CLI's hooks off beside our entries (measured with 0.61.0): `hooksConfig.enabled`, and the names in
 * `hooksConfig.disabled`, in the person's settings, in those of a project that is trusted, and in the system's.
 */
import { join } from 'node:path';
import { GatehouseError, messageOf } from '../../../platform/errors.ts';
import { type JsonNode, jsonValue, memberOf } from '../../../platform/json-syntax.ts';
import type { StateOptions } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { codeOf } from '../atomic-file.ts';
import { jsonRoot, readJsonSettings, type SettingsText } from '../settings-text.ts';

/** The name of each of our entries. */
export const HOOK_NAME = 'gatehouse';

const MANAGED: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: '/Library/Application Support/GeminiCli',
};

/** What switches our hooks off, a sentence each. */
export async function geminiSwitchProblems(
  context: AgentContext,
  user: SettingsText,
  options: StateOptions,
): Promise<string[]> {
  const said = (file: string, found: readonly string[]) =>
    found.map((what) => `${tilde(file, context.home)} ${what}`);
  const problems = said(user.file, switchesIn(jsonRoot(user)));
  for (const file of geminiWatched(options).filter((one) => one !== user.file)) {
    try {
      problems.push(...said(file, switchesIn(jsonRoot(await readJsonSettings(file)))));
    } catch (error) {
      // Not there or not readable for this user, and so for the agent; what we do not understand it may.
      if (error instanceof GatehouseError && codeOf(error.cause) !== null) continue;
      problems.push(`${messageOf(error)}: it may switch hooks off`);
    }
  }
  return problems;
}

/** Files beside the person's settings that can do that. */
export function geminiWatched({ projects, managed }: StateOptions): readonly string[] {
  const folder = managed ?? MANAGED[process.platform] ?? '/etc/gemini-cli';
  return [
    ...(projects ?? []).map((root) => join(root, '.gemini', 'settings.json')),
    ...['settings.json', 'system-defaults.json'].map((name) => join(folder, name)),
  ];
}

function switchesIn(root: JsonNode | null): string[] {
  const config = root === null ? undefined : memberOf(root, 'hooksConfig')?.value;
  if (config === undefined) return [];
  const found: string[] = [];
  const enabled = memberOf(config, 'enabled')?.value;
  if (enabled !== undefined && jsonValue(enabled) !== true)
    found.push('switches all hooks off (hooksConfig.enabled)');
  const names = memberOf(config, 'disabled')?.value;
  if (names !== undefined && JSON.stringify(jsonValue(names)).includes(HOOK_NAME))
    found.push('switches our hooks off (hooksConfig.disabled)');
  return found;
}
