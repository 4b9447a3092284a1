/** Calls that somebody gives to `policy eval`, `explain` and `test`: canonical, or in an agent's own form. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Analyst } from '../../analysis/analyst.ts';
import { CallAnalyses } from '../../engine/call-analysis.ts';
import { type Understanding, understanding } from '../../engine/eval-line.ts';
import type { Protection } from '../../engine/self-protection.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { type CompileOptions, compilePolicy, formatDiagnostic } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import { readPolicyFile } from '../policy-file.ts';
import { profilesBeside } from '../profile-files.ts';
import { protectionOf } from '../protection.ts';
import { grammarFile, installFolder } from '../resources.ts';
import type { CommandAnswer, CommandParts, CommandRequest } from './command.ts';

/** Everything that is protected in this install, so that a call is decided as the supervisor would. */
export function protectionHere(parts: CommandParts): Protection {
  return protectionOf({
    home: parts.home,
    paths: parts.paths,
    installRoot: installFolder,
    settingsFiles: [],
  }).current();
}

let analyst: Promise<Analyst> | null = null;

/** What calls would do, by the analysis that decides for the supervisor. */
export async function understandingHere({ home }: CommandParts): Promise<Understanding> {
  analyst ??= Analyst.open(grammarFile);
  return understanding(home, new CallAnalyses(await analyst, home));
}

/** Behaviour profiles that stand beside the file. */
export function besides(request: CommandRequest, file: string): CompileOptions {
  return { findProfile: profilesBeside(resolve(request.cwd, file)) };
}

/** The compiled policy of a file, or the answer that says what is wrong with it. */
export function compileFile(
  request: CommandRequest,
  parts: CommandParts,
  file: string,
): CompiledPolicy | CommandAnswer {
  const compiled = compilePolicy(readText(request, parts, file), file, besides(request, file));
  if (compiled.ok) return compiled.policy;
  return {
    exit: 1,
    stdout: '',
    stderr: compiled.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join(''),
  };
}

/** At the terminal it may be anything that can be read; the supervisor waits for no pipe and takes no flood. */
export function readText(request: CommandRequest, parts: CommandParts, file: string): string {
  const path = resolve(request.cwd, file);
  try {
    if (parts.running !== null) return readPolicyFile(path);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : messageOf(error);
    throw new GatehouseError('unreadable', `${file} cannot be read: ${why}`);
  }
}
