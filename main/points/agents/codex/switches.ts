/**
 * What turns Codex's hooks off beside our entries (measured with 0.169.0).
 *
 * `features.hooks = false` in any file that Codex reads does, also in a project's `.codex/config.toml` once the
 * person trusts the project; a requirement can admit managed hooks only. Command lines can do the same and leave no
 * trace on the disk.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../../platform/errors.ts';
import type { StateOptions } from '../agent-adapter.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { codeOf } from '../atomic-file.ts';
import { isBlank, readSettingsText, type SettingsText } from '../settings-text.ts';
import { checkToml, documentOf, objectOf } from './entries.ts';

const MANAGED = '/etc/codex';
/** The second is the feature's earlier name. */
const FEATURES = ['hooks', 'codex_hooks'] as const;

/** What switches our hooks off, a sentence each. */
export async function codexSwitchProblems(
  context: AgentContext,
  user: SettingsText,
  options: StateOptions,
): Promise<string[]> {
  const problems: string[] = [];
  const files = [
    ...(await profileFiles(dirname(user.file))),
    ...(options.projects ?? []).map(projectConfig).filter((file) => file !== user.file),
    ...managedFiles(options),
  ];
  for (const [file, document] of [
    [user.file, isBlank(user.text) ? {} : documentOf(user.text)] as const,
    ...(await Promise.all(files.map(async (file) => [file, await read(file)] as const))),
  ]) {
    if (document === null) continue;
    if (typeof document === 'string') {
      problems.push(`${document}: it may switch hooks off`);
      continue;
    }
    problems.push(...switchesIn(document).map((what) => `${tilde(file, context.home)} ${what}`));
  }
  return problems;
}

/** Files beside the person's config.toml that are to be watched. */
export function codexWatched(options: StateOptions): readonly string[] {
  return [...(options.projects ?? []).map(projectConfig), ...managedFiles(options)];
}

function projectConfig(root: string): string {
  return join(root, '.codex', 'config.toml');
}

function managedFiles({ managed }: StateOptions): string[] {
  return ['managed_config.toml', 'requirements.toml', 'config.toml'].map((name) =>
    join(managed ?? MANAGED, name),
  );
}

/** `codex -p NAME` lays `NAME.config.toml` over the person's own. */
async function profileFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.config.toml')).map((name) => join(folder, name));
}

function switchesIn(document: JsonObject): string[] {
  const said: string[] = [];
  const features = (where: JsonObject | null, of: string) => {
    for (const name of FEATURES) {
      const value = objectOf(where?.['features'])?.[name];
      if (value !== undefined && value !== true) said.push(`switches all hooks off (features.${name}${of})`);
    }
  };
  features(document, '');
  for (const [name, profile] of Object.entries(objectOf(document['profiles']) ?? {}))
    features(objectOf(profile), ` of the profile ${name}`);
  if (document['allow_managed_hooks_only'] === true)
    said.push('admits managed hooks only (allow_managed_hooks_only)');
  return said;
}

/** A file's values; null when it is not there or not readable, why it is not understood otherwise. */
async function read(file: string): Promise<JsonObject | string | null> {
  try {
    const { text } = await readSettingsText(file, checkToml);
    return isBlank(text) ? null : documentOf(text);
  } catch (error) {
    const isUnreadable = error instanceof GatehouseError && codeOf(error.cause) !== null;
    return isUnreadable ? null : messageOf(error);
  }
}
