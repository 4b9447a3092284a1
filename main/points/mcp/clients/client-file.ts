/** A client's file as it is now, and whether it can be edited without guessing. */
import { lstat } from 'node:fs/promises';
import { GatehouseError } from '../../../platform/errors.ts';
import type { JsonNode } from '../../../platform/json-syntax.ts';
import { codeOf, type FileBytes, linkTarget, readRegularFile } from '../../agents/atomic-file.ts';
import { readDocument, type Syntax } from './document.ts';
import { DocumentError } from './document-error.ts';

/** Claude Code keeps much more than its servers in the same file. */
export const MAX_CLIENT_FILE = 16 * 1024 * 1024;
const BOM = '\ufeff';

export interface ClientFile {
  /** As the client reads it. */
  readonly file: string;
  /** The same with the links of its folders resolved. */
  readonly target: string;
  readonly found: FileBytes;
  /** The text without a byte order mark. */
  readonly text: string;
  /** A byte order mark or nothing. */
  readonly prefix: string;
  readonly root: JsonNode;
}

/**
 * Reads a client's file; null when there is none.
 *
 * @throws GatehouseError `bad_client_file`, with `file:line:column` where it is not what it must be
 */
export async function readClientFile(file: string, syntax: Syntax): Promise<ClientFile | null> {
  try {
    const facts = await lstat(file);
    if (facts.isSymbolicLink())
      throw bad(`${file} is a symbolic link`, 'make it a file, or register the servers yourself');
    const target = await linkTarget(file);
    const found = await readRegularFile(target, MAX_CLIENT_FILE);
    if (found === null) return null;
    const decoded = decode(file, found.bytes);
    const prefix = decoded.startsWith(BOM) ? BOM : '';
    const text = decoded.slice(prefix.length);
    return { file, target, found, text, prefix, root: parse(file, text, syntax) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError('bad_client_file', `${file} cannot be read (${code ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** A file without write permission was made so on purpose, and root's rights are no reason to ignore that. */
export function checkWritable({ file, target, found }: ClientFile): void {
  if ((found.mode & 0o222) !== 0) return;
  throw new GatehouseError('read_only_settings', `${file} is read-only`, {
    hint: `nothing was changed; if you want it changed: chmod u+w ${target}`,
  });
}

/** @throws GatehouseError `plan_changed` when the file is not what it was */
export async function requireUnchanged({ file, target, found }: ClientFile): Promise<void> {
  const now = await readRegularFile(target, Number.MAX_SAFE_INTEGER);
  const linked = await lstat(file).then(
    (facts) => facts.isSymbolicLink(),
    () => true,
  );
  if (now?.bytes.equals(found.bytes) === true && !linked) return;
  throw new GatehouseError('plan_changed', `${file} was changed since the plan was shown; nothing was done`, {
    hint: 'look at the new plan',
  });
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad(`${file} is not UTF-8`, 'save it as UTF-8');
  }
}

function parse(file: string, text: string, syntax: Syntax): JsonNode {
  let root: JsonNode;
  try {
    root = readDocument(syntax, text);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const { line, column, problem } = error;
    const rest = text.split(/\r\n|\n|\r/)[line - 1]?.slice(column - 1) ?? '';
    if (syntax === 'json' && /^\/[/*]/.test(rest))
      throw bad(
        `${file}:${line}:${column}: the file holds comments, which this client does not read`,
        'take the comments out',
      );
    throw bad(`${file}:${line}:${column}: ${problem}`, 'correct the file and try again');
  }
  if (root.kind !== 'object')
    throw bad(`${file}: it must hold a JSON object`, 'correct the file and try again');
  return root;
}

function bad(why: string, hint: string): GatehouseError {
  return new GatehouseError('bad_client_file', why, { hint: `nothing was changed; ${hint}` });
}
