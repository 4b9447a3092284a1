/**
 * Processes of our own beside the supervisor: for what may hang or hold a secret of another kind.
 *
 * A port, because an Electron app cannot start plain Node: there it is a utility process.
 */
import { fork } from 'node:child_process';

/** Programs that may be started so. In the built app each is a file of its own. */
export type ChildProgram = 'keychain';

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

/** Starts them as processes of plain Node. */
export function nodeChildHost(env: NodeJS.ProcessEnv): ChildHost {
  return {
    start: (program) => {
      const child = fork(childUrl(program), [], {
        env,
        // Nothing that our own process was told to run applies to it.
        execArgv: [],
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
