/**
 * Claude Code's user settings as they are now: where they stand, what they hold, and whether they can be edited
 * without guessing.
 */
import { join, resolve } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import { type JsonNode, JsonSyntaxError, memberOf, parseJson } from '../../platform/json-syntax.ts';
import type { AgentContext } from './agent-context.ts';
import { codeOf, type FileBytes, linkTarget, readRegularFile } from './atomic-file.ts';

/** Claude Code's own settings are a few kilobytes. */
const MAX_SETTINGS = 4 * 1024 * 1024;
const BOM = '\ufeff';

export interface SettingsFile {
  /** As the agent reads it. */
  readonly file: string;
  /** Where its links end: the file that is edited. */
  readonly target: string;
  /** Null when there is no file. */
  readonly found: FileBytes | null;
  /** The text without a byte order mark; empty when there is none, or only blanks. */
  readonly text: string;
  /** What stands before the text: a byte order mark or nothing. */
  readonly prefix: string;
  /** The parsed text; null when there is none. */
  readonly root: JsonNode | null;
}

/** Where Claude Code reads the person's settings. */
export function claudeSettingsFile(context: Pick<AgentContext, 'home' | 'env'>): string {
  const moved = context.env['CLAUDE_CONFIG_DIR'];
  return join(
    moved === undefined || moved === '' ? join(context.home, '.claude') : resolve(moved),
    'settings.json',
  );
}

/**
 * Reads a settings file.
 *
 * @throws GatehouseError `bad_settings`, with `file:line:column` where it is not JSON we understand
 */
export async function readSettings(file: string): Promise<SettingsFile> {
  try {
    const target = await linkTarget(file);
    const found = await readRegularFile(target, MAX_SETTINGS);
    if (found === null) return { file, target, found, text: '', prefix: '', root: null };
    const decoded = decode(file, found.bytes);
    const prefix = decoded.startsWith(BOM) ? BOM : '';
    const text = decoded.slice(prefix.length);
    return { file, target, found, text, prefix, root: /^[ \t\r\n]*$/.test(text) ? null : parse(file, text) };
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError('bad_settings', `${file} cannot be read (${codeOf(error) ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/**
 * Makes sure that hooks can be added without changing what is there.
 *
 * @throws GatehouseError `bad_settings` with the place
 */
export function checkShape(settings: SettingsFile): void {
  const { root, text, file } = settings;
  if (root === null) return;
  if (root.kind !== 'object') throw badPlace(file, text, root.start, 'expected an object');
  const hooks = memberOf(root, 'hooks')?.value;
  if (hooks === undefined) return;
  if (hooks.kind !== 'object') throw badPlace(file, text, hooks.start, '"hooks" must be an object');
  for (const { key, value } of hooks.members) {
    if (value.kind !== 'array') throw badPlace(file, text, value.start, `"hooks.${key}" must be an array`);
  }
}

/** `disableAllHooks` is set to anything that Claude Code takes for yes. */
export function disablesHooks(root: JsonNode | null): boolean {
  const member = root === null ? null : memberOf(root, 'disableAllHooks');
  if (member === null) return false;
  const value = member.value.kind === 'scalar' ? member.value.value : true;
  return value !== false && value !== null && value !== 'false';
}

/** Line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\n|\r/).length;
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new GatehouseError('bad_settings', `${file} is not UTF-8`, {
      hint: 'nothing was changed; save it as UTF-8',
      cause: error,
    });
  }
}

function parse(file: string, text: string): JsonNode {
  try {
    return parseJson(text).root;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw bad(file, error.line, error.column, error.problem);
  }
}

function badPlace(file: string, text: string, offset: number, problem: string): GatehouseError {
  const { line, column } = new JsonSyntaxError(problem, text, offset);
  return bad(file, line, column, problem);
}

function bad(file: string, line: number, column: number, problem: string): GatehouseError {
  return new GatehouseError('bad_settings', `${file}:${line}:${column}: ${problem}`, {
    hint: 'nothing was changed; correct the file and try again',
  });
}
