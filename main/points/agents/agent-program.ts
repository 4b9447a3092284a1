/**
 * Agent programs on this computer: where they are and which version.
 *
 * Looks where shells and installers put them; a desktop session's PATH is often short. Nothing goes through a
 * shell. A program is started only to tell its version, only when nobody else could have changed it, without
 * our environment, and for three seconds at most.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import type { AgentContext } from './agent-context.ts';
import type { KnownAgent } from './known-agents.ts';

export interface FoundProgram {
  /** As found. */
  readonly path: string;
  /** Where its links end. */
  readonly realPath: string;
  readonly version: string | null;
}

const VERSION = /(?:^|[^\d.])(\d{1,6}\.\d{1,6}\.\d{1,6})(?![\d.]*\d)/;
const VERSION_MS = 3000;

/** An agent's program: the first executable file of its name in the places looked in. */
export async function findProgram(
  agent: KnownAgent,
  context: Pick<AgentContext, 'env' | 'home' | 'platform'>,
): Promise<FoundProgram | null> {
  const path = await locateProgram(agent, context);
  if (path === null) return null;
  const realPath = await realpath(path).catch(() => path);
  return { path, realPath, version: await versionOf(realPath, agent, context) };
}

/** Where that program is, and nothing is started for it; null where there is none. */
export async function locateProgram(
  agent: KnownAgent,
  context: Pick<AgentContext, 'env' | 'home' | 'platform'>,
): Promise<string | null> {
  for (const folder of searchFolders(context)) {
    for (const name of fileNames(agent.programs, context.platform)) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  return null;
}

/** Orders versions by their three numbers. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function searchFolders({ env, home }: Pick<AgentContext, 'env' | 'home'>): string[] {
  const onPath = (env['PATH'] ?? '').split(delimiter);
  const usual = [
    join(home, '.claude', 'local'),
    join(home, '.local', 'bin'),
    join(home, '.npm-global', 'bin'),
    join(home, '.volta', 'bin'),
    join(home, '.bun', 'bin'),
    join(home, '.opencode', 'bin'),
    dirname(process.execPath),
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  // A relative entry means a different program in every folder, and node_modules/.bin belongs to a project.
  const folders = [...onPath, ...usual].filter(
    (folder) => isAbsolute(folder) && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder),
  );
  return [...new Set(folders)];
}

function fileNames(names: readonly string[], platform: NodeJS.Platform): readonly string[] {
  return platform === 'win32' ? names.flatMap((name) => [`${name}.exe`, `${name}.cmd`]) : names;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function versionOf(
  realPath: string,
  agent: KnownAgent,
  context: Pick<AgentContext, 'platform'>,
): Promise<string | null> {
  // Native installers name the file, or the folder it is in, by the version.
  for (const part of [basename(realPath), basename(dirname(realPath))]) {
    if (/^v?\d+\.\d+\.\d+$/.test(part)) return part.replace(/^v/, '');
  }
  const told = await packageVersion(realPath, agent.packages);
  return told ?? (agent.tellsVersion ? await askVersion(realPath, context) : null);
}

/** The version in the package.json of one of these packages, in the folders above the program. */
async function packageVersion(realPath: string, packages: readonly string[]): Promise<string | null> {
  let folder = dirname(realPath);
  for (let level = 0; level < 4; level += 1) {
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    const version = manifest === null ? null : versionIn(manifest, packages);
    if (version !== null) return version;
    folder = dirname(folder);
  }
  return null;
}

function versionIn(manifest: string, packages: readonly string[]): string | null {
  try {
    const { name, version } = JSON.parse(manifest) as { name?: unknown; version?: unknown };
    if (typeof name !== 'string' || typeof version !== 'string') return null;
    const known = packages.some((known) => name === known || name.startsWith(`${known}-`));
    return known ? (VERSION.exec(version)?.[1] ?? null) : null;
  } catch {
    return null;
  }
}

async function askVersion(
  realPath: string,
  { platform }: Pick<AgentContext, 'platform'>,
): Promise<string | null> {
  if (platform === 'win32' || !(await onlyOursToChange(realPath))) return null;
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-version-'));
  try {
    const output = await firstOutput(realPath, home);
    return VERSION.exec(output)?.[1] ?? null;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Neither the file nor its folder can be written by anybody but this user and root. */
export async function onlyOursToChange(path: string): Promise<boolean> {
  const own = process.getuid?.();
  for (const place of [path, dirname(path)]) {
    const facts = await stat(place).catch(() => null);
    if (facts === null || (facts.uid !== 0 && facts.uid !== own)) return false;
    if ((facts.mode & 0o022) !== 0) return false;
  }
  return true;
}

function firstOutput(program: string, home: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, ['--version'], {
      cwd: home,
      env: { HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let output = '';
    const end = () => {
      clearTimeout(timer);
      if (child.pid !== undefined) killGroup(child.pid);
      resolve(output);
    };
    const timer = setTimeout(end, VERSION_MS);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk.slice(0, 4096);
      if (output.length > 4096) end();
    });
    child.once('error', end);
    child.once('close', end);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
