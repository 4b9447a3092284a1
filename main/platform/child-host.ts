/**
 * Processes of our own beside the supervisor: for what may hang or hold a secret of another kind.
 *
 * A port, because an Electron app cannot start plain Node: there it is a utility process.
 */
import { spawn } from 'node:child_process';
import { ownProgram } from './own-program.ts';

/** Programs that may be started so. In the built app each is a file of its own. */
export type ChildProgram = 'keychain' | 'foreign-database';

export interface Child {
  readonly pid: number | undefined;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, however it ended. */
  onExit(listener: () => void): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

export interface ChildHost {
  start(program: ChildProgram): Child;
}

/** Where a program lies: a source file in a checkout, a file beside the program in the built app. */
export function childUrl(program: ChildProgram): URL {
  if (import.meta.url.endsWith('.ts')) return new URL(`./${program}/child.ts`, import.meta.url);
  const beside = import.meta.url.includes('/chunks/') ? '..' : '.';
  return new URL(`${beside}/${program}-child.js`, import.meta.url);
}

/** Starts them as processes of plain Node; from a command of a packed app, which has none, by the app's program. */
export function nodeChildHost(env: NodeJS.ProcessEnv): ChildHost {
  return {
    start: (program) => {
      const { file, args } = ownProgram(`${program}-child`, childUrl(program));
      const child = spawn(file, args, {
        env,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child.on('error', () => undefined);
      return {
        pid: child.pid,
        send: (message) => {
          child.send(message as object, undefined, undefined, () => undefined);
        },
        onMessage: (listener) => child.on('message', listener),
        onExit: (listener) => {
          child.once('exit', listener);
          child.once('error', listener);
        },
        kill: () => {
          child.kill('SIGKILL');
        },
      };
    },
  };
}
