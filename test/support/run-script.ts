/** Runs a script that prints JSON, in a process of its own, and reads what it printed last. */
import { spawn } from 'node:child_process';

export interface ScriptEnd {
  readonly exit: number;
  /** The last line of its output that is a JSON value, or null when there is none. */
  readonly value: unknown;
}

/** stderr goes to ours as it comes. */
export function runScript(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ScriptEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exit: code ?? 1, value: lastJson(output) }));
  });
}

/** The whole text when it is JSON, otherwise its last line that is. */
export function lastJson(output: string): unknown {
  for (const text of [output, ...output.split('\n').toReversed()]) {
    if (!/^\s*[[{]/.test(text)) continue;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // A line of words that begins with a bracket.
    }
  }
  return null;
}
