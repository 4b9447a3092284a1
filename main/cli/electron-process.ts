/** Runs Electron's program on this install and waits for it. */
import { spawn } from 'node:child_process';
import { RUNNING_PREFIX } from '../app/terminal-text.ts';

/** How long it may take until its supervisor runs. */
const START_LIMIT_MS = 30_000;

export type ElectronEnd =
  | { readonly kind: 'ran'; readonly exit: number }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Starts the window's process and hands its words to the terminal.
 *
 * @returns `ran` with its exit code; `failed` when it ended or hung before its supervisor ran, so that the
 *   caller can run headless instead
 */
export function runElectron(
  binary: string,
  installRoot: string,
  env: NodeJS.ProcessEnv,
  limitMs = START_LIMIT_MS,
): Promise<ElectronEnd> {
  return new Promise((resolve) => {
    // Both variables would change what the program does with our code.
    const { ELECTRON_RUN_AS_NODE: _asNode, NODE_OPTIONS: _options, ...clean } = env;
    // Chromium's own words on stderr mean nothing to the person; faults of ours go to the log file.
    const child = spawn(binary, [installRoot], {
      env: clean,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: false,
    });
    let running = false;
    let said = '';
    const pass = (signal: NodeJS.Signals) => () => child.kill(signal);
    const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(
      (signal) => [signal, pass(signal)] as const,
    );
    for (const [signal, listener] of listeners) process.on(signal, listener);
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const settle = (end: ElectronEnd) => {
      clearTimeout(limit);
      for (const [signal, listener] of listeners) process.off(signal, listener);
      resolve(end);
    };
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      said = (said + text).slice(0, 4096);
      if (!running && said.startsWith(RUNNING_PREFIX)) {
        running = true;
        clearTimeout(limit);
      }
      process.stdout.write(text);
    });
    child.once('error', () => settle({ kind: 'failed', why: 'Electron could not be started' }));
    child.once('close', (code, signal) => {
      if (running || code === 0) settle({ kind: 'ran', exit: code ?? 1 });
      else
        settle({
          kind: 'failed',
          why: `Electron ended at once, ${signal === null ? `exit code ${code ?? 1}` : signal}`,
        });
    });
  });
}
