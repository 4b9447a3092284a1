/**
 * Settings beside ours that switch our hooks off or reach into them.
 *
 * Claude Code reads several files. `disableAllHooks` in a project's settings, which an agent can write, turns
 * the person's own hooks off as well (measured with 2.1.330), and managed settings can admit managed hooks only.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError, messageOf } from '../../../platform/errors.ts';
import { type JsonNode, memberOf } from '../../../platform/json-syntax.ts';
import { type AgentContext, tilde } from '../agent-context.ts';
import { codeOf } from '../atomic-file.ts';
import { jsonRoot, lineOf, readJsonSettings, type SettingsText } from '../settings-text.ts';
import { disablesHooks } from './settings.ts';

/** Variables by which settings could load code into the hook program. */
const REACHING_IN = /^(?:LD_(?:PRELOAD|LIBRARY_PATH|AUDIT)|DYLD_.*)$/;

/** Where an administrator's settings stand. */
export function managedFolder(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  if (platform === 'win32') return 'C:\\Program Files\\ClaudeCode';
  return '/etc/claude-code';
}

/**
 * What switches our hooks off, a sentence each.
 *
 * @param user      the settings that hold our entries
 * @param projects  roots of projects in which the agent works
 */
export async function switchProblems(
  context: AgentContext,
  user: SettingsText,
  projects: readonly string[],
  managed: string = managedFolder(context.platform),
): Promise<string[]> {
  const problems = ownSwitches(context, user);
  const others = projects.flatMap((root) => projectSettings(root));
  for (const file of new Set(others)) {
    if (file === user.file) continue;
    const { root, unclear } = await switchesIn(file);
    if (unclear !== null) problems.push(unclear);
    if (disablesHooks(root))
      problems.push(`${tilde(file, context.home)} switches all hooks off (disableAllHooks)`);
  }
  for (const file of await managedFiles(managed)) {
    const { root, unclear } = await switchesIn(file);
    if (unclear !== null) problems.push(unclear);
    if (disablesHooks(root)) problems.push(`${file} switches all hooks off (disableAllHooks)`);
    if (isTrue(root, 'allowManagedHooksOnly'))
      problems.push(`${file} admits managed hooks only (allowManagedHooksOnly)`);
  }
  return problems;
}

/** The settings files of a project that can switch hooks off. */
export function projectSettings(root: string): string[] {
  return [join(root, '.claude', 'settings.json'), join(root, '.claude', 'settings.local.json')];
}

function ownSwitches(context: AgentContext, user: SettingsText): string[] {
  const root = jsonRoot(user);
  if (root === null) return [];
  const file = tilde(user.file, context.home);
  const problems: string[] = [];
  const off = memberOf(root, 'disableAllHooks');
  if (off !== null && disablesHooks(root)) {
    problems.push(`${file} line ${lineOf(user.text, off.keyStart)} switches all hooks off (disableAllHooks)`);
  }
  const variables = memberOf(root, 'env')?.value;
  if (variables?.kind !== 'object') return problems;
  for (const { key } of variables.members) {
    if (REACHING_IN.test(key))
      problems.push(`${file} sets ${key}, which loads foreign code into programs that hooks start`);
  }
  return problems;
}

async function managedFiles(folder: string): Promise<string[]> {
  const parts = join(folder, 'managed-settings.d');
  try {
    const names = (await readdir(parts)).filter((name) => name.endsWith('.json'));
    return [join(folder, 'managed-settings.json'), ...names.toSorted().map((name) => join(parts, name))];
  } catch {
    return [join(folder, 'managed-settings.json')];
  }
}

/** Why one settings file switches hooks off, or may; null when it does not. */
export async function fileSwitchProblem(file: string): Promise<string | null> {
  const { root, unclear } = await switchesIn(file);
  if (unclear !== null) return unclear;
  if (disablesHooks(root)) return 'it switches all hooks off (disableAllHooks)';
  return isTrue(root, 'allowManagedHooksOnly')
    ? 'it admits managed hooks only (allowManagedHooksOnly)'
    : null;
}

interface Switches {
  readonly root: JsonNode | null;
  /** Null when the file was understood, is not there, or is not readable for this user and so for the agent. */
  readonly unclear: string | null;
}

/**
 * Our reader is stricter than Claude Code's: a text that two readers take differently could switch hooks off
 * for it and not for us, so such a file is a problem by itself.
 */
async function switchesIn(file: string): Promise<Switches> {
  try {
    return { root: jsonRoot(await readJsonSettings(file)), unclear: null };
  } catch (error) {
    const isUnreadable = error instanceof GatehouseError && codeOf(error.cause) !== null;
    return { root: null, unclear: isUnreadable ? null : `${messageOf(error)}: it may switch hooks off` };
  }
}

function isTrue(root: JsonNode | null, key: string): boolean {
  const value = root === null ? undefined : memberOf(root, key)?.value;
  return value?.kind === 'scalar' && value.value === true;
}
