/**
 * Whether a running process is a program of the system: its executable, and for an interpreter the script it was
 * started with, lie where only the administrator installs and cannot be changed by the person's own programs.
 *
 * It is a hint and no proof. A program of the person can start one of the system with code of its own inside.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { readCommandLine, readProcessLink } from './process-facts.ts';

const SYSTEM_PLACES = /^\/(?:usr\/(?!local\/)|bin\/|sbin\/|lib(?:32|64|exec)?\/|opt\/|nix\/store\/|snap\/)/;
const INTERPRETER =
  /^(?:python|perl|ruby|node|nodejs|deno|bun|lua|luajit|php|tclsh|wish|guile|gjs|cjs|bash|dash|sh|zsh|fish|ksh|busybox|java|mono|dotnet)(?:-console)?[\d.]*$/;

export interface ProgramFacts {
  /** Null when the system does not tell. */
  readonly executable: string | null;
  readonly system: boolean;
}

/** Looks at a process. Never throws. Linux only: elsewhere nothing is known. */
export async function programOf(pid: number | null): Promise<ProgramFacts> {
  const executable = pid === null ? null : readProcessLink(pid, 'exe');
  if (pid === null || executable === null) return { executable: null, system: false };
  if (!isSystemFile(executable)) return { executable, system: false };
  if (!INTERPRETER.test(basename(executable))) return { executable, system: true };
  // Options could load anything: only a script that is named at once counts.
  const [, first, second] = (await readCommandLine(pid)) ?? [];
  const script = first === '-m' ? second : first;
  return { executable, system: script !== undefined && isSystemFile(script) };
}

function isSystemFile(path: string): boolean {
  if (!SYSTEM_PLACES.test(path)) return false;
  try {
    const { uid, mode } = statSync(path);
    return uid === 0 && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
