/** The hook programs as they ship, for tests: the native one, compiled where there is a compiler, and the relay. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { ProgramSource } from '../../main/points/agents/agent-context.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What is used of native/compile.mjs, which is plain JavaScript. */
interface Compile {
  findCompiler(): Promise<string | null>;
  compileClient(options: {
    root: string;
    folder: string;
    version: string;
    compiler: string;
    strict: boolean;
  }): Promise<{ built: boolean; reason: string | null }>;
}

/** Compiles the native program into the folder; null without a compiler. */
export async function nativeProgram(folder: string): Promise<ProgramSource | null> {
  const { findCompiler, compileClient } = (await import(join(root, 'native', 'compile.mjs'))) as Compile;
  const compiler = await findCompiler();
  if (compiler === null) return null;
  mkdirSync(folder, { recursive: true });
  const { built, reason } = await compileClient({
    root,
    folder,
    version: '0.0.0-test',
    compiler,
    strict: false,
  });
  if (!built) throw new Error(`the hook program does not compile: ${reason ?? 'unknown'}`);
  return { file: join(folder, 'gatehouse'), interpreter: null };
}

/** The stand-in for machines without a compiler. */
export function relayProgram(): ProgramSource {
  return { file: join(root, 'native', 'client', 'relay.mjs'), interpreter: process.execPath };
}

/**
 * The hook program for the tests of one file, as it ships: compiled before them, taken away after them.
 *
 * @param isWanted  left out where its agent is not there
 */
export function builtProgram(isWanted: boolean): () => ProgramSource {
  let source = relayProgram();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-native-'));
  beforeAll(async () => {
    if (isWanted) source = (await nativeProgram(folder)) ?? source;
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return () => source;
}
