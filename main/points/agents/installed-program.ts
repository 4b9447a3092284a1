/**
 * The hook program at its stable place: one copy per user, 0700, replaced whole.
 *
 * Hooks name this absolute path and nothing else, so that an update or a moved checkout does not leave a
 * program that agents cannot start.
 */
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import { checkNativeBytes } from '../../platform/native-digests.ts';
import type { EntryTarget } from './agent-adapter.ts';
import type { AgentContext, AgentPaths, ProgramSource } from './agent-context.ts';
import { codeOf, writeFileWhole } from './atomic-file.ts';
import { digestOf, holdsBytes } from './journal.ts';
import { joinScript } from './script-parts.ts';

/** Where the program is installed. */
export function programPath(paths: AgentPaths, platform: NodeJS.Platform): string {
  return join(paths.bin, platform === 'win32' ? 'gatehouse.exe' : 'gatehouse');
}

/** What an install runs: our program and our door. */
export function targetOf(context: AgentContext): EntryTarget {
  return { program: programPath(context.paths, context.platform), door: context.paths.agentDoor };
}

/**
 * The exact bytes that are installed.
 *
 * @throws GatehouseError `no_program` when the source is missing, `native_changed` when it is not what was packed
 */
export async function programBytes(source: ProgramSource): Promise<Buffer> {
  try {
    if (source.interpreter === null) {
      const bytes = await readFile(source.file);
      if (source.digest != null) checkNativeBytes(source.file, bytes, source.digest);
      return bytes;
    }
    return asScript(await joinScript(source.file), source.interpreter);
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError(
      'no_program',
      `the hook program ${source.file} cannot be read (${codeOf(error) ?? 'unknown'})`,
      {
        hint: 'install Gatehouse again',
        cause: error,
      },
    );
  }
}

/**
 * A script that starts its interpreter by absolute path and with no variable at all: the agent's settings can set
 * variables for hooks, and some load code into it. Its second line is a string to JavaScript and commands to the
 * shell, which would end with 127 for an interpreter that is gone: no agent takes that for a no.
 */
function asScript(text: string, interpreter: string): Buffer {
  if (!isAbsolute(interpreter))
    throw new GatehouseError('no_program', `the interpreter ${interpreter} is not an absolute path`);
  if (/[\r\n]/.test(interpreter))
    throw new GatehouseError('no_program', 'the path of the interpreter holds a line break');
  const quoted = `'${interpreter.replaceAll("'", `'\\''`)}'`;
  const gone = `[ -x ${quoted} ] || { echo 'gatehouse: this call was not run: the Node that answers hooks is gone; hint: run npm install in the folder of Gatehouse, then connect the agent again' >&2; exit 2; }`;
  const start = `':' //; ${gone}; exec /usr/bin/env -i ${quoted} "$0" "$@"`;
  return Buffer.from(`#!/bin/sh\n${start}\n${text}`);
}

/** Puts the program at its place unless it is there already; answers its digest. */
export async function installProgram(path: string, bytes: Buffer): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await chmod(join(path, '..'), 0o700);
  const there = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  const isOurs = there?.isFile() === true && (await holdsBytes(path, bytes));
  // A rename over it leaves a program that runs just now alone; writing into it could not (ETXTBSY).
  if (!isOurs) await writeFileWhole(path, bytes, { mode: 0o700 });
  else if ((there.mode & 0o7777) !== 0o700) await chmod(path, 0o700);
  return digestOf(bytes);
}

/** What is wrong with the installed program; null when it is the one of that digest, 0700 and ours. */
export async function programProblem(path: string, digest: string): Promise<string | null> {
  try {
    const facts = await lstat(path);
    if (!facts.isFile()) return `${path} is not a regular file`;
    if (digestOf(await readFile(path)) !== digest) return `${path} is not the program that was installed`;
    if (process.platform === 'win32') return null;
    const mode = facts.mode & 0o7777;
    if (mode !== 0o700) return `${path} has the mode ${mode.toString(8)} instead of 700`;
    if (facts.uid !== process.getuid?.()) return `${path} belongs to another user`;
    await access(path, constants.X_OK);
    return null;
  } catch (error) {
    return codeOf(error) === 'ENOENT'
      ? `${path} is missing`
      : `${path} cannot be read (${codeOf(error) ?? 'unknown'})`;
  }
}
