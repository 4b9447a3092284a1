/** A settings file of an agent as it is now: where it stands, what it holds, and the errors about its text. */
import { GatehouseError } from '../../platform/errors.ts';
import { type JsonNode, JsonSyntaxError, parseJson } from '../../platform/json-syntax.ts';
import { codeOf, type FileBytes, linkTarget, readRegularFile } from './atomic-file.ts';

/** Agents' own settings are a few kilobytes. */
const MAX_SETTINGS = 4 * 1024 * 1024;
const BOM = '\ufeff';

export interface SettingsText {
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
}

/**
 * Reads a settings file as text.
 *
 * @param check  throws for a text that cannot be understood; not asked about blanks
 * @throws GatehouseError `bad_settings`
 */
export async function readSettingsText(
  file: string,
  check: (file: string, text: string) => void,
): Promise<SettingsText> {
  try {
    const target = await linkTarget(file);
    const found = await readRegularFile(target, MAX_SETTINGS);
    if (found === null) return { file, target, found, text: '', prefix: '' };
    const decoded = decode(file, found.bytes);
    const prefix = decoded.startsWith(BOM) ? BOM : '';
    const text = decoded.slice(prefix.length);
    if (!isBlank(text)) check(file, text);
    return { file, target, found, text, prefix };
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError('bad_settings', `${file} cannot be read (${codeOf(error) ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** Reads a settings file that is JSON. */
export function readJsonSettings(file: string): Promise<SettingsText> {
  return readSettingsText(file, parsedJson);
}

/** Only blanks: no settings at all. */
export function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** The parsed text; null for a blank one. */
export function jsonRoot({ file, text }: Pick<SettingsText, 'file' | 'text'>): JsonNode | null {
  return isBlank(text) ? null : parsedJson(file, text);
}

/** Line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\n|\r/).length;
}

/** The error for a place in a text that must not be edited. */
export function badPlace(file: string, text: string, offset: number, problem: string): GatehouseError {
  const { line, column } = new JsonSyntaxError(problem, text, offset);
  return badSettings(file, line, column, problem);
}

/** The error for a line and column, both from 1. */
export function badSettings(file: string, line: number, column: number, problem: string): GatehouseError {
  return new GatehouseError('bad_settings', `${file}:${line}:${column}: ${problem}`, {
    hint: 'nothing was changed; correct the file and try again',
  });
}

function parsedJson(file: string, text: string): JsonNode {
  try {
    return parseJson(text).root;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw badSettings(file, error.line, error.column, error.problem);
  }
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
