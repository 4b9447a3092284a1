/**
 * The program that runs a script: `npx` is a text that begins with `#!/usr/bin/env node`, and which `node` that is
 * would be searched for at every start, also where agents can write.
 */
import { open } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { fileDigest } from '../../platform/file-digest.ts';
import { isChangeable } from './server-place.ts';
import type { Interpreter } from './server-record.ts';

const FIRST_LINE_BYTES = 512;

/**
 * Looks up what runs a script, once; null when the file is a program itself.
 *
 * @param find looks a bare name up on the PATH, and throws when it is nowhere
 * @param home the person's folder: what lies in it can be changed by what runs as the person
 */
export async function interpreterOf(
  program: string,
  find: (name: string) => Promise<string>,
  home: string | undefined,
): Promise<Interpreter | null> {
  const words = await shebang(program);
  const [first] = words;
  if (first === undefined || !isAbsolute(first)) return null;
  const name = basename(first) === 'env' ? (words.slice(1).find(isProgramWord) ?? null) : null;
  const path = name === null ? first : isAbsolute(name) ? name : await find(name);
  // What belongs to the system changes with it, and not by an agent's hand.
  const digest = isChangeable(path, home) ? await fileDigest(path) : null;
  return { name: name === null || isAbsolute(name) ? null : name, path, digest };
}

/** Not a flag of `env` (`-S`), and no variable that it sets. */
function isProgramWord(word: string): boolean {
  return !word.startsWith('-') && !word.includes('=');
}

async function shebang(program: string): Promise<readonly string[]> {
  const file = await open(program, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE_BYTES), 0, FIRST_LINE_BYTES, 0);
    const text = buffer.subarray(0, bytesRead).toString('latin1');
    if (!text.startsWith('#!')) return [];
    return (text.slice(2).split('\n')[0] ?? '').trim().split(/\s+/);
  } finally {
    await file.close();
  }
}
